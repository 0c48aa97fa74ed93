"""Give one executor the queued jobs that are meant for it, as far as it has room."""

from __future__ import annotations

import contextlib
import logging
import threading
import time

from physforge.errors import JobError, LostClaimError, MissingExtraError
from physforge.jobs.access import Access
from physforge.jobs.executors import Executor, ExecutorSettings, make_executor
from physforge.jobs.records import JobRecord, Outcome, Selection
from physforge.jobs.states import State
from physforge.jobs.store import JobStore

#: After something went wrong (a cluster that cannot be started) it is tried again, in seconds.
_AGAIN_S = 5.0

#: An executor without room is asked so often whether it wants a job again that it has, in seconds.
_FULL_S = 1.0

_logger = logging.getLogger(__name__)


class Dispatcher(threading.Thread):
    """The thread of one executor.

    Parameters
    ----------
    name : str
        Of the executor.
    store : JobStore
        Where the queue is.
    access : Access
        What its workers are given.
    settings : ExecutorSettings
        Of all executors.
    poll_s : float
        Between looks at the queue, where nothing else happens.
    """

    def __init__(self, name: str, store: JobStore, access: Access, settings: ExecutorSettings, poll_s: float) -> None:
        super().__init__(name=f"dispatcher-{name}", daemon=True)
        self._executor_name = name
        self._store, self._access, self._settings, self._poll_s = store, access, settings, poll_s
        self._wake = threading.Event()
        self._over = threading.Event()
        self._executor: Executor | None = None
        self._is_idle = False
        self._looked = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether it had nothing to hand over and nothing runs, when it looked last."""
        return self._is_idle

    def stop(self) -> None:
        """Have running jobs given back, and wait for that."""
        self._over.set()
        self._wake.set()
        self.join()

    def run(self) -> None:
        """Hand jobs over until told to stop."""
        while not self._over.is_set():
            pause = self._poll_s
            try:
                self._step_or_refuse()
            except Exception as error:
                _logger.exception("The executor %s is in trouble: %s", self._executor_name, error)
                pause = _AGAIN_S
            self._wake.wait(pause)
            self._wake.clear()
        if self._executor is not None:
            self._executor.close()

    def _step_or_refuse(self) -> None:
        try:
            self._step()
        except (_UnusableError, MissingExtraError) as error:
            self._refuse(str(error))

    def _step(self) -> None:
        if self._executor is None:
            self._executor = self._made()
        executor = self._executor
        room = executor.room()
        if room <= 0 and time.monotonic() - self._looked < _FULL_S:
            return
        self._looked = time.monotonic()
        waiting = self._queued(room + executor.unwanted) if room or executor.unwanted else []
        for job in waiting:
            if (room <= 0 and not executor.has(job.id)) or self._over.is_set():
                continue
            room -= executor.hand(job.id)
        self._is_idle = not waiting and not executor.is_busy

    def _made(self) -> Executor:
        try:
            return make_executor(self._executor_name, self._access, self._settings, self._wake.set)
        except JobError as error:
            raise _UnusableError(str(error)) from error

    def _queued(self, limit: int) -> list[JobRecord]:
        wanted = Selection(
            states=frozenset({State.QUEUED}), executor=self._executor_name, newest_first=False, limit=limit
        )
        return self._store.find(wanted)

    def _refuse(self, reason: str) -> None:
        """End what can never run here; it would wait for ever."""
        for job in self._queued(100):
            _logger.error("Job %s cannot run on %s: %s", job.id, self._executor_name, reason)
            with contextlib.suppress(LostClaimError):
                claim = self._store.claim("runner", job_id=job.id)
                if claim is not None:
                    self._store.finish(claim, Outcome(State.FAILED, reason))
        self._is_idle = True


class _UnusableError(Exception):
    """This executor can never be used here."""

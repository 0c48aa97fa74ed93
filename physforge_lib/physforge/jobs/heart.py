"""The thread beside a running task: it keeps the claim, sends the log, and hears of the job's end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from physforge.errors import DatabaseError, LostClaimError, PhysForgeError, RemoteError, UnknownJobError
from physforge.jobs.records import Claim, Progress
from physforge.jobs.states import State
from physforge.jobs.store import JobStore
from physforge.jobs.timing import Timing

#: Most characters of a log that are kept; then one line says that it was cut.
LOG_LIMIT = 8 * 2**20

#: What failed is tried again so soon, in seconds: a store that is back hears of the living before it looks for others.
_AGAIN_S = 0.25
_CUT = "\n[The log is longer than is kept; the rest was left out.]\n"

_logger = logging.getLogger(__name__)


class Heart(threading.Thread):
    """Keeps an attempt's claim alive, whatever the task does meanwhile.

    Parameters
    ----------
    store : JobStore
        Where the job is.
    claim : Claim
        The attempt.
    timing : Timing
        How often.

    Notes
    -----
    A store that does not answer for a while (a database or a service that starts again)
    is no reason to stop: whether the claim still holds, it says when it is back.
    """

    def __init__(self, store: JobStore, claim: Claim, timing: Timing) -> None:
        super().__init__(name="heart", daemon=True)
        self.lost = threading.Event()
        self.cancelled = threading.Event()
        self._store, self._claim, self._timing = store, claim, timing
        self._over = threading.Event()
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._progress: Progress | None = None
        self._log: list[str] = []
        self._length = self._sent = 0

    def progress(self, fraction: float, message: str) -> None:
        """Note how far the work is; the next beat says it.

        Parameters
        ----------
        fraction : float
            From 0 to 1.
        message : str
            What is done.
        """
        self._progress = Progress(fraction, message)

    def log(self, text: str) -> None:
        """Note what the task printed.

        Parameters
        ----------
        text : str
            The next piece.
        """
        with self._lock:
            room = LOG_LIMIT - self._length
            if room <= 0 or not text:
                return
            piece = text if len(text) <= room else text[:room] + _CUT
            self._log.append(piece)
            self._length += len(piece)

    @property
    def whole_log(self) -> str:
        """All that was printed."""
        with self._lock:
            self._log = ["".join(self._log)]
            return self._log[0]

    def send_rest(self) -> None:
        """Send what was printed last; the job is about to end.

        Raises
        ------
        DatabaseError, RemoteError
            If the store does not answer.
        """
        try:
            self._send_log()
        except (DatabaseError, RemoteError):
            raise
        except PhysForgeError as error:
            self._note(error)

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Beat, look and send in their rhythms."""
        duties = [
            _Duty(self._beat, self._timing.heartbeat_s),
            _Duty(self._look, self._timing.watch_s),
            _Duty(self._say, self._timing.log_s),
        ]
        while not self._over.wait(max(0.0, min(duty.due for duty in duties) - time.monotonic())):
            for duty in duties:
                if duty.due <= time.monotonic():
                    is_done = self._try(duty.do)
                    duty.due = time.monotonic() + (duty.every if is_done else min(duty.every, _AGAIN_S))
            if self.lost.is_set():
                return

    def _try(self, do: Callable[[], None]) -> bool:
        try:
            do()
        except PhysForgeError as error:
            self._note(error)
            return False
        return True

    def _note(self, error: PhysForgeError) -> None:
        if isinstance(error, LostClaimError | UnknownJobError):
            self.lost.set()
        else:
            _logger.warning("Job %s: %s", self._claim.job.id, error)

    def _beat(self) -> None:
        progress, self._progress = self._progress, None
        try:
            beat = self._store.heartbeat(self._claim, progress, lease_s=self._timing.lease_s)
        except PhysForgeError:
            self._progress = self._progress or progress
            raise
        if beat.cancel:
            self.cancelled.set()

    def _look(self) -> None:
        job = self._store.get(self._claim.job.id)
        if job.attempt != self._claim.attempt or job.state is not State.RUNNING:
            raise LostClaimError(f"The job {job.id} is no longer this worker's.")
        if job.cancel_requested:
            self.cancelled.set()

    def _say(self) -> None:
        if self._progress is not None:
            self._beat()
        self._send_log()

    def _send_log(self) -> None:
        with self._sending:
            whole = self.whole_log
            if len(whole) > self._sent:
                self._store.append_log(self._claim, self._sent, whole[self._sent :])
                self._sent = len(whole)


class _Duty:
    def __init__(self, do: Callable[[], None], every: float) -> None:
        self.do, self.every = do, every
        self.due = time.monotonic() + every

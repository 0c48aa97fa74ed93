"""What every executor does: take jobs as far as it has room, and say when they are over."""

from __future__ import annotations

import abc
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

#: A job that could not be claimed (a quota, another worker) is not tried again at once, in seconds.
_LATER_S = 1.0

#: A job that is still queued so long after it was handed over is handed over again: whoever has it may stand still.
_AGAIN_S = 15.0

_logger = logging.getLogger(__name__)


class Future(Protocol):
    """What comes of a job that was handed over; Dask's futures are such, and those of the standard library."""

    def done(self) -> bool:
        """Say whether it is over."""

    def result(self) -> Any:
        """Return what `run_job` returned, or raise."""

    def add_done_callback(self, callback: Callable[[Any], Any]) -> Any:
        """Have `callback` called when it is over."""


class Executor(abc.ABC):
    """Where jobs run. It is no judge of them: what became of a job, the store says.

    Parameters
    ----------
    wake : callable
        Called, from any thread, when there may be room for another job.

    Notes
    -----
    Each job is handed over once at a time, and `run_job` claims it, wherever it arrives.
    What an executor repeats, loses or delays does no harm: a second claim is refused, and
    a job that nobody claimed is handed over again.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._futures: dict[str, Future] = {}
        self._handed: dict[str, float] = {}
        self._later: dict[str, float] = {}

    @abc.abstractmethod
    def slots(self) -> int:
        """Return how many jobs it can have at a time."""

    @abc.abstractmethod
    def send(self, job_id: str) -> Future:
        """Have a job run.

        Parameters
        ----------
        job_id : str
            A queued one.

        Returns
        -------
        Future
            At once.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Stop what runs, give it back to the queue, and free what was started."""

    def room(self) -> int:
        """Return how many jobs it would take now."""
        self._forget()
        return max(self.slots() - len(self._futures), 0)

    @property
    def is_busy(self) -> bool:
        """Whether it has jobs."""
        self._forget()
        return bool(self._futures)

    @property
    def unwanted(self) -> int:
        """How many queued jobs it would not take now, though there is room."""
        return len(self._futures) + len(self._later)

    def has(self, job_id: str) -> bool:
        """Say whether a job was handed over, and is not over.

        Parameters
        ----------
        job_id : str
            Any.

        Returns
        -------
        bool
            As far as is known here.
        """
        return job_id in self._futures

    def hand(self, job_id: str) -> bool:
        """Take a job, unless it has it already or could not claim it just now.

        Parameters
        ----------
        job_id : str
            A queued one.

        Returns
        -------
        bool
            Whether that takes room.
        """
        now = time.monotonic()
        is_again = job_id in self._futures
        if (is_again and now - self._handed[job_id] < _AGAIN_S) or self._later.get(job_id, 0.0) > now:
            return False
        self._handed[job_id] = now
        future = self._futures[job_id] = self.send(job_id)
        future.add_done_callback(lambda _future: self._wake())
        return not is_again

    def _forget(self) -> None:
        now = time.monotonic()
        self._later = {job_id: until for job_id, until in self._later.items() if until > now}
        for job_id in [job_id for job_id, future in self._futures.items() if future.done()]:
            future = self._futures.pop(job_id)
            try:
                is_claimed = future.result() is not None
            except Exception as error:  # noqa: BLE001 - a lost cluster raises anything; the store knows what is left
                _logger.warning("The job %s came back: %s: %s", job_id, type(error).__name__, error)
                is_claimed = False
            if not is_claimed:
                self._later[job_id] = now + _LATER_S

"""What was answered lately, for a short time; asked again before the time is over, beside the calls."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from physforge.service.problems import RefusedError

Answer = TypeVar("Answer")

#: How many answers are remembered at once.
MOST = 10_000

#: An answer may be renewed in the last part of its time, which begins between these shares of it: not for all at once.
_EARLIEST, _LATEST = 0.5, 0.9


class Absent:
    """Says that nothing is remembered, where None is an answer."""


ABSENT: Final = Absent()


@dataclass(frozen=True)
class _Kept(Generic[Answer]):
    answer: Answer
    renewed_from: float
    until: float


class Remembered(Generic[Answer]):
    """Answers to questions that take time, each good for some seconds after it was asked for.

    Parameters
    ----------
    seconds : float
        How long. No answer is given out later, whatever becomes of its renewal.

    Notes
    -----
    Whoever is asked about often is never waited for: a question that comes in the last
    part of an answer's time is answered at once, and has it renewed by a thread. Answers
    that nobody asks for are not renewed. What a renewal is refused with, and what was
    asked before `forget`, is not kept.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, _Kept[Answer]] = {}
        self._renewed: set[str] = set()
        self._generation = 0
        self._lock = threading.Lock()
        # One: renewals must not take the processor from the calls that they are to spare.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="renewal")

    def glance(self, key: str, ask: Callable[[], Answer]) -> Answer | Absent:
        """Return an answer if that takes no time.

        Parameters
        ----------
        key : str
            Of the question.
        ask : callable
            Gives the answer; only called later, in another thread.

        Returns
        -------
        object
            The answer, or `ABSENT`.
        """
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.until <= now:
                return ABSENT
            if now >= kept.renewed_from and key not in self._renewed:
                self._renewed.add(key)
                self._thread.submit(self._renew, key, ask)
        return kept.answer

    def find(self, key: str, ask: Callable[[], Answer]) -> Answer:
        """Return an answer, and ask for it if it is not remembered.

        Parameters
        ----------
        key : str
            Of the question.
        ask : callable
            Gives the answer; what it raises is not remembered.

        Returns
        -------
        object
            The answer.
        """
        found = self.glance(key, ask)
        return self._ask(key, ask) if isinstance(found, Absent) else found

    def forget(self) -> None:
        """Ask anew for everything, also what is being asked just now."""
        with self._lock:
            self._generation += 1
            self._kept.clear()

    def close(self) -> None:
        """End the thread; what waits for it is not asked any more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _ask(self, key: str, ask: Callable[[], Answer]) -> Answer:
        generation, begun = self._generation, time.monotonic()
        answer = ask()
        # By its key: the same for a question each time, and another for each question.
        share = _EARLIEST + (_LATEST - _EARLIEST) * zlib.crc32(key.encode()) / 2**32
        kept = _Kept(answer, begun + share * self._seconds, begun + self._seconds)
        with self._lock:
            if generation == self._generation:
                if len(self._kept) >= MOST:
                    self._kept.clear()
                self._kept[key] = kept
        return answer

    def _renew(self, key: str, ask: Callable[[], Answer]) -> None:
        try:
            self._ask(key, ask)
        except RefusedError as error:
            # Who does not answer says nothing of anybody: what is known holds until its time is over.
            if error.status != 503:
                with self._lock:
                    self._kept.pop(key, None)
        finally:
            with self._lock:
                self._renewed.discard(key)

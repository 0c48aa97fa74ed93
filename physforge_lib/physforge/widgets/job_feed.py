"""A thread that asks for a job again and again, until it has ended or nobody watches it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from physforge.errors import PhysForgeError, UnknownJobError
from physforge.jobs import FINAL, JobStore
from physforge.widgets.job_story import JobStory

#: Between two questions to the store, in seconds, and at most between them when it does not answer.
EVERY_S, LATER_S = 0.4, 8.0


class JobFeed(threading.Thread):
    """Tells what is new about a job.

    Parameters
    ----------
    jobs : JobStore
        Where it is; used from this thread and from others.
    job_id : str
        Which.
    wake : callable
        Called while it has not ended, so that somebody runs it.
    tell : callable
        Given what is new, in this thread; see `JobStory.add`.
    every_s : float
        Between two questions, in seconds.
    """

    def __init__(
        self,
        jobs: JobStore,
        job_id: str,
        wake: Callable[[], None],
        tell: Callable[[dict[str, Any]], None],
        every_s: float = EVERY_S,
    ) -> None:
        super().__init__(name=f"watches job {job_id}", daemon=True)
        self._jobs, self._id, self._wake, self._tell, self._every = jobs, job_id, wake, tell, every_s
        self._story = JobStory()
        self._attempt, self._start = 0, 0
        self._pause = every_s
        self._has_stopped = threading.Event()
        self._is_asked = threading.Event()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Ask until the job has ended."""
        while not self._has_stopped.is_set():
            is_over = self._ask()
            if is_over:
                return
            self._is_asked.wait(self._pause)
            self._is_asked.clear()

    def stop(self) -> None:
        """Ask no more."""
        self._has_stopped.set()
        self._is_asked.set()

    def hurry(self) -> None:
        """Ask at once."""
        self._is_asked.set()

    def whole(self) -> dict[str, Any]:
        """Return all that was told.

        Returns
        -------
        dict
            See `JobStory.whole`.
        """
        with self._lock:
            return self._story.whole()

    def _ask(self) -> bool:
        try:
            is_over, news = self._look()
        except UnknownJobError as error:
            self._say({"trouble": str(error), "gone": True})
            return True
        except PhysForgeError as error:
            # The service may be back in a moment.
            self._pause = min(2 * self._pause, LATER_S)
            self._say({"trouble": f"{error} Trying again."})
            return False
        if self._pause > self._every:
            news["trouble"] = ""
        self._pause = self._every
        self._say(news)
        return is_over

    def _look(self) -> tuple[bool, dict[str, Any]]:
        # The record first: what a job wrote before it ended is then in the log.
        record = self._jobs.get(self._id)
        texts: list[str] = []
        if record.attempt:
            if record.attempt != self._attempt:
                self._attempt, self._start = record.attempt, 0
            while (part := self._jobs.read_log(self._id, attempt=self._attempt, start=self._start)).text:
                texts.append(part.text)
                self._start = part.end
        if record.state not in FINAL:
            self._wake()
        with self._lock:
            return record.state in FINAL, self._story.add(record, "".join(texts))

    def _say(self, news: dict[str, Any]) -> None:
        if news and not self._has_stopped.is_set():
            self._tell(news)

"""A job while it runs: progress, the end of its log, losses of trainings, and a button that ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget

from physforge.errors import PhysForgeError
from physforge.jobs import JobStore
from physforge.widgets.job_feed import EVERY_S, JobFeed


class JobWatch(anywidget.AnyWidget):
    """What ``job.watch()`` shows in a notebook.

    Parameters
    ----------
    jobs : JobStore
        Where the job is.
    job_id : str
        Which.
    wake : callable
        Called while it has not ended, so that somebody runs it.
    every_s : float
        Between two questions to the store, in seconds.

    Notes
    -----
    A thread asks, and the page is sent what is new and no more. It ends with the job, and when the widget is
    closed; the job goes on without it.
    """

    _esm = Path(__file__).parent / "static" / "job_watch.js"
    _css = Path(__file__).parent / "static" / "job_watch.css"

    def __init__(self, jobs: JobStore, job_id: str, wake: Callable[[], None], every_s: float = EVERY_S) -> None:
        super().__init__()
        self._jobs, self._job_id = jobs, job_id
        self._feed = JobFeed(jobs, job_id, wake, self._tell, every_s)
        self.on_msg(self._answer)
        self._feed.start()

    @property
    def is_watching(self) -> bool:
        """Whether the store is still asked."""
        return self._feed.is_alive()

    def close(self) -> None:
        """Close the widget, and ask the store no more."""
        self._feed.stop()
        super().close()

    def _tell(self, news: dict[str, Any]) -> None:
        self.send(news)

    def _answer(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        if message.get("ask") == "all":
            self.send(self._feed.whole())
        elif message.get("ask") == "cancel":
            try:
                self._jobs.cancel(self._job_id)
            except PhysForgeError as error:
                self.send({"trouble": str(error)})
            self._feed.hurry()


def watch_job(jobs: JobStore, job_id: str, wake: Callable[[], None]) -> JobWatch:
    """Show a job while it runs.

    Parameters
    ----------
    jobs : JobStore
        Where the job is.
    job_id : str
        Which.
    wake : callable
        Called while it has not ended, so that somebody runs it.

    Returns
    -------
    JobWatch
        A widget, at once.
    """
    return JobWatch(jobs, job_id, wake)

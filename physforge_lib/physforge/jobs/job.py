"""A job as its owner holds it: ask how it goes, wait, read, stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from physforge.errors import JobFailedError, JobTimeoutError
from physforge.jobs.loading import load_result
from physforge.jobs.records import JobEvent, JobRecord, Progress
from physforge.jobs.states import FINAL, State
from physforge.views import find_view, in_notebook

if TYPE_CHECKING:
    from physforge.jobs.store import JobStore

#: How many lines of the log an error shows.
LAST_LINES = 20

#: Shortest and longest time between two looks at a job, in seconds.
_SHORTEST_S, _LONGEST_S = 0.05, 1.0


def _nothing() -> None:
    """Wake nobody."""


class Job:
    """What `physforge.submit` returns.

    Parameters
    ----------
    jobs : JobStore
        Where it is kept.
    job_id : str
        Which one.
    wake : callable, optional
        Called before waiting, so that somebody runs the job.

    Notes
    -----
    The job is in the store: it goes on if this object, the notebook or the terminal ends.
    ``pf.Workspace().job(id)`` finds it again.
    """

    def __init__(self, jobs: JobStore, job_id: str, *, wake: Callable[[], None] = _nothing) -> None:
        self._jobs = jobs
        self._id = job_id
        self._wake = wake

    @property
    def id(self) -> str:
        """The id, by which it is found again."""
        return self._id

    @property
    def record(self) -> JobRecord:
        """All that the store says of it now."""
        return self._jobs.get(self._id)

    @property
    def kind(self) -> str:
        """Which kind of job it is."""
        return self.record.spec.kind

    @property
    def status(self) -> State:
        """Where it is in its life: waiting, queued, running, succeeded, failed or cancelled."""
        return self.record.state

    @property
    def progress(self) -> Progress:
        """How far it is, from 0 to 1, and what it does."""
        return self.record.progress

    def events(self) -> list[JobEvent]:
        """Return the changes of its state.

        Returns
        -------
        list of JobEvent
            The first first.
        """
        return self._jobs.events(self._id)

    @overload
    def logs(self, *, follow: Literal[False] = False) -> str: ...

    @overload
    def logs(self, *, follow: Literal[True]) -> Iterator[str]: ...

    def logs(self, *, follow: bool = False) -> str | Iterator[str]:
        """Return what the last attempt wrote.

        Parameters
        ----------
        follow : bool, default False
            Whether to go on until the job has ended.

        Returns
        -------
        str or iterator of str
            The text; with `follow` pieces of it as they come.
        """
        if follow:
            return self._follow()
        return "".join(self._parts(None))

    def cancel(self) -> Job:
        """Ask for its end, which comes within two seconds.

        Returns
        -------
        Job
            This one. A job that has ended stays as it is.
        """
        self._jobs.cancel(self._id)
        return self

    def retry(self) -> Job:
        """Have it run again after it failed or was cancelled.

        Returns
        -------
        Job
            This one, queued.

        Raises
        ------
        JobError
            If it has not ended, or has succeeded.
        """
        self._jobs.retry(self._id)
        self._wake()
        return self

    def wait(self, timeout: float | None = None, *, bar: bool = True) -> State:
        """Wait until it has ended, one way or another.

        Parameters
        ----------
        timeout : float, optional
            Seconds; as long as it takes by default.
        bar : bool, default True
            Whether to show its progress once it takes more than two seconds.

        Returns
        -------
        State
            How it ended; `result` raises an error if that is no success.

        Raises
        ------
        JobTimeoutError
            If it has not ended by then. It goes on.
        KeyboardInterrupt
            At Ctrl-C. It goes on, and the message says how to come back.
        """
        try:
            return self._wait(timeout, bar)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"The job goes on. {self._come_back()}") from None

    def watch(self) -> Any:
        """Show its progress, log and losses while it runs.

        Returns
        -------
        ipywidgets.Widget or None
            In a notebook a widget, at once: the notebook goes on, and the widget follows the job until that has
            ended. In a terminal it is shown here until it has ended, as by ``physforge job watch``, and None is
            returned.

        Raises
        ------
        MissingExtraError
            In a notebook, if the packages that draw are not installed.
        """
        view = find_view("job.watch" if in_notebook() else "job.watch in a terminal")
        return view(self._jobs, self._id, self._wake)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for it, and return what the direct call returns.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait.

        Returns
        -------
        object
            For a discovery job a `physforge.DiscoveryResult`, for a simulation a Dataset.

        Raises
        ------
        JobFailedError
            If it failed or was cancelled, with the end of its log.
        JobTimeoutError
            If it has not ended by then. It goes on.
        """
        return load_result(self.artifact(timeout)).value

    def artifact(self, timeout: float | None = None) -> Path:
        """Wait for it, and return the folder of what it made.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait.

        Returns
        -------
        pathlib.Path
            With manifest.json, result.json and more. Not to be written to.

        Raises
        ------
        JobFailedError
            As for `result`.
        JobTimeoutError
            As for `result`.
        """
        state = self.wait(timeout)
        if state is not State.SUCCEEDED:
            raise self._failure(state)
        return self._jobs.artifact(self._id)

    def _wait(self, timeout: float | None, bar: bool) -> State:
        from tqdm.auto import tqdm

        record = self.record
        if record.state in FINAL:
            return record.state
        end = None if timeout is None else time.monotonic() + timeout
        pause = _SHORTEST_S
        with tqdm(total=100, delay=2.0, leave=False, disable=None if bar else True, unit="%") as shown:
            while record.state not in FINAL:
                if end is not None and time.monotonic() >= end:
                    raise JobTimeoutError(
                        f"The job {self._id} is {record.state} after {timeout:g} s, and goes on. {self._come_back()}"
                    )
                self._wake()
                shown.set_description_str(f"{record.spec.kind}: {record.progress.message or record.state}")
                shown.update(round(100 * record.progress.fraction) - shown.n)
                time.sleep(pause if end is None else max(0.0, min(pause, end - time.monotonic())))
                pause = min(1.3 * pause, _LONGEST_S)
                record = self.record
        return record.state

    def _come_back(self) -> str:
        return f"Come back to it with pf.Workspace().job({self._id!r}), or physforge job watch {self._id}"

    def _failure(self, state: State) -> JobFailedError:
        record = self.record
        lines = self.logs().splitlines()[-LAST_LINES:]
        why = f": {record.error}" if record.error else "."
        log = "".join(f"\n  {line}" for line in lines)
        shown = f"\nThe end of its log:{log}" if lines else ""
        again = (
            "" if state is State.CANCELLED else " Read all of it with job.logs(), and run it again with job.retry()."
        )
        return JobFailedError(f"The {record.spec.kind} job {self._id} {_PAST[state]}{why}{again}{shown}")

    def _parts(self, attempt: int | None, start: int = 0) -> Iterator[str]:
        while (part := self._jobs.read_log(self._id, attempt=attempt, start=start)).text:
            yield part.text
            attempt, start = part.attempt, part.end

    def _follow(self) -> Iterator[str]:
        attempt, start, pause = 0, 0, _SHORTEST_S
        while True:
            record = self.record
            if record.attempt != attempt:
                attempt, start = record.attempt, 0
            for text in self._parts(attempt or None, start):
                start += len(text)
                pause = _SHORTEST_S
                yield text
            if record.state in FINAL:
                return
            self._wake()
            time.sleep(pause)
            pause = min(1.3 * pause, _LONGEST_S)

    def __repr__(self) -> str:
        record = self.record
        return f"Job({self._id!r}, {record.spec.kind}, {record.state}{_percent(record)})"

    def _repr_html_(self) -> str:
        record = self.record
        facts = {
            "job": self._id,
            "kind": record.spec.kind,
            "inputs": ", ".join(one.name for one in record.spec.inputs),
            "state": f"{record.state}{_percent(record)}",
            "doing": record.progress.message if record.state is State.RUNNING else "",
            "attempt": str(record.attempt),
            "submitted": f"{record.created_at:%Y-%m-%d %H:%M:%S}",
            "error": record.error or "",
        }
        rows = "".join(
            f'<tr><th>{key}</th><td style="text-align: left">{escape(text)}</td></tr>'
            for key, text in facts.items()
            if text
        )
        return f"<table>{rows}</table>"


_PAST = {State.FAILED: "failed", State.CANCELLED: "was cancelled"}


def _percent(record: JobRecord) -> str:
    return f", {record.progress.fraction:.0%}" if record.state is State.RUNNING else ""

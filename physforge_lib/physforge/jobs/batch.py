"""A batch of jobs as its owner holds it."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from physforge.errors import JobTimeoutError, PhysForgeError
from physforge.jobs.job import Job
from physforge.jobs.loading import load_result
from physforge.jobs.records import JobRecord, Selection
from physforge.jobs.runs import compared, recorded_figures
from physforge.jobs.states import FINAL, State

if TYPE_CHECKING:
    import pandas as pd

    from physforge.jobs.store import JobStore

#: Jobs that are asked for at once.
_PAGE = 200

#: Between two looks at a batch, in seconds.
_PAUSE_S = 0.5


def _nothing() -> None:
    """Wake nobody."""


class Batch:
    """What `Workspace.submit_batch` returns.

    Parameters
    ----------
    jobs : JobStore
        Where it is kept.
    name : str
        Name or id of the batch.
    wake : callable, optional
        Called before waiting, so that somebody runs the jobs.
    """

    def __init__(self, jobs: JobStore, name: str, *, wake: Callable[[], None] = _nothing) -> None:
        self._jobs = jobs
        self._name = name
        self._wake = wake

    @property
    def name(self) -> str:
        """Its name, by which it is found again."""
        return self._name

    def records(self) -> list[JobRecord]:
        """Return what the store says of its jobs now.

        Returns
        -------
        list of JobRecord
            In the order in which they were submitted.
        """
        found: list[JobRecord] = []
        while True:
            after = found[-1].id if found else None
            page = self._jobs.find(Selection(batch=self._name, newest_first=False, limit=_PAGE, after=after))
            found += page
            if len(page) < _PAGE:
                return sorted(found, key=lambda one: one.created_at)

    @property
    def jobs(self) -> list[Job]:
        """Its jobs."""
        return [Job(self._jobs, record.id, wake=self._wake) for record in self.records()]

    def counts(self) -> dict[State, int]:
        """Count its jobs by state.

        Returns
        -------
        dict of State to int
            States without jobs are left out.
        """
        return {state: count for state, count in self._jobs.count(Selection(batch=self._name)).items() if count}

    def wait(self, timeout: float | None = None, *, bar: bool = True) -> dict[State, int]:
        """Wait until all have ended, one way or another.

        Parameters
        ----------
        timeout : float, optional
            Seconds; as long as it takes by default.
        bar : bool, default True
            Whether to show how many have ended.

        Returns
        -------
        dict of State to int
            How they ended.

        Raises
        ------
        JobTimeoutError
            If some have not ended by then. They go on.
        KeyboardInterrupt
            At Ctrl-C. They go on, and the message says how to come back.
        """
        try:
            return self._wait(timeout, bar)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"The jobs go on. {self._come_back()}") from None

    def cancel(self) -> Batch:
        """Ask for the end of those that have not ended.

        Returns
        -------
        Batch
            This one.
        """
        for record in self.records():
            if record.state not in FINAL:
                self._jobs.cancel(record.id)
        return self

    def table(self, *, figures: bool = True) -> pd.DataFrame:
        """Compare the jobs.

        Parameters
        ----------
        figures : bool, default True
            Whether to read the key figures of each result (see `physforge.results.Result.figures`).

        Returns
        -------
        pandas.DataFrame
            A row for each job: the settings in which they differ, ``seed``, ``state``, ``seconds`` and key
            figures; the index is the job's id.
        """
        import pandas as pd

        records = self.records()
        rows = compared(records, figures=self._figures if figures else lambda _record: {})
        return pd.DataFrame(rows, index=pd.Index([record.id for record in records], name="job"))

    def _figures(self, record: JobRecord) -> dict[str, Any]:
        if record.state is not State.SUCCEEDED:
            return {"error": record.error} if record.error else {}
        if "figures" in record.run:
            return recorded_figures(record)
        try:
            return load_result(self._jobs.artifact(record.id)).figures()
        except PhysForgeError as error:  # an artifact that was removed to make room
            return {"error": str(error)}

    def _wait(self, timeout: float | None, bar: bool) -> dict[State, int]:
        from tqdm.auto import tqdm

        end = None if timeout is None else time.monotonic() + timeout
        counts = self.counts()
        with tqdm(
            total=sum(counts.values()), delay=2.0, leave=False, disable=None if bar else True, unit="job"
        ) as shown:
            while not FINAL.issuperset(counts):
                if end is not None and time.monotonic() >= end:
                    raise JobTimeoutError(
                        f"{_words(counts)} of the batch {self._name} after {timeout:g} s; they go on. "
                        f"{self._come_back()}"
                    )
                self._wake()
                shown.set_description_str(_words(counts))
                shown.update(sum(counts.get(state, 0) for state in FINAL) - shown.n)
                time.sleep(_PAUSE_S if end is None else max(0.0, min(_PAUSE_S, end - time.monotonic())))
                counts = self.counts()
        return counts

    def _come_back(self) -> str:
        return f"Come back with pf.Workspace().batch({self._name!r}), or physforge job watch {self._name}"

    def __len__(self) -> int:
        return sum(self.counts().values())

    def __repr__(self) -> str:
        return f"Batch({self._name!r}, {_words(self.counts())})"

    def _repr_html_(self) -> str:
        return (
            f"<p><b>{escape(self._name)}</b>: {escape(_words(self.counts()))}</p>{self.table(figures=False).to_html()}"
        )


def _words(counts: dict[State, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items()) or "no jobs"

"""A batch of jobs while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from physforge.cli.console import errors, note, plain, print_json_line, print_table, say
from physforge.cli.exits import Exit
from physforge.cli.job_facts import COLORS, about, job_facts, short_ids, span
from physforge.cli.job_follow import EVERY_S
from physforge.cli.job_screen import job_line, say_how_to_return

if TYPE_CHECKING:
    from rich.console import RenderableType

    from physforge.jobs import JobRecord, JobStore, State
    from physforge.workspace import Workspace

#: Running jobs that are drawn one by one.
MOST_RUNNING = 10
#: Failed jobs that are named at the end.
MOST_FAILED = 10


@dataclass(frozen=True)
class BatchMoment:
    """A batch at one moment.

    Parameters
    ----------
    counts : dict of State to int
        Every state.
    running : list of JobRecord
        Some of the running ones.
    """

    counts: dict[State, int]
    running: list[JobRecord]

    @property
    def total(self) -> int:
        """All jobs."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Those that have ended."""
        from physforge.jobs import FINAL

        return sum(self.counts[state] for state in FINAL)

    @property
    def fraction(self) -> float:
        """How far the whole is, from 0 to 1."""
        return (self.ended + sum(job.progress.fraction for job in self.running)) / max(self.total, 1)


def watch_batch(workspace: Workspace, batch: str, as_json: bool) -> Exit:
    """Show a batch until all its jobs have ended.

    Parameters
    ----------
    workspace : Workspace
        Where it is.
    batch : str
        Which.
    as_json : bool
        Whether to print lines of JSON instead.

    Returns
    -------
    Exit
        How the command ends: a failed job goes before a cancelled one.
    """
    show = _stream if as_json else _draw if errors().is_terminal else _lines
    began = time.monotonic()
    try:
        last = show(batch, _moments(workspace, batch), began)
    except KeyboardInterrupt:
        say_how_to_return(batch)
        return Exit.INTERRUPTED
    failed = _failed(workspace.jobs, batch)
    if as_json:
        print_json_line(
            {"type": "end", "batch": batch, **_counts(last), "failures": [job_facts(job) for job in failed]}
        )
    else:
        say(f"batch {plain(batch)}: {_in_words(last)}, in {span(time.monotonic() - began)}")
        _name_failures(batch, failed)
    return _end(last)


def _end(last: BatchMoment) -> Exit:
    from physforge.jobs import State

    if last.counts[State.FAILED]:
        return Exit.JOB_FAILED
    return Exit.JOB_CANCELLED if last.counts[State.CANCELLED] else Exit.DONE


def _moments(workspace: Workspace, batch: str) -> Iterator[BatchMoment]:
    from physforge.jobs import Selection, State

    running = Selection(states=frozenset({State.RUNNING}), batch=batch, limit=MOST_RUNNING)
    jobs = workspace.jobs
    while True:
        moment = BatchMoment(jobs.count(Selection(batch=batch)), jobs.find(running))
        yield moment
        if moment.ended == moment.total:
            return
        workspace.wake_runner()
        time.sleep(EVERY_S)


def _failed(jobs: JobStore, batch: str) -> list[JobRecord]:
    from physforge.jobs import Selection, State

    return jobs.find(Selection(states=frozenset({State.FAILED}), batch=batch, limit=MOST_FAILED))


def _draw(batch: str, moments: Iterator[BatchMoment], began: float) -> BatchMoment:
    from rich.console import Console
    from rich.live import Live

    moment = next(moments)
    console = Console(stderr=True)
    with Live(
        get_renderable=lambda: _picture(batch, moment, time.monotonic() - began, console.width),
        console=console,
        refresh_per_second=8,
    ):
        for moment in moments:  # noqa: B007 - what is drawn
            pass
    return moment


def _picture(batch: str, moment: BatchMoment, seconds: float, width: int) -> RenderableType:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    counts = Text("  ").join(
        Text(f"{count} {state}", style=COLORS[state]) for state, count in moment.counts.items() if count
    )
    title = Table.grid(padding=(0, 2))
    title.add_row(Text(f"batch {plain(batch)}", style="bold", no_wrap=True, overflow="ellipsis"), span(seconds))
    bar = Table.grid(padding=(0, 2))
    bar.add_row(
        ProgressBar(total=1.0, completed=moment.fraction, width=24), f"{moment.ended} of {moment.total}", counts
    )
    over = moment.ended == moment.total
    lines = (
        []
        if over
        else [*(job_line(job, width) for job in moment.running), Text("Ctrl-C leaves it running.", style="dim italic")]
    )
    return Group(title, bar, *lines)


def _lines(batch: str, moments: Iterator[BatchMoment], began: float) -> BatchMoment:  # noqa: ARG001 - as `_draw`
    last = next(moments)
    note(f"batch {plain(batch)}: {_in_words(last)}")
    for moment in moments:
        if moment.counts != last.counts:
            note(f"batch {plain(batch)}: {_in_words(moment)}")
        last = moment
    return last


def _stream(batch: str, moments: Iterator[BatchMoment], began: float) -> BatchMoment:  # noqa: ARG001 - as `_draw`
    last = next(moments)
    print_json_line({"type": "counts", "batch": batch, **_counts(last)})
    for moment in moments:
        if (moment.counts, moment.fraction) != (last.counts, last.fraction):
            print_json_line({"type": "counts", "batch": batch, **_counts(moment)})
        last = moment
    return last


def _counts(moment: BatchMoment) -> dict[str, Any]:
    counts = {state.value: count for state, count in moment.counts.items()}
    return {"total": moment.total, "fraction": round(moment.fraction, 4), "counts": counts}


def _in_words(moment: BatchMoment) -> str:
    return ", ".join(f"{count} {state}" for state, count in moment.counts.items() if count)


def _name_failures(batch: str, failed: list[JobRecord]) -> None:
    if not failed:
        return
    names = short_ids([job.id for job in failed])
    print_table(("failed", "of", "why"), [(names[job.id], about(job), job.error or "") for job in failed])
    note(f"All of them: physforge job list --batch {plain(batch)} --state failed")

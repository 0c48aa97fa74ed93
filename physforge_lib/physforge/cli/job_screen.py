"""A job while it runs: drawn on a terminal, as lines where there is none, or as lines of JSON."""

from __future__ import annotations

import abc
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from physforge.cli.console import note, plain, print_json_line
from physforge.cli.job_facts import COLORS, about, duration, short_id

if TYPE_CHECKING:
    from rich.console import RenderableType

    from physforge.cli.job_follow import Moment
    from physforge.jobs import JobRecord

#: Length of the bar on narrow and on wide terminals.
SHORT_BAR, LONG_BAR = 8, 24
#: Lines of the log that are shown on a terminal.
LOG_LINES = 8


class Screen(abc.ABC):
    """Where moments of a job are shown, one after the other."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @abc.abstractmethod
    def show(self, moment: Moment) -> None:
        """Show what is new.

        Parameters
        ----------
        moment : Moment
            The job now, and what its log has more.
        """

    def end(self, facts: dict[str, Any]) -> None:  # noqa: B027 - few have something to say
        """Say that the job has ended; to people the result says it.

        Parameters
        ----------
        facts : dict
            Of the job, as ``physforge job status --json`` has them.
        """


class JobScreen(Screen):
    """On a terminal: state, progress, and the last lines of the log, drawn in place.

    Parameters
    ----------
    job : JobRecord
        What is shown first.
    """

    def __init__(self, job: JobRecord) -> None:
        from rich.console import Console
        from rich.live import Live

        self._job = job
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._open = ""
        # Standard output is for the result; and lines that are drawn in place must not wrap softly.
        self._console = Console(stderr=True)
        self._live = Live(get_renderable=self.draw, console=self._console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, moment: Moment) -> None:
        """Take what is new; it is drawn with the next frame.

        Parameters
        ----------
        moment : Moment
            The job now, and what its log has more.
        """
        self._job = moment.job
        *whole, self._open = (self._open + moment.text).split("\n")
        self._lines.extend(line for line in (plain(one.rpartition("\r")[2]) for one in whole) if line.strip())

    def draw(self) -> RenderableType:
        """Draw the job as it is now."""
        from rich.console import Group
        from rich.text import Text

        log = [Text(f"  │ {line}", style="dim", no_wrap=True, overflow="ellipsis") for line in self._lines]
        job = self._job
        hint = "" if job.finished_at else "Ctrl-C leaves it running."
        return Group(job_line(job, self._console.width), *log, *([Text(hint, style="dim italic")] if hint else []))


def job_line(job: JobRecord, width: int) -> RenderableType:
    """Draw a job in one line.

    Parameters
    ----------
    job : JobRecord
        From a store.
    width : int
        Of the terminal; on a narrow one less is said.

    Returns
    -------
    rich.console.RenderableType
        Kind, inputs, id, state, bar, time and message.
    """
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    state = f"{job.state} (attempt {job.attempt})" if job.attempt > 1 else str(job.state)
    fraction = 1.0 if job.state == "succeeded" else job.progress.fraction
    is_unknown = job.state == "running" and fraction == 0
    name, message, bar = job.spec.kind, plain(job.progress.message) if job.state == "running" else "", SHORT_BAR
    # What is left once the kind, the id, the state, a short bar and the time have their places.
    room = width - sum(map(len, (name, short_id(job.id), state, duration(job)))) - bar - 8
    inputs = plain(f" {about(job)}".rstrip())
    if len(inputs) <= room:
        name, room = f"{name}{inputs}", room - len(inputs)
    if LONG_BAR - bar <= room:
        bar, room = LONG_BAR, room - LONG_BAR + bar
    cells: list[RenderableType] = [
        Text(name, style="bold"),
        Text(short_id(job.id), style="dim"),
        Text(state, style=COLORS[job.state]),
        ProgressBar(total=1.0, completed=fraction, width=bar, pulse=is_unknown),
        Text(duration(job)),
        *([Text(message)] if message and len(message) + 2 <= room else []),
    ]
    grid = Table.grid(padding=(0, 2))
    for _ in cells:
        grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_row(*cells)
    return grid


class JobLines(Screen):
    """Where there is no terminal: a line on standard error when something changes.

    Parameters
    ----------
    job : JobRecord
        Which.
    """

    def __init__(self, job: JobRecord) -> None:
        self._name = f"{job.spec.kind} {short_id(job.id)}"
        self._last: tuple[object, ...] = ()

    def show(self, moment: Moment) -> None:
        """Print what changed: the state, the message, or another tenth of the progress.

        Parameters
        ----------
        moment : Moment
            The job now; its log is not printed.
        """
        job = moment.job
        now = (job.state, job.attempt, job.progress.message, int(10 * job.progress.fraction))
        if now == self._last:
            return
        self._last = now
        progress = f": {job.progress.fraction:.0%} {plain(job.progress.message)}" if job.state == "running" else ""
        note(f"{self._name} {job.state}{progress}".rstrip())


class JobStream(Screen):
    """For programs: a line of JSON for each change, each piece of the log, and the end."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._progress: object = None

    def show(self, moment: Moment) -> None:
        """Print what is new.

        Parameters
        ----------
        moment : Moment
            The job now, and what its log has more.
        """
        job = moment.job
        if (job.state, job.attempt) != self._state:
            self._state = (job.state, job.attempt)
            print_json_line({"type": "state", "id": job.id, "state": job.state.value, "attempt": job.attempt})
        if job.progress != self._progress:
            self._progress = job.progress
            print_json_line(
                {"type": "progress", "id": job.id, "fraction": job.progress.fraction, "message": job.progress.message}
            )
        if moment.text:
            print_json_line({"type": "log", "id": job.id, "attempt": job.attempt, "text": moment.text})

    def end(self, facts: dict[str, Any]) -> None:
        """Print the last line.

        Parameters
        ----------
        facts : dict
            Of the job, as ``physforge job status --json`` has them.
        """
        print_json_line({"type": "end", **facts})


def say_how_to_return(name: str) -> None:
    """Say that a job or batch goes on, and how to come back to it.

    Parameters
    ----------
    name : str
        A short id, or a batch.
    """
    note(f"It goes on without this terminal. To come back: physforge job watch {plain(name)}")
    note(f"To end it: physforge job cancel {plain(name)}")

"""Arguments and options that several commands of ``physforge job`` share."""

from __future__ import annotations

from typing import Annotated

import typer

from physforge.cli.completion import complete_job
from physforge.errors import JobError

JobArgument = Annotated[
    str,
    typer.Argument(metavar="ID", help="Id of the job, or the beginning of it.", autocompletion=complete_job),
]
RemoteOption = Annotated[
    bool, typer.Option("--remote", help="At the workbench that you are logged in to (physforge login).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
LinesOption = Annotated[bool, typer.Option("--json", help="Print a line of JSON for each thing that happens.")]

ExecutorOption = Annotated[
    str,
    typer.Option(
        help="Who runs it: local (this machine), dask (a cluster of its own here), gateway (Dask Gateway), jobqueue "
        "(Slurm or PBS), or the address of a Dask scheduler."
    ),
]
SeedOption = Annotated[int, typer.Option(help="Of whatever is random; the same seed gives the same result.")]
PriorityOption = Annotated[int, typer.Option(help="Jobs of higher priority are begun first.")]
WallLimitOption = Annotated[
    str | None,
    typer.Option(help="End it after this time: 90 (seconds), 15m, 2h or 1d. [default: no limit]"),
]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def wall_limit_s(text: str | None) -> float | None:
    """Read what ``--wall-limit`` says.

    Parameters
    ----------
    text : str or None
        A number, perhaps with s, m, h or d behind it.

    Returns
    -------
    float or None
        Seconds.

    Raises
    ------
    JobError
        If it is no positive duration.

    Examples
    --------
    >>> wall_limit_s("90"), wall_limit_s("1.5h")
    (90.0, 5400.0)
    """
    if text is None:
        return None
    number, unit = (text[:-1], _UNITS[text[-1]]) if text[-1:] in _UNITS else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise JobError(f"--wall-limit {text!r:.40} is no duration; write 90 (seconds), 15m, 2h or 1d.")
    return seconds

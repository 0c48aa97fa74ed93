"""How a child's work on a job can end, and what people are told of it."""

from __future__ import annotations

import enum
import signal
from dataclasses import dataclass, field
from typing import Any

from physforge.jobs.child import TERMINATED


class End(enum.Enum):
    """How it ended."""

    #: With a result.
    DONE = enum.auto()
    #: The task raised an error, or ran for too long; trying again would not help.
    FAILED = enum.auto()
    #: Because somebody asked for it.
    CANCELLED = enum.auto()
    #: The process died; another attempt may do better.
    DIED = enum.auto()
    #: The job is another worker's now.
    LOST = enum.auto()
    #: The worker itself is told to end.
    GIVEN_BACK = enum.auto()


@dataclass(frozen=True)
class Ending:
    """The end of one attempt, before the store knows of it.

    Parameters
    ----------
    how : End
        In which way.
    sentence : str or None
        Why, where it is no success.
    cpu_s, gpu_s : float
        What was used.
    run : dict
        The run record of a success.
    keeps_child : bool
        Whether the child waits for the next job.
    """

    how: End
    sentence: str | None = None
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    run: dict[str, Any] = field(default_factory=dict)
    keeps_child: bool = False


def describe_death(exit_code: int) -> str:
    """Say how a process ended that should not have.

    Parameters
    ----------
    exit_code : int
        Negative for a signal.

    Returns
    -------
    str
        One sentence.
    """
    number = -exit_code if exit_code < 0 else signal.SIGTERM if exit_code == TERMINATED else 0
    if not number:
        return f"The process that ran the job ended by itself, with exit code {exit_code}."
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    hint = {
        "SIGKILL": "; most often that means that the machine had no memory left",
        "SIGSEGV": "; a compiled library crashed",
        "SIGABRT": "; a compiled library gave up",
        "SIGBUS": "; a file that it had mapped was cut, or a disk is full",
        "SIGFPE": "; a compiled library divided by zero",
    }.get(name, "")
    return f"The process that ran the job was ended by {name}{hint}."

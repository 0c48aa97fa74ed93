"""How commands end: the one place where exit codes are given out and said."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command.

    Notes
    -----
    Their meanings, as README and ``physforge --help`` have them, are in `MEANINGS`.
    """

    DONE = 0
    ERROR = 1
    USAGE = 2
    NOT_RUNNING = 3
    JOB_FAILED = 4
    JOB_CANCELLED = 5
    NO_SUCH_JOB = 6
    #: What shells give to a program that Ctrl-C ended.
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done",
    Exit.ERROR: "the machine, the workbench or the job's state does not allow it",
    Exit.USAGE: "wrong input or usage",
    Exit.NOT_RUNNING: "the workbench does not run, or is not well (status)",
    Exit.JOB_FAILED: "the job failed (of a batch: one of its jobs)",
    Exit.JOB_CANCELLED: "the job was cancelled (of a batch: one of its jobs)",
    Exit.NO_SUCH_JOB: "there is no such job",
    Exit.INTERRUPTED: "interrupted with Ctrl-C; a job that was watched goes on",
}

#: The last paragraph of ``physforge --help``.
EPILOG = "Exit codes: " + "; ".join(f"{code:d} {meaning}" for code, meaning in MEANINGS.items()) + "."

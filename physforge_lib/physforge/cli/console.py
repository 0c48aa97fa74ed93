"""Where the command line writes: results to standard output, all else to standard error."""

from __future__ import annotations

from rich.console import Console


def output() -> Console:
    """Return the console for results."""
    return Console(soft_wrap=True)


def errors() -> Console:
    """Return the console for progress and errors."""
    return Console(stderr=True, soft_wrap=True)

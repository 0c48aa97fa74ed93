"""An end to what takes too long, so that a page need not wait for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from physforge.errors import SimulationError


@contextmanager
def time_limit(seconds: float, words: str) -> Iterator[None]:
    """Stop what is done within after some seconds.

    Parameters
    ----------
    seconds : float
        So many at most.
    words : str
        What is said then.

    Yields
    ------
    None
        In the main thread, where a kernel works; elsewhere nothing is stopped.

    Raises
    ------
    SimulationError
        When the time is over.
    """

    def stop(*_signal: Any) -> None:
        raise SimulationError(words)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)

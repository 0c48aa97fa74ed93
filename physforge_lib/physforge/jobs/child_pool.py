"""Warm children: a process that has done a job does the next one of the same environment."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from physforge.jobs.child_process import ChildProcess

#: Jobs of one child, after which a fresh one starts: whatever a library leaves behind stays small.
_MOST_JOBS = 200

#: How many threads the numerical libraries start.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class ChildPool:
    """The children of one worker process that have nothing to do.

    Notes
    -----
    Children are processes of the user who runs the worker, and serve no other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[tuple[tuple[str, str], ...], list[ChildProcess]] = {}
        self._jobs: dict[int, int] = {}

    def take(self, variables: Mapping[str, str]) -> ChildProcess:
        """Return a child, a warm one if there is any.

        Parameters
        ----------
        variables : mapping of str to str
            What its environment has besides the worker's.

        Returns
        -------
        ChildProcess
            To be given back, or closed.
        """
        key = tuple(sorted(variables.items()))
        while True:
            with self._lock:
                idle = self._idle.get(key) or []
                child = idle.pop() if idle else None
            if child is None:
                return ChildProcess({**os.environ, **variables})
            if child.is_alive:
                return child
            child.close()

    def give(self, child: ChildProcess, variables: Mapping[str, str]) -> None:
        """Keep a child for the next job.

        Parameters
        ----------
        child : ChildProcess
            One that waits for work.
        variables : mapping of str to str
            As it was taken with.
        """
        with self._lock:
            done = self._jobs[child.pid] = self._jobs.get(child.pid, 0) + 1
            if done < _MOST_JOBS:
                self._idle.setdefault(tuple(sorted(variables.items())), []).append(child)
                return
        self.discard(child)

    def discard(self, child: ChildProcess) -> None:
        """End a child, whatever it does.

        Parameters
        ----------
        child : ChildProcess
            That was taken.
        """
        with self._lock:
            self._jobs.pop(child.pid, None)
        child.close()

    def close(self) -> None:
        """End all that are idle."""
        with self._lock:
            idle = [child for children in self._idle.values() for child in children]
            self._idle.clear()
        for child in idle:
            self.discard(child)


def thread_variables(threads: int) -> dict[str, str]:
    """Return what keeps the numerical libraries of a child to its share of the machine.

    Parameters
    ----------
    threads : int
        For each child.

    Returns
    -------
    dict of str to str
        Environment variables; those that are set already stay as they are.
    """
    return {name: str(threads) for name in _THREAD_VARIABLES if name not in os.environ}

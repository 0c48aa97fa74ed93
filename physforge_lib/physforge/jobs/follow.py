"""Watch a child work, until it is done or has to stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from physforge.errors import LostClaimError, PhysForgeError
from physforge.jobs.child_process import ChildProcess
from physforge.jobs.endings import End, Ending, describe_death
from physforge.jobs.heart import Heart
from physforge.jobs.messages import Message
from physforge.jobs.records import Claim
from physforge.jobs.store import JobStore
from physforge.jobs.timing import Timing

#: Between looks at everything that is not a message of the child, in seconds.
_LOOK_S = 0.05


def follow(
    child: ChildProcess, store: JobStore, claim: Claim, heart: Heart, timing: Timing, worker_ends: Event
) -> Ending:
    """Watch a child that has begun.

    Parameters
    ----------
    child : ChildProcess
        It works on the claim's job.
    store : JobStore
        Answers the task's questions.
    claim : Claim
        Whose.
    heart : Heart
        Knows whether the claim still holds, and whether to stop.
    timing : Timing
        How patient to be.
    worker_ends : threading.Event
        Set when the worker itself is told to end.

    Returns
    -------
    Ending
        The child is done, or dead, or to be killed.

    Raises
    ------
    BrokenPipeError
        If the child ended before it began.
    """
    watch = _Watch(child, claim, heart, timing, worker_ends)
    has_begun = False
    while True:
        try:
            message = child.next(_LOOK_S)
        except EOFError:
            if not has_begun and not watch.is_stopping:
                raise BrokenPipeError from None
            return watch.ending_of_death()
        if message is not None:
            if message["kind"] == "started":
                has_begun = True
                watch.begin()
            if message["kind"] in ("done", "failed", "cancelled"):
                return watch.ending_of(message)
            _attend(message, child, store, claim, heart)
        ending = watch.look()
        if ending is not None:
            return ending


def _attend(message: Message, child: ChildProcess, store: JobStore, claim: Claim, heart: Heart) -> None:
    if message["kind"] == "progress":
        heart.progress(message["fraction"], message["message"])
    elif message["kind"] == "checkpoint":
        _reply(child, heart, lambda: store.checkpoint(claim, Path(message["path"])))
    elif message["kind"] == "artifact":
        _reply(child, heart, lambda: store.artifact(message["job"]))


def _reply(child: ChildProcess, heart: Heart, ask: Callable[[], Path | None]) -> None:
    try:
        path = ask()
    except LostClaimError:
        heart.lost.set()
    except PhysForgeError as error:
        child.answer(error=str(error))
    else:
        child.answer(path=str(path))


class _Watch:
    """Knows why a child has to stop, and stops it: first it is asked, then told, then killed."""

    def __init__(self, child: ChildProcess, claim: Claim, heart: Heart, timing: Timing, worker_ends: Event) -> None:
        self._child, self._heart, self._timing, self._worker_ends = child, heart, timing, worker_ends
        self._limit = claim.job.spec.wall_limit_s
        self._begun: float | None = None
        self._cpu = _cpu_seconds(child.pid)
        self._reason: Ending | None = None
        self._asked = 0.0
        self._told = False

    @property
    def is_stopping(self) -> bool:
        """Whether the child was asked to stop."""
        return self._reason is not None

    def begin(self) -> None:
        """Count the job's time from now on; the start of a process is not its own."""
        self._begun = time.monotonic()

    def look(self) -> Ending | None:
        """Return an ending if the child is to be killed now."""
        if self._heart.lost.is_set():
            return Ending(End.LOST)
        if self._reason is None:
            self._reason = self._reason_to_stop()
            if self._reason is None:
                return None
            self._asked = time.monotonic()
            self._child.cancel()
        waited = time.monotonic() - self._asked
        if waited >= self._timing.kill_s:
            return self._stopped()
        if waited >= self._timing.terminate_s and not self._told:
            self._told = True
            self._child.terminate()
        return None

    def ending_of(self, message: Message) -> Ending:
        """Return the ending that the child told."""
        used = {"cpu_s": message["cpu_s"], "gpu_s": message["gpu_s"]}
        if message["kind"] == "done":
            # A job that is done before it could be stopped is done.
            return Ending(End.DONE, run=message["run"], keeps_child=True, **used)
        if message["kind"] == "failed" and self._reason is None:
            return Ending(End.FAILED, message["error"], keeps_child=True, **used)
        # It was asked to stop; an error that came of it is no failure.
        reason = self._reason or Ending(End.FAILED, "The task said that it was cancelled, and it was not.")
        return Ending(reason.how, reason.sentence, keeps_child=not self._told, **used)

    def ending_of_death(self) -> Ending:
        """Return the ending of a child that has ended."""
        if self._reason is not None:
            return self._stopped()
        self._child.kill()
        return Ending(End.DIED, describe_death(self._child.exit_code or 0), cpu_s=self._used())

    def _stopped(self) -> Ending:
        reason = self._reason or Ending(End.CANCELLED)
        return Ending(reason.how, reason.sentence, cpu_s=self._used())

    def _reason_to_stop(self) -> Ending | None:
        if self._heart.cancelled.is_set():
            return Ending(End.CANCELLED)
        if self._limit is not None and self._begun is not None and time.monotonic() - self._begun > self._limit:
            return Ending(End.FAILED, f"It ran for longer than its limit of {self._limit:g} s.")
        if self._worker_ends.is_set():
            return Ending(End.GIVEN_BACK, "Its worker was told to end.")
        return None

    def _used(self) -> float:
        return max(_cpu_seconds(self._child.pid) - self._cpu, 0.0)


def _cpu_seconds(pid: int) -> float:
    """Return what a process and its ended children have used, where the system says it (Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return 0.0

"""The one loop: a step, a look, a decision."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeAlias

from physforge.pinn.training import checkpoint
from physforge.pinn.training.progress import Progress
from physforge.pinn.training.run import Run

#: Steps between two looks at the held-out residual.
LOOK = 50

#: Steps without an improvement of the held-out residual by 1 % after which training has converged.
PATIENCE = 3000

#: Draws of new points, in a row, that leave the optimiser without any step.
_IDLE = 3

#: A call that says whether to stop, or an event that is set.
Cancel: TypeAlias = Callable[[], bool] | Event


@dataclass(frozen=True)
class Limits:
    """When training ends at the latest, and who hears of it.

    Parameters
    ----------
    seconds : float
        Infinite for none.
    steps : float
        Infinite for none.
    cancel : callable or threading.Event, optional
        Asked before every step.
    callback : callable, optional
        Gets a `Progress` at each look.
    checkpoint : pathlib.Path, optional
        Where to keep what is needed to go on.
    checkpoint_seconds : float, default 30.0
        Between two checkpoints; 0 for one at each look.
    clock : callable, default time.perf_counter
        Tells the seconds that count.
    """

    seconds: float = math.inf
    steps: float = math.inf
    cancel: Cancel | None = None
    callback: Callable[[Progress], None] | None = None
    checkpoint: Path | None = None
    checkpoint_seconds: float = 30.0
    clock: Callable[[], float] = time.perf_counter

    def used(self, run: Run) -> float:
        """Return which part of the budget is used."""
        return max(run.seconds / self.seconds, run.step / self.steps)

    def cancelled(self) -> bool:
        """Say whether somebody wants to stop."""
        if self.cancel is None:
            return False
        return self.cancel.is_set() if isinstance(self.cancel, Event) else bool(self.cancel())


def train(run: Run, limits: Limits) -> str:
    """Train until something says to stop.

    Parameters
    ----------
    run : Run
        Changed in place.
    limits : Limits
        When to stop.

    Returns
    -------
    str
        ``"converged"``, ``"budget reached"``, ``"diverged"`` or ``"cancelled"``.
    """
    clock = _Clock(run, limits.clock)
    saved = run.seconds
    _report(run, limits)
    try:
        while (status := _ended(run, limits)) is None:
            run.advance()
            clock.tick()
            _decide(run, limits)
            if run.step % LOOK == 0:
                run.look()
                _report(run, limits)
                if limits.checkpoint is not None and run.seconds - saved >= limits.checkpoint_seconds:
                    save(run, limits.checkpoint)
                    saved = run.seconds
    except KeyboardInterrupt:
        # The step was broken off: what the optimiser remembers may be half changed, so nothing is written.
        return "cancelled"
    if run.state.outcome != "diverged":
        if limits.checkpoint is not None:
            save(run, limits.checkpoint)
        if run.step % LOOK:
            run.look()
            _report(run, limits)
    return status


def save(run: Run, path: Path) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    run : Run
        Whose.
    path : pathlib.Path
        Of the file.
    """
    checkpoint.write(path, *run.to_checkpoint())


def _ended(run: Run, limits: Limits) -> str | None:
    if limits.cancelled():
        return "cancelled"
    if run.state.outcome == "diverged":
        return "diverged"
    if run.last_stage and (run.idle >= _IDLE or run.step - run.improved >= PATIENCE):
        return "converged"
    return "budget reached" if limits.used(run) >= 1.0 else None


def _decide(run: Run, limits: Limits) -> None:
    """Widen the window, change the optimiser or draw new points, where it is time."""
    if run.state.outcome == "diverged":
        return
    stalled = run.state.outcome == "stalled"
    run.idle = run.idle + 1 if stalled else (0 if run.step > run.drawn + 1 else run.idle)
    steps = run.optimiser.steps
    if run.turn < len(run.stage.optimisers) - 1:
        if stalled or (steps is not None and run.turn_steps >= steps):
            run.next_optimiser()
    elif not run.last_stage and (limits.used(run) >= run.stage.budget or run.idle >= _IDLE):
        run.look()
        run.next_stage()
        _report(run, limits)
    elif stalled or run.step - run.drawn >= run.plan.every:
        run.draw()


def _report(run: Run, limits: Limits) -> None:
    progress = run.progress()
    row = progress.row()
    if not run.rows or run.rows[-1] != row:  # a training that goes on has it already
        run.rows.append(row)
    if limits.callback is not None:
        limits.callback(progress)


class _Clock:
    """Adds the time since the last tick to that of the run."""

    def __init__(self, run: Run, clock: Callable[[], float]) -> None:
        self._run, self._clock, self._last = run, clock, clock()

    def tick(self) -> None:
        now = self._clock()
        self._run.seconds += now - self._last
        self._last = now

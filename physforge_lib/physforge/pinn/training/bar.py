"""A bar that shows how much of the budget is used."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import TracebackType
from typing import Any

from physforge.pinn.training.loop import Limits
from physforge.pinn.training.progress import Progress
from physforge.progress import QUIET_SECONDS


class Bar:
    """Adds a bar to what hears of training.

    Parameters
    ----------
    limits : Limits
        Those of the training; their callback is called too.
    shown : bool
        Whether to show anything at all.
    """

    def __init__(self, limits: Limits, *, shown: bool) -> None:
        self._limits, self._shown = limits, shown
        self._bar: Any = None

    def __enter__(self) -> Limits:
        if not self._shown:
            return self._limits
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=100, desc="Training", unit="%", delay=QUIET_SECONDS, leave=False, disable=None, file=sys.stderr
        )
        return replace(self._limits, callback=self._update)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def _update(self, progress: Progress) -> None:
        used = max(progress.seconds / self._limits.seconds, progress.step / self._limits.steps)
        self._bar.update(min(int(100.0 * used), 100) - self._bar.n)
        self._bar.set_postfix_str(f"{progress.optimiser}, residual {progress.held_out:.1e}")
        if self._limits.callback is not None:
            self._limits.callback(progress)

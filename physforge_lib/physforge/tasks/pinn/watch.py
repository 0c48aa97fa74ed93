"""How a training hears of its end, and how what it keeps reaches the job."""

from __future__ import annotations

import logging
import math
import shutil
import time
from pathlib import Path
from typing import Any

from physforge.jobs.context import RunContext
from physforge.pinn.training.progress import Progress
from physforge.tasks.pinn.loss_lines import LossPoint, write_line

_FILE = "training.safetensors"

#: Seconds between two checkpoints: a killed job loses no more.
_EVERY_S = 10.0

#: Seconds between two reports that say the same.
_REPORT_S = 0.5

#: Seconds between two losses in the log, and as a share of the time since the start: the log of a long training
#: grows slowly.
_LOG_S, _LOG_SHARE = 0.25, 0.005

_logger = logging.getLogger("physforge.tasks.pinn")


class Watch:
    """Joins a training and the job that it is.

    Parameters
    ----------
    context : RunContext
        Of the job.
    folder : pathlib.Path
        Of the checkpoint alone; what an earlier attempt kept is copied here.
    seconds, steps : float, optional
        The budget; 60 seconds where neither is given.
    """

    def __init__(self, context: RunContext, folder: Path, seconds: float | None, steps: int | None) -> None:
        self._context, self._file = context, folder / _FILE
        self._seconds = seconds or (math.inf if steps else 60.0)
        self._steps = steps or math.inf
        self._done, self._message, self._reported = 0.0, "training", 0.0
        self._kept: int | None = None
        self._logged = -math.inf
        earlier = context.last_checkpoint()
        if earlier is not None and (earlier / _FILE).exists():
            shutil.copyfile(earlier / _FILE, self._file)
            self._kept = self._written()

    def options(self) -> dict[str, Any]:
        """Return what a training is told."""
        told = {"callback": self._look, "cancel": self._is_over, "progress": False}
        return {**told, "checkpoint": self._file, "checkpoint_s": _EVERY_S}

    def _look(self, progress: Progress) -> None:
        used = max(progress.seconds / self._seconds, progress.step / self._steps)
        self._done = max(self._done, min(used, 1.0))
        self._message = f"step {progress.step}, held-out residual {progress.held_out:.1e}"
        self._report()
        self._log(progress)
        self._context.measure(loss=progress.loss, held_out_residual=progress.held_out)
        written = self._written()
        if written != self._kept:
            self._context.checkpoint(self._file.parent)
            self._kept = written

    def _log(self, progress: Progress) -> None:
        if progress.seconds - self._logged >= max(_LOG_S, _LOG_SHARE * progress.seconds):
            self._logged = progress.seconds
            _logger.info("%s", write_line(LossPoint(progress.step, progress.loss, progress.held_out)))

    def _is_over(self) -> bool:
        """Ask before every step; the context raises where the job's end was asked for."""
        if time.monotonic() - self._reported >= _REPORT_S:
            self._report()
        return False

    def _report(self) -> None:
        self._reported = time.monotonic()
        self._context.report(self._done, self._message)

    def _written(self) -> int | None:
        return self._file.stat().st_mtime_ns if self._file.exists() else None

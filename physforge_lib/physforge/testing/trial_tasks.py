"""A kind of job for tests of executors: it computes, waits, fails or dies, as it is told."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from physforge.jobs.context import RunContext
from physforge.jobs.task import JobConfig, Task
from physforge.results import Arrays, Result

#: Name of the kind.
KIND = "trial"

_ENTRY_POINTS = f"[physforge.tasks]\n{KIND} = {__name__}:TASK\n"
_METADATA = "Metadata-Version: 2.1\nName: physforge-trial-tasks\nVersion: 1\n"


class TrialConfig(JobConfig):
    """What the task is to do.

    Parameters
    ----------
    action : str
        ``"compute"`` draws numbers; ``"fail"`` raises; ``"wait"`` reports until `seconds`
        are over; ``"deaf"`` computes as long inside one library call after the other and
        never asks; ``"stubborn"`` also ignores SIGTERM; ``"die"`` kills its own process
        the first time; ``"escape"`` leaves a link in its artifact; ``"train"`` takes
        `steps` steps of a small training that goes on from its checkpoints, ``"torch"`` of
        one with torch; ``"work"`` multiplies `steps` pairs of matrices; ``"hoard"`` wants 2 GiB of memory.
    seconds : float
        How long.
    steps : int
        Of the training, or of the work.
    width : int
        Of the network that ``"torch"`` trains.
    marker : str or None
        A file; a line with the process's id is added when it begins.
    """

    action: Literal[
        "compute", "fail", "wait", "deaf", "stubborn", "die", "escape", "train", "torch", "work", "hoard"
    ] = "compute"
    seconds: float = Field(default=0.0, ge=0)
    steps: int = Field(default=50, ge=1)
    width: int = Field(default=16, ge=1)
    marker: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class TrialResult(Result):
    """What the task made.

    Parameters
    ----------
    values : numpy.ndarray
        Numbers that depend on the seed alone.
    """

    kind: ClassVar[str] = KIND

    values: npt.NDArray[np.float64]

    def summary(self) -> str:
        """Say how many numbers there are."""
        return f"{self.values.size} numbers"

    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return no facts, and the numbers."""
        return {}, {"values": self.values}

    @classmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:
        """Build the result from what `to_document` returned."""
        return cls(**document["base"], values=arrays["values"])


def run(config: TrialConfig, context: RunContext) -> TrialResult:
    """Do what the config says.

    Parameters
    ----------
    config : TrialConfig
        What.
    context : RunContext
        Of the job, or of a test.

    Returns
    -------
    TrialResult
        Numbers of the seed.

    Raises
    ------
    ValueError
        If it is to fail.
    """
    is_first = _mark(config)
    context.report(0.0, "begins")
    os.write(1, f"The action is {config.action}.\n".encode())
    if config.action == "fail":
        raise ValueError("this task fails on purpose")
    if config.action == "die" and is_first:
        os.kill(os.getpid(), signal.SIGKILL)
    if config.action == "escape":
        (context.folder / "elsewhere").symlink_to("/")
    if config.action == "train":
        return TrialResult(status="ok", values=_train(config.steps, config.seconds, context))
    if config.action == "torch":
        from physforge.testing.trial_training import train

        return TrialResult(status="ok", values=train(config.steps, config.width, config.seconds, context))
    if config.action == "hoard":
        return TrialResult(status="ok", values=np.ones(2**28))
    if config.action == "work":
        for _ in range(config.steps):
            multiply()
    if config.action == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    until = time.monotonic() + config.seconds
    while (left := until - time.monotonic()) > 0:
        if config.action == "wait":
            context.report(1 - left / config.seconds, "waits")
            time.sleep(0.02)
        else:
            multiply()
    context.report(1.0, "ends")
    return TrialResult(status="ok", values=context.generator().normal(size=100))


def _mark(config: TrialConfig) -> bool:
    """Note the process, and say whether it is the first."""
    if config.marker is None:
        return True
    path = Path(config.marker)
    is_first = not path.exists()
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"{os.getpid()}\n")
    return is_first


def multiply() -> None:
    """Do a fraction of a second's work of the processor."""
    matrix = np.ones((1500, 1500))
    matrix @ matrix


def _train(steps: int, pause: float, context: RunContext) -> npt.NDArray[np.float64]:
    """Descend along noisy gradients with momentum; a checkpoint holds all that the next step depends on."""
    generator = context.generator()
    weights, momentum, begin = generator.normal(size=20), np.zeros(20), 0
    kept = context.last_checkpoint()
    if kept is not None:
        state = np.load(kept / "state.npz", allow_pickle=False)
        weights, momentum, begin = state["weights"], state["momentum"], int(state["step"])
        generator.bit_generator.state = _unpacked(state["generator"])
    for step in range(begin, steps):
        gradient = weights + 0.1 * generator.normal(size=20)
        momentum = 0.9 * momentum + gradient
        weights = weights - 0.01 * momentum
        time.sleep(pause)
        context.report((step + 1) / steps, f"step {step + 1}")
        _keep(context, step + 1, weights, momentum, generator)
    return weights


def _keep(
    context: RunContext,
    step: int,
    weights: npt.NDArray[np.float64],
    momentum: npt.NDArray[np.float64],
    generator: np.random.Generator,
) -> None:
    folder = context.folder.parent / f"state-{step}"
    folder.mkdir()
    state = _packed(generator.bit_generator.state)
    np.savez(folder / "state.npz", weights=weights, momentum=momentum, step=step, generator=state)
    context.checkpoint(folder)


def _packed(state: Any) -> npt.NDArray[np.uint64]:
    inner, mask = state["state"], (1 << 64) - 1
    words = [part for value in (inner["state"], inner["inc"]) for part in (value & mask, value >> 64)]
    return np.array([*words, state["has_uint32"], state["uinteger"]], dtype=np.uint64)


def _unpacked(packed: npt.NDArray[np.uint64]) -> dict[str, Any]:
    low, high, inc_low, inc_high, has, held = (int(one) for one in packed)
    inner = {"state": low | high << 64, "inc": inc_low | inc_high << 64}
    return {"bit_generator": "PCG64", "state": inner, "has_uint32": has, "uinteger": held}


def install_trial_tasks(folder: Path) -> Path:
    """Make the kind known to every process that has `folder` in its ``PYTHONPATH``.

    Parameters
    ----------
    folder : pathlib.Path
        Made if needed.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    facts = folder / "physforge_trial_tasks-1.dist-info"
    facts.mkdir(parents=True, exist_ok=True)
    (facts / "METADATA").write_text(_METADATA, encoding="utf-8")
    (facts / "entry_points.txt").write_text(_ENTRY_POINTS, encoding="utf-8")
    return folder


class _Direct(RunContext):
    """What a task is given that no job runs."""

    def open_dataset(self, field: str) -> Any:
        raise NotImplementedError(field)

    def open_artifact(self, field: str) -> Path:
        raise NotImplementedError(field)

    def report(self, fraction: float, message: str = "") -> None:
        """Do nothing."""

    def checkpoint(self, folder: Path) -> None:
        """Do nothing."""

    def last_checkpoint(self) -> None:
        """Return None."""


def run_directly(config: TrialConfig, seed: int, folder: Path) -> TrialResult:
    """Do what a job would do, in this process.

    Parameters
    ----------
    config : TrialConfig
        What.
    seed : int
        Of the numbers.
    folder : pathlib.Path
        A new one.

    Returns
    -------
    TrialResult
        What the job's artifact should hold.
    """
    folder.mkdir()
    return run(config, _Direct(seed, folder / "artifact"))


TASK = Task(KIND, TrialConfig, f"{__name__}:run", f"{__name__}:TrialResult", "A task for tests")

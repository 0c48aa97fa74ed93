"""A small training with torch that can be killed at any moment and goes on to the same bits."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.jobs.context import RunContext


def train(steps: int, width: int, pause_s: float, context: RunContext) -> npt.NDArray[np.float64]:
    """Fit a network to a wave, with minibatches drawn at random.

    Parameters
    ----------
    steps : int
        Of the optimiser.
    width : int
        Of the network's layers, and of a batch. In thousands, a step spends seconds inside BLAS.
    pause_s : float
        After each step.
    context : RunContext
        Seed, and checkpoints: model, optimiser and the generator's state in one folder.

    Returns
    -------
    numpy.ndarray
        All weights.
    """
    import torch

    generator = torch.Generator().manual_seed(context.seed)
    sizes = [(1, width), (width, width), (width, 1)]
    weights = [torch.randn(size, generator=generator, dtype=torch.float64) / size[0] ** 0.5 for size in sizes]
    for weight in weights:
        weight.requires_grad_()
    optimiser = torch.optim.Adam(weights, lr=1e-2)
    begin = _resume(context, weights, optimiser, generator)
    for step in range(begin, steps):
        x = torch.rand((width, 1), generator=generator, dtype=torch.float64)
        hidden = x
        for weight in weights[:-1]:
            hidden = torch.tanh(hidden @ weight)
        loss = ((hidden @ weights[-1] - torch.sin(6 * x)) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        time.sleep(pause_s)
        context.report((step + 1) / steps, f"loss {loss.item():.3g}")
        if width < 1000:
            _keep(context, step + 1, weights, optimiser, generator)
    return np.concatenate([weight.detach().numpy().ravel() for weight in weights])


def _keep(context: RunContext, step: int, weights: list[Any], optimiser: Any, generator: Any) -> None:
    folder = context.folder.parent / f"torch-{step}"
    folder.mkdir()
    arrays = {"step": np.array(step), "generator": generator.get_state().numpy()}
    for number, weight in enumerate(weights):
        arrays[f"weight-{number}"] = weight.detach().numpy()
        for name, value in optimiser.state[weight].items():
            arrays[f"{name}-{number}"] = value.numpy()
    np.savez(folder / "state.npz", allow_pickle=False, **arrays)
    context.checkpoint(folder)


def _resume(context: RunContext, weights: list[Any], optimiser: Any, generator: Any) -> int:
    import torch

    kept = context.last_checkpoint()
    if kept is None:
        return 0
    with np.load(kept / "state.npz", allow_pickle=False) as state:
        generator.set_state(torch.from_numpy(state["generator"]))
        for number, weight in enumerate(weights):
            weight.data.copy_(torch.from_numpy(state[f"weight-{number}"]))
            names = ("step", "exp_avg", "exp_avg_sq")
            optimiser.state[weight] = {name: torch.from_numpy(state[f"{name}-{number}"].copy()) for name in names}
        return int(state["step"])

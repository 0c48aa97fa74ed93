"""Limited-memory BFGS, for networks too large for a matrix of their parameters."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.along import search
from physforge.pinn.optimisers.line_search import StrongWolfe
from physforge.pinn.optimisers.method import Optimiser
from physforge.pinn.optimisers.state import LeastSquares, State


class LBFGS(Optimiser):
    """Quasi-Newton steps from the last few changes of the gradient.

    Where no step along the direction lowers the loss, the memory is dropped and the next step
    follows the gradient; only where that fails too is there nothing left to do. Prefer
    `SSBroyden` up to some thousand parameters: it needs fewer steps.

    Parameters
    ----------
    memory : int, default 50
        How many changes are kept.

    References
    ----------
    Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization, Math.
    Program. 45; the two loops are algorithm 7.4 of Nocedal, Wright (2006).
    """

    kind: Literal["lbfgs"] = "lbfgs"
    citations: ClassVar[tuple[str, ...]] = ("liu1989",)

    memory: PositiveInt = 50

    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        steps = state.tensors.get("steps", state.theta.new_zeros((0, len(state.theta))))
        bends = state.tensors.get("bends", steps)
        direction = -_two_loops(steps, bends, state.gradient)
        first = 1.0 if len(steps) else min(1.0, 1.0 / float(direction.norm().clamp_min(1e-300)))
        trial, count = None, 0
        if float(state.gradient @ direction) < 0.0:
            trial, count = search(StrongWolfe(), objective, batch, state, direction, first)
        state.evaluations += count
        if trial is None:
            state.outcome = "going" if len(steps) else "stalled"
            state.step_length = 0.0
            state.tensors = {}
            return state
        step, bend = trial.theta - state.theta, trial.gradient - state.gradient
        if float(step @ bend) > 1e-16 * float(bend @ bend):
            steps = torch.cat((steps, step[None]))[-self.memory :]
            bends = torch.cat((bends, bend[None]))[-self.memory :]
        return State(
            trial.theta,
            trial.loss,
            trial.gradient,
            trial.parts,
            step_length=float(step.norm()),
            evaluations=state.evaluations,
            tensors={"steps": steps, "bends": bends},
        )


def _two_loops(steps: Tensor, bends: Tensor, gradient: Tensor) -> Tensor:
    """Multiply the gradient by the inverse Hessian that the pairs stand for."""
    direction = gradient.clone()
    if not len(steps):
        return direction
    products = (steps * bends).sum(1)
    shares = []
    for step, bend, product in zip(steps.flip(0), bends.flip(0), products.flip(0), strict=True):
        share = (step @ direction) / product
        direction -= share * bend
        shares.append(share)
    direction *= products[-1] / (bends[-1] @ bends[-1])
    for step, bend, product, share in zip(steps, bends, products, reversed(shares), strict=True):
        direction += (share - (bend @ direction) / product) * step
    return direction

"""Fit fields and the law's parameters together, with a law that becomes stiff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Float, Points
from physforge.pinn.engine import Objective
from physforge.pinn.inverse.batches import Collocation, collocation_batch, data_batch, draw_collocation, row_lengths
from physforge.pinn.inverse.measurements import Measurements
from physforge.pinn.inverse.noise import Noise, estimate_tails
from physforge.pinn.optimisers.marquardt import FIRST_DAMPING, marquardt_step

#: Samples whose gradients tell how much the fields move with the parameters.
_GRADIENTS = 256


@dataclass(frozen=True)
class Schedule:
    """How a fit proceeds from data alone to a law that holds.

    Parameters
    ----------
    points : int, optional
        Collocation points for each law; default 2000, and 200 along a single coordinate.
    first, last : float
        Weight of the law at the beginning, and at most, in samples for a residual that
        stands for one sd of the noise. It stops to rise where that would not make the
        parameters better known.
    growth : float, default 3
        Factor between stages.
    steps : int, default 12
        Most steps of a stage, after which points and noise are renewed.
    settled : float, default 1e-3
        Relative decrease of the loss in a step below which a stage is over.
    """

    points: int | None = None
    first: float = 1e-4
    last: float = 300.0
    growth: float = 3.0
    steps: int = 12
    settled: float = 1e-3


@dataclass(frozen=True, eq=False)
class State:
    """Where a fit stands.

    Parameters
    ----------
    theta : torch.Tensor
        Parameters of network and law.
    noises : mapping of str to Noise
        For each field observed.
    misfits : mapping of int to numpy.ndarray
        Predicted less measured when the noise was last estimated, in units of the samples' sd, by block.
    collocation : tuple of Collocation
        Where the law and the conditions are to hold.
    weight : float
        Of these, in samples.
    damping : float
        Of the next step.
    decrease : float
        Of the loss in the last step, relatively.
    loss : float
        After the last step: chi squared and the law's part.
    """

    theta: Tensor
    noises: Mapping[str, Noise]
    misfits: Mapping[int, Float]
    collocation: tuple[Collocation, ...]
    weight: float
    damping: float = FIRST_DAMPING
    decrease: float = 1.0
    loss: float = float("nan")


class InverseFit:
    """The sum of chi squared and of a law's weighted residual, lowered by Marquardt's steps.

    The law's residual is measured by the change of the fields that would remove it, in
    units of their noise, so that its weight has no unit. It starts low, so that the fields
    come to follow the data, and rises as long as the loss settles: the stiffer the law, the
    less of the noise the fields can follow, and the less the law's parameters depend on
    the network. The law's parameters are not damped, so that each step has the best ones for
    the fields that it makes.

    Parameters
    ----------
    objective : Objective
        Of the problem; its unknown parameters are fitted too.
    samples : mapping of int to Measurements
        By the number of the block that compares fields with them.
    schedule : Schedule
        How the law's weight rises.
    seed : int
        Of the points.
    known_noise : mapping of str to float, optional
        Scale of the noise by field, in the samples' sd where they have one.

    References
    ----------
    J. O. Ramsay, G. Hooker, D. Campbell and J. Cao, Parameter estimation for differential equations: a
    generalized smoothing approach, J. R. Stat. Soc. B 69 (2007) 741-796.
    """

    def __init__(
        self,
        objective: Objective,
        samples: Mapping[int, Measurements],
        schedule: Schedule,
        seed: int,
        known_noise: Mapping[str, float] | None = None,
    ) -> None:
        self.objective = objective
        self.samples = dict(samples)
        self.schedule = schedule
        self.generator = np.random.default_rng(seed)
        self.known = dict(known_noise or {})
        self.count = sum(len(one) for one in self.samples.values())
        self.points = schedule.points or (200 if len(objective.problem.coordinates) == 1 else 2000)
        self.laws = [number for number in range(len(objective.problem.blocks)) if number not in self.samples]

    def begin(self, seed: int) -> State:
        """Draw a network, and points."""
        theta = self.objective.start(seed)
        return self.renew(State(theta, {}, {}, (), self.schedule.first))

    def renew(self, state: State) -> State:
        """Estimate the noise, and look where the law is violated, afresh."""
        misfits = {block: self.misfit(state.theta, block, one) for block, one in self.samples.items()}
        noises = {one.field: self._noise(one, misfits[block]) for block, one in self.samples.items()}
        unit = self._unit(state.theta, noises)
        drawn = tuple(
            draw_collocation(self.objective, state.theta, number, self.points, self.generator, unit)
            for number in self.laws
        )
        return replace(state, noises=noises, misfits=misfits, collocation=drawn)

    def stiffen(self, state: State) -> State:
        """Raise the law's weight."""
        return replace(state, weight=min(state.weight * self.schedule.growth, self.schedule.last))

    def batch(self, state: State, law: float = 1.0) -> Batch:
        """Put samples and collocation points in the order of the problem's blocks; `law` scales the latter."""
        device = self.objective.device
        parts: dict[int, BlockBatch] = {
            block: data_batch(one, state.noises[one.field], state.misfits[block], device)
            for block, one in self.samples.items()
        }
        for one in state.collocation:
            parts[one.block] = collocation_batch(one, law * state.weight * self.count, device)
        return tuple(parts[number] for number in sorted(parts))

    def misfit(self, theta: Tensor, block: int, samples: Measurements) -> Float:
        """Return predicted less measured, in units of each sample's sd."""
        places = torch.as_tensor(samples.places, device=self.objective.device)
        values = torch.as_tensor(samples.values[None], device=self.objective.device)
        found: Float = self.objective.pointwise(theta, block, (places,), values)[0].cpu().numpy()
        return found if samples.sd is None else found / samples.sd

    def stage(self, state: State, watch: Callable[[State], bool]) -> State:
        """Make steps until the loss settles, or `watch` says that it is over."""
        batch = self.batch(state)
        undamped = self.objective.size - self.objective.network_size
        for _ in range(self.schedule.steps):
            normal = self.objective.normal_equations(state.theta, batch)
            made = marquardt_step(
                state.theta, normal, state.damping, lambda theta: self.objective.loss(theta, batch), undamped
            )
            state = replace(state, theta=made.theta, damping=made.damping, decrease=made.decrease, loss=made.loss)
            if not watch(state) or made.decrease < self.schedule.settled:
                break
        return state

    def _noise(self, samples: Measurements, misfit: Float) -> Noise:
        known = self.known.get(samples.field)
        scale = known if known is not None else 1.0 if samples.sd is not None else None
        return estimate_tails(misfit, scale=scale)

    def _unit(self, theta: Tensor, noises: Mapping[str, Noise]) -> float:
        """Return the length of the gradient of a field in units of its noise, typically."""
        found = []
        for block, one in self.samples.items():
            some = self.generator.choice(len(one), min(len(one), _GRADIENTS), replace=False)
            points = Points((one.places[some],), one.values[None, some])
            sd = np.ones(len(some)) if one.sd is None else one.sd[some]
            found.append(row_lengths(self.objective, theta, block, points)[0] / (noises[one.field].scale * sd))
        return float(np.median(np.concatenate(found)))

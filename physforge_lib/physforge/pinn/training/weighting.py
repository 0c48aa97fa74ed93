"""How much each block, and each point, counts in the loss."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Block
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.training.goal import Goal


class Weighting(BaseModel, abc.ABC):
    """A rule for weights, applied whenever points are drawn anew.

    Between two draws the weights stay, so that a quasi-Newton optimiser sees one function.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Keys of `physforge.citations.BIBTEX`.
    citations: ClassVar[tuple[str, ...]] = ()

    kind: str

    @abc.abstractmethod
    def apply(self, task: ProblemLike, goal: Goal, theta: Tensor, batch: Batch) -> Batch:
        """Weight the blocks and points of a batch.

        Parameters
        ----------
        task : ProblemLike
            The problem.
        goal : Goal
            Gives losses and residuals.
        theta : torch.Tensor
            The network's parameters.
        batch : Batch
            Each block counts by the mean of its squared residuals.

        Returns
        -------
        Batch
            The same points with other weights.
        """


class Fixed(Weighting):
    """Factors for kinds of blocks that stay as they are.

    Parameters
    ----------
    law, condition, data : float
        By what the mean squared residual of a block of the kind is multiplied. Conditions count
        more than the law by default, for an error there is carried into the whole domain: with
        10 in place of 100, Poisson's equation with conditions in the loss is solved nine times
        less exactly.
    initial : float, default 1000.0
        The same for conditions at the first time, whose errors may grow with time: with 10, the
        Allen-Cahn equation is solved seven times less exactly.
    blocks : mapping of str to float
        The same for single blocks, by name; these come first.
    """

    kind: Literal["fixed"] = "fixed"

    law: PositiveFloat = 1.0
    condition: PositiveFloat = 100.0
    data: PositiveFloat = 10.0
    initial: PositiveFloat = 1000.0
    blocks: Mapping[str, PositiveFloat] = Field(default_factory=dict)

    def apply(self, task: ProblemLike, goal: Goal, theta: Tensor, batch: Batch) -> Batch:  # noqa: ARG002
        return tuple(
            _scaled(entry, self.blocks.get(block.name, self._factor(task, block, entry)))
            for block, entry in zip(task.blocks, batch, strict=True)
        )

    def _factor(self, task: ProblemLike, block: Block, entry: BlockBatch) -> float:
        factors = {"law": self.law, "condition": self.condition, "data": self.data}
        if block.kind == "condition" and "t" in task.coordinates:
            axis = task.coordinates.index("t")
            if all(bool((place[:, axis] == float(task.box[axis, 0])).all()) for place in entry.places):
                return self.initial
        return factors[block.kind]


class GradientNorm(Weighting):
    """Factors that give the gradients of all blocks the same norm.

    Parameters
    ----------
    most : float, default 1e4
        The largest factor, relative to the smallest.

    References
    ----------
    Wang, Teng, Perdikaris (2021), Understanding and mitigating gradient flow pathologies in
    physics-informed neural networks, SIAM J. Sci. Comput. 43; in the form of Wang et al. (2023),
    An expert's guide to training physics-informed neural networks, equations 5.2 and 5.3.
    """

    kind: Literal["gradient-norm"] = "gradient-norm"
    citations: ClassVar[tuple[str, ...]] = ("wang2021", "wang2023")

    most: PositiveFloat = 1e4

    def apply(self, task: ProblemLike, goal: Goal, theta: Tensor, batch: Batch) -> Batch:  # noqa: ARG002
        norms = [self._norm(goal, theta, batch, index) for index in range(len(batch))]
        largest = max(norms, default=0.0)
        if not (largest > 0.0 and math.isfinite(largest)):
            return batch
        factors = [min(largest / max(norm, largest / self.most), self.most) for norm in norms]
        law = min(factors)
        return tuple(_scaled(entry, factor / law) for entry, factor in zip(batch, factors, strict=True))

    def _norm(self, goal: Goal, theta: Tensor, batch: Batch, index: int) -> float:
        alone = tuple(_scaled(entry, 1.0 if which == index else 0.0) for which, entry in enumerate(batch))
        return float(goal.loss_and_gradient(theta, alone)[1].norm())


class SelfAdaptive(Weighting):
    """Weights of points that grow with their residuals.

    Parameters
    ----------
    power : float, default 1.0
        Of the residual's size, relative to its mean in the block.
    floor : float, default 1.0
        Added, so that no point is forgotten.
    condition : float, default 10.0
        Factor of all conditions and of data, as in `Fixed`.

    References
    ----------
    Anagnostopoulos et al. (2024), Residual-based attention in physics-informed neural networks,
    Comput. Methods Appl. Mech. Eng. 421, equation 6, with the mean in place of the maximum.
    """

    kind: Literal["self-adaptive"] = "self-adaptive"
    citations: ClassVar[tuple[str, ...]] = ("anagnostopoulos2024",)

    power: PositiveFloat = 1.0
    floor: PositiveFloat = 1.0
    condition: PositiveFloat = 10.0

    def apply(self, task: ProblemLike, goal: Goal, theta: Tensor, batch: Batch) -> Batch:
        entries = Fixed(condition=self.condition, initial=self.condition, data=self.condition).apply(
            task, goal, theta, batch
        )
        return tuple(self._point_by_point(goal, theta, index, entry) for index, entry in enumerate(entries))

    def _point_by_point(self, goal: Goal, theta: Tensor, index: int, entry: BlockBatch) -> BlockBatch:
        size = goal.pointwise(theta, index, entry.places, entry.values).abs() ** self.power
        mean = size.mean()
        if not (bool(mean.isfinite()) and float(mean) > 0.0):
            return entry
        return replace(entry, weights=entry.weights * (size / mean + self.floor) / (1.0 + self.floor))


class Causal(Weighting):
    """Weights of the law that fade with what is left of the residual at earlier times.

    Parameters
    ----------
    tolerance : float, default 1.0
        The larger, the stricter: a slice of time counts by ``exp(-tolerance * s)``, where s is
        the sum of the mean squared residuals of the slices before it, in the law's own unit.
    slices : int, default 16
        Of time.
    condition : float, default 100.0
        Factor of conditions and data: causality starts with them.

    References
    ----------
    Wang, Sankaran, Perdikaris (2024), Respecting causality for training physics-informed neural
    networks, Comput. Methods Appl. Mech. Eng. 421, equation 3.3.
    """

    kind: Literal["causal"] = "causal"
    citations: ClassVar[tuple[str, ...]] = ("wang2024",)

    tolerance: PositiveFloat = 1.0
    slices: PositiveInt = 16
    condition: PositiveFloat = 100.0

    def apply(self, task: ProblemLike, goal: Goal, theta: Tensor, batch: Batch) -> Batch:
        entries = Fixed(condition=self.condition, initial=self.condition, data=self.condition).apply(
            task, goal, theta, batch
        )
        if "t" not in task.coordinates:
            return entries
        axis = task.coordinates.index("t")
        start, end = (float(bound) for bound in task.box[axis])
        return tuple(
            self._faded(goal, theta, index, entry, (entry.places[0][:, axis] - start) / (end - start))
            if task.blocks[index].kind == "law"
            else entry
            for index, entry in enumerate(entries)
        )

    def _faded(self, goal: Goal, theta: Tensor, index: int, entry: BlockBatch, time: Tensor) -> BlockBatch:
        square = goal.pointwise(theta, index, entry.places, entry.values).square().sum(0)
        which = (time * self.slices).long().clamp(0, self.slices - 1)
        zeros = square.new_zeros(self.slices)
        mean = zeros.index_add(0, which, square) / zeros.index_add(0, which, torch.ones_like(square)).clamp_min(1.0)
        before = mean.cumsum(0) - mean
        if not bool(before.isfinite().all()):
            return entry
        fade = torch.exp(-self.tolerance * before).clamp_min(1e-6)
        return replace(entry, weights=entry.weights * fade[which])


def _alike(factor: float) -> Fixed:
    return Fixed(condition=factor, initial=factor, data=factor)


def _scaled(entry: BlockBatch, factor: float) -> BlockBatch:
    return replace(entry, weights=entry.weights * factor)

"""Where the law is enforced: Sobol points at first, then more of them where the residual is large."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Block, Float, Points
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.training.goal import Goal

#: Samples drawn for a window that only part of the domain belongs to, at most, relative to what is wanted.
_MOST_REDRAWN = 64


#: Points -> the size of a residual at each.
Look: TypeAlias = Callable[[Points], Float]


class Sampling(BaseModel, abc.ABC):
    """A rule for drawing points anew.

    Parameters
    ----------
    law : int, optional
        Points of each law; the default follows from the problem.
    condition : int, optional
        Points of each condition; the default follows from the problem.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Keys of `physforge.citations.BIBTEX`.
    citations: ClassVar[tuple[str, ...]] = ()

    kind: str

    law: PositiveInt | None = None
    condition: PositiveInt | None = None

    @abc.abstractmethod
    def choose(
        self, look: Look, block: Block, count: int, draw: Draw, generator: np.random.Generator
    ) -> tuple[Points, Float]:
        """Draw the points of one law.

        Parameters
        ----------
        look : callable
            Points -> the size of the law's residual there, now.
        block : Block
            The law.
        count : int
            How many points.
        draw : Draw
            Draws from the block's region, within the time window.
        generator : numpy.random.Generator
            Source of chance.

        Returns
        -------
        Points
            `count` of them.
        weights : numpy.ndarray, shape (count,)
            How much each counts, of mean one.
        """


class Sobol(Sampling):
    """Evenly spread points, scrambled anew at each draw."""

    kind: Literal["sobol"] = "sobol"

    def choose(
        self,
        look: Look,  # noqa: ARG002 - the residual counts for nothing here
        block: Block,
        count: int,
        draw: Draw,
        generator: np.random.Generator,
    ) -> tuple[Points, Float]:
        points = draw(block, count, generator)
        return points, np.ones(len(points))


class ResidualAdaptive(Sampling):
    """Points drawn with a density that grows with the residual.

    Shocks and layers get the points that they need, while `floor` keeps some everywhere. Where
    points are dense each counts for less, so that the loss stays an estimate of the integral of
    the squared residual: else a single point of the boundary at which the solution is not smooth
    would count for more and more.

    Parameters
    ----------
    power : float, default 1.0
        Of the residual's size in the density.
    floor : float, default 1.0
        Added to the density, relative to its mean.
    candidates : int, default 10
        Points looked at for each one drawn.
    correction : float, default 1.0
        A point counts by the density at it to the power of minus this; with 0 all count alike,
        as in the reference.

    References
    ----------
    Wu, Zhu, Tan, Kartha, Lu (2023), A comprehensive study of non-adaptive and residual-based
    adaptive sampling for physics-informed neural networks, Comput. Methods Appl. Mech. Eng. 403,
    equation 2 (RAD).
    """

    kind: Literal["residual-adaptive"] = "residual-adaptive"
    citations: ClassVar[tuple[str, ...]] = ("wu2023",)

    power: PositiveFloat = 1.0
    floor: NonNegativeFloat = 1.0
    candidates: PositiveInt = 10
    correction: NonNegativeFloat = 1.0

    def choose(
        self, look: Look, block: Block, count: int, draw: Draw, generator: np.random.Generator
    ) -> tuple[Points, Float]:
        pool = draw(block, self.candidates * count, generator)
        size = look(pool) ** self.power
        mean = float(size.mean())
        if not np.isfinite(mean) or mean == 0.0:
            some = min(count, len(pool))
            return pick(pool, np.arange(some)), np.ones(some)
        density = size / mean + self.floor
        # The largest of (density's logarithm + Gumbel noise) are a draw without replacement.
        keys = np.log(density) + generator.gumbel(size=len(density))
        index = np.sort(np.argpartition(-keys, min(count, len(keys)) - 1)[:count])
        weights = density[index] ** -self.correction
        return pick(pool, index), weights / weights.mean()


class Draw:
    """Draws points of a block's region up to a time.

    Parameters
    ----------
    task : ProblemLike
        Says which coordinate is time.
    share : float, default 1.0
        Of the time span, from its start.
    """

    def __init__(self, task: ProblemLike, share: float = 1.0) -> None:
        self._axis = task.coordinates.index("t") if "t" in task.coordinates else None
        self._share = share
        if self._axis is not None:
            start, end = task.box[self._axis]
            self._end = start + share * (end - start)

    def __call__(
        self, block: Block, count: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol"
    ) -> Points:
        """Draw `count` points, or fewer where the window holds no more."""
        if block.region.fixed or self._axis is None or self._share >= 1.0:
            return self._within(block.region.sample(count, generator, how))
        wanted = int(np.ceil(count / self._share))
        while True:
            inside = self._within(block.region.sample(wanted, generator, how))
            if len(inside) >= count or wanted >= _MOST_REDRAWN * count:
                return pick(inside, np.arange(min(count, len(inside))))
            wanted *= 2

    def _within(self, points: Points) -> Points:
        if self._axis is None or self._share >= 1.0:
            return points
        axis, end = self._axis, self._end
        return pick(points, np.flatnonzero(np.all([place[:, axis] <= end for place in points.places], axis=0)))


def pick(points: Points, index: npt.NDArray[np.intp]) -> Points:
    """Return some of the points.

    Parameters
    ----------
    points : Points
        All.
    index : numpy.ndarray
        Which, whole numbers.

    Returns
    -------
    Points
        Those.
    """
    return Points(tuple(place[index] for place in points.places), points.values[:, index])


def as_tensors(points: Points, like: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return places and values on the device of a tensor.

    Parameters
    ----------
    points : Points
        In numpy.
    like : torch.Tensor
        Gives dtype and device.

    Returns
    -------
    tuple of torch.Tensor
        The places.
    torch.Tensor
        The values.
    """
    return tuple(_copy(place, like) for place in points.places), _copy(points.values, like)


def _copy(array: Float, like: Tensor) -> Tensor:
    # Of its own and laid out in one way: how memory is aligned decides how sums are rounded.
    return torch.as_tensor(np.ascontiguousarray(array)).to(like).clone()


def sample(
    task: ProblemLike,
    goal: Goal,
    theta: Tensor,
    *,
    rule: Sampling,
    sizes: tuple[int, int],
    draw: Draw,
    generator: np.random.Generator,
) -> Batch:
    """Draw a batch in which each block counts by the mean of its squared residuals over the domain.

    Parameters
    ----------
    task : ProblemLike
        The problem.
    goal : Goal
        Gives residuals.
    theta : torch.Tensor
        The network's parameters.
    rule : Sampling
        For the laws; conditions get evenly spread points.
    sizes : tuple of int
        Points of each law and of each condition, where the region leaves the choice.
    draw : Draw
        Draws within the time window.
    generator : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Batch
        One entry for each block.
    """
    entries = []
    for index, block in enumerate(task.blocks):
        if block.kind == "law" and not block.region.fixed:
            points, counts = rule.choose(_look(goal, theta, index), block, sizes[0], draw, generator)
        else:
            points = draw(block, sizes[1], generator)
            counts = np.ones(len(points))
        places, values = as_tensors(points, theta)
        weights = _copy(counts / max(len(points), 1), theta).expand(block.rows, -1).contiguous()
        entries.append(BlockBatch(places, values, weights))
    return tuple(entries)


def _look(goal: Goal, theta: Tensor, index: int) -> Look:
    def look(points: Points) -> Float:
        places, values = as_tensors(points, theta)
        found: Float = goal.pointwise(theta, index, places, values).square().sum(0).sqrt().cpu().numpy()
        return found

    return look

"""The points of an inverse problem: samples, and places where the law is to hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.batch import BlockBatch
from physforge.pinn.block import Block, Float, Points
from physforge.pinn.engine import Objective
from physforge.pinn.inverse.measurements import Measurements
from physforge.pinn.inverse.noise import Noise

#: Candidates for each collocation point that is kept.
_CANDIDATES = 4

#: Points whose Jacobian is held at once.
_CHUNK = 2048

#: Share of collocation points that are spread evenly, whatever the residual.
_EVEN = 0.5


class NotFiniteError(PinnError):
    """A law or condition is infinite or NaN for the fields that a fit has come to."""


@dataclass(frozen=True, eq=False)
class Collocation:
    """Where the law, or a condition, is to hold, and in what unit its residual is measured.

    Parameters
    ----------
    block : int
        Of the problem.
    points : Points
        Where.
    scales : numpy.ndarray of shape (rows, points)
        What a residual of one stands for, in standard deviations of the noise: the change of
        the fields, relative to their noise, with which the network would remove it.
    """

    block: int
    points: Points
    scales: Float


def data_batch(samples: Measurements, noise: Noise, residuals: Float, device: torch.device) -> BlockBatch:
    """Return samples, weighted by their noise.

    Parameters
    ----------
    samples : Measurements
        Of one field.
    noise : Noise
        Their errors.
    residuals : numpy.ndarray of shape (n,)
        Of the last fit, in units of each sample's sd; what is far off weighs less.
    device : torch.device
        Where to put the result.

    Returns
    -------
    BlockBatch
        Whose weighted squares sum to chi squared.
    """
    sd = np.ones(len(samples)) if samples.sd is None else samples.sd
    weights = noise.weights(residuals) / (noise.scale * sd) ** 2
    places, values = (torch.as_tensor(one, device=device) for one in (samples.places, samples.values[None]))
    return BlockBatch((places,), values, torch.as_tensor(weights[None], device=device))


def draw_collocation(
    objective: Objective, theta: Tensor, block: int, count: int, generator: np.random.Generator, unit: float
) -> Collocation:
    """Draw points where the law is to hold: half evenly, half where it is violated most.

    Parameters
    ----------
    objective : Objective
        Of the problem.
    theta : torch.Tensor
        Present parameters.
    block : int
        The law's.
    count : int
        How many points.
    generator : numpy.random.Generator
        Draws them.
    unit : float
        Length of the gradient, with respect to the parameters, of a field in units of its noise.

    Returns
    -------
    Collocation
        Points that are given are all kept.

    Raises
    ------
    NotFiniteError
        If a residual is not finite.

    References
    ----------
    C. Wu, M. Zhu, Q. Tan, Y. Kartha and L. Lu, A comprehensive study of non-adaptive and residual-based adaptive
    sampling, Comput. Methods Appl. Mech. Eng. 403 (2023) 115671, eq. 2 with k = 1.
    """
    region = objective.problem.blocks[block].region
    points = region.sample(count, generator)
    even = np.arange(len(points) if region.fixed else int(_EVEN * count))
    _checked_residual(objective, theta, block, _taken(points, even))
    lengths = row_lengths(objective, theta, block, points)
    if not region.fixed:
        candidates = region.sample(_CANDIDATES * count, generator)
        left = _checked_residual(objective, theta, block, candidates)
        longer = row_lengths(objective, theta, block, candidates)
        # Where terms are large, so are residuals; what counts is the change that removes one.
        chance = np.max(np.abs(left) / _floored(longer), axis=0) + 1e-300
        chosen = generator.choice(len(candidates), count - len(even), replace=False, p=chance / chance.sum())
        points = _joined(_taken(points, even), _taken(candidates, chosen))
        lengths = np.concatenate([lengths[:, even], longer[:, chosen]], axis=1)
    # In one order of memory, on which sums depend to rounding: a fit that goes on from a file adds up the same way.
    return Collocation(block, _in_order(points), np.ascontiguousarray(unit / _floored(lengths)))


def collocation_batch(one: Collocation, weight: float, device: torch.device) -> BlockBatch:
    """Return the points with weights whose sum over a residual of one unit is `weight`.

    Parameters
    ----------
    one : Collocation
        Of a block.
    weight : float
        As many samples as the law counts for.
    device : torch.device
        Where to put the result.

    Returns
    -------
    BlockBatch
        Of that block.
    """
    return _with_weights(one.points, weight / len(one.points) * one.scales**2, device)


def row_lengths(objective: Objective, theta: Tensor, block: int, points: Points) -> Float:
    """Return the length of the gradient of each residual with respect to the network's parameters.

    Parameters
    ----------
    objective : Objective
        Of the problem.
    theta : torch.Tensor
        Present parameters.
    block : int
        Of the problem.
    points : Points
        Where.

    Returns
    -------
    numpy.ndarray
        Of shape (rows, points).
    """
    return np.concatenate([_lengths(objective, theta, block, part) for part in _parts(points)], axis=1)


def _lengths(objective: Objective, theta: Tensor, block: int, points: Points) -> Float:
    blocks = objective.problem.blocks
    rows, count = blocks[block].rows, len(points)
    one = _with_weights(points, np.ones((rows, count)), objective.device)
    batch = tuple(one if number == block else _empty(other, one) for number, other in enumerate(blocks))
    _, jacobian = objective.jacobian(theta, batch)
    lengths: Float = torch.linalg.vector_norm(jacobian[:, : objective.network_size], dim=1).cpu().numpy()
    return lengths.reshape(rows, count)


def _checked_residual(objective: Objective, theta: Tensor, block: int, points: Points) -> Float:
    places = tuple(torch.as_tensor(place, device=objective.device) for place in points.places)
    values = torch.as_tensor(points.values, device=objective.device)
    found: Float = objective.pointwise(theta, block, places, values).cpu().numpy()
    bad = int(np.count_nonzero(~np.isfinite(found).all(axis=0)))
    if bad:
        raise NotFiniteError(
            f"{objective.problem.blocks[block].name!r} is infinite or NaN at {bad} of {len(points)} points, such as "
            "the root of a field that is negative there. Write it so that it is finite for all values of the fields, "
            "as with abs(u), give a smaller domain=, or begin elsewhere with another seed=."
        )
    return found


def _floored(lengths: Float) -> Float:
    """Keep what is flat from counting without bound."""
    return np.asarray(np.hypot(lengths, np.median(lengths, axis=1, keepdims=True)))


def _with_weights(points: Points, weights: Float, device: torch.device) -> BlockBatch:
    places = tuple(torch.as_tensor(place, device=device) for place in points.places)
    return BlockBatch(places, torch.as_tensor(points.values, device=device), torch.as_tensor(weights, device=device))


def _empty(block: Block, like: BlockBatch) -> BlockBatch:
    none = like.weights[:1, :0]
    places = tuple(like.places[0][:0] for _ in block.orders)
    return BlockBatch(places, none, none.expand(block.rows, 0))


def _parts(points: Points) -> list[Points]:
    starts = range(0, len(points), _CHUNK)
    return [_taken(points, np.arange(first, min(first + _CHUNK, len(points)))) for first in starts]


def _taken(points: Points, chosen: npt.NDArray[np.intp]) -> Points:
    return Points(tuple(place[chosen] for place in points.places), points.values[:, chosen])


def _in_order(points: Points) -> Points:
    return Points(tuple(np.ascontiguousarray(place) for place in points.places), np.ascontiguousarray(points.values))


def _joined(first: Points, second: Points) -> Points:
    places = tuple(np.concatenate(pair) for pair in zip(first.places, second.places, strict=True))
    return Points(places, np.concatenate([first.values, second.values], axis=1))

"""The points of one step of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor


@dataclass(frozen=True, eq=False)
class BlockBatch:
    """The points of one block.

    Parameters
    ----------
    places : tuple of torch.Tensor
        Coordinates, of shape (points, coordinates) each.
    values : torch.Tensor
        What is given at the points, of shape (values, points).
    weights : torch.Tensor
        Of shape (rows, points). The loss is the sum of ``weights * residual**2`` over all
        blocks: means, weights of blocks and of points are all in here.
    """

    places: tuple[Tensor, ...]
    values: Tensor
    weights: Tensor


#: One for each block of the problem, in its order.
Batch: TypeAlias = tuple[BlockBatch, ...]

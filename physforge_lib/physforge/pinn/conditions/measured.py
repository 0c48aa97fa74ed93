"""The block of values that are given at points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from physforge.pinn.block import Block
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import GivenPoints


def measured_block(
    name: str, kind: Literal["condition", "data"], region: GivenPoints, what: Sequence[tuple[int, Order]]
) -> Block:
    """Make the block of values that are given at points.

    Parameters
    ----------
    name : str
        Of the block.
    kind : {"condition", "data"}
        Of the block.
    region : GivenPoints
        Its values are the measured ones, a row for each of `what`, then as many rows of weights.
    what : sequence of (int, Order)
        Index of the field, and derivative.

    Returns
    -------
    Block
        With the residual ``weight * (derivative - value)``.
    """
    orders = tuple(dict.fromkeys(order for _, order in what))
    count = len(what)

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        modelled = torch.stack([jets[0][order][index] for index, order in what])
        return values[count:] * (modelled - values[:count])

    return Block(name, kind, region, (orders,), residual, count)

"""Conditions that are linear in the fields and their derivatives: what they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Block, Float, Points
from physforge.pinn.conditions.values import Given
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import Slice


@dataclass(frozen=True, eq=False)
class Row:
    """One equation ``sum of coefficient * derivative = value``.

    Parameters
    ----------
    terms : tuple of (float, Order, int)
        Coefficient, derivative and index of the field.
    value : Formula or Function
        The right side.
    """

    terms: tuple[tuple[float, Order, int], ...]
    value: Given


def linear_block(name: str, region: Slice, rows: Sequence[Row]) -> Block:
    """Make the block of some rows on a part of the box.

    Parameters
    ----------
    name : str
        Of the condition.
    region : Slice
        Where it holds; its values are replaced by those of `rows`.
    rows : sequence of Row
        The equations.

    Returns
    -------
    Block
        With one value for each row.

    Raises
    ------
    PinnError
        If a value is not finite somewhere.
    """

    def values(places: Float) -> Float:
        return np.stack([row.value.at(places) for row in rows])

    region = Slice(region.box, region.held, values)
    _refuse_not_finite(name, region.sample(64, np.random.default_rng(0)))
    orders = tuple(dict.fromkeys(order for row in rows for _, order, _ in row.terms))

    def residual(
        jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        parts = []
        for index, row in enumerate(rows):
            operation = row.value.operation
            right = values[index] if operation is None else operation(jets[0], places[0], parameters)
            parts.append(_sum(row, jets[0]) - right)
        return torch.stack(parts)

    return Block(name, "condition", region, (orders,), residual, len(rows))


def _sum(row: Row, jets: Jets) -> Tensor:
    (coefficient, order, index), *others = row.terms
    total = jets[order][index] if coefficient == 1.0 else coefficient * jets[order][index]
    for coefficient, order, index in others:
        total = total + coefficient * jets[order][index]
    return total


def _refuse_not_finite(name: str, points: Points) -> None:
    bad = ~np.isfinite(points.values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        place = ", ".join(f"{value:.4g}" for value in points.places[0][column])
        raise PinnError(
            f"The value of the condition '{name}' is {points.values[row, column]} at ({place}); it has to be finite "
            "everywhere on its face."
        )

"""Derivatives of a problem's fields as residuals, so that their Jacobian can be had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.ansatz import Ansatz
from physforge.pinn.batch import BlockBatch
from physforge.pinn.block import Block, Float, Points, Residual
from physforge.pinn.engine import Objective
from physforge.pinn.jets import Jets, Order
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.regions import GivenPoints

#: Rows of a Jacobian that are held at once.
_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Readings:
    """A problem whose only block has a row for each field and derivative.

    Parameters
    ----------
    problem : ProblemLike
        Whose fields are read.
    orders : tuple of Order
        Derivatives.
    """

    problem: ProblemLike
    orders: tuple[Order, ...]

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Those of the problem."""
        return self.problem.coordinates

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the problem."""
        return self.problem.fields

    @property
    def box(self) -> Float:
        """That of the problem."""
        return self.problem.box

    @property
    def ansatz(self) -> Ansatz | None:
        """That of the problem."""
        return self.problem.ansatz

    @property
    def unknown(self) -> Mapping[str, float]:
        """Those of the problem, so that the vector of parameters is the same."""
        return self.problem.unknown

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The readings, by order and then by field."""
        region = GivenPoints(Points((np.empty((0, len(self.coordinates))),), np.empty((0, 0))))
        rows = len(self.orders) * len(self.fields)
        return (Block("readings", "data", region, (self.orders,), _reader(self.orders), rows),)


def reading_jacobians(
    objective: Objective, theta: Tensor, x: Float | Tensor, orders: Sequence[Order]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Return derivatives of all fields and how they depend on the parameters, some points at a time.

    Parameters
    ----------
    objective : Objective
        Of the problem.
    theta : torch.Tensor
        Of shape (size,).
    x : numpy.ndarray or torch.Tensor
        Coordinates, of shape (points, coordinates).
    orders : sequence of Order
        Which derivatives.

    Yields
    ------
    (torch.Tensor, torch.Tensor)
        Of shapes (orders, fields, points) and (orders, fields, points, size).
    """
    task = Readings(objective.problem, tuple(orders))
    rows = task.blocks[0].rows
    reader = Objective(task, objective.network, tier="eager", device=objective.device)
    points = torch.as_tensor(x, dtype=theta.dtype, device=objective.device)
    for part in torch.split(points, max(_ROWS // rows, 1)):
        weights = part.new_ones((rows, len(part)))
        values, jacobian = reader.jacobian(theta, (BlockBatch((part,), weights[:0], weights),))
        shape = (len(task.orders), len(task.fields), len(part))
        yield values.reshape(shape), jacobian.reshape(*shape, -1)


def _reader(orders: tuple[Order, ...]) -> Residual:
    def rows(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], _values: Tensor
    ) -> Tensor:
        return torch.cat([jets[0][order] for order in orders])

    return rows

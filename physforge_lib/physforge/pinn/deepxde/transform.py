"""Fields that DeepXDE's ``net.apply_output_transform`` makes of a network's outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.ansatz import Ansatz
from physforge.pinn.deepxde.function import Frame, FunctionError, TracedFunction, trace
from physforge.pinn.deepxde.geometry import Domain
from physforge.pinn.deepxde.given import TRIAL
from physforge.pinn.jets import Jets, Order

#: ``transform(x, y)``: points and the network's outputs there, one a row, to the fields.
Transform: TypeAlias = Callable[[Tensor, Tensor], Tensor]

#: For messages.
_LABEL = "The function output_transform"


class OutputTransform(Ansatz):
    """Fields that are made of the points and of a network's outputs by a function of the caller.

    Each derivative of the fields follows from those of the network by the chain rule, once, when
    it is first asked for; from then on it is a list of operations, as a law is.

    Parameters
    ----------
    transform : callable
        As DeepXDE calls it: ``transform(x, y)``, with points in DeepXDE's order of coordinates.
    domain : Domain
        Of the problem.
    outputs : int
        Of the network, and as many fields.

    Raises
    ------
    PinnError
        If the function raises, gives another number of fields, or uses a ``dde.Variable``.
    """

    def __init__(self, transform: Transform, domain: Domain, outputs: int) -> None:
        self._transform = transform
        self._frame = Frame(domain.permutation, outputs, {})
        self._trial = torch.tensor(domain.inside(TRIAL, np.random.default_rng(0), "sobol"))
        self._known: dict[Order, TracedFunction] = {}
        try:
            self._traced((0,) * len(domain.permutation))
        except FunctionError:
            raise
        except PinnError as error:
            raise PinnError(f"{_LABEL} may use its two arguments and numbers, and no dde.Variable.") from error

    def needed(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Say which derivatives of the network are needed (see `Ansatz.needed`)."""
        found = {self._frame.order(theirs) for one in orders for theirs in self._traced(one).orders}
        return tuple(sorted(found, key=lambda order: (sum(order), order)))

    def apply(self, network: Jets, points: Tensor, orders: Iterable[Order]) -> Jets:
        """Return the derivatives of the fields (see `Ansatz.apply`)."""
        nothing = points.new_empty((0, len(points)))
        return {order: self._traced(order).residual([network], [points], {}, nothing) for order in orders}

    def _traced(self, order: Order) -> TracedFunction:
        if order not in self._known:
            theirs = [order[index] for index in self._frame.permutation]
            given = self._trial.new_empty((len(self._trial), 0))
            self._known[order] = trace(
                lambda x, y, _: self._derivative(x, y, theirs), self._trial, given, self._frame, _LABEL
            )
        return self._known[order]

    def _derivative(self, x: Tensor, y: Tensor, order: list[int]) -> Tensor:
        """Return a derivative of all fields, of shape (points, fields)."""
        from deepxde import grad

        made = self._transform(x, y)
        if made.shape != y.shape:
            raise ValueError(f"it makes {tuple(made.shape)} of {tuple(y.shape)}; as many fields as outputs are needed")
        columns = []
        for index in range(made.shape[1]):
            column, which = made, index
            for axis in (axis for axis, count in enumerate(order) for _ in range(count)):
                column, which = grad.jacobian(column, x, i=which, j=axis), 0
            columns.append(column[:, which : which + 1])
        return torch.cat(columns, dim=1)

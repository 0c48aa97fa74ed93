"""Call a function that is written for DeepXDE with given derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.jets import Order

#: Gives a derivative of all outputs, of shape (points, outputs).
Supply: TypeAlias = Callable[[Order], Tensor]

#: Which output and derivative each column of a tensor is.
_Columns: TypeAlias = tuple[tuple[int, Order], ...]


@dataclass(eq=False)
class Outputs:
    """The outputs of a network that is known by its derivatives at some points.

    Derivatives are supplied as numbers of their own. What a caller makes of them can be
    differentiated further: a derivative that is asked of the outputs, or of a derivative, is
    supplied; one of anything else follows from the chain rule, by torch's automatic
    differentiation, in which each supplied tensor has the next higher ones as its gradient.

    Parameters
    ----------
    x : torch.Tensor
        Coordinates in DeepXDE's order, of shape (points, coordinates).
    outputs : int
        How many there are.
    supply : callable
        Gives derivatives.
    """

    x: Tensor
    outputs: int
    supply: Supply
    _known: dict[int, tuple[Tensor, _Columns]] = field(default_factory=dict, init=False)

    @property
    def y(self) -> Tensor:
        """The outputs themselves, of shape (points, outputs)."""
        zero: Order = (0,) * self.x.shape[1]
        return self.tensor(tuple((index, zero) for index in range(self.outputs)))

    def tensor(self, columns: _Columns) -> Tensor:
        """Return supplied derivatives side by side.

        Parameters
        ----------
        columns : tuple of (int, Order)
            Output and derivative of each.

        Returns
        -------
        torch.Tensor
            Of shape (points, columns), connected to `x`.
        """
        supplied = {order: self.supply(order) for order in dict.fromkeys(order for _, order in columns)}
        parts = [supplied[order][:, index : index + 1] for index, order in columns]
        made: Tensor = _Supplied.apply(self.x, torch.cat(parts, dim=1), self, columns)  # type: ignore[no-untyped-call]
        self._known[id(made)] = (made, columns)
        return made

    def jacobian(self, ys: Tensor, xs: Tensor, i: int | None = None, j: int | None = None) -> Tensor:
        """Return what ``dde.grad.jacobian`` returns.

        Parameters
        ----------
        ys : torch.Tensor
            Of shape (points, any).
        xs : torch.Tensor
            The coordinates that the caller was given.
        i, j : int, optional
            Column of `ys`, and coordinate; all of them if None.

        Returns
        -------
        torch.Tensor
            Of shape (points, 1), or (points, coordinates) if `j` is None.
        """
        if xs is not self.x:
            raise PinnError("A derivative is asked with respect to something else than the inputs x; use x itself.")
        width, dimensions = ys.shape[1], xs.shape[1]
        if (i is None and width > 1) or (i is not None and not 0 <= i < width):
            raise ValueError(f"i={i} is not valid.")
        if j is not None and not 0 <= j < dimensions:
            raise ValueError(f"j={j} is not valid.")
        column = i or 0
        axes = range(dimensions) if j is None else [j]
        known = self._columns(ys)
        if known is not None:
            index, order = known[column]
            return self.tensor(tuple((index, _raised(order, axis)) for axis in axes))
        part = ys[:, column : column + 1]
        (row,) = torch.autograd.grad(part, xs, torch.ones_like(part), create_graph=True)
        return row if j is None else row[:, j : j + 1]

    def _columns(self, ys: Tensor) -> _Columns | None:
        """Say what derivatives the columns of a tensor are, if they are supplied ones."""
        if id(ys) in self._known:
            return self._known[id(ys)][1]
        base = ys._base
        if base is not None and id(base) in self._known and ys.stride() == base.stride() and len(ys) == len(base):
            first = ys.storage_offset() - base.storage_offset()
            return self._known[id(base)][1][first : first + ys.shape[1]]
        return None


class _Supplied(torch.autograd.Function):
    """Supplied numbers, with supplied numbers as the gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor, outputs: Outputs, columns: _Columns) -> Tensor:  # noqa: ARG004
        ctx.outputs, ctx.columns = outputs, columns
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (gradient,) = gradients
        outputs, columns = ctx.outputs, ctx.columns
        made = []
        for axis in range(outputs.x.shape[1]):
            higher = outputs.tensor(tuple((index, _raised(order, axis)) for index, order in columns))
            made.append((gradient * higher).sum(1))
        return torch.stack(made, dim=1), gradient, None, None


def _raised(order: Order, axis: int) -> Order:
    return tuple(count + (index == axis) for index, count in enumerate(order))

"""Finite differences on any grid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from physforge.derivatives.method import LinearMethod, Samples
from physforge.derivatives.operators import Identity, Operator
from physforge.derivatives.weights import difference_weights
from physforge.derivatives.windows import sliding_operator
from physforge.errors import DerivativeError


class FiniteDifference(LinearMethod):
    """Differentiate the polynomial through the nearest samples.

    Use it for data without noise on any grid, uniform or not. It smooths nothing:
    noise is amplified by about ``h**-k`` for the k-th derivative at spacing h, which
    the returned sd shows. At the ends of an axis without a period the stencil is
    one-sided and the sd is larger there.

    Parameters
    ----------
    order : int, default 4
        Even order of convergence, 2 to 8: the error falls as ``h**order``. A higher one
        needs more samples and amplifies noise more.

    References
    ----------
    B. Fornberg, Generation of finite difference formulas on arbitrarily spaced
    grids, Mathematics of Computation 51 (1988) 699-706.
    """

    kind: Literal["finite-difference"] = "finite-difference"
    order: Literal[2, 4, 6, 8] = Field(default=4)

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the stencil for a derivative of `order`; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        if order == 0:
            return Identity(len(along))
        width = self._centred_width(order, uniform=along.uniform)
        needed = max(width, order + self.order)
        distinct = len(along.without_repeated_end())
        if distinct < needed:
            raise DerivativeError(
                f"Derivative {order} of {samples.field!r} along {along.name!r} by finite differences of order "
                f"{self.order} needs {needed} samples; there are {distinct}. "
                "Measure more, or use FiniteDifference(order=2)."
            )
        return sliding_operator(
            along, width, order + self.order, lambda points, at: difference_weights(points, at, order)
        )

    def describe(self) -> str:
        """Name the scheme."""
        return f"finite differences of order {self.order}"

    def _centred_width(self, order: int, *, uniform: bool) -> int:
        # On equal steps symmetry gives even derivatives one order for nothing.
        if uniform:
            return 2 * ((order + 1) // 2) - 1 + self.order
        return (order + self.order) | 1

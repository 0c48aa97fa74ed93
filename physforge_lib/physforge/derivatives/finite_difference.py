"""Finite differences on any grid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from physforge.derivatives.axis import Axis
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
        Order of convergence, 1 to 20: the error falls as ``h**order``. A higher one needs more
        samples and amplifies noise more. Centred stencils are of even order, so that an odd
        one is kept at the ends and exceeded by one elsewhere. Above about 12 round-off
        outweighs what is gained.

    References
    ----------
    B. Fornberg, Generation of finite difference formulas on arbitrarily spaced
    grids, Mathematics of Computation 51 (1988) 699-706.
    """

    kind: Literal["finite-difference"] = "finite-difference"
    order: int = Field(default=4, ge=1, le=20)

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the stencil for a derivative of `order`; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        if order == 0:
            return Identity(len(along))
        width, needed = self._widths(along, order)
        distinct = len(along.without_repeated_end())
        if distinct < needed:
            raise DerivativeError(
                f"Derivative {order} of {samples.field!r} along {along.name!r} by finite differences of order "
                f"{self.order} needs {needed} samples; there are {distinct}. {self._advice(along, order)}."
            )
        return sliding_operator(
            along, width, order + self.order, lambda points, at: difference_weights(points, at, order)
        )

    def describe(self) -> str:
        """Name the scheme."""
        return f"finite differences of order {self.order}"

    def _widths(self, along: Axis, order: int) -> tuple[int, int]:
        # On equal steps symmetry gives even derivatives one order for nothing.
        symmetric = along.uniform if along.period is None else along.uniform_over_period
        width = (2 * ((order + 1) // 2) - 1 + self.order) | 1 if symmetric else (order + self.order) | 1
        return width, max(width, order + self.order)

    def _advice(self, along: Axis, order: int) -> str:
        distinct = len(along.without_repeated_end())
        for lower in range(self.order - 1, 0, -1):
            if FiniteDifference(order=lower)._widths(along, order)[1] <= distinct:
                return f"Measure more, or use FiniteDifference(order={lower})"
        return "Measure more"

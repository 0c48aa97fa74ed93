"""B-splines of a coordinate: coefficients that vary piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from physforge.equations import CoordinateFunction
from physforge.equations.expression import Coefficient, Monomial
from physforge.errors import LibraryError
from physforge.features.bases.basis import Basis, Float, numbered, range_of


class BSpline(Basis):
    """B-splines on equal pieces; degree 0 is piecewise constant, 1 piecewise linear.

    Use them where a coefficient differs from place to place, as between layers. They
    add up to one and take the place of the plain term.

    Parameters
    ----------
    pieces : int, default 4
        Number of equal intervals.
    degree : int, default 3
        Degree within each piece.
    domain : tuple of float, optional
        Ends of the intervals. The default is the range of the coordinate in the data.
        Outside of it the outermost piece goes on.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.

    References
    ----------
    C. de Boor, A Practical Guide to Splines, Springer (1978), chapter 9.

    Examples
    --------
    >>> import numpy as np
    >>> halves = BSpline(pieces=2, degree=0, domain=(0.0, 1.0))
    >>> halves.evaluate(1, np.array([0.2, 0.5, 1.0]))
    array([0., 1., 1.])
    """

    replaces: ClassVar[bool] = True

    kind: Literal["bspline"] = "bspline"
    pieces: int = Field(default=4, ge=1, le=100)
    degree: int = Field(default=3, ge=0, le=5)
    domain: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        """Number of functions."""
        return self.pieces + self.degree

    def complete(self, points: Float, period: float | None) -> Self:  # noqa: ARG002
        """Take the range of the data where no domain was given; see `Basis.complete`."""
        return self if self.domain is not None else self.model_copy(update={"domain": range_of(points)})

    def factors(self, coordinate: str) -> list[Monomial]:
        """Return functions named ``bspline0(x)``, ...; see `Basis.factors`."""
        return [((Coefficient(f"bspline{index}", coordinate), 1),) for index in range(self.size)]

    def number_of(self, name: str, coordinate: str) -> int | None:
        """Read the number from a name; see `Basis.number_of`."""
        return numbered(name, "bspline", coordinate)

    def evaluate(self, index: int, points: Float, order: int = 0) -> Float:
        """Evaluate one spline; see `Basis.evaluate`."""
        from scipy.interpolate import BSpline as Spline

        if self.domain is None:
            raise LibraryError("BSpline has no domain yet; give BSpline(domain=(a, b)).")
        if order and self.degree <= order:
            raise LibraryError(
                f"A coefficient of degree {self.degree} has no continuous derivative of order {order}, which this term "
                f"needs when it is integrated by parts; give BSpline(degree={order + 1}) or another basis."
            )
        lower, upper = self.domain
        inner = np.linspace(lower, upper, self.pieces + 1)
        knots = np.concatenate([np.full(self.degree, lower), inner, np.full(self.degree, upper)])
        one = np.zeros(self.size)
        one[index] = 1.0
        return np.asarray(Spline(knots, one, self.degree)(points, nu=order))

    def coordinate_function(self, coordinate: str, coefficients: Sequence[float]) -> CoordinateFunction:  # noqa: ARG002
        """Refuse, since an equation has no splines; see `Basis.coordinate_function`."""
        raise LibraryError(
            "An equation cannot write a B-spline coefficient; keep the terms bspline0(x), ... or fit the curve with "
            "another basis, such as Legendre(degree=5)."
        )

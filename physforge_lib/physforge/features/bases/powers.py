"""Powers of a coordinate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from physforge.equations import CoordinateFunction
from physforge.equations.expression import Monomial, Symbol
from physforge.features.bases.basis import Basis, Float


class Powers(Basis):
    """The powers ``1, x, x**2, ...``: the basis whose terms read most easily.

    High powers depend nearly on each other; from degree 4 on use `Legendre`.

    Parameters
    ----------
    degree : int, default 2
        Highest power.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.

    Examples
    --------
    >>> from physforge.features import CandidateLibrary
    >>> library = CandidateLibrary(polynomial=1, derivatives=2, varying={"x": Powers(degree=2, terms=("u_xx",))})
    >>> library.term_names(["u"], ["t", "x"])[-2:]
    ['x*u_xx', 'x**2*u_xx']
    """

    kind: Literal["powers"] = "powers"
    degree: int = Field(default=2, ge=1, le=12)

    @property
    def size(self) -> int:
        """Number of functions, the constant included."""
        return self.degree + 1

    def factors(self, coordinate: str) -> list[Monomial]:
        """Return ``x, x**2, ...``; see `Basis.factors`."""
        return [((Symbol(coordinate), exponent),) for exponent in range(1, self.size)]

    def evaluate(self, index: int, points: Float, order: int = 0) -> Float:
        """Evaluate one power; see `Basis.evaluate`."""
        return math.perm(index, order) * points ** max(index - order, 0)

    def coordinate_function(self, coordinate: str, coefficients: Sequence[float]) -> CoordinateFunction:
        """Return the polynomial; see `Basis.coordinate_function`."""
        self._check_count(coefficients)
        return CoordinateFunction(coordinate, tuple(coefficients))

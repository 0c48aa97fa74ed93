"""Legendre and Chebyshev polynomials of a coordinate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.polynomial import Chebyshev as ChebyshevSeries
from numpy.polynomial import Legendre as LegendreSeries
from numpy.polynomial import Polynomial
from pydantic import Field

from physforge.equations import CoordinateFunction
from physforge.equations.expression import Coefficient, Monomial
from physforge.errors import LibraryError
from physforge.features.bases.basis import Basis, Float, numbered, range_of, to_unit_interval


class OrthogonalPolynomials(Basis):
    """Polynomials that are orthogonal on an interval.

    Parameters
    ----------
    degree : int, default 3
        Highest degree.
    domain : tuple of float, optional
        Ends of the interval. The default is the range of the coordinate in the data.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.
    """

    #: Class of NumPy that holds the series, and the stem of the functions' names.
    series: ClassVar[type[LegendreSeries] | type[ChebyshevSeries]]
    stem: ClassVar[str]

    degree: int = Field(default=3, ge=1, le=20)
    domain: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        """Number of functions, the constant included."""
        return self.degree + 1

    def complete(self, points: Float, period: float | None) -> Self:  # noqa: ARG002
        """Take the range of the data where no domain was given; see `Basis.complete`."""
        return self if self.domain is not None else self.model_copy(update={"domain": range_of(points)})

    def factors(self, coordinate: str) -> list[Monomial]:
        """Return functions named by stem and degree; see `Basis.factors`."""
        return [((Coefficient(f"{self.stem}{index}", coordinate), 1),) for index in range(1, self.size)]

    def number_of(self, name: str, coordinate: str) -> int | None:
        """Read the degree from a name; see `Basis.number_of`."""
        return numbered(name, self.stem, coordinate)

    def evaluate(self, index: int, points: Float, order: int = 0) -> Float:
        """Evaluate one polynomial; see `Basis.evaluate`."""
        low, high = self._ends()
        polynomial = self.series.basis(index).deriv(order) if order else self.series.basis(index)
        return np.asarray((2.0 / (high - low)) ** order * polynomial(to_unit_interval(points, (low, high))))

    def coordinate_function(self, coordinate: str, coefficients: Sequence[float]) -> CoordinateFunction:
        """Return the same polynomial in powers of the coordinate; see `Basis.coordinate_function`."""
        self._check_count(coefficients)
        powers = self.series(np.asarray(coefficients, dtype=float), domain=self._ends()).convert(kind=Polynomial)
        return CoordinateFunction(coordinate, tuple(map(float, powers.coef)))

    def _ends(self) -> tuple[float, float]:
        if self.domain is None:
            raise LibraryError(f"{type(self).__name__} has no domain yet; give {type(self).__name__}(domain=(a, b)).")
        return self.domain


class Legendre(OrthogonalPolynomials):
    """Legendre polynomials, the best conditioned for evenly spread samples.

    Parameters
    ----------
    degree : int, default 3
        Highest degree.
    domain : tuple of float, optional
        Ends of the interval. The default is the range of the coordinate in the data.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.

    Examples
    --------
    >>> Legendre(degree=2, domain=(0.0, 1.0)).coordinate_function("x", [1.0, 0.5, 0.0]).coefficients
    (0.5, 1.0)
    """

    series = LegendreSeries
    stem = "legendre"

    kind: Literal["legendre"] = "legendre"


class Chebyshev(OrthogonalPolynomials):
    """Chebyshev polynomials of the first kind, of even size up to the ends.

    Parameters
    ----------
    degree : int, default 3
        Highest degree.
    domain : tuple of float, optional
        Ends of the interval. The default is the range of the coordinate in the data.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.

    Examples
    --------
    >>> import numpy as np
    >>> Chebyshev(degree=2, domain=(-1.0, 1.0)).evaluate(2, np.array([0.0, 1.0]))
    array([-1.,  1.])
    """

    series = ChebyshevSeries
    stem = "chebyshev"

    kind: Literal["chebyshev"] = "chebyshev"

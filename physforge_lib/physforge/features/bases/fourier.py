"""Sines and cosines of a coordinate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import Field

from physforge.equations import CoordinateFunction
from physforge.equations.arithmetic import atom, call, multiply, number
from physforge.equations.expression import Monomial, Symbol
from physforge.errors import LibraryError
from physforge.features.bases.basis import Basis, Float


class Fourier(Basis):
    """The functions ``1, cos(k*x), sin(k*x), cos(2*k*x), ...`` with ``k = 2*pi/period``.

    Use it where the medium or the driving repeats.

    Parameters
    ----------
    order : int, default 1
        Number of harmonics.
    period : float, optional
        In units of the coordinate. The default is the period of the data, where
        they have one.
    terms : tuple of str, optional
        Terms whose coefficient varies; by default every one.

    Examples
    --------
    >>> from physforge.features import CandidateLibrary
    >>> driven = CandidateLibrary(polynomial=1, varying={"t": Fourier(period=2.0, terms=("1",))})
    >>> driven.term_names(["u"], ["t"])
    ['1', 'u', 'cos(3.141592653589793*t)', 'sin(3.141592653589793*t)']
    """

    kind: Literal["fourier"] = "fourier"
    order: int = Field(default=1, ge=1, le=50)
    period: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @property
    def size(self) -> int:
        """Number of functions, the constant included."""
        return 2 * self.order + 1

    def complete(self, points: Float, period: float | None) -> Self:  # noqa: ARG002
        """Take the period of the data where none was given; see `Basis.complete`."""
        return self if self.period is not None or period is None else self.model_copy(update={"period": period})

    def factors(self, coordinate: str) -> list[Monomial]:
        """Return the cosines and sines by harmonic; see `Basis.factors`."""
        made = []
        for index in range(1, self.size):
            argument = multiply(number(self._wavenumber(index)), atom(Symbol(coordinate)))
            ((monomial, _),) = call("cos" if index % 2 else "sin", argument).items
            made.append(monomial)
        return made

    def evaluate(self, index: int, points: Float, order: int = 0) -> Float:
        """Evaluate one function; see `Basis.evaluate`."""
        if index == 0:
            return np.full_like(points, float(order == 0))
        wavenumber = self._wavenumber(index)
        # Each derivative turns the phase by a quarter.
        angle = wavenumber * points + order % 4 * math.pi / 2
        return np.asarray(wavenumber**order * (np.cos(angle) if index % 2 else np.sin(angle)))

    def coordinate_function(self, coordinate: str, coefficients: Sequence[float]) -> CoordinateFunction:
        """Return the Fourier series; see `Basis.coordinate_function`."""
        self._check_count(coefficients)
        return CoordinateFunction(coordinate, tuple(coefficients), "fourier", self.period)

    def _wavenumber(self, index: int) -> float:
        if self.period is None:
            raise LibraryError("The Fourier basis has no period, and the data show none; give Fourier(period=...).")
        return 2 * math.pi * ((index + 1) // 2) / self.period

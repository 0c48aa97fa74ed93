"""A system on a periodic interval, in Fourier space: a diagonal linear part and the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from physforge.equations import Equation, split_derivative
from physforge.equations.arithmetic import collect
from physforge.equations.evaluation import compile_expression
from physforge.equations.expression import Derivative, Expression, Monomial, Symbol, atoms_of
from physforge.equations.text import atom_name
from physforge.simulation.etdrk4 import ComplexArray
from physforge.simulation.evolution import Evolution
from physforge.simulation.trajectory import FloatArray


@dataclass(frozen=True)
class Interval:
    """A uniform grid over one period.

    Parameters
    ----------
    dim : str
        The spatial dim.
    origin, period : float
        Where the grid starts, and its length.
    count : int
        Number of points, without the repeated endpoint.
    """

    dim: str
    origin: float
    period: float
    count: int

    def points(self) -> FloatArray:
        """Return the grid points.

        Returns
        -------
        numpy.ndarray, shape (count,)
            Increasing.
        """
        return self.origin + self.period * np.arange(self.count) / self.count

    def wavenumbers(self) -> FloatArray:
        """Return the wavenumbers of the state.

        Returns
        -------
        numpy.ndarray, shape (kept,)
            In radians per unit of the coordinate; those that the two-thirds rule keeps.
        """
        numbers: FloatArray = 2 * np.pi / self.period * np.arange(self.kept(), dtype=np.float64)
        return numbers

    def kept(self) -> int:
        """Return how many wavenumbers the two-thirds rule keeps.

        Returns
        -------
        int
            Products of two kept modes alias onto none of them.
        """
        return (self.count - 1) // 3 + 1


class SpectralSystem:
    """Right sides of a system in Fourier space.

    Parameters
    ----------
    evolution : Evolution
        First-order laws on one spatial dim.
    interval : Interval
        The grid on which products are formed.

    Notes
    -----
    The state is an array (fields, wavenumbers): the modes of real transforms on
    `interval` that the two-thirds rule keeps.
    """

    def __init__(self, evolution: Evolution, interval: Interval) -> None:
        self.interval = interval
        self.fields = list(evolution.orders)
        self._wavenumbers = interval.wavenumbers()
        self._points = interval.points()
        split = [_split(eq, field) for eq, field in zip(evolution.system, self.fields, strict=True)]
        self.linear: ComplexArray = np.array([self._symbol(linear) for linear, _ in split])
        self._needed = self._derivatives(evolution, [rest for _, rest in split])
        given = [name for name, _, _ in self._needed] + [interval.dim, "t"]
        self._rates: list[Callable[[list[Any]], Any]] = [
            compile_expression(rest, given, dict(eq.functions))
            for (_, rest), eq in zip(split, evolution.system, strict=True)
        ]

    def nonlinear(self, v: ComplexArray, t: float) -> ComplexArray:
        """Evaluate what is not in the linear part.

        Parameters
        ----------
        v : numpy.ndarray, shape (fields, wavenumbers)
            The state.
        t : float
            Its time.

        Returns
        -------
        numpy.ndarray
            Of the shape of `v`, dealiased by the two-thirds rule.
        """
        count = self.interval.count
        spectra = np.array([v[index] * factor for _, index, factor in self._needed])
        arrays = list(np.fft.irfft(spectra, count, axis=-1)) if len(spectra) else []
        values = [*arrays, self._points, np.float64(t)]
        rates = np.array([np.broadcast_to(rate(values), (count,)) for rate in self._rates])
        transformed: ComplexArray = np.fft.rfft(rates, axis=-1)[:, : self.interval.kept()]
        return transformed

    def _symbol(self, linear: dict[str, float]) -> ComplexArray:
        total = np.zeros(self._wavenumbers.size, dtype=np.complex128)
        for axes, coefficient in linear.items():
            total += coefficient * (1j * self._wavenumbers) ** len(axes)
        return total

    def _derivatives(self, evolution: Evolution, rests: list[Expression]) -> list[tuple[str, int, ComplexArray]]:
        used = {name for rest in rests for name in _names(rest)}
        candidates = dict.fromkeys([*self.fields, *evolution.system.derivatives])
        needed = []
        for name in candidates:
            if name in used:
                field, axes = split_derivative(name, self.fields)
                factor = np.asarray((1j * self._wavenumbers) ** len(axes), dtype=np.complex128)
                needed.append((name, self.fields.index(field), factor))
        return needed


def _split(equation: Equation, field: str) -> tuple[dict[str, float], Expression]:
    """Part the terms that go into the exponential from the rest: constant times a derivative of the field itself."""
    linear: dict[str, float] = {}
    rest: list[tuple[Monomial, float]] = []
    for monomial, coefficient in equation.right.items:
        match monomial:
            case ((Symbol(name), 1),) if name == field:
                linear[""] = coefficient
            case ((Derivative(name, axes), 1),) if name == field:
                linear[axes] = coefficient
            case _:
                rest.append((monomial, coefficient))
    return linear, collect(rest)


def _names(expression: Expression) -> set[str]:
    return {atom_name(factor) for factor in atoms_of(expression)}

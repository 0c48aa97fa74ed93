"""A coefficient that varies with a coordinate, as a basis and its coefficients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.expression import Expression, Symbol
from physforge.equations.names import is_name
from physforge.errors import EquationError


@dataclass(frozen=True)
class CoordinateFunction:
    """A coefficient that depends on one coordinate, such as ``c(x)`` in ``c(x)*u_xx``.

    Parameters
    ----------
    axis : str
        The coordinate, ``t``, ``x``, ``y`` or ``z``, or the name of a parameter of the run.
    coefficients : tuple of float
        Polynomial: of ``1, x, x**2, ...``. Fourier: of ``1, cos(k x), sin(k x),
        cos(2 k x), sin(2 k x), ...`` with ``k = 2*pi/period``.
    basis : {"polynomial", "fourier"}, default "polynomial"
        Which functions the coefficients multiply.
    period : float, optional
        In units of the coordinate; needed by the Fourier basis and only there.

    Raises
    ------
    EquationError
        If the parts do not fit together.

    Examples
    --------
    >>> from physforge.equations import Equation
    >>> c = CoordinateFunction("x", (1.0, 0.5))
    >>> Equation.parse("u_t = c(x)*u_xx", parameters={"c": c}).evaluate({"x": 2.0, "u_xx": 3.0})
    array(6.)
    """

    axis: str
    coefficients: tuple[float, ...]
    basis: Literal["polynomial", "fourier"] = "polynomial"
    period: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", tuple(float(value) for value in self.coefficients))
        if not is_name(self.axis):
            raise EquationError(f"{self.axis!r} is not the name of a coordinate.")
        if not self.coefficients or not all(math.isfinite(value) for value in self.coefficients):
            raise EquationError("A coordinate function needs at least one coefficient, and finite ones only.")
        if self.basis not in ("polynomial", "fourier"):
            raise EquationError(f"Unknown basis {self.basis!r}; use 'polynomial' or 'fourier'.")
        if (self.basis == "fourier") != (self.period is not None):
            raise EquationError("Give a period for the Fourier basis, and only for it.")
        if self.period is not None and not 0 < self.period < math.inf:
            raise EquationError(f"The period is {self.period}; it must be positive and finite.")

    def expression(self) -> Expression:
        """Write the function out.

        Returns
        -------
        Expression
            In the coordinate `axis`.
        """
        return add(*(multiply(number(c), self._basis(index)) for index, c in enumerate(self.coefficients)))

    def _basis(self, index: int) -> Expression:
        axis = atom(Symbol(self.axis))
        if self.period is None:
            return power(axis, index)
        if index == 0:
            return number(1.0)
        wavenumber = number(2 * math.pi * ((index + 1) // 2) / self.period)
        return call("cos" if index % 2 else "sin", multiply(wavenumber, axis))

    def to_document(self) -> dict[str, Any]:
        """Return the function as JSON-serialisable facts.

        Returns
        -------
        dict
            What `from_document` takes.
        """
        return {
            "axis": self.axis,
            "coefficients": list(self.coefficients),
            "basis": self.basis,
            "period": self.period,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build the function from what `to_document` returned.

        Parameters
        ----------
        document : mapping
            With the keys axis, coefficients, basis and period.

        Returns
        -------
        CoordinateFunction
            Equal to the one written.
        """
        return cls(document["axis"], tuple(document["coefficients"]), document["basis"], document["period"])

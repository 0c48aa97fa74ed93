"""What a basis for a varying coefficient is."""

from __future__ import annotations

import abc
import re
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from physforge.equations import CoordinateFunction
from physforge.equations.expression import Monomial
from physforge.errors import LibraryError

Float = npt.NDArray[np.float64]


class Basis(BaseModel, abc.ABC):
    """Functions of one coordinate that multiply terms, so that a coefficient may vary.

    Subclasses are final, immutable and tagged. The functions are numbered from 0; the
    first is the constant 1, except for B-splines.

    Parameters
    ----------
    terms : tuple of str, optional
        Terms whose coefficient varies, such as ``("u_xx",)``; ``"1"`` makes a source. The
        default is every term.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Whether the functions add up to one, so that the plain term would be one too many.
    replaces: ClassVar[bool] = False

    terms: tuple[str, ...] | None = None

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Number of functions, the constant included."""

    @abc.abstractmethod
    def factors(self, coordinate: str) -> list[Monomial]:
        """Return the functions that multiply a term.

        Parameters
        ----------
        coordinate : str
            For example ``"x"``.

        Returns
        -------
        list of Monomial
            Without the constant function.

        Raises
        ------
        LibraryError
            If the basis needs the data to be complete.
        """

    @abc.abstractmethod
    def evaluate(self, index: int, points: Float, order: int = 0) -> Float:
        """Evaluate one function, or a derivative of it.

        Parameters
        ----------
        index : int
            Number of the function.
        points : numpy.ndarray
            Values of the coordinate.
        order : int, default 0
            Of the derivative.

        Returns
        -------
        numpy.ndarray
            Of the shape of `points`.

        Raises
        ------
        LibraryError
            If the basis needs the data to be complete, or that derivative is not continuous.
        """

    @abc.abstractmethod
    def coordinate_function(self, coordinate: str, coefficients: Sequence[float]) -> CoordinateFunction:
        """Return the coefficient function that fitted coefficients stand for.

        Parameters
        ----------
        coordinate : str
            For example ``"x"``.
        coefficients : sequence of float
            One for each function.

        Returns
        -------
        CoordinateFunction
            For the parameters of an `Equation` such as ``u_t = c(x)*u_xx``.

        Raises
        ------
        LibraryError
            If the number of coefficients is wrong, or no equation can write the basis.
        """

    def complete(self, points: Float, period: float | None) -> Self:  # noqa: ARG002
        """Return the basis with what was left to the data.

        Parameters
        ----------
        points : numpy.ndarray
            Values of the coordinate in the data.
        period : float or None
            Period of the data along the coordinate.

        Returns
        -------
        Basis
            Unchanged where nothing was left open.
        """
        return self

    def number_of(self, name: str, coordinate: str) -> int | None:  # noqa: ARG002
        """Return which function a name such as ``legendre2(x)`` stands for.

        Parameters
        ----------
        name : str
            Name of a factor.
        coordinate : str
            The coordinate of this basis.

        Returns
        -------
        int or None
            None where the name is not one of this basis's, or the grammar evaluates it.
        """
        return None

    def _check_count(self, coefficients: Sequence[float]) -> None:
        if len(coefficients) != self.size:
            raise LibraryError(
                f"{type(self).__name__} has {self.size} functions; {len(coefficients)} coefficients were given."
            )


def numbered(name: str, stem: str, coordinate: str) -> int | None:
    """Read the number in a name such as ``legendre2(x)``.

    Parameters
    ----------
    name, stem, coordinate : str
        For example ``"legendre2(x)"``, ``"legendre"`` and ``"x"``.

    Returns
    -------
    int or None
        None if the name is made otherwise.
    """
    match = re.fullmatch(rf"{stem}(\d+)\({re.escape(coordinate)}\)", name)
    return int(match[1]) if match else None


def to_unit_interval(points: Float, domain: tuple[float, float]) -> Float:
    """Map `domain` to [-1, 1].

    Parameters
    ----------
    points : numpy.ndarray
        Values of the coordinate.
    domain : tuple of float
        Lower and upper end.

    Returns
    -------
    numpy.ndarray
        Of the shape of `points`.
    """
    lower, upper = domain
    return (2.0 * points - (lower + upper)) / (upper - lower)


def range_of(points: Float) -> tuple[float, float]:
    """Return the smallest and largest value of a coordinate.

    Parameters
    ----------
    points : numpy.ndarray
        Values of the coordinate.

    Returns
    -------
    tuple of float
        Lower and upper end.

    Raises
    ------
    LibraryError
        If the coordinate has one value only.
    """
    lower, upper = float(np.min(points)), float(np.max(points))
    if not lower < upper:
        raise LibraryError(f"A coefficient cannot vary with a coordinate that is {lower:g} everywhere.")
    return lower, upper

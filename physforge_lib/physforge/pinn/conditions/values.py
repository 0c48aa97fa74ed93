"""What is given on a face or at the start: a number, a text, a function, or samples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.equations.evaluation import compile_expression
from physforge.equations.expression import Expression, Symbol, atoms_of
from physforge.equations.parser import parse_expression
from physforge.equations.text import expression_text
from physforge.errors import EquationError, PinnError
from physforge.pinn.block import Float
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.translation import Operation

#: What a caller may give as the value of a condition.
Value: TypeAlias = float | str | Callable[..., Any] | npt.ArrayLike | xr.DataArray | xr.Dataset


@dataclass(frozen=True, eq=False)
class Formula:
    """A value at every point, from an expression in the coordinates.

    Parameters
    ----------
    expression : Expression
        Of coordinates and unknown parameters.
    coordinates : tuple of str
        Of the problem.
    operation : Operation or None
        The same for torch where an unknown parameter occurs, else None.
    """

    expression: Expression
    coordinates: tuple[str, ...]
    operation: Operation | None

    def at(self, places: Float) -> Float:
        """Evaluate it.

        Parameters
        ----------
        places : numpy.ndarray
            Of shape (points, coordinates).

        Returns
        -------
        numpy.ndarray
            Of shape (points,); zero where training has to find a parameter of it.
        """
        if self.operation is not None:
            return np.zeros(len(places))
        evaluate = compile_expression(self.expression, self.coordinates, {})
        with np.errstate(all="ignore"):
            return np.broadcast_to(evaluate(list(places.T)), len(places)).astype(np.float64)

    def __str__(self) -> str:
        return expression_text(self.expression)


@dataclass(frozen=True, eq=False)
class Function:
    """A value at every point, from a caller's function.

    Parameters
    ----------
    function : callable
        Takes arrays of shape (points,) and returns one, or a number.
    columns : tuple of int
        Which coordinates it takes, in the order of its arguments.
    label : str
        Its name, for messages.
    """

    function: Callable[..., Any]
    columns: tuple[int, ...]
    label: str
    expression: None = field(default=None, init=False)
    operation: None = field(default=None, init=False)

    def at(self, places: Float) -> Float:
        """Call it.

        Parameters
        ----------
        places : numpy.ndarray
            Of shape (points, coordinates).

        Returns
        -------
        numpy.ndarray
            Of shape (points,).

        Raises
        ------
        PinnError
            If it raises, or returns something of another shape.
        """
        try:
            result = np.asarray(self.function(*(places[:, column] for column in self.columns)), dtype=np.float64)
            return np.broadcast_to(result, len(places)).copy()
        except Exception as error:
            raise PinnError(
                f"The function {self.label} of a condition fails on arrays of shape ({len(places)},): {error}. It has "
                "to take one array for each of its coordinates and return one of the same shape."
            ) from error

    def __str__(self) -> str:
        return self.label


Given: TypeAlias = Formula | Function


def is_sampled(value: Value) -> bool:
    """Say whether a value is given at samples only.

    Parameters
    ----------
    value : Value
        As the caller gave it.

    Returns
    -------
    bool
        True for arrays and data sets.
    """
    return isinstance(value, xr.DataArray | xr.Dataset) or (
        not callable(value) and not isinstance(value, str) and np.ndim(value) > 0
    )


def given(value: Value, setting: Setting, what: str) -> Given:
    """Read a value that holds everywhere on a region.

    Parameters
    ----------
    value : float, str or callable
        A callable names the coordinates that it wants as its arguments.
    setting : Setting
        Of the problem.
    what : str
        The condition, for messages.

    Returns
    -------
    Formula or Function
        To be evaluated at points.

    Raises
    ------
    PinnError
        If it cannot be read so.
    """
    if callable(value):
        return _function(value, setting, what)
    text = value if isinstance(value, str) else _number_text(value, what)
    try:
        expression = parse_expression(text, setting.parameters, ())
    except EquationError as error:
        raise PinnError(f"The value of {what} cannot be read: {error}") from error
    names = {atom.name if isinstance(atom, Symbol) else str(atom) for atom in atoms_of(expression)}
    unknown = names - set(setting.coordinates)
    for name in sorted(unknown - set(setting.translation.unknown)):
        raise PinnError(
            f"The value {text!r} of {what} holds {name!r}, which has no value: give it in parameters=, or a value to "
            f"start from in unknown=; coordinates are {', '.join(setting.coordinates)}."
        )
    operation = setting.translation.translate(expression) if unknown else None
    return Formula(expression, setting.coordinates, operation)


def mentions(value: object, name: str) -> bool:
    """Say whether a value, or one of a mapping of values, is a text in which a name occurs.

    Parameters
    ----------
    value : Value or mapping of str to Value
        As the caller gave it.
    name : str
        Of a parameter.

    Returns
    -------
    bool
        False for numbers, code and samples.
    """
    if isinstance(value, Mapping) and not isinstance(value, xr.Dataset):
        return any(mentions(one, name) for one in value.values())
    return isinstance(value, str) and re.search(rf"\b{re.escape(name)}\b", value) is not None


def _number_text(value: Any, what: str) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise PinnError(f"The value of {what} is {value!r}; give a number, a text, a function or samples.") from error
    if not np.isfinite(number):
        raise PinnError(f"The value of {what} is {number}; give a finite number.")
    return repr(number)


def _function(function: Callable[..., Any], setting: Setting, what: str) -> Function:
    label = getattr(function, "__name__", type(function).__name__)
    try:
        names = _argument_names(function)
    except (TypeError, ValueError) as error:
        raise PinnError(
            f"The arguments of the function {label} of {what} cannot be found out; use a lambda."
        ) from error
    listed = ", ".join(setting.coordinates)
    for name in names:
        if name not in setting.coordinates:
            raise PinnError(
                f"The function {label} of {what} has the argument {name!r}; name its arguments after the coordinates "
                f"that it wants, which are {listed}."
            )
    return Function(function, tuple(setting.coordinates.index(name) for name in names), label)


def _argument_names(function: Callable[..., Any]) -> Collection[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.kind in kinds and one.default is inspect.Parameter.empty]

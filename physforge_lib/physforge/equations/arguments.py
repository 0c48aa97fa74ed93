"""Check what a caller gives along with the text of an equation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.names import AXES, is_name
from physforge.equations.parser import Parameter
from physforge.errors import EquationError


def checked_parameters(parameters: Mapping[str, Parameter] | None) -> dict[str, Parameter]:
    """Check the values of parameters.

    Parameters
    ----------
    parameters : mapping of str to float or CoordinateFunction, or None
        As the caller gave them.

    Returns
    -------
    dict
        Numbers as floats.

    Raises
    ------
    EquationError
        If a name cannot be one, or a value is not a finite number.
    """
    checked: dict[str, Parameter] = {}
    for name, value in (parameters or {}).items():
        if not is_name(name) or name in AXES:
            raise EquationError(f"{name!r} cannot name a parameter: use letters, digits and underscores, not t x y z.")
        checked[name] = value if isinstance(value, CoordinateFunction) else _number(name, value)
    return checked


def _number(name: str, value: float) -> float:
    try:
        converted = float(value)
    except (TypeError, ValueError) as error:
        raise EquationError(f"The parameter {name!r} is {value!r}; give a number or a CoordinateFunction.") from error
    if not math.isfinite(converted):
        raise EquationError(f"The parameter {name!r} is {value}; give a finite number.")
    return converted


def checked_fields(fields: Iterable[str] | None) -> frozenset[str]:
    """Check the names of fields.

    Parameters
    ----------
    fields : iterable of str, str or None
        As the caller gave them.

    Returns
    -------
    frozenset of str
        Empty for None.

    Raises
    ------
    EquationError
        If a name cannot be one.
    """
    names = frozenset([fields] if isinstance(fields, str) else fields or ())
    for name in names:
        if not is_name(name):
            raise EquationError(f"{name!r} cannot name a field: use a letter, then letters, digits and underscores.")
    return names

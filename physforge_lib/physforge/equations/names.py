"""Names of fields and their derivatives: ``u_t``, ``u_xx``, ``hare_thousands_t``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from physforge.errors import EquationError

#: Coordinates that a field may depend on, in canonical order.
AXES = ("t", "x", "y", "z")

#: Functions that an equation may use.
FUNCTIONS = ("sin", "cos", "exp", "log", "sqrt", "abs", "tanh")

#: Names of constants, unless a field or parameter has the name.
CONSTANTS = {"pi": 3.141592653589793}

#: Highest order of a derivative; a longer subscript is a slip or an attack.
MAX_ORDER = 12

_NAME = re.compile(r"[^\W\d_]\w*")
_DERIVATIVE = re.compile(r"(?P<field>[^\W\d_]\w*?)_(?P<axes>[txyz]+)")


def derivative_name(field: str, axes: str) -> str:
    """Return the name of a derivative of `field`.

    Parameters
    ----------
    field : str
        For example ``"u"``.
    axes : str
        One letter of ``t x y z`` for each differentiation, in any order;
        ``""`` gives the field itself.

    Returns
    -------
    str
        With the letters in alphabetical order, since derivatives commute.

    Raises
    ------
    EquationError
        If `axes` holds another letter, or more than twelve.

    Examples
    --------
    >>> derivative_name("u", "yx")
    'u_xy'
    """
    if set(axes) - set(AXES):
        raise EquationError(f"{axes!r} is not a list of axes; use the letters t, x, y and z, as in 'xx'.")
    if len(axes) > MAX_ORDER:
        raise EquationError(f"The derivative of {field!r} has order {len(axes)}; at most {MAX_ORDER} is understood.")
    return f"{field}_{''.join(sorted(axes))}" if axes else field


def split_derivative(name: str, fields: Iterable[str] = ()) -> tuple[str, str]:
    """Split the name of a derivative into its field and its axes.

    Parameters
    ----------
    name : str
        For example ``"u_xx"``.
    fields : iterable of str, optional
        Names of the fields. The longest that fits wins, so that a field may itself
        be called ``u_x``; a name that fits none of them is returned whole. Without
        `fields` the letters after the last underscore are the axes.

    Returns
    -------
    field : str
        The field, or `name` where it is no derivative.
    axes : str
        Sorted letters; ``""`` where `name` is no derivative.

    Examples
    --------
    >>> split_derivative("hare_thousands_t")
    ('hare_thousands', 't')
    >>> split_derivative("u_yx", ["u"])
    ('u', 'xy')
    >>> split_derivative("u")
    ('u', '')
    """
    known = set(fields)
    if name in known:
        return name, ""
    match = _DERIVATIVE.fullmatch(name)
    if match is None or (known and match["field"] not in known):
        return name, ""
    return match["field"], "".join(sorted(match["axes"]))


def is_name(text: str) -> bool:
    """Return whether `text` can name a field or a parameter.

    Parameters
    ----------
    text : str
        A letter first, then letters, digits and underscores.

    Returns
    -------
    bool
        False for the names of functions.
    """
    return _NAME.fullmatch(text) is not None and text not in FUNCTIONS

"""Names that data files use for axes and fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from physforge.datasets.conventions import SPACE, TIME

#: Lower-case names of arrays and columns that are axes -> dim.
AXIS_NAMES = {"t": TIME, "tt": TIME, "time": TIME, "x": "x", "xx": "x", "y": "y", "yy": "y", "z": "z", "zz": "z"}

#: Further lower-case names of a time column in a table -> its unit, where the name says it.
TIME_COLUMNS = {
    "t": "",
    "time": "",
    "date": "",
    "datetime": "",
    "timestamp": "",
    "year": "year",
    "years": "year",
    "month": "month",
    "months": "month",
    "day": "day",
    "days": "day",
    "hours": "hour",
    "minutes": "minute",
    "seconds": "s",
}

#: Names that solvers give the solution -> field.
FIELD_NAMES = {"usol": "u", "uu": "u", "vsol": "v", "vv": "v"}

_WITH_UNIT = re.compile(r"^(?P<name>.*\S)\s*[\[(](?P<unit>[^\[\]()]+)[\])]$")


def axis_of(name: str) -> str | None:
    """Return the dim that an array called `name` is the axis of.

    Parameters
    ----------
    name : str
        As in the file; case does not matter.

    Returns
    -------
    str or None
        ``"t"``, ``"x"``, ``"y"``, ``"z"``, or None if the name is no axis.

    Examples
    --------
    >>> axis_of("tt"), axis_of("X"), axis_of("usol")
    ('t', 'x', None)
    """
    return AXIS_NAMES.get(name.lower())


def field_of(name: str, taken: Iterable[str]) -> str:
    """Return the field name of an array called `name`.

    Parameters
    ----------
    name : str
        As in the file.
    taken : iterable of str
        Names that the file uses itself, which are left to it.

    Returns
    -------
    str
        ``usol`` and ``uu`` are ``u``; characters that an equation cannot hold
        become underscores.

    Examples
    --------
    >>> field_of("usol", []), field_of("usol", ["u"]), field_of("flow rate", [])
    ('u', 'usol', 'flow_rate')
    """
    alias = FIELD_NAMES.get(name)
    if alias is not None and alias not in taken:
        return alias
    # A letter and its accent may be one sign or two, which look the same.
    cleaned = re.sub(r"\W", "_", unicodedata.normalize("NFC", name.strip()))
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned


def split_unit(header: str) -> tuple[str, str]:
    """Split a column header into name and unit.

    Parameters
    ----------
    header : str
        For example ``"height [m]"`` or ``"height (m)"``.

    Returns
    -------
    tuple of (str, str)
        The unit is empty where none is given.

    Examples
    --------
    >>> split_unit("height [m]"), split_unit("u")
    (('height', 'm'), ('u', ''))
    """
    match = _WITH_UNIT.match(header.strip())
    return (match["name"], match["unit"].strip()) if match else (header.strip(), "")


def spatial_columns(columns: Iterable[str]) -> list[str]:
    """List the columns of a table that are named like spatial axes.

    Parameters
    ----------
    columns : iterable of str
        Column names.

    Returns
    -------
    list of str
        Those of x, y, z present, in that order.
    """
    present = set(columns)
    return [dim for dim in SPACE if dim in present]

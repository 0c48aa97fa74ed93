"""Which rows of a comparison are meant, and in which order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

#: A condition on one column, such as ``loss<0.1``; anything else is part of some text.
_CONDITION = re.compile(r"(?P<column>[^<>=]+?)\s*(?P<sign><=|>=|<|>|=)\s*(?P<value>.+)")

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def shown(value: Any) -> str:
    """Return what stands in a cell.

    Parameters
    ----------
    value : object
        Of a setting or a figure.

    Returns
    -------
    str
        Numbers with five digits; nothing for None.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.5g}"
    return value if isinstance(value, str) else json.dumps(value)


def matching(rows: Sequence[Row], wanted: str) -> list[int]:
    """Find the rows that are meant.

    Parameters
    ----------
    rows : sequence of mapping
        Column -> value.
    wanted : str
        Parts divided by commas, all of which hold: ``loss (last) < 0.1``, ``state = failed``, or a text that some
        cell has, in letters of either case.

    Returns
    -------
    list of int
        Their places.

    Examples
    --------
    >>> rows = [{"loss": 0.5, "method": "weak"}, {"loss": 0.01, "method": "weak"}]
    >>> matching(rows, "loss<0.1, WEAK")
    [1]
    """
    columns = {name.casefold(): name for row in rows for name in row}
    tests = [_test(part.strip(), columns) for part in wanted.split(",") if part.strip()]
    return [place for place, row in enumerate(rows) if all(test(row) for test in tests)]


def _test(part: str, columns: Mapping[str, str]) -> Test:
    found = _CONDITION.fullmatch(part)
    column = columns.get(found["column"].strip().casefold()) if found else None
    if found is None or column is None:
        text = part.casefold()
        return lambda row: any(text in shown(value).casefold() for value in row.values())
    sign, value = found["sign"], found["value"].strip()
    if sign == "=":
        return lambda row: _equals(row.get(column), value)
    return lambda row: _holds(row.get(column), sign, value)


def _equals(cell: Any, value: str) -> bool:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            return float(cell) == float(value)
        except ValueError:
            return False
    return shown(cell).casefold() == value.casefold()


def _holds(cell: Any, sign: str, value: str) -> bool:
    try:
        return isinstance(cell, int | float) and _SIGNS[sign](float(cell), float(value))
    except ValueError:
        return False


def ordered(rows: Sequence[Row], places: Sequence[int], order: str) -> list[int]:
    """Order rows by a column.

    Parameters
    ----------
    rows : sequence of mapping
        All.
    places : sequence of int
        Of those that are meant.
    order : str
        Name of a column; a minus sign before it: the largest first. Empty: as they are.

    Returns
    -------
    list of int
        Numbers before texts, and those without a value last either way.
    """
    if not order:
        return list(places)
    column = order.removeprefix("-")
    having = [place for place in places if rows[place].get(column) is not None]
    without = [place for place in places if rows[place].get(column) is None]
    return [*sorted(having, key=lambda place: _key(rows[place][column]), reverse=order.startswith("-")), *without]


def _key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, shown(value).casefold()

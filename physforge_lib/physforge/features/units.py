"""Read units with pint; what pint does not know becomes a unit of its own."""

from __future__ import annotations

import re
from functools import cache
from tokenize import TokenError
from typing import TYPE_CHECKING

from physforge.errors import LibraryError

if TYPE_CHECKING:
    from pint import Unit, UnitRegistry

#: Longest text that is read as a unit.
_MAX_LENGTH = 200

#: Names, numbers and operators.
_ALLOWED = re.compile(r"(?:[^\W\d]\w*|[°%µ]|\d{1,2}(?:\.\d{1,3})?|[-*/^()·²³.\s])*")

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")

#: What pint raises, beside its own errors, for text that is no unit.
_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    SyntaxError,
    TokenError,
    TypeError,
    ValueError,
)

_WORD = re.compile(r"[^\W\d_]\w*")


@cache
def registry() -> UnitRegistry[float]:
    """Return the registry of every unit in PhysForge.

    Returns
    -------
    pint.UnitRegistry
        One of its own, so that words learnt from data do not leak into that of
        the application.
    """
    import pint

    return pint.UnitRegistry()


def parse_units(text: str, name: str) -> Unit:
    """Read the units of a variable.

    Parameters
    ----------
    text : str
        For example ``"mm**2 / s"``, ``"m s-1"`` or ``"pelts"``; a word that pint does not
        know counts as a base unit.
    name : str
        Of the variable, for the message.

    Returns
    -------
    pint.Unit
        Of `registry`; dimensionless for ``""`` and ``"1"``.

    Raises
    ------
    LibraryError
        If the text is not a product of units.

    Examples
    --------
    >>> parse_units("m s-1", "v") == parse_units("m/s", "v")
    True
    """
    import pint

    if len(text) > _MAX_LENGTH or not _ALLOWED.fullmatch(text):
        raise LibraryError(_unreadable(text, name))
    # Climate data write m s-1 and m2: exponents without a sign for the power.
    powers = re.sub(r"(?<=[^\W\d_])(-?\d+)(?![\w.])", r"**\1", text)
    if not all(map(_harmless, _NUMBER.finditer(powers))):
        raise LibraryError(_unreadable(text, name))
    for word in _WORD.findall(powers):
        _learn(word)
    try:
        return registry().parse_units(powers)
    except (pint.PintError, *_FAILURES) as error:
        raise LibraryError(_unreadable(text, name)) from error


def is_scale_free(unit: Unit) -> bool:
    """Whether a number in this unit is the quantity itself: dimensionless, and no percent or degree.

    Parameters
    ----------
    unit : pint.Unit
        Of `registry`.

    Returns
    -------
    bool
        True for the dimensionless unit, radians and counts.
    """
    return unit.dimensionless and same_units(unit, registry().dimensionless)


def same_units(first: Unit, second: Unit) -> bool:
    """Whether numbers in two units may be added as they are.

    Parameters
    ----------
    first, second : pint.Unit
        Of `registry`.

    Returns
    -------
    bool
        False for metres and millimetres.
    """
    if first.dimensionality != second.dimensionality:
        return False
    factor = registry().Quantity(1.0, first / second).to_base_units().magnitude
    return bool(abs(factor - 1.0) < 1e-9)


def has_offset(unit: Unit) -> bool:
    """Whether the zero of a scale is a matter of convention, as that of degrees Celsius.

    Parameters
    ----------
    unit : pint.Unit
        Of `registry`.

    Returns
    -------
    bool
        True for degC, degF and logarithmic units.
    """
    return bool(registry().Quantity(0.0, unit).to_base_units().magnitude != 0.0)


def difference_of(unit: Unit, name: str) -> Unit:
    """Return the unit of differences on a scale whose zero is a convention.

    Parameters
    ----------
    unit : pint.Unit
        For example degC.
    name : str
        Of the variable, for the message.

    Returns
    -------
    pint.Unit
        For example delta_degC.

    Raises
    ------
    LibraryError
        If differences have no unit, as for decibels.
    """
    import pint

    try:
        return registry().parse_units(f"delta_{unit}")
    except pint.PintError as error:
        raise LibraryError(
            f"{name!r} is in {unit}, in which differences have no unit; convert it to a linear unit first."
        ) from error


def _harmless(number: re.Match[str]) -> bool:
    """Whether a number is 1 or a plain exponent: 9**9**9 would be computed for ever."""
    before = number.string[: number.start()].rstrip(" -")
    after = number.string[number.end() :].lstrip()
    return not after.startswith(("**", "^")) and (number[0] == "1" or before.endswith(("**", "^")))


def _learn(word: str) -> None:
    import pint

    try:
        registry().parse_units(word)
    except pint.UndefinedUnitError:
        registry().define(f"{word} = [{word}]")


def _unreadable(text: str, name: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return (
        f"The units of {name!r} cannot be read: {shown!r}. Write a product of units such as 'mm**2/s', without a "
        f"number in front: ds[{name!r}].attrs['units'] = ..."
    )

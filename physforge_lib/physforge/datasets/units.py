"""Whether the text of a unit is one that is known."""

from __future__ import annotations

import re
import tokenize
from functools import cache

#: Longest text that is looked at; no unit is longer.
MAX_LENGTH = 100

# A power of a power, or a long exponent, would keep the parser busy for ever.
_TOWER = re.compile(r"(\*\*|\^)[\s()+-]*(\d{3,}|[\d.eE]*[\s()]*(\*\*|\^))")

#: ``m3`` and ``s-1``, as many files write powers.
_POWER = re.compile(r"(?<=[^\W\d_])(-?\d)(?!\w)")


@cache
def is_unit(text: str) -> bool:
    """Say whether a text is a unit that pint knows.

    Parameters
    ----------
    text : str
        For example ``"m/s"``.

    Returns
    -------
    bool
        True for ``""`` and ``"1"``, which are dimensionless.

    Examples
    --------
    >>> is_unit("mm/s**2"), is_unit("m3 s-1"), is_unit("furlongs per fortnite"), is_unit("10**10**10")
    (True, True, False, False)
    """
    import pint

    if len(text) > MAX_LENGTH or "\0" in text or _TOWER.search(text):
        return False
    try:
        pint.application_registry.parse_units(_POWER.sub(r"**\1", text) if text.strip() != "1" else "")
    except (pint.PintError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        return False
    except (SyntaxError, tokenize.TokenError, RecursionError, AssertionError):
        return False
    return True

"""The equations that were considered, as data for a table."""

from __future__ import annotations

import math
from typing import Any

from physforge.discovery import DiscoveryResult
from physforge.equations import Equation, System

#: Column of the candidates -> what its head says.
HEADS = {
    "target": "for",
    "equation": "equation",
    "complexity": "terms",
    "misfit": "misfit",
    "criterion": "criterion",
    "proposed_by": "proposed by",
    "chosen": "chosen",
}

#: Most rows of a table; the best of each target come first.
MOST_ROWS = 200


def rows_of(result: DiscoveryResult) -> tuple[list[str], list[list[Any]]]:
    """Return the candidates as JSON has them.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.

    Returns
    -------
    heads : list of str
        Names of the columns.
    rows : list of list
        Texts and numbers; what is not finite is None.
    """
    kept = [name for name in HEADS if name in result.candidates]
    table = result.candidates[kept].head(MOST_ROWS)
    rows = [[_plain(value) for value in row] for row in table.itertuples(index=False, name=None)]
    return [HEADS[name] for name in kept], rows


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if value is True or value is False or str(value) in ("True", "False"):
        return "yes" if value else ""
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def equation_of(result: DiscoveryResult, row: int) -> Equation:
    """Return the equation of a candidate.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    row : int
        Of `result.candidates`.

    Returns
    -------
    Equation
        With standard errors where it is the chosen one.
    """
    candidate = result.candidates.iloc[row]
    chosen = result.equations.get(str(candidate["target"]))
    if bool(candidate["chosen"]) and chosen is not None:
        return chosen
    return Equation.parse(str(candidate["equation"]), fields=result.fields)


def system_with(result: DiscoveryResult, equation: Equation) -> System:
    """Put an equation beside the chosen ones of the other targets.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    equation : Equation
        For one target.

    Returns
    -------
    System
        One equation for each target.
    """
    return System(tuple({**result.equations, equation.target: equation}.values()))


def intervals_of(result: DiscoveryResult, equation: Equation, row: int) -> dict[str, tuple[float, float]]:
    """Return the intervals of a candidate's coefficients.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    equation : Equation
        The candidate.
    row : int
        Of `result.candidates`.

    Returns
    -------
    dict of str to (float, float)
        Term -> low and high of 95 %; empty for an equation that was not chosen, of which none are known.
    """
    if not bool(result.candidates.iloc[row]["chosen"]):
        return {}
    table = result.conf_int()
    known = table[table["target"] == equation.target]
    intervals = {
        str(term): (float(low), float(high))
        for term, low, high in zip(known["term"], known["low"], known["high"], strict=True)
    }
    return {term: intervals[term] for term in equation.terms if term in intervals}


def first_row(result: DiscoveryResult) -> int:
    """Return the candidate that is shown at first.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.

    Returns
    -------
    int
        The first chosen one, or 0.
    """
    chosen = [place for place, is_chosen in enumerate(result.candidates["chosen"]) if is_chosen]
    return chosen[0] if chosen else 0

"""The table of every equation considered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from physforge.equations import Equation

#: Columns of the table.
COLUMNS = ("target", "equation", "complexity", "misfit", "criterion", "chosen")


def candidate_table(
    target: str,
    rows: Sequence[tuple[Mapping[str, float], float, float, bool]],
    fields: Sequence[str],
    proposed_by: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Write equations with their figures as a table.

    Parameters
    ----------
    target : str
        Left side.
    rows : sequence of (mapping of str to float, float, float, bool)
        Coefficients by term, misfit, criterion, and whether the equation was chosen.
    fields : sequence of str
        Names of the fields.
    proposed_by : sequence of str, optional
        For each row, which selectors proposed the equation.

    Returns
    -------
    pandas.DataFrame
        With the columns of `COLUMNS`, in the order given; then ``proposed_by``, where it is known.
    """
    found = [
        (
            target,
            _written(Equation.from_terms(target, terms, fields=fields), fields),
            len(terms),
            misfit,
            criterion,
            chosen,
        )
        for terms, misfit, criterion, chosen in rows
    ]
    table = pd.DataFrame(found, columns=list(COLUMNS))
    return table if proposed_by is None else table.assign(proposed_by=list(proposed_by))


def _written(equation: Equation, fields: Sequence[str]) -> str:
    # Rounded once more when it is written out: a factor of a term may be no round number.
    return str(Equation.from_terms(equation.target, rounded(equation.terms), fields=fields))


def rounded(terms: Mapping[str, float], digits: int = 4) -> dict[str, float]:
    """Round coefficients for reading.

    Parameters
    ----------
    terms : mapping of str to float
        Coefficients by term.
    digits : int, default 4
        Significant digits.

    Returns
    -------
    dict of str to float
        The same terms.
    """
    return {
        name: float(np.format_float_positional(value, precision=digits, unique=False, fractional=False))
        for name, value in terms.items()
    }

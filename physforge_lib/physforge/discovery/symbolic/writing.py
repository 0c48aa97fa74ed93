"""Write forms for people: the table of candidates, and right sides in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from physforge.discovery.symbolic.choice import Comparison
from physforge.discovery.symbolic.form import Formula
from physforge.discovery.table import candidate_table, rounded
from physforge.equations import Equation
from physforge.equations.text import term_name


def front_table(target: str, comparison: Comparison, fields: Sequence[str]) -> pd.DataFrame:
    """Write the forms that were compared as a table.

    Parameters
    ----------
    target : str
        Left side.
    comparison : Comparison
        Best first.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    pandas.DataFrame
        As `candidate_table`, with ``complexity`` counting symbols, functions and numbers, and
        ``front``: whether nothing shorter fits better.
    """
    candidates = comparison.candidates
    rows = [
        (_terms(one.fit.formula, fields), one.misfit, one.criterion, index == 0) for index, one in enumerate(candidates)
    ]
    table = candidate_table(target, rows, fields)
    table["complexity"] = [one.complexity for one in candidates]
    table["front"] = [
        not any(other.complexity <= one.complexity and other.misfit < one.misfit for other in candidates)
        for one in candidates
    ]
    return table


def right_side(formula: Formula, fields: Sequence[str]) -> str:
    """Write an expression with rounded numbers.

    Parameters
    ----------
    formula : Formula
        Form and numbers.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    str
        In the grammar of equations.
    """
    terms = rounded(_terms(formula, fields))
    return str(Equation.from_terms(f"{fields[0]}_t", terms, fields=fields)).partition(" = ")[2]


def left_out(noisy: Mapping[str, float]) -> str:
    """Say which variables are too noisy.

    Parameters
    ----------
    noisy : mapping of str to float
        With the share that is noise.

    Returns
    -------
    str
        One sentence.
    """
    listed = ", ".join(f"{name} ({share:.0%})" for name, share in noisy.items())
    return (
        f"mostly noise, and so not among the variables: {listed}. A law with them would not have been seen; if there "
        "is none, say so with library=CandidateLibrary(derivatives=...)."
    )


def _terms(formula: Formula, fields: Sequence[str]) -> dict[str, float]:
    """Return coefficients by term, numbers within terms rounded for reading."""
    short = [float(f"{value:.4g}") for value in formula.values]
    expression = Formula(formula.form, formula.coefficients, np.array(short)).expression(fields)
    return {term_name(monomial): coefficient for monomial, coefficient in expression.items}

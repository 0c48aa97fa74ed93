"""What the noise of derivatives means for a fit: weights, and how much of a misfit it explains."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from physforge.discovery.selection import RESOLUTION
from physforge.discovery.symbolic.fit import Fit, Problem, compile_form
from physforge.discovery.symbolic.table import Table
from physforge.equations.expression import atoms_of
from physforge.equations.text import atom_name


def problem_of(table: Table, target: str, fields: Sequence[str]) -> Problem:
    """Return the regression for a target, with weights from its sd.

    Parameters
    ----------
    table : Table
        Variables and targets.
    target : str
        One of the targets.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    Problem
        Weights are level where the sd is below what derivatives resolve.
    """
    values = table.values[target]
    spread = np.hypot(table.sds[target], RESOLUTION * float(np.sqrt(np.mean(values**2))))
    weights = float(np.median(spread)) / spread
    variables = {name: table.values[name] for name in table.variables}
    return Problem(variables, values, weights, table.blocks, frozenset(fields))


def variables_in(found: Fit, problem: Problem) -> list[str]:
    """Return the variables of an expression.

    Parameters
    ----------
    found : Fit
        The expression.
    problem : Problem
        What it was fitted to.

    Returns
    -------
    list of str
        In the order of the problem.
    """
    names = {atom_name(factor) for factor in atoms_of(found.formula.expression(problem.fields))}
    return [name for name in problem.values if name in names]


def noise_share(found: Fit, problem: Problem, table: Table, target: str) -> float:
    """Return the misfit that noise in the target and in the variables of an expression gives.

    Parameters
    ----------
    found : Fit
        The expression.
    problem : Problem
        What it was fitted to.
    table : Table
        With the sds.
    target : str
        What is explained.

    Returns
    -------
    float
        Root mean square, as a share of the target's.
    """
    formula = found.formula
    columns = compile_form(formula.form, list(problem.values), problem.fields)
    variance = table.sds[target] ** 2
    for name in variables_in(found, problem):
        moved = {**problem.values, name: problem.values[name] + table.sds[name]}
        variance = variance + (columns(moved, formula.values) @ formula.coefficients - found.predicted) ** 2
    return problem.share(np.sqrt(variance))


def excess(found: Fit, problem: Problem, table: Table, target: str) -> float:
    """Return the share of the target that is left beyond what noise gives.

    Parameters
    ----------
    found : Fit
        The expression.
    problem : Problem
        What it was fitted to.
    table : Table
        With the sds.
    target : str
        What is explained.

    Returns
    -------
    float
        Root mean square, 0 where noise explains all.
    """
    noise = noise_share(found, problem, table, target)
    return math.sqrt(max(problem.share(found.residuals) ** 2 - noise**2, 0.0))

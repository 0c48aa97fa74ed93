"""Fit the numbers of a form to samples: linear ones exactly, the others by iteration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices
from physforge.discovery.selection import RESOLUTION
from physforge.discovery.symbolic.form import Form, Formula, formula_of, read_term
from physforge.equations.evaluation import compile_expression
from physforge.errors import EquationError

#: Evaluations of one form while its constants are fitted.
_MOST_EVALUATIONS = 60

#: Numbers beyond this are no values of a law; their squares would overflow.
_HUGE = 1e100

#: Singular values below this share of the largest count as zero.
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Problem:
    """A regression for which forms are fitted.

    Parameters
    ----------
    values : mapping of str to numpy.ndarray of shape (n,)
        The variables.
    target : numpy.ndarray of shape (n,)
        What is explained.
    weights : numpy.ndarray of shape (n,)
        Of the residuals: the reciprocals of their sds, up to a factor.
    blocks : numpy.ndarray of int, shape (n,)
        Labels 0, 1, ... of blocks with independent errors.
    fields : frozenset of str
        Names of the fields.
    """

    values: Mapping[str, Float]
    target: Float
    weights: Float
    blocks: Indices
    fields: frozenset[str]

    def share(self, errors: Float) -> float:
        """Return the weighted rms of errors as a share of the target's."""
        total = float(np.mean((self.weights * self.target) ** 2))
        return float(np.sqrt(np.mean((self.weights * errors) ** 2) / total)) if total else 0.0

    def thinned(self, most: int) -> Problem:
        """Return at most about so many samples, evenly chosen."""
        step = max(1, -(-len(self.target) // most))
        values = {name: value[::step] for name, value in self.values.items()}
        return Problem(values, self.target[::step], self.weights[::step], self.blocks[::step], self.fields)


@dataclass(frozen=True, eq=False)
class Fit:
    """A form with fitted numbers.

    Parameters
    ----------
    formula : Formula
        Form and numbers.
    residuals : numpy.ndarray of shape (n,)
        Target less expression, not weighted.
    jacobian : numpy.ndarray of shape (n, terms + constants)
        Derivative of the expression by its coefficients and constants.
    """

    formula: Formula
    residuals: Float
    jacobian: Float

    @property
    def predicted(self) -> Float:
        """The expression at the samples, shape (n,)."""
        terms = len(self.formula.form.terms)
        values: Float = self.jacobian[:, :terms] @ self.formula.coefficients
        return values

    def covariance(self, problem: Problem) -> Float:
        """Return the covariance of coefficients and constants, robust to errors that are alike within blocks.

        Parameters
        ----------
        problem : Problem
            What was fitted.

        Returns
        -------
        numpy.ndarray
            Square; huge where the data do not determine a number.
        """
        weighted = self.jacobian * problem.weights[:, None]
        bread = _pseudo_inverse(weighted)
        scores = weighted * (problem.weights * self.residuals)[:, None]
        count = int(problem.blocks.max()) + 1
        sums = np.zeros((count, scores.shape[1]))
        np.add.at(sums, problem.blocks, scores)
        spread = bread @ sums.T
        covariance: Float = spread @ spread.T * count / max(count - 1, 1)
        return covariance

    def ratios(self, problem: Problem) -> tuple[Float, Float]:
        """Return numbers and their errors for comparing which is needed least.

        Parameters
        ----------
        problem : Problem
            What was fitted.

        Returns
        -------
        estimates, errors : numpy.ndarray of shape (terms + constants,)
            Errors as if each block were one observation.
        """
        weighted = self.jacobian * problem.weights[:, None]
        floor = RESOLUTION**2 * np.mean((problem.weights * problem.target) ** 2)
        variance = np.mean((problem.weights * self.residuals) ** 2) + floor
        observations = len(problem.target) / (int(problem.blocks.max()) + 1)
        errors = np.sqrt(np.diag(_pseudo_inverse(weighted)) * variance * observations)
        return np.concatenate([self.formula.coefficients, self.formula.values]), errors


def _pseudo_inverse(weighted: Float) -> Float:
    """Invert the normal equations; directions that are not determined get a huge variance."""
    scales = np.linalg.norm(weighted, axis=0)
    scales[scales == 0.0] = 1.0
    _, singular, right = np.linalg.svd(weighted / scales, full_matrices=False)
    singular = np.maximum(singular, _TINY * max(float(singular[0]), 1e-300))
    inverse: Float = (right.T / singular**2) @ right / np.outer(scales, scales)
    return inverse


def compile_form(
    form: Form, variables: Collection[str], fields: frozenset[str]
) -> Callable[[Mapping[str, Float], Float], Float]:
    """Prepare the terms of a form for many evaluations.

    Parameters
    ----------
    form : Form
        Terms.
    variables, fields : collection of str
        Names.

    Returns
    -------
    callable
        Takes the variables and the values of the constants, gives an array of shape (n, terms).
    """
    names = [*variables, *form.constants]
    compiled = [compile_expression(read_term(term, fields), names, {}) for term in form.terms]

    def columns(values: Mapping[str, Float], constants: Float) -> Float:
        arrays = [values[name] for name in variables]
        given = [*arrays, *(np.float64(value) for value in constants)]
        with np.errstate(all="ignore"):
            found = [np.broadcast_to(one(given), arrays[0].shape) for one in compiled]  # type: ignore[arg-type]
        return np.column_stack(found) if found else np.zeros((len(arrays[0]), 0))

    return columns


def fit(formula: Formula, problem: Problem, *, iterate: bool = True) -> Fit | None:
    """Fit the numbers of a form, starting from those it has.

    Parameters
    ----------
    formula : Formula
        Form, with constants to start from.
    problem : Problem
        The samples.
    iterate : bool, default True
        Whether constants are fitted too, or only coefficients.

    Returns
    -------
    Fit or None
        None where the expression has no finite value at some sample.
    """
    form, variables = formula.form, list(problem.values)
    columns = compile_form(form, variables, problem.fields)
    wanted = problem.weights * problem.target

    def project(constants: Float) -> tuple[Float, Float]:
        table = columns(problem.values, constants)
        if not _usable(table):
            return table, np.zeros(0)
        weighted = table * problem.weights[:, None]
        scales = np.linalg.norm(weighted, axis=0)
        scales[scales == 0.0] = 1.0
        found = np.linalg.lstsq(weighted / scales, wanted, rcond=_TINY)[0] / scales
        return table, found

    constants = formula.values
    if iterate and len(constants):
        constants = _iterate(project, constants, problem, wanted)
    table, coefficients = project(constants)
    if len(coefficients) < len(form.terms):
        return None
    with np.errstate(all="ignore"):
        jacobian = np.column_stack([table, _slopes(columns, problem, constants, coefficients)])
    if not _usable(jacobian) or not _usable(coefficients):
        return None
    with np.errstate(all="ignore"):
        residuals = problem.target - table @ coefficients
    return Fit(Formula(form, coefficients, constants), residuals, jacobian) if _usable(residuals) else None


def _usable(numbers: Float) -> bool:
    # A comparison with NaN is false.
    return bool(np.all(np.abs(numbers) < _HUGE))


def _iterate(project: Callable[[Float], tuple[Float, Float]], start: Float, problem: Problem, wanted: Float) -> Float:
    """Fit the constants, with the best coefficients for each trial."""
    from scipy.optimize import least_squares

    scales = np.maximum(np.abs(start), 1e-8)
    far = np.full(len(wanted), 1e3 * float(np.linalg.norm(wanted)) + 1.0)

    def residuals(scaled: Float) -> Float:
        table, coefficients = project(scaled * scales)
        if len(coefficients) < table.shape[1]:
            return far
        with np.errstate(all="ignore"):
            left: Float = (table @ coefficients) * problem.weights - wanted
        return left if _usable(left) else far

    begin = start / scales
    if residuals(begin) is far:
        return start
    found = least_squares(residuals, begin, method="trf", x_scale="jac", max_nfev=_MOST_EVALUATIONS)
    constants: Float = np.asarray(found.x) * scales
    return constants


def _slopes(
    columns: Callable[[Mapping[str, Float], Float], Float], problem: Problem, constants: Float, coefficients: Float
) -> Float:
    """Differentiate the expression by its constants, by central differences."""
    slopes = np.zeros((len(problem.target), len(constants)))
    for index, value in enumerate(constants):
        step = 1e-6 * max(abs(value), 1e-6)
        ahead, behind = constants.copy(), constants.copy()
        ahead[index] += step
        behind[index] -= step
        slopes[:, index] = (
            (columns(problem.values, ahead) - columns(problem.values, behind)) @ coefficients / (2 * step)
        )
    return slopes


def canonical(found: Fit, problem: Problem) -> Fit | None:
    """Write a fitted form the one way that its numbers lead to.

    Parameters
    ----------
    found : Fit
        For example of ``sin(c1*u)`` with a negative constant.
    problem : Problem
        What was fitted.

    Returns
    -------
    Fit or None
        Of an equal expression; None where it cannot be written.
    """
    try:
        formula = formula_of(found.formula.expression(problem.fields), list(problem.values))
    except EquationError:
        return None
    if formula.form == found.formula.form:
        return found
    return fit(formula, problem, iterate=False)


def fit_all(formulas: Iterable[Formula], problem: Problem) -> list[Fit]:
    """Fit forms, each written the one way that its numbers lead to.

    Parameters
    ----------
    formulas : iterable of Formula
        With numbers to start from.
    problem : Problem
        The samples.

    Returns
    -------
    list of Fit
        Without those that have no finite value somewhere; where two become one, it is kept once.
    """
    found: dict[Form, Fit] = {}
    for formula in formulas:
        one = fit(formula, problem)
        one = None if one is None else canonical(one, problem)
        if one is not None:
            found.setdefault(one.formula.form, one)
    return list(found.values())

"""Choose among fitted forms: error on held-out blocks against what it takes to write them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices
from physforge.discovery.selection import FOLDS
from physforge.discovery.symbolic.fit import Fit, Problem
from physforge.discovery.symbolic.form import Form, read_term
from physforge.equations.expression import Call, Expression, Group

#: Resamples of the blocks.
RESAMPLES = 50

#: Forms that are compared on held-out blocks.
_SHORTLIST = 24

#: Keeps exactly dependent terms solvable; they gain nothing by it.
_RIDGE = 1e-12


@dataclass(frozen=True)
class Price:
    """What it costs to write a form, in units of the log misfit.

    Parameters
    ----------
    alphabet : int
        Variables and functions that may occur.
    blocks : int
        Blocks of samples with independent errors: the effective number of observations.
    floor : float
        Share of the target below which a misfit counts for nothing: its noise, or the
        resolution of derivatives.
    """

    alphabet: int
    blocks: int
    floor: float

    def level(self, misfits: Float) -> Float:
        """Return the logarithm of misfits, level below the floor.

        Smoothed noise is smooth: a form that follows it closer than the noise is large explains nothing.
        """
        level: Float = np.log(np.maximum(misfits, self.floor))
        return level

    def __call__(self, form: Form, fields: frozenset[str]) -> float:
        """Return log(alphabet) for each symbol and half of log(blocks) for each number, over blocks.

        A number that stands alone or within a term is a symbol too; a factor of a term is not.
        """
        numbers = len(form.names)
        symbols = complexity(form, fields) - len(form.terms) + form.terms.count("1")
        return (symbols * math.log(max(self.alphabet, 2)) + 0.5 * numbers * math.log(self.blocks)) / self.blocks


@dataclass(frozen=True, eq=False)
class Candidate:
    """A form that was compared.

    Parameters
    ----------
    fit : Fit
        Form with numbers.
    complexity : int
        See `complexity`.
    misfit : float
        Root mean square error on held-out blocks, as a share of the target's.
    level : float
        Its logarithm, level below the noise.
    criterion : float
        What is minimised: log misfit plus price.
    """

    fit: Fit
    complexity: int
    misfit: float
    level: float
    criterion: float

    @property
    def form(self) -> Form:
        """Terms and constants."""
        return self.fit.formula.form


@dataclass(frozen=True, eq=False)
class Comparison:
    """Forms compared, best first.

    Parameters
    ----------
    candidates : tuple of Candidate
        Best first.
    recurrence : dict of Form to float
        Share of resampled blocks in which each form was the best.
    """

    candidates: tuple[Candidate, ...]
    recurrence: dict[Form, float]


def complexity(form: Form, fields: frozenset[str]) -> int:
    """Return the number of symbols, functions and numbers that a form is written with.

    Parameters
    ----------
    form : Form
        A power counts as often as its base would be written.
    fields : frozenset of str
        Names of the fields.

    Returns
    -------
    int
        Each term has a number, its coefficient.
    """
    return len(form.terms) + sum(_size(read_term(term, fields)) for term in form.terms)


def _size(expression: Expression) -> int:
    total = 0
    for monomial, _ in expression.items:
        for factor, exponent in monomial:
            match factor:
                case Call(_, argument):
                    once = 1 + _size(argument)
                case Group(inner):
                    # Its leading number stands for nothing, a root for a function.
                    once = _size(inner) + sum(not part for part, _ in inner.items)
                case _:
                    once = 1
            total += once * max(1, math.ceil(abs(exponent)))
    return total


def shortlist(fits: Sequence[Fit], problem: Problem, price: Price) -> list[Fit]:
    """Return the forms that are worth comparing, by their misfit to the samples they were fitted to.

    Parameters
    ----------
    fits : sequence of Fit
        Each form once.
    problem : Problem
        What they were fitted to.
    price : Price
        Of a form.

    Returns
    -------
    list of Fit
        The best of all, and the best for each complexity.
    """
    ranked: list[tuple[float, int, int]] = []
    best: dict[int, tuple[float, int, int]] = {}
    for index, one in enumerate(fits):
        misfit = problem.share(one.residuals)
        size = complexity(one.formula.form, problem.fields)
        ranked.append((float(price.level(np.array(misfit))) + price(one.formula.form, problem.fields), size, index))
    for key in sorted(ranked):
        best.setdefault(key[1], key)
    order = dict.fromkeys([*sorted(ranked)[: _SHORTLIST // 2], *sorted(best.values())])
    return [fits[index] for _, _, index in list(order)[:_SHORTLIST]]


def compare(fits: Sequence[Fit], problem: Problem, price: Price, rng: np.random.Generator) -> Comparison:
    """Compare forms on held-out blocks, and on resampled ones.

    Parameters
    ----------
    fits : sequence of Fit
        Coefficients are fitted again to the blocks kept; constants within terms are not.
    problem : Problem
        The samples.
    price : Price
        Of a form.
    rng : numpy.random.Generator
        Deals blocks and draws resamples.

    Returns
    -------
    Comparison
        Best first.
    """
    blocks = int(problem.blocks.max()) + 1
    folds = rng.permutation(blocks) % FOLDS
    # The first row is the data themselves; a block that is drawn twice counts twice.
    draws = np.array(
        [np.ones(blocks), *(rng.multinomial(blocks, np.full(blocks, 1 / blocks)) for _ in range(RESAMPLES))]
    )
    forms = [one.formula.form for one in fits]
    misfits = np.array([held_out(one, problem, folds, draws) for one in fits])
    prices = np.array([price(form, problem.fields) for form in forms])
    levels = price.level(misfits)
    criteria = levels + prices[:, None]
    winners = np.argmin(criteria[:, 1:], axis=0)
    candidates = [
        Candidate(
            one,
            complexity(one.formula.form, problem.fields),
            float(misfits[index, 0]),
            float(levels[index, 0]),
            float(criteria[index, 0]),
        )
        for index, one in enumerate(fits)
    ]
    recurrence = {form: float(np.mean(winners == index)) for index, form in enumerate(forms)}
    return Comparison(tuple(sorted(candidates, key=lambda one: (one.criterion, one.complexity))), recurrence)


def held_out(found: Fit, problem: Problem, folds: Indices, draws: Float) -> Float:
    """Measure the error of a form on blocks that its coefficients were not fitted to.

    Parameters
    ----------
    found : Fit
        Fitted to all samples.
    problem : Problem
        The samples.
    folds : numpy.ndarray of int, shape (blocks,)
        Part of each block in the cross-validation.
    draws : numpy.ndarray of shape (resamples, blocks)
        How often each block counts.

    Returns
    -------
    numpy.ndarray of shape (resamples,)
        Root mean square error as a share of the target's.
    """
    columns = found.jacobian[:, : len(found.formula.form.terms)] * problem.weights[:, None]
    # Orthonormal columns and what is left after the fit keep every digit in sums of products.
    basis = np.column_stack([np.linalg.qr(columns)[0], problem.weights * found.residuals])
    starts = np.searchsorted(problem.blocks, np.arange(draws.shape[1]))
    sums = np.add.reduceat(basis[:, :, None] * basis[:, None, :], starts, axis=0)
    wanted = np.add.reduceat((problem.weights * problem.target) ** 2, starts)
    size = columns.shape[1]
    left = np.zeros(len(draws))
    for fold in range(FOLDS):
        kept = np.einsum("rb,bij->rij", draws * (folds != fold), sums)
        held = np.einsum("rb,bij->rij", draws * (folds == fold), sums)
        shifts = np.linalg.solve(kept[:, :size, :size] + _RIDGE * np.eye(size), kept[:, :size, size:])
        vectors = np.concatenate([-shifts, np.ones((len(draws), 1, 1))], axis=1)[:, :, 0]
        left += np.einsum("ri,rij,rj->r", vectors, held, vectors)
    total = np.maximum(draws @ wanted, 1e-300)
    misfits: Float = np.sqrt(np.maximum(left, 0.0) / total)
    return misfits

"""Fits inside bounds and with terms that are needed, against brute force; sums of columns against columns."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from physforge.discovery.weak.candidates import Candidates
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.moments import Moments
from physforge.discovery.weak.rows import integrate, place_functions
from physforge.discovery.weak.search import search


def information(seed: int, terms: int) -> Information:
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((200, terms)) + 0.8 * rng.standard_normal((200, 1))
    target = table @ rng.standard_normal(terms) + rng.standard_normal(200)
    return Information(table.T @ table, table.T @ target, float(target @ target), np.ones(terms), 1.0, 200)


def best_of_all_corners(one: Information, low: np.ndarray, high: np.ndarray) -> float:
    """Try every set of coefficients on their bounds, the others free; of those inside, the best."""
    size, best = len(low), np.inf
    for states in itertools.product((None, 0, 1), repeat=size):
        fixed = np.array([np.nan if s is None else (low, high)[s][i] for i, s in enumerate(states)])
        if np.isinf(fixed).any():
            continue
        free = np.isnan(fixed)
        full = np.where(free, 0.0, fixed)
        if free.any():
            inner = one.matrix[np.ix_(free, free)]
            full[free] = np.linalg.solve(inner, one.score[free] - one.matrix[np.ix_(free, ~free)] @ fixed[~free])
        if np.all((full >= low - 1e-12) & (full <= high + 1e-12)):
            best = min(best, one.total - 2 * one.score @ full + full @ one.matrix @ full)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_misfit_inside_bounds_is_the_least_there_is(seed):
    rng = np.random.default_rng(1000 + seed)
    low, high = np.sort(rng.uniform(-1.5, 1.5, (2, 4)), axis=0)
    low[rng.random(4) < 0.3], high[rng.random(4) < 0.3] = -np.inf, np.inf
    one = replace(information(seed, 4), bounds=np.column_stack([low, high]))
    expected = best_of_all_corners(one, low, high)
    assert one.misfit([(0, 1, 2, 3)])[0] == pytest.approx(expected, rel=1e-6)
    coefficients, _ = one.fit((0, 1, 2, 3))
    assert np.all((coefficients >= low) & (coefficients <= high))
    at = one.total - 2 * one.score @ coefficients + coefficients @ one.matrix @ coefficients
    assert at == pytest.approx(expected, rel=1e-6)


def test_every_equation_of_a_search_has_the_terms_that_are_needed():
    one = replace(information(3, 7), needed=(2, 5))
    table = search(one)
    assert all({2, 5} <= set(support) for support in table.misfits)
    assert (2, 5) in table.misfits
    every = search(replace(one, needed=tuple(range(7))))
    assert list(every.misfits) == [tuple(range(7))]


def test_a_sum_of_columns_is_the_column_of_the_sum(grid, burgers_field, noisy):
    columns = (
        Column("u_t", 1.0, (1,), (1, 0)),
        Column("u_xx", 1.0, (1,), (0, 2)),
        Column("u*u_x", 0.5, (2,), (0, 1)),
        Column("u", 1.0, (1,), (0, 0)),
    )
    rows = integrate(noisy(burgers_field, 0.02, 0), place_functions(grid, (0.3, 1.1), 150), columns)
    moments = Moments((rows,), 0.0)
    # The law itself as one term: its coefficient is one, and as sure as the two of it together.
    candidates = Candidates(moments, [((1, 0.2), (2, -1.0)), ((3, 1.0),)], bounds={1: (0.0, np.inf)})
    target = candidates.target(0, {})
    guess = np.array([candidates.scales[0] / moments.scales[0], 0.0])
    found = candidates.generalised(target, (0, 1), guess)
    estimates, covariance = found.fit((0,))
    unit = found.target_scale / found.scales[0]
    assert estimates[0] * unit == pytest.approx(1.0, abs=4.0 * float(np.sqrt(covariance[0, 0])) * unit)
    assert found.freedom(1) == 2
    # With its coefficient known to be one, nothing is left.
    known = candidates.target(0, {0: 1.0})
    assert dict(known.known) == pytest.approx(
        {1: 0.2 * moments.scales[1] / moments.scales[0], 2: -moments.scales[2] / moments.scales[0]}
    )

"""Refits to halves of the data: what they propose, and that a sweep of all halves is a refit of each."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from physforge.discovery.weak import ensemble
from physforge.discovery.weak.ensemble import recurring
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.search import FEW, GREEDY, HALVES, SIGNIFICANCE, THRESHOLDS, search


def regression(seed: int, truth: dict[int, float], terms: int = 9, rows: int = 600) -> tuple[Information, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = rng.standard_normal((rows, terms)) + rng.standard_normal((rows, 1))
    target = sum((value * table[:, term] for term, value in truth.items()), rng.standard_normal(rows))
    matrix, score = table.T @ table, table.T @ target
    residual = target - table @ np.linalg.solve(matrix, score)
    scores = table * residual[:, None]
    return Information(matrix, score, float(target @ target), np.ones(terms), 1.0, rows, scores=scores), table


def test_the_true_terms_recur():
    for seed in range(10):
        information, _ = regression(seed, {1: 0.6, 4: -0.4, 7: 0.3})
        assert recurring(information, np.random.default_rng(seed))[0] == (1, 4, 7)


def test_noise_recurs_as_nothing():
    empty = [recurring(regression(seed, {})[0], np.random.default_rng(0))[0] == () for seed in range(20)]
    assert sum(empty) >= 18


def test_halves_complement_each_other_and_are_made_of_blocks():
    scores = np.repeat(np.eye(20), 30, axis=0)
    found = ensemble._deviations(scores, np.random.default_rng(0))
    assert found.shape == (2 * ensemble.PAIRS, 20)
    np.testing.assert_array_equal(found[: ensemble.PAIRS], -found[ensemble.PAIRS :])
    # Thirty rows of a block go together, half of the blocks to each side.
    assert set(np.abs(found).ravel()) == {30.0}
    assert (found.sum(axis=1) == 0.0).all()
    assert len({tuple(one) for one in found}) > ensemble.PAIRS


def test_the_sweep_is_a_refit_of_every_half():
    information, _ = regression(3, {1: 0.25, 4: -0.2, 7: 0.15})
    information = replace(information, needed=(0,))
    deviations = ensemble._deviations(information.scores, np.random.default_rng(5))
    kept = ensemble._chosen_on_halves(information, range(9), deviations)
    price = math.log(information.rows / 2) + 2 * math.log(9)
    for deviation, found in zip(deviations, kept, strict=True):
        half = replace(information, matrix=information.matrix / 2, score=(information.score + deviation) / 2)
        support, tried = tuple(range(9)), []
        while True:
            tried.append((float(half.misfit([support])[0]) + price * len(support), len(support), support))
            if len(support) == 1:
                break
            coefficients, covariance = half.fit(support)
            significance = coefficients**2 / np.diag(covariance)
            significance[support.index(0)] = np.inf
            weakest = int(np.argmin(significance))
            support = support[:weakest] + support[weakest + 1 :]
        assert tuple(np.flatnonzero(found)) == min(tried)[2]


def test_of_many_terms_the_significant_ones_are_looked_at():
    information, _ = regression(0, {5: 1.0, 69: -1.0}, terms=70, rows=2000)
    assert recurring(information, np.random.default_rng(0))[0] == (5, 69)


def test_dependent_and_vanishing_terms_break_nothing():
    table = regression(1, {1: 1.0})[1]
    table = np.column_stack([table, table[:, 1], np.zeros(len(table))])
    target = table[:, 1] + np.random.default_rng(0).standard_normal(len(table))
    residual = target - table[:, :9] @ np.linalg.lstsq(table[:, :9], target, rcond=None)[0]
    broken = Information(
        table.T @ table,
        table.T @ target,
        float(target @ target),
        np.ones(11),
        1.0,
        600,
        scores=table * residual[:, None],
    )
    found = recurring(broken, np.random.default_rng(0))
    assert found[0] in {(1,), (9,)}


def test_the_table_says_who_proposed_what():
    information, _ = regression(0, {1: 0.6, 4: -0.4})
    table = search(information, rng=np.random.default_rng(0))
    assert table.selectors[1, 4] == {SIGNIFICANCE, THRESHOLDS, GREEDY, FEW, HALVES}
    assert set(table.selectors) == set(table.misfits)
    alone = search(information)
    assert not any(HALVES in one for one in alone.selectors.values())
    # Without scores there is nothing to make halves from.
    assert recurring(replace(information, scores=None), np.random.default_rng(0)) == []

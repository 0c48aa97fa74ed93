"""The reduction to triangular factors, and the choice among equations."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.discovery.regression import Regression, fit, squared_misfits
from physforge.discovery.selection import Candidate, deal_folds, detection_limits, judge, search
from physforge.discovery.stlsq import STLSQ


def problem(noise: float, seed: int = 0, samples: int = 600) -> tuple[Regression, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal((samples, 8)) * 10.0 ** np.arange(-4, 4)
    y = 2e3 * theta[:, 1] - 3.0 * theta[:, 4] + noise * rng.standard_normal(samples)
    return Regression.build("u_t", [f"f{i}" for i in range(8)], theta, y, np.arange(samples) // 20), theta, y


def test_fit_from_factors_is_least_squares_on_the_samples():
    regression, theta, y = problem(0.5)
    support = (1, 2, 4)
    found = regression.physical(support, fit(regression.gather(regression.blocks), support))
    np.testing.assert_allclose(found, np.linalg.lstsq(theta[:, support], y, rcond=None)[0], rtol=1e-10)


def test_errors_on_held_out_blocks_are_those_of_the_samples():
    regression, theta, y = problem(0.5)
    train, test = np.arange(10), np.arange(10, 30)
    supports = [(), (1,), (1, 4), (0, 1, 4), tuple(range(8))]
    measured = squared_misfits(regression.gather(train), regression.gather(test), supports)
    for support, value in zip(supports, measured, strict=True):
        columns = theta[:, list(support)]
        coefficients = np.linalg.lstsq(columns[:200], y[:200], rcond=None)[0]
        expected = np.mean((y[200:] - columns[200:] @ coefficients) ** 2) / np.mean(y**2)
        assert value == pytest.approx(expected, rel=1e-8)


def test_a_block_drawn_twice_counts_twice():
    regression, theta, y = problem(0.5)
    drawn = np.array([0, 3, 3])
    rows = np.concatenate([np.arange(20), np.arange(60, 80), np.arange(60, 80)])
    found = regression.physical((1, 4), fit(regression.gather(drawn), (1, 4)))
    np.testing.assert_allclose(found, np.linalg.lstsq(theta[rows][:, [1, 4]], y[rows], rcond=None)[0], rtol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
def test_the_path_and_search_find_the_true_support_at_any_scale(noise):
    regression, _, _ = problem(noise)
    proposed = STLSQ().propose(regression.gather(regression.blocks))
    best = search(regression, proposed, regression.blocks, deal_folds(regression, np.random.default_rng(0)))[0]
    assert best.support == (1, 4)


def test_the_error_is_that_on_blocks_left_out_of_the_fit():
    rng = np.random.default_rng(0)
    theta, y = rng.standard_normal((60, 20)), rng.standard_normal(60)
    regression = Regression.build("u_t", [f"f{i}" for i in range(20)], theta, y, np.arange(60) // 5)
    everything = tuple(range(20))
    inside = squared_misfits(*[regression.gather(regression.blocks)] * 2, [everything])[0] ** 0.5
    folds = deal_folds(regression, rng)
    outside = judge(regression, [everything], regression.blocks, folds)[0].misfit
    # Twenty terms fit a third of pure noise, and predict none of it.
    assert inside < 0.9
    assert outside > 1.1
    expected = 0.0
    for fold in set(folds):
        held = np.isin(np.arange(60) // 5, np.flatnonzero(folds == fold))
        c = np.linalg.lstsq(theta[~held], y[~held], rcond=None)[0]
        expected += np.sum((y[held] - theta[held] @ c) ** 2)
    assert outside == pytest.approx(np.sqrt(expected / np.sum(y**2)), rel=1e-8)


def test_search_finds_what_was_not_proposed():
    regression, _, _ = problem(0.1)
    folds = deal_folds(regression, np.random.default_rng(0))
    assert search(regression, [(2, 3)], regression.blocks, folds)[0].support == (1, 4)


def test_path_walks_every_support_down_to_none():
    regression, _, _ = problem(1.0)
    sizes = [len(support) for support in STLSQ().propose(regression.gather(regression.blocks))]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_threshold_is_a_share_of_the_target():
    regression, theta, y = problem(0.0)
    shares = np.abs([2e3 * theta[:, 1].std(), 3.0 * theta[:, 4].std()]) / y.std()
    triangle = regression.gather(regression.blocks)
    small, large = sorted(shares)
    assert STLSQ(threshold=float((small + large) / 2)).propose(triangle) == [(1,) if shares[0] > shares[1] else (4,)]
    assert STLSQ(threshold=float(small / 2)).propose(triangle) == [(1, 4)]


def test_dependent_and_vanishing_terms_do_no_harm():
    rng = np.random.default_rng(0)
    a = rng.standard_normal(200)
    theta = np.column_stack([a, a, np.zeros(200), rng.standard_normal(200)])
    regression = Regression.build("u_t", list("abcd"), theta, 2 * a, np.arange(200) // 10)
    proposed = STLSQ().propose(regression.gather(regression.blocks))
    best = search(regression, proposed, regression.blocks, deal_folds(regression, rng))[0]
    assert best.support in {(0,), (1,)}
    assert best.misfit < 1e-10


def test_a_term_is_chosen_from_its_detection_limit_on():
    regression, theta, y = problem(0.5, samples=2000)
    blocks, folds = regression.blocks, deal_folds(regression, np.random.default_rng(0))
    best = search(regression, [(1, 4)], blocks, folds)[0]
    limits = detection_limits(regression.gather(blocks), best)
    assert best.support == (1, 4)
    assert np.isinf(limits[[1, 4]]).all()
    coefficient = regression.physical((6,), limits[[6]])[0]
    for times, seen in ((0.8, False), (1.2, True)):
        more = Regression.build(
            "u_t", regression.terms, theta, y + times * coefficient * theta[:, 6], np.arange(2000) // 20
        )
        assert (6 in search(more, [(1, 4)], blocks, folds)[0].support) == seen


def test_a_term_that_depends_on_the_equation_has_no_limit():
    theta = np.random.default_rng(1).standard_normal((400, 2))
    theta = np.column_stack([theta, theta[:, 0] - 2.0 * theta[:, 1]])
    regression = Regression.build("u_t", ["a", "b", "c"], theta, theta[:, 0] + theta[:, 1], np.arange(400) // 20)
    assert np.isinf(detection_limits(regression.gather(regression.blocks), Candidate((0, 1), 0.1))[2])

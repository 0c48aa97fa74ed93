"""Sufficient statistics against plain least squares on the rows behind them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from physforge.discovery.weak.information import Information

ROWS, TERMS, SD = 80, 6, 0.4


@pytest.fixture
def regression() -> tuple[np.ndarray, np.ndarray, Information]:
    """Correlated columns of very different length, a target, and what they amount to."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((ROWS, TERMS)) @ rng.standard_normal((TERMS, TERMS)) * 10.0 ** rng.uniform(-2, 2, TERMS)
    target = table[:, [1, 4]] @ np.array([1.0, -2.0]) / 10 + SD * rng.standard_normal(ROWS)
    return table, target, gathered(table, target)


def gathered(table: np.ndarray, target: np.ndarray) -> Information:
    weight = 1.0 / SD**2
    return Information(
        weight * table.T @ table,
        weight * table.T @ target,
        weight * float(target @ target),
        np.arange(1.0, table.shape[1] + 1),
        3.0,
        len(table),
    )


def supports() -> list[tuple[int, ...]]:
    return [one for size in range(TERMS + 1) for one in itertools.combinations(range(TERMS), size)]


def test_misfits_are_weighted_sums_of_squared_residuals(regression):
    table, target, information = regression
    found = information.misfit(supports())
    for support, misfit in zip(supports(), found, strict=True):
        fitted = table[:, support] @ np.linalg.lstsq(table[:, support], target, rcond=None)[0] if support else 0.0
        assert misfit == pytest.approx(np.sum((target - fitted) ** 2) / SD**2, rel=1e-7)


def test_misfits_do_not_depend_on_the_order_or_the_company(regression):
    _, _, information = regression
    some = [(0, 3), (), (5,), (0, 1, 2, 3, 4, 5), (1, 4)]
    found = information.misfit(some)
    alone = [information.misfit([one])[0] for one in some]
    np.testing.assert_allclose(found, alone, rtol=1e-12)
    assert len(information.misfit([])) == 0


@pytest.mark.parametrize("support", [(1, 4), (0,), (0, 2, 3, 5)])
def test_fits_are_those_of_least_squares(regression, support):
    table, target, information = regression
    chosen = table[:, support]
    coefficients, covariance = information.fit(support)
    np.testing.assert_allclose(coefficients, np.linalg.lstsq(chosen, target, rcond=None)[0], rtol=1e-6)
    np.testing.assert_allclose(covariance, SD**2 * np.linalg.inv(chosen.T @ chosen), rtol=1e-6)


def test_no_term_fits_nothing(regression):
    _, _, information = regression
    coefficients, covariance = information.fit(())
    assert coefficients.shape == (0,)
    assert covariance.shape == (0, 0)


@pytest.mark.parametrize("support", [(), (1,), (1, 4), (0, 2, 3, 5)])
def test_limits_are_the_sds_that_further_terms_would_have(regression, support):
    _, _, information = regression
    limits = information.limits(support)
    for term in range(TERMS):
        if term in support:
            assert np.isinf(limits[term])
            continue
        larger = tuple(sorted((*support, term)))
        covariance = information.fit(larger)[1]
        assert limits[term] == pytest.approx(np.sqrt(covariance[larger.index(term)][larger.index(term)]), rel=1e-6)


def test_a_term_that_another_one_repeats_is_never_limited_and_gains_nothing(regression):
    table, target, _ = regression
    information = gathered(np.column_stack([table, 2.5 * table[:, 1]]), target)
    assert np.isinf(information.limits((1,))[6])
    with_both, alone = information.misfit([(1, 6)])[0], information.misfit([(1,)])[0]
    assert with_both == pytest.approx(alone, rel=1e-6)
    coefficients, _ = information.fit((1, 6))
    single, _ = information.fit((1,))
    assert coefficients @ np.array([1.0, 2.5]) == pytest.approx(single[0], rel=1e-6)

"""What noise does to rows and to their products: predictions against draws of the noise."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np
import pytest

from physforge.derivatives.axis import Float
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.rows import Rows, integrate, place_functions
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spread import Spread, Target, added_by_noise, applied, residual_covariance

COLUMNS = (
    Column("u_t", 1.0, (1,), (1, 0)),
    Column("u_xx", 1.0, (1,), (0, 2)),
    Column("u*u_x", 0.5, (2,), (0, 1)),
    Column("u**2", 1.0, (2,), (0, 0)),
    Column("1", 1.0, (0,), (0, 0)),
)
ONES = np.ones(len(COLUMNS))
HEAT, BURGERS = np.array([0.2, 0.0]), np.array([0.2, -1.0])
DRAWS, SD = 400, 0.15


def added(rows: Rows, scales: Float) -> Float:
    """Return what noise adds to products of columns with themselves, all rows of one weight."""

    def diagonal(first: tuple[int, ...], second: tuple[int, ...]) -> Float:
        return np.diag(reduce(np.kron, rows.overlap(first, second)))

    return added_by_noise(rows, scales, diagonal)


@pytest.fixture(scope="module")
def functions(grid):
    return place_functions(grid, (0.3, 1.1), 150)


@pytest.fixture(scope="module", params=["heat", "burgers"])
def drawn(request, grid, functions, heat, burgers_field, noisy):
    """Return the coefficients, the rows without noise, and rows with many draws of it."""
    field, law = (heat, HEAT) if request.param == "heat" else (burgers_field, BURGERS)
    clean = integrate(Source(grid, [field], [0.0]), functions, COLUMNS)
    return law, clean, [integrate(noisy(field, SD, seed), functions, COLUMNS) for seed in range(DRAWS)]


def test_the_covariance_of_residuals_is_that_of_draws(drawn):
    law, _, draws = drawn
    present = Target(0).residual((1, 2), law)
    residuals = np.array([rows.values[:, 0] - rows.values[:, 1:3] @ law for rows in draws])
    # Each draw predicts from its own samples; the truth is what their mean has to meet.
    predicted = np.mean([residual_covariance(rows, present, ONES) for rows in draws[:40]], axis=0)
    np.testing.assert_allclose(predicted, predicted.T, rtol=1e-9, atol=1e-12)
    assert np.trace(np.cov(residuals.T)) == pytest.approx(np.trace(predicted), rel=0.04)
    rng = np.random.default_rng(0)
    directions = np.vstack([np.ones(len(predicted)), rng.standard_normal((20, len(predicted)))])
    ratios = np.var(residuals @ directions.T, axis=0) / np.einsum("ki,ij,kj->k", directions, predicted, directions)
    # A variance from so many draws has a standard error of 7 %.
    assert np.all(np.abs(ratios - 1.0) < 0.3)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.06)


def test_residuals_of_the_true_law_are_centred(drawn):
    law, _, draws = drawn
    residuals = np.array([rows.values[:, 0] - rows.values[:, 1:3] @ law for rows in draws])
    score = np.mean(residuals, axis=0) / np.std(residuals, axis=0) * np.sqrt(DRAWS)
    assert np.mean(score**2) < 1.4


def test_what_noise_adds_to_products_is_what_draws_add(drawn):
    _, clean, draws = drawn
    errors = np.array([rows.values - clean.values for rows in draws])
    products = np.einsum("dra,drb->dab", errors, errors)
    true, uncertain = np.mean(products, axis=0), np.std(products, axis=0) / np.sqrt(DRAWS)
    predicted = np.mean([added(rows, ONES) for rows in draws[:60]], axis=0)
    sizes = np.sqrt(np.diag(true)[:4])
    # Covariances are averaged about each function with one weight, whatever the derivative.
    slack = 0.03 * np.outer(sizes, sizes)
    assert np.all(np.abs(true - predicted)[:4, :4] < 4.0 * uncertain[:4, :4] + slack)
    np.testing.assert_allclose(np.diag(predicted)[:4], np.diag(true)[:4], rtol=0.06)
    assert not predicted[4].any()


def test_scales_divide_columns(drawn):
    law, clean, draws = drawn
    rows, scales = draws[0], np.array([2.0, 3.0, 0.5, 7.0, 1.0])
    plain = added(rows, ONES)
    np.testing.assert_allclose(added(rows, scales), plain / np.outer(scales, scales), rtol=1e-10)
    scaled = law * scales[1:3] / scales[0]
    np.testing.assert_allclose(
        residual_covariance(rows, Target(0).residual((1, 2), scaled), scales) * scales[0] ** 2,
        residual_covariance(rows, Target(0).residual((1, 2), law), ONES),
        rtol=1e-9,
        atol=1e-9 * np.max(np.abs(clean.values)) ** 2,
    )


def test_moments_spread_as_in_draws(drawn):
    law, clean, draws = drawn
    present = Target(0).residual((1, 2), law)
    moments = np.array([rows.values.T @ (rows.values[:, 0] - rows.values[:, 1:3] @ law) for rows in draws])
    measured = np.diag(np.cov(moments.T))[:4]
    sure, crossed = np.zeros(4), np.zeros(4)
    for rows in draws[:40]:
        spread = Spread(rows, ONES)
        sure += np.diag(spread.with_sure_instruments(present))[:4] / 40
        crossed += np.diag(spread.crossed(present))[:4] / 40
    np.testing.assert_allclose(sure + crossed, measured, rtol=0.3)
    # Where the law is exact there is nothing to spread.
    assert not Spread(clean, ONES).with_sure_instruments(present).any()


def test_sure_instruments_see_each_samples_own_noise(drawn):
    law, _, draws = drawn
    rows, present = draws[0], Target(0).residual((1, 2), law)
    # With the same noise everywhere it is the quadratic form of the rows' covariance, but for what cells blur.
    even = replace(rows, spread={pair: np.full_like(one, np.mean(one)) for pair, one in rows.spread.items()})
    expected = rows.values.T @ residual_covariance(even, present, ONES) @ rows.values
    found = Spread(even, ONES).with_sure_instruments(present)
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.05 * np.max(np.abs(expected)))


def test_what_is_kept_for_all_residuals_gives_what_is_worked_out_for_one(drawn):
    law, _, draws = drawn
    rows, scales = draws[0], np.array([2.0, 3.0, 0.5, 7.0, 1.0])
    once, kept = Spread(rows, scales, rows.values / scales), Spread(rows, scales)
    for guess in (law, np.array([1.0, 0.3]), np.zeros(2)):
        present = Target(0).residual((1, 2), guess)
        expected = once.with_sure_instruments(present)
        found = kept.with_sure_instruments(present)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9 * np.max(np.abs(expected)))
    whitening = np.random.default_rng(0).standard_normal((3, 5))
    expected = once.weighted(whitening)
    np.testing.assert_allclose(kept.weighted(whitening), expected, rtol=1e-8, atol=1e-9 * np.max(np.abs(expected)))


def test_crossed_traces_are_those_of_whole_matrices(drawn):
    law, _, draws = drawn
    rows, present = draws[0], Target(0).residual((1, 2), law)
    overlap = {
        (a.orders, b.orders): reduce(np.kron, rows.overlap(a.orders, b.orders)) for a in COLUMNS for b in COLUMNS
    }
    shared = {
        (a, b): np.mean(rows.covariance(a.powers, b.powers)) * a.factor * b.factor for a in COLUMNS for b in COLUMNS
    }
    expected = np.zeros((5, 5))
    for m, a in enumerate(COLUMNS):
        for n, b in enumerate(COLUMNS):
            for i, one in present:
                for j, other in present:
                    # Of cov(e_a e_i, e_b e_j), the part E[e_a e_j] E[e_i e_b] beside E[e_a e_b] E[e_i e_j].
                    left, right = COLUMNS[i], COLUMNS[j]
                    together = np.sum(overlap[a.orders, right.orders] * overlap[left.orders, b.orders])
                    expected[m, n] += one * other * shared[a, right] * shared[left, b] * together
    found = Spread(rows, ONES).crossed(present)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12 * np.max(np.abs(expected)))


def test_kronecker_products_are_applied_without_forming_them():
    rng = np.random.default_rng(0)
    matrices = [rng.standard_normal((size, size)) for size in (3, 4, 5)]
    table = rng.standard_normal((60, 2))
    np.testing.assert_allclose(applied(matrices, table), reduce(np.kron, matrices) @ table, rtol=1e-10, atol=1e-12)


def test_terms_that_are_absent_add_nothing():
    assert Target(3).residual((1, 2), np.array([0.0, 2.5])) == [(3, 1.0), (2, -2.5)]


def test_known_terms_are_taken_off_the_target():
    target = Target(0, ((2, -0.5),))
    assert target.residual((1,), np.array([2.0])) == [(0, 1.0), (2, 0.5), (1, -2.0)]
    table = np.random.default_rng(0).standard_normal((9, 4))
    selected = table @ target.selection((3, 1), 4).T
    np.testing.assert_allclose(selected, np.column_stack([table[:, 3], table[:, 1], table[:, 0] + 0.5 * table[:, 2]]))

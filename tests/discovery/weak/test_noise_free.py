"""Estimates without noise: expectations by Gauss-Hermite quadrature, which is exact for polynomials."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss

from physforge.discovery.weak.noise_free import NoiseFree

#: Exact to degree 31.
NODES, WEIGHTS = hermegauss(16)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def expectation(values: np.ndarray) -> np.ndarray:
    """Average over the nodes of one noise for each of the leading axes, which are two."""
    return np.einsum("i,j,ij...->...", WEIGHTS, WEIGHTS, values)


@pytest.fixture
def two() -> tuple[NoiseFree, np.ndarray, np.ndarray]:
    """Two fields, each with its own sd at every sample."""
    u, v = np.array([-1.2, 0.0, 0.7, 2.0]), np.array([0.4, 1.5, -0.9, 0.0])
    sd_u, sd_v = np.array([0.3, 1.0, 0.8, 0.5]), np.array([0.6, 0.2, 1.1, 0.9])
    noisy_u = u + sd_u * NODES[:, None, None] + np.zeros((1, 16, 1))
    noisy_v = v + sd_v * NODES[None, :, None] + np.zeros((16, 1, 1))
    return NoiseFree([noisy_u, noisy_v], [sd_u**2, sd_v**2]), u, v


@pytest.mark.parametrize("power", range(1, 9))
def test_powers_of_one_field_keep_their_expectation(power):
    u, sd = 0.8, 0.7
    estimate = NoiseFree([u + sd * NODES], [sd**2]).product((power,))
    assert WEIGHTS @ estimate == pytest.approx(u**power, rel=1e-10)
    assert abs(WEIGHTS @ (u + sd * NODES) ** power - u**power) > 0.1 or power == 1


@pytest.mark.parametrize("powers", list(itertools.product(range(5), repeat=2)))
def test_products_of_two_fields_keep_their_expectation(two, powers):
    estimates, u, v = two
    np.testing.assert_allclose(
        expectation(estimates.product(powers)), u ** powers[0] * v ** powers[1], rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.combinations_with_replacement([(1, 0), (0, 1), (2, 0), (1, 1), (3, 1), (2, 2)], 2)),
)
def test_covariances_are_those_of_the_errors(two, first, second):
    estimates, _, _ = two
    a, b = estimates.product(first), estimates.product(second)
    true = expectation(a * b) - expectation(a) * expectation(b)
    found = estimates.covariance(first, second)
    if found is None:
        assert {first, second} == {(1, 0), (0, 1)} or (first[0] * second[0] == 0 and first[1] * second[1] == 0)
        np.testing.assert_allclose(true, 0.0, atol=1e-10)
    else:
        np.testing.assert_allclose(expectation(found + np.zeros((16, 16, 1))), true, rtol=1e-9, atol=1e-9)


def test_a_constant_has_no_error(two):
    estimates, u, _ = two
    assert estimates.covariance((0, 0), (2, 1)) is None
    np.testing.assert_array_equal(estimates.product((0, 0)), np.ones((16, 16, len(u))))


def test_without_noise_products_are_plain():
    u = np.linspace(-2.0, 2.0, 9)
    np.testing.assert_allclose(NoiseFree([u], [0.0]).product((4,)), u**4, rtol=1e-14)


def test_lazy_arrays_give_the_same():
    import dask.array as da

    rng = np.random.default_rng(0)
    u, variance = rng.standard_normal((6, 8)), rng.uniform(0.1, 1.0, (6, 8))
    eager = NoiseFree([u], [variance])
    lazy = NoiseFree([da.from_array(u, chunks=3)], [da.from_array(variance, chunks=3)])
    np.testing.assert_allclose(np.asarray(lazy.product((3,))), eager.product((3,)), rtol=1e-14)
    np.testing.assert_allclose(
        np.asarray(lazy.covariance((2,), (3,))), eager.covariance((2,), (3,)), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(("first", "second"), [((1, 0), (1, 0)), ((3, 0), (2, 1)), ((2, 1), (2, 1))])
def test_covariances_are_sums_of_products_where_the_noise_is_the_same_everywhere(first, second):
    rng = np.random.default_rng(0)
    estimates = NoiseFree(list(rng.standard_normal((2, 50))), [0.3, 0.8])
    parts = estimates.covariance_in_products(first, second)
    total = sum(factor * estimates.product(powers) for factor, powers in parts)
    np.testing.assert_allclose(total, estimates.covariance(first, second), rtol=1e-12)
    assert NoiseFree([np.ones(3)], [np.ones(3)]).covariance_in_products((1,), (1,)) is None

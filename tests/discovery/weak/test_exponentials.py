"""Sines, cosines and exponentials of noisy fields: exact expectations, and laws that hold them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import xarray as xr
from numpy.polynomial.hermite_e import hermegauss

from physforge.discovery import WeakForm, discover
from physforge.discovery.weak.exponentials import FieldFunction
from physforge.discovery.weak.noise_free import NoiseFree
from physforge.discovery.weak.parts import parts_of
from physforge.features import CandidateLibrary

#: Gauss-Hermite quadrature, exact to the last digits for exponentials as mild as these.
NODES, WEIGHTS = hermegauss(40)
WEIGHTS = WEIGHTS / WEIGHTS.sum()

U, V = np.array([-1.2, 0.0, 0.7, 2.0]), np.array([0.4, 1.5, -0.9, 0.0])
SD_U, SD_V = np.array([0.3, 0.8, 0.6, 0.5]), np.array([0.6, 0.2, 0.7, 0.9])
FUNCTIONS = (FieldFunction(0, "sin", 1.3), FieldFunction(0, "exp", -0.7), FieldFunction(1, "cos", 2.0))

PRODUCTS = [
    (0, 0, 1, 0, 0),
    (0, 0, 0, 1, 0),
    (0, 0, 0, 0, 1),
    (1, 0, 1, 0, 0),
    (2, 1, 0, 0, 0),
    (0, 2, 1, 0, 1),
    (1, 0, 1, 1, 0),
    (0, 0, 2, 0, 0),
    (1, 1, 0, 0, 1),
    (0, 0, 0, 0, 0),
]


def expectation(values: np.ndarray) -> np.ndarray:
    return np.einsum("i,j,ij...->...", WEIGHTS, WEIGHTS, values)


def noisy() -> NoiseFree:
    u = U + SD_U * NODES[:, None, None] + np.zeros((1, 40, 1))
    v = V + SD_V * NODES[None, :, None] + np.zeros((40, 1, 1))
    return NoiseFree([u, v], [SD_U**2, SD_V**2], FUNCTIONS)


def exact(powers: tuple[int, ...]) -> np.ndarray:
    a, b, sine, exponential, cosine = powers
    return U**a * V**b * np.sin(1.3 * U) ** sine * np.exp(-0.7 * U) ** exponential * np.cos(2.0 * V) ** cosine


@pytest.mark.parametrize("powers", PRODUCTS)
def test_products_with_functions_keep_their_expectation(powers):
    np.testing.assert_allclose(expectation(noisy().product(powers)), exact(powers), rtol=1e-10, atol=1e-11)


def test_covariances_with_functions_are_those_of_the_errors():
    estimates = noisy()
    for first, second in itertools.combinations_with_replacement(PRODUCTS, 2):
        a, b = estimates.product(first), estimates.product(second)
        true = expectation(a * b) - expectation(a) * expectation(b)
        found = estimates.covariance(first, second)
        mean = 0.0 * true if found is None else expectation(found + np.zeros((40, 40, 1)))
        np.testing.assert_allclose(mean, true, rtol=1e-8, atol=1e-9, err_msg=f"{first} {second}")


@pytest.mark.parametrize("variance", [0.0, 1e-18, 1e-10])
def test_covariances_are_accurate_however_small_the_noise(variance):
    estimates = NoiseFree([U], [np.full(4, variance)], (FieldFunction(0, "sin", 1.3),))
    found = estimates.covariance((0, 1), (0, 1))
    slope = 1.3 * np.cos(1.3 * U)
    np.testing.assert_allclose(0.0 * U if found is None else found, variance * slope**2, rtol=1e-6, atol=1e-40)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("sin(2*u)", True),
        ("exp(-u)*v", True),
        ("u*cos(u)**2", True),
        ("cos(x)*sin(u)", True),
        ("(sin(u))_xx", True),
        ("sin(u)*u_x", False),
        ("sin(u*v)", False),
        ("sin(u + v)", False),
        ("1/sin(u)", True),
        ("u/(1 + u**2)", True),
        ("tanh(u)*v", True),
        ("sqrt(u)", True),
        ("abs(u)", False),
        ("u/(1 + v*u)", False),
        ("u/(x + u)", False),
    ],
)
def test_functions_of_a_multiple_of_one_field_are_known(text, known):
    (term,) = CandidateLibrary(terms=(text,), only=(text,)).make_terms(["u", "v"], ["t", "x"])
    assert (parts_of(term, ["u", "v"], ["t", "x"]) is not None) == known


def breather(level: float, seed: int) -> xr.Dataset:
    """An exact solution of u_tt = u_xx - sin(u), up to 4.6 radians."""
    t, x = np.linspace(-8.0, 8.0, 121), np.linspace(-10.0, 10.0, 121)
    w = 0.4
    a = np.sqrt(1 - w**2)
    u = 4 * np.arctan(a / w * np.cos(w * t[:, None]) / np.cosh(a * x))
    u = u + level * u.std() * np.random.default_rng(seed).standard_normal(u.shape)
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})


@pytest.mark.parametrize(("level", "seed"), [(0.0, 0), (0.1, 0), (0.3, 1)])
def test_the_sine_gordon_equation_is_found_in_noise(level, seed):
    library = CandidateLibrary(
        polynomial=3, derivatives=2, conservative=True, include_interactions=False, functions=("sin", "cos")
    )
    result = discover(breather(level, seed), target="u_tt", library=library, method=WeakForm(rows=400))
    assert result.equation.matches("u_tt = u_xx - sin(u)", rtol=0.08)
    for term, truth in {"u_xx": 1.0, "sin(u)": -1.0}.items():
        assert abs(result.equation.terms[term] - truth) < 4.5 * result.equation.stderr[term]
    assert result.status == "settled" or level > 0.1


def test_noise_would_shrink_a_sine_that_is_not_corrected():
    """At this noise the plain sine of the samples is a fifth too small; the estimate is not."""
    ds, clean = breather(0.5, 2), breather(0.0, 0)
    sd = 0.5 * float(clean["u"].std())
    estimate = NoiseFree([ds["u"].to_numpy()], [sd**2], (FieldFunction(0, "sin", 1.0),)).product((0, 1))
    true = np.sin(clean["u"].to_numpy())
    share = np.sum(estimate * true) / np.sum(true**2)
    plain = np.sum(np.sin(ds["u"].to_numpy()) * true) / np.sum(true**2)
    assert share == pytest.approx(1.0, abs=0.04)
    assert plain == pytest.approx(np.exp(-(sd**2) / 2), abs=0.04)
    assert plain < 0.8


def test_an_exponential_source_is_found():
    """A front of Liouville's equation, u_tt = u_xx - exp(u), from its general solution."""
    t, x = np.linspace(0.0, 3.0, 101), np.linspace(0.0, 6.0, 121)
    plus, minus = x + t[:, None], x - t[:, None]
    # Of two functions f(x + t) and g(x - t), u = log(-8 f' g' / (f - g)**2); dg is -g'.
    f, df = 3.0 * plus + np.sin(plus), 3.0 + np.cos(plus)
    g, dg = -(2.5 * minus + np.cos(minus)) - 12.0, 2.5 - np.sin(minus)
    u = np.log(8.0 * df * dg / (f - g) ** 2)
    u = u + 0.05 * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    library = CandidateLibrary(
        polynomial=2, derivatives=2, conservative=True, include_interactions=False, functions=("exp",)
    )
    result = discover(ds, target="u_tt", library=library, method=WeakForm(rows=400))
    assert result.equation.matches("u_tt = u_xx - exp(u)", rtol=0.1)

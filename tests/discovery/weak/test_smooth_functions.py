"""Functions whose expectation has no closed form: right to second order, and refused where that is not enough."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from numpy.polynomial.hermite_e import hermegauss

from physforge.discovery import WeakForm, discover
from physforge.discovery.weak.exponentials import FieldFunction
from physforge.discovery.weak.noise_free import NoiseFree
from physforge.discovery.weak.smooth_functions import SmoothFunction
from physforge.equations.parser import parse_expression
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

NODES, WEIGHTS = hermegauss(40)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
U = np.array([-1.2, 0.1, 0.7, 2.0])

FUNCTIONS = {"tanh(u)": np.tanh, "1/(1 + u**2)": lambda u: 1 / (1 + u**2), "log(4 + u)": lambda u: np.log(4 + u)}


def errors(text: str, sd: float) -> tuple[float, float, float]:
    """Return the bias of the estimate, of its covariances, and that of the plain function."""
    slots = (SmoothFunction(0, "u", parse_expression(text, {}, {"u"})), FieldFunction(0, "sin", 0.8))
    noisy = U + sd * NODES[:, None]
    estimates = NoiseFree([noisy], [sd**2], slots)
    function = FUNCTIONS[text]

    def mean(values: np.ndarray) -> np.ndarray:
        return np.einsum("i,i...->...", WEIGHTS, values)

    bias = np.max(np.abs(mean(estimates.product((1, 1, 0))) - U * function(U)))
    plain = np.max(np.abs(mean(noisy * function(noisy)) - U * function(U)))
    missed = 0.0
    for first, second in (((0, 1, 0), (0, 1, 0)), ((0, 1, 0), (2, 0, 0)), ((1, 1, 0), (0, 0, 1))):
        a, b = estimates.product(first), estimates.product(second)
        true = mean(a * b) - mean(a) * mean(b)
        missed = max(missed, float(np.max(np.abs(mean(estimates.covariance(first, second)) - true))))
    return float(bias), missed, float(plain)


@pytest.mark.parametrize("text", list(FUNCTIONS))
def test_what_is_left_falls_with_the_third_power_of_the_variance(text):
    (coarse, missed, plain), (fine, less, _) = errors(text, 0.2), errors(text, 0.1)
    assert coarse < 0.1 * plain
    # A quarter of the variance: a 64th in the limit, and a 16th if only the first term were right.
    assert fine < coarse / 30
    assert less < missed / 30


def test_a_constant_and_another_field_share_no_noise():
    slots = (SmoothFunction(0, "u", parse_expression("tanh(u)", {}, {"u"})),)
    estimates = NoiseFree([U, 2 * U], [0.01, 0.01], slots)
    assert estimates.covariance((0, 0, 1), (0, 0, 0)) is None
    assert estimates.covariance((0, 0, 1), (0, 1, 0)) is None
    assert estimates.covariance((0, 0, 1), (0, 1, 1)) is not None


def test_a_saturating_source_is_found_and_too_much_noise_refused():
    """Relaxation of each place by itself, with diffusion: u_t = 0.1*u_xx - 2*u/(1 + u**2)."""
    from scipy.integrate import solve_ivp

    t, x = np.linspace(0.0, 2.0, 81), np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
    wave = np.fft.fftfreq(64, 1.0 / 64)

    def rate(_: float, u: np.ndarray) -> np.ndarray:
        return 0.1 * np.fft.ifft(-(wave**2) * np.fft.fft(u)).real - 2.0 * u / (1.0 + u**2)

    start = 2.0 + 1.5 * np.cos(x) + np.cos(2 * x + 1.0) + 0.5 * np.sin(3 * x)
    u = solve_ivp(rate, (0.0, 2.0), start, t_eval=t, rtol=1e-8, atol=1e-10).y.T
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})})
    library = CandidateLibrary(
        polynomial=2, derivatives=2, conservative=True, include_interactions=False, functions=("u/(1 + u**2)",)
    )

    def noisy(level: float) -> xr.Dataset:
        noise = np.random.default_rng(0).standard_normal(u.shape)
        return ds.assign(u=ds["u"] + level * u.std() * noise)

    result = discover(noisy(0.05), library=library, method=WeakForm(rows=400))
    assert result.equation.matches("u_t = 0.1*u_xx - 2*u/(1 + u**2)", rtol=0.1)
    with pytest.raises(DiscoveryError, match=r"noise of 'u' is too large for 1/\(1 \+ u\*\*2\).*sines"):
        discover(noisy(1.0), library=library)


def test_a_function_without_value_is_refused():
    t, x = np.linspace(0.0, 2.0, 41), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    u = np.exp(-t[:, None]) * np.cos(x)
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    library = CandidateLibrary(polynomial=1, derivatives=2, include_interactions=False, functions=("log",))
    with pytest.raises(DiscoveryError, match=r"log\(u\) has no value at some samples of 'u'"):
        discover(ds, library=library, method="weak")

"""Coefficients that vary, parameters of runs and forcing: integrated exactly, and found in noise."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives.axis import Axis
from physforge.discovery import WeakForm, discover
from physforge.discovery.method import Question
from physforge.discovery.weak.rows import integrate, place_functions
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.terms import menu_of
from physforge.discovery.weak.weights import with_factors
from physforge.errors import DiscoveryError, LibraryError
from physforge.features import BSpline, CandidateLibrary, Chebyshev, Fourier, Legendre, Powers

PERIOD = 2 * np.pi
PLAIN = {"polynomial": 2, "derivatives": 2, "conservative": True, "include_interactions": False}
MODES = [(1, 1.0, 0.2), (2, 0.8, 1.0), (3, 0.6, 2.0)]


def grid(ds_t: np.ndarray, x: np.ndarray, u: np.ndarray, period: float | None = PERIOD) -> xr.Dataset:
    attrs = {} if period is None else {"period": period}
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": ds_t, "x": ("x", x, attrs)})


def noisy(ds: xr.Dataset, level: float, seed: int = 0) -> xr.Dataset:
    noise = level * float(ds["u"].std()) * np.random.default_rng(seed).standard_normal(ds["u"].shape)
    return ds.assign(u=ds["u"] + noise)


def heat(t: np.ndarray, x: np.ndarray, exponent: np.ndarray, turn: float = 0.0) -> np.ndarray:
    """Decaying modes, for the integral of the diffusivity over time."""
    return sum(a * np.exp(-(k**2) * exponent[:, None]) * np.cos(k * x + p + turn * k) for k, a, p in MODES)


def integrated(run: xr.Dataset, library: CandidateLibrary, period: float | None) -> dict[str, np.ndarray]:
    """Return the rows of every candidate of a field without noise."""
    question = Question((run,), ("u_t",), library, ("u",), ("t", "x"), 0)
    menu = menu_of(question)
    axes = [Axis("t", run["t"].to_numpy()), Axis("x", run["x"].to_numpy(), period)]
    source = with_factors(Source(axes, [run["u"].to_numpy()], [0.0]), run, menu)
    rows = integrate(source, place_functions(source.axes, (0.6, 1.4), 120), menu.columns)
    return {name: sum(f * rows.values[:, c] for c, f in mixture) for name, mixture in menu.terms}


TERMS = {
    "cos(x)*u_xx": lambda at: np.cos(at.x) * at.u(2),
    "sin(2*x)*u*u_x": lambda at: np.sin(2 * at.x) * at.u(0) * at.u(1),
    "t*u_xxx": lambda at: at.t * at.u(3),
    "cos(x + t)*u_xx": lambda at: np.cos(at.x + at.t) * at.u(2),
    "x**2*u_x": lambda at: at.x**2 * at.u(1),
    "nu*sin(x)*u": lambda at: 0.3 * np.sin(at.x) * at.u(0),
    "sin(x)": lambda at: np.sin(at.x) + 0 * at.t,
    "(cos(x)*u**2)_x": lambda at: -np.sin(at.x) * at.u(0) ** 2 + 2 * np.cos(at.x) * at.u(0) * at.u(1),
    "u_xx + u*u_x": lambda at: at.u(2) + at.u(0) * at.u(1),
    "u_x/(1 + x**2)": lambda at: at.u(1) / (1 + at.x**2),
}


@pytest.mark.parametrize("period", [PERIOD, None])
@pytest.mark.parametrize("name", list(TERMS))
def test_terms_are_integrated_to_the_last_digits(name, period):
    """The rows of a term are those of its values as a field: what Leibniz' rule moves is exact."""
    t, x = np.linspace(0.0, 2.0, 81), np.linspace(0.0, PERIOD, 96, endpoint=False)
    grown = np.exp(-0.2 * t)[:, None]

    def u(order: int) -> np.ndarray:
        return sum(a * k**order * grown * np.cos(k * x + p + order * np.pi / 2) for k, a, p in MODES)

    run = grid(t, x, u(0), period).assign_coords(nu=0.3)
    library = CandidateLibrary(polynomial=1, derivatives=3, include_interactions=False, terms=(name,))
    found = integrated(run, library, period)
    made = found[list(found)[-1]]
    values = grid(t, x, TERMS[name](SimpleNamespace(t=t[:, None], x=x, u=u)), period)
    seamless = period if name not in ("x**2*u_x", "u_x/(1 + x**2)") else None
    expected = integrated(values, CandidateLibrary(only=("u",)), seamless)["u"]
    assert len(made) == len(expected)
    np.testing.assert_allclose(made, expected, atol=2e-5 * np.max(np.abs(expected)))


@pytest.mark.parametrize("basis", [Legendre(degree=3), Chebyshev(degree=3), BSpline(pieces=3, degree=4)])
def test_functions_of_bases_are_differentiated(basis):
    t, x = np.linspace(0.0, 2.0, 81), np.linspace(0.3, 4.0, 161)
    u = np.exp(-0.1 * t)[:, None] * np.cos(2 * x + 0.3)
    chosen = basis.model_copy(update={"terms": ("u_xx",)})
    library = CandidateLibrary(polynomial=1, derivatives=2, include_interactions=False, varying={"x": chosen})
    found = integrated(grid(t, x, u, None), library, None)
    complete = basis.complete(x, None)
    stem = basis.kind
    for name in [one for one in found if stem in one]:
        number = complete.number_of(name.split("*")[0], "x")
        values = grid(t, x, complete.evaluate(number, x) * -4.0 * u, None)
        expected = integrated(values, CandidateLibrary(only=("u",)), None)["u"]
        np.testing.assert_allclose(found[name], expected, atol=3e-4 * np.max(np.abs(expected)))


def test_integrals_with_a_coefficient_converge_fast():
    """Halving the steps divides the error by far more than the 64 of sixth order."""
    errors = []
    for size in (14, 28):
        t, x = np.linspace(0.0, 2.0, 2 * size + 1), np.linspace(0.0, PERIOD, 2 * size, endpoint=False)
        u = np.exp(-0.2 * t)[:, None] * np.cos(x + 0.4)
        library = CandidateLibrary(polynomial=1, derivatives=2, include_interactions=False, terms=("cos(x)*u_xx",))
        made = integrated(grid(t, x, u), library, PERIOD)["u_xx*cos(x)"]
        fine = np.linspace(0.0, PERIOD, 16 * size, endpoint=False)
        fine_t = np.linspace(0.0, 2.0, 16 * size + 1)
        values = grid(fine_t, fine, -np.exp(-0.2 * fine_t)[:, None] * np.cos(fine) * np.cos(fine + 0.4))
        expected = integrated(values, CandidateLibrary(only=("u",)), PERIOD)["u"]
        errors.append(np.max(np.abs(made - expected[: len(made)])) if len(made) == len(expected) else np.nan)
    assert errors[1] < errors[0] / 64 or errors[1] < 1e-9


def assert_found(result, truth: dict[str, float], rtol: float) -> None:
    assert set(result.equation.terms) == set(truth), result
    for name, value in truth.items():
        assert result.equation.terms[name] == pytest.approx(value, rel=rtol)
        assert abs(result.equation.terms[name] - value) < 4.5 * result.equation.stderr[name]


T, X = np.linspace(0.0, 2.0, 81), np.linspace(0.0, PERIOD, 96, endpoint=False)


@pytest.mark.parametrize("level", [0.0, 0.1])
def test_a_coefficient_that_varies_in_time_is_found(level):
    ds = noisy(grid(T, X, heat(T, X, 0.1 * T + 0.1 * T**2)), level)
    library = CandidateLibrary(**PLAIN, varying={"t": Powers(degree=1, terms=("u_xx", "u"))})
    result = discover(ds, library=library)
    assert result.provenance["method"]["kind"] == "weak"
    assert_found(result, {"u_xx": 0.1, "t*u_xx": 0.2}, 0.2)


@pytest.mark.parametrize("level", [0.0, 0.1])
def test_a_coefficient_that_varies_in_space_is_found_beside_ends(level):
    x = np.linspace(1.0, 4.0, 120)
    u = np.sin(2 * x[None, :] * np.exp(-0.5 * T[:, None])) + 0.5 * np.cos(5 * x[None, :] * np.exp(-0.5 * T[:, None]))
    library = CandidateLibrary(**PLAIN, varying={"x": Powers(degree=2, terms=("u_x", "u_xx"))})
    result = discover(noisy(grid(T, x, u, None), level), library=library)
    assert_found(result, {"x*u_x": -0.5}, 0.05)


def test_a_source_and_a_basis_that_repeats():
    particular = 2.5 * np.cos(X)
    ds = noisy(grid(T, X, heat(T, X, 0.2 * T) + particular), 0.1)
    library = CandidateLibrary(**PLAIN, varying={"x": Fourier(order=1, terms=("1", "u"))})
    assert_found(discover(ds, library=library), {"u_xx": 0.2, "cos(x)": 0.5}, 0.1)


def test_a_factor_that_jumps_at_the_seam_is_not_integrated_across_it():
    ds = noisy(grid(T, X, heat(T, X, 0.2 * T)), 0.05)
    library = CandidateLibrary(**PLAIN, terms=("x*u_x", "x*u"))
    assert_found(discover(ds, library=library), {"u_xx": 0.2}, 0.05)


@pytest.mark.parametrize("how", ["coordinate", "attribute", "trajectory"])
def test_a_parameter_of_the_runs_multiplies_a_term(how):
    values = [0.1, 0.2, 0.4]
    runs = [noisy(grid(T, X, heat(T, X, nu * T, turn)), 0.1, int(turn)) for turn, nu in enumerate(values)]
    if how == "attribute":
        given = [run.assign_attrs(nu=nu) for run, nu in zip(runs, values, strict=True)]
    else:
        given = [run.assign_coords(nu=nu) for run, nu in zip(runs, values, strict=True)]
    if how == "trajectory":
        given = xr.concat(given, "trajectory")
        given["x"].attrs["period"] = PERIOD
    library = CandidateLibrary(**PLAIN, varying={"nu": Powers(degree=1, terms=("u_xx", "u"))})
    assert_found(discover(given, library=library, method=WeakForm(rows=450)), {"nu*u_xx": 1.0}, 0.05)


def test_a_parameter_of_one_run_settles_nothing():
    ds = noisy(grid(T, X, heat(T, X, 0.2 * T)), 0.1).assign_attrs(nu=0.1)
    library = CandidateLibrary(**PLAIN, terms=("nu*u_xx",))
    assert discover(ds, library=library).status != "settled"


def forced() -> xr.Dataset:
    """A field with the rough force that it needs: u_t = 0.2*u_xx + 0.7*f."""
    rng = np.random.default_rng(3)
    rough = rng.standard_normal(len(X)) * 0.3
    moving = np.cos(2 * X[None, :] - 3 * T[:, None])
    f = rough * np.cos(T)[:, None] + moving
    # Spectral in space, and each mode exactly in time by its own decay.
    wave = np.fft.fftfreq(len(X), 1.0 / len(X))
    fine = np.linspace(0.0, 2.0, 80 * 20 + 1)
    force = np.fft.fft(rough * np.cos(fine)[:, None] + np.cos(2 * X[None, :] - 3 * fine[:, None]), axis=1)
    state = np.fft.fft(heat(T[:1], X, T[:1])[0])
    step, decay = fine[1] - fine[0], np.exp(-0.2 * wave**2 * (fine[1] - fine[0]))
    states = [state]
    for before, after in pairwise(force):
        state = decay * state + 0.35 * step * (decay * before + after)
        states.append(state)
    u = np.fft.ifft(np.array(states[::20]), axis=1).real
    return grid(T, X, u).assign(f=(("t", "x"), f))


def test_forcing_is_taken_as_exact_however_rough():
    ds = noisy(forced(), 0.1)
    library = CandidateLibrary(**PLAIN, forcing=("f",))
    result = discover(ds, library=library, target="u_t")
    assert result.provenance["noise"][0][1] == 0.0
    assert_found(result, {"f": 0.7, "u_xx": 0.2}, 0.05)


def test_noise_of_forcing_is_used_where_it_is_known():
    ds = noisy(forced(), 0.02)
    error = 0.5 * np.random.default_rng(9).standard_normal(ds["f"].shape)
    measured = ds.assign(f=ds["f"] + error, f_sd=ds["f"] * 0.0 + 0.5)
    library = CandidateLibrary(**PLAIN, forcing=("f",))
    result = discover(measured, library=library, target="u_t")
    assert_found(result, {"f": 0.7, "u_xx": 0.2}, 0.1)


def test_lazy_data_and_slabs_give_the_same():
    ds = noisy(grid(T, X, heat(T, X, 0.1 * T + 0.1 * T**2)), 0.1)
    library = CandidateLibrary(**PLAIN, varying={"t": Powers(degree=1, terms=("u_xx",))})
    eager, lazy = discover(ds, library=library), discover(ds.chunk({"t": 20}), library=library)
    assert lazy.equation.terms == pytest.approx(eager.equation.terms, rel=1e-6)


REFUSED = {
    "unknown name": (
        {"terms": ("g*u_xx",)},
        DiscoveryError,
        r"contains 'g', which is no field.*assign_coords\(g=...\)",
    ),
    "unknown basis": ({"varying": {"g": Powers()}}, LibraryError, "varying names 'g', which is no coordinate"),
    "pole": ({"terms": ("u_x/x",)}, DiscoveryError, "coefficient 1/x is not finite at some samples"),
    "kinked": (
        {"varying": {"x": BSpline(degree=1, terms=("u_xx",))}},
        LibraryError,
        "no continuous derivative of order 1.*degree=2",
    ),
    "text": ({"terms": ("title*u",)}, DiscoveryError, "contains 'title'"),
    "square of a derivative": ({"terms": ("cos(x)*u_x**2",)}, DiscoveryError, r"u_x\*\*2\*cos\(x\) cannot be"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_factors_that_are_not_known_are_refused(case):
    options, kind, message = REFUSED[case]
    ds = noisy(grid(T, X, heat(T, X, 0.2 * T)), 0.1).assign_attrs(title="7")
    with pytest.raises(kind, match=message):
        discover(ds, library=CandidateLibrary(**PLAIN, **options), method="weak")

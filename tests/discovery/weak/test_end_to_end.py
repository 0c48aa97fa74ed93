"""Discovery in the weak form from data to verdict: noise, gaps, several runs, units, and honest doubts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physforge.discovery import WeakForm, discover
from physforge.features import CandidateLibrary
from physforge.problems import get_problem

NU = 0.2


def measured(name: str, noise: float, seed: int) -> xr.Dataset:
    return get_problem(name).generate(noise=noise, rng=np.random.default_rng(seed))


def cole_hopf(t: np.ndarray, x: np.ndarray, phases: tuple[float, float, float] = (0.0, 1.0, 2.0)) -> xr.Dataset:
    """Exact solution of Burgers' equation on any grid: u_t = -u*u_x + 0.2*u_xx."""
    modes = [(k, a, p) for k, a, p in zip((1, 2, 3), (0.6, 0.25, 0.1), phases, strict=True)]
    decays = [(k, a * np.exp(-NU * k**2 * t)[:, None], k * x + p) for k, a, p in modes]
    phi = 1.0 + sum(a * np.cos(angle) for _, a, angle in decays)
    phi_x = sum(-k * a * np.sin(angle) for k, a, angle in decays)
    return xr.Dataset({"u": (("t", "x"), -2 * NU * phi_x / phi)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})})


def add_noise(ds: xr.Dataset, share: float, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda one: one + share * float(one.std()) * rng.standard_normal(one.shape), keep_attrs=True)


@pytest.mark.parametrize(("name", "rtol"), [("burgers", 0.05), ("kdv", 0.05)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_law_is_found_at_thirty_per_cent_noise(name, rtol, seed):
    result = discover(measured(name, 0.3, seed))
    assert result.provenance["method"]["kind"] == "weak"
    assert result.equation.matches(get_problem(name).equation, rtol=rtol)
    # Settled, or a sentence that begins with the target says why not.
    assert result.status == "settled" or any(one.startswith("u_t: ") for one in result.diagnostics[:-1])
    assert any("would not have been seen" in one for one in result.diagnostics)
    truth = get_problem(name).equation
    for term, value in result.equation.terms.items():
        assert abs(value - truth.terms[term]) < 4.5 * result.equation.stderr[term]


def test_gaps_irregular_times_and_runs_on_different_grids():
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 3.0, 90)
    t[1:-1] += rng.uniform(-0.4, 0.4, 88) * (t[1] - t[0])
    first = add_noise(cole_hopf(t, np.linspace(0.0, 2 * np.pi, 96, endpoint=False)), 0.05, 1)
    first = first.assign(u=first.u.where(rng.random(first.u.shape) > 0.1))
    x = np.linspace(0.0, 2 * np.pi, 128, endpoint=False)
    second = add_noise(cole_hopf(np.linspace(0.5, 2.5, 80), x, (1.0, 0.0, 4.0)), 0.05, 2)
    result = discover([first, second])
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.08)
    assert len(result.provenance["noise"]) == 2
    assert result.findings[0].measured == first.u.size + second.u.size


def test_a_trajectory_dim_and_a_sequence_are_the_same():
    t, x = np.linspace(0.0, 3.0, 60), np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
    runs = [
        add_noise(cole_hopf(t, x, phases), 0.1, seed) for seed, phases in enumerate([(0.0, 1.0, 2.0), (1.0, 3.0, 0.0)])
    ]
    together = xr.concat(runs, "trajectory")
    together["x"].attrs["period"] = 2 * np.pi
    one, other = discover(runs), discover(together)
    assert one.equation.terms == pytest.approx(other.equation.terms, rel=1e-9)
    assert one.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.1)


def test_units_of_the_data_do_not_matter():
    ds = measured("burgers", 0.1, 3)
    units = {"t": 1e3, "x": 1e6, "u": 1e-3}
    other = xr.Dataset(
        {"u": (("t", "x"), units["u"] * ds["u"].values)},
        {"t": units["t"] * ds["t"].values, "x": ("x", units["x"] * ds["x"].values, {"period": 16.0 * units["x"]})},
    )
    plain, scaled = discover(ds), discover(other)
    assert plain.status == scaled.status
    rate = units["u"] / units["t"]
    factors = {"u*u_x": rate / (units["u"] ** 2 / units["x"]), "u_xx": rate / (units["u"] / units["x"] ** 2)}
    assert set(plain.equation.terms) == set(factors) == set(scaled.equation.terms)
    for term, factor in factors.items():
        assert scaled.equation.terms[term] == pytest.approx(factor * plain.equation.terms[term], rel=1e-6)
        assert scaled.equation.stderr[term] == pytest.approx(factor * plain.equation.stderr[term], rel=1e-5)
    np.testing.assert_allclose(
        scaled.candidates["misfit"].to_numpy()[:5], plain.candidates["misfit"].to_numpy()[:5], rtol=1e-4
    )
    limits = [one.detection_limits.set_index("term")["limit"] for one in (plain, scaled)]
    assert limits[1]["u"] == pytest.approx(limits[0]["u"] * rate / units["u"], rel=1e-5)


def test_the_seed_fixes_what_fills_gaps():
    ds = add_noise(cole_hopf(np.linspace(0.0, 3.0, 50), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)), 0.1, 0)
    gaps = ds.assign(u=ds.u.where(np.random.default_rng(0).random(ds.u.shape) > 0.1))
    first, again, other = (discover(gaps, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.conf_int(), again.conf_int(), check_exact=True)
    pd.testing.assert_frame_equal(first.candidates, again.candidates, check_exact=True)
    by = first.candidates.loc[first.candidates["chosen"], "proposed_by"].item()
    assert by == "few terms, greedy search, halves, significance, thresholds"
    assert first.diagnostics == again.diagnostics
    assert not first.conf_int().equals(other.conf_int())


#: Chance makes a term of this draw look real: without any, the misfit has a probability of 0.0005.
UNLUCKY = pytest.mark.xfail(reason="a term is named, and not settled, in one draw of pure noise", strict=True)


def from_pure_noise(seed):
    noise = np.random.default_rng(seed).standard_normal((60, 80))
    return discover(xr.Dataset({"u": (("t", "x"), noise)}, {"t": np.arange(60.0), "x": np.arange(80.0)}))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=UNLUCKY), 2, 3, 4])
def test_pure_noise_supports_no_equation(seed):
    result = from_pure_noise(seed)
    assert result.status == "no equation supported"
    assert result.equations == {}
    assert result.diagnostics[0].startswith("u_t: no equation is supported")


def test_pure_noise_settles_nothing():
    found = [from_pure_noise(seed).status for seed in range(20)]
    assert found.count("no equation supported") >= 19
    assert "settled" not in found


def test_intervals_are_honest_over_draws():
    scores = []
    ds = cole_hopf(np.linspace(0.0, 3.0, 50), np.linspace(0.0, 2 * np.pi, 64, endpoint=False))
    library = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)
    for seed in range(12):
        result = discover(add_noise(ds, 0.1, seed), library=library, method=WeakForm(rows=300))
        if set(result.equation.terms) == {"u*u_x", "u_xx"}:
            errors = {"u*u_x": result.equation.terms["u*u_x"] + 1.0, "u_xx": result.equation.terms["u_xx"] - NU}
            scores += [errors[term] / result.equation.stderr[term] for term in errors]
    assert len(scores) >= 20
    assert 0.6 < np.sqrt(np.mean(np.square(scores))) < 1.5


def test_known_noise_is_used():
    t, x = np.linspace(0.0, 3.0, 60), np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
    ds = cole_hopf(t, x)
    sd = 0.005 + 0.02 * (np.sin(x)[None, :] > 0) + 0.0 * t[:, None]
    noisy = ds + sd * np.random.default_rng(0).standard_normal(sd.shape)
    noisy["x"].attrs["period"] = 2 * np.pi
    result = discover(noisy.assign(u_sd=(("t", "x"), sd)))
    assert result.provenance["noise"][0][0] == pytest.approx(np.sqrt(np.mean(sd**2)), rel=1e-9)
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.15)
    # Noise that is stated too small shows as a misfit, not as a settled law with tight intervals.
    doubtful = discover(noisy.assign(u_sd=(("t", "x"), 0.2 * sd)))
    assert doubtful.status == "not settled"


def test_a_second_order_target():
    t, x = np.linspace(0.0, 6.0, 120), np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    waves = [(1, 1.0, 0.3, 0.0), (2, 0.6, 1.0, 2.0), (3, 0.4, 2.2, 1.0)]
    u = sum(a * np.cos(k * x[None, :] + p) * np.cos(1.5 * k * t[:, None] + q) for k, a, p, q in waves)
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})})
    result = discover(add_noise(ds, 0.1, 0), target="u_tt")
    assert result.equation.matches("u_tt = 2.25*u_xx", rtol=0.02)
    assert result.status == "settled"


def test_lazy_data_give_the_same_law():
    ds = measured("burgers", 0.1, 0)
    eager, lazy = discover(ds), discover(ds.chunk({"t": 30, "x": 100}))
    assert lazy.equation.terms == pytest.approx(eager.equation.terms, rel=1e-6)
    assert lazy.status == eager.status


def test_a_repeated_end_of_the_period_changes_nothing():
    ds = measured("burgers", 0.1, 0)
    end = ds.isel(x=[0]).assign_coords(x=ds["x"].to_numpy()[:1] + 16.0)
    closed = xr.concat([ds, end], "x")
    closed["x"].attrs["period"] = 16.0
    assert discover(closed).equation.terms == pytest.approx(discover(ds).equation.terms, rel=1e-6)


def test_an_equation_of_all_candidates_is_not_settled():
    """With no candidate left out, nothing checks the misfit: diffusion is missing here."""
    library = CandidateLibrary(polynomial=1, derivatives=1, conservative=True)
    result = discover(measured("burgers", 0.05, 0), library=library, method="weak")
    assert result.status == "not settled"
    assert any("nothing is left to test it with" in one for one in result.diagnostics), result.diagnostics


def test_a_law_that_is_not_in_the_library_shows_as_a_misfit():
    library = CandidateLibrary(polynomial=2, derivatives=1, conservative=True, include_interactions=False)
    result = discover(measured("kdv", 0.02, 0), library=library, method="weak")
    assert result.status == "not settled"


@pytest.mark.parametrize("noise", [0.001, 0.02, 0.3])
def test_a_single_travelling_wave_settles_nothing_at_any_noise(noise):
    # A soliton moves unchanged: u_t = -1.3*u_x holds as exactly as the law of Korteweg and de Vries.
    t, x = np.linspace(0.0, 4.0, 61), np.linspace(0.0, 20.0, 128, endpoint=False)
    phase = x[None, :] - 1.3 * t[:, None] - 8.0
    u = sum(0.65 / np.cosh(np.sqrt(1.3) / 2 * (phase + 20.0 * turn)) ** 2 for turn in (-1, 0, 1))
    u = u + noise * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    result = discover(xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 20.0})}))
    assert result.status == "not settled"

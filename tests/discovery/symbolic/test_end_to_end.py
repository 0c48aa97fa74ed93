"""Symbolic regression from data to verdict: right forms, nothing false settled, clear refusals."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from physforge.discovery import DiscoveryResult, SymbolicRegression, discover
from physforge.equations import Equation
from physforge.errors import DiscoveryError, MissingExtraError
from physforge.features import CandidateLibrary
from physforge.simulation import simulate

#: A third of the default, to keep the tests short.
QUICK = SymbolicRegression(evaluations=30_000, functions=("sin", "exp"))


def solved(rates, start, end, names, count=241) -> xr.Dataset:
    t = np.linspace(0.0, end, count)
    solution = solve_ivp(lambda _, y: rates(*y), (0.0, end), start, t_eval=t, rtol=1e-10, atol=1e-12)
    return xr.Dataset({name: ("t", y) for name, y in zip(names, solution.y, strict=True)}, {"t": t})


def noisy(ds: xr.Dataset, level: float, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


@pytest.fixture(scope="module")
def saturation() -> xr.Dataset:
    return solved(lambda s: [-2.0 * s / (1.0 + 0.5 * s)], [10.0], 6.0, ["s"])


@pytest.fixture(scope="module")
def pendulum() -> xr.Dataset:
    return solved(lambda a, w: [w, -9.81 * np.sin(a) - 0.3 * w], [2.5, 0.0], 6.0, ["angle", "speed"])


@pytest.fixture(scope="module")
def saturating(saturation) -> DiscoveryResult:
    return discover(saturation, method=QUICK)


def test_a_coupled_system_is_found(lotka_volterra):
    result = discover(lotka_volterra, method=QUICK)
    assert result.system.matches("hare_t = hare - 0.1*hare*lynx; lynx_t = -1.5*lynx + 0.075*hare*lynx", rtol=1e-5)
    assert result.status == "settled"


def test_a_noisy_system_is_found_within_its_intervals(lotka_volterra):
    result = discover(noisy(lotka_volterra, 0.02), target="hare_t", method=QUICK)
    assert result.equation.matches("hare_t = hare - 0.1*hare*lynx", rtol=0.03)
    for term, truth in (("hare", 1.0), ("hare*lynx", -0.1)):
        low, high = result.conf_int(0.99).set_index("term").loc[term, ["low", "high"]]
        assert low < truth < high
        assert high - low < 0.05 * abs(truth)


def test_saturation_is_found_with_its_constant(saturating):
    assert saturating.status == "settled"
    (finding,) = saturating.findings
    assert finding.terms == ("s/(1 + c1*s)",)
    table = saturating.conf_int().set_index("term")
    assert table.loc["s/(1 + c1*s)", "estimate"] == pytest.approx(-2.0, rel=1e-5)
    assert table.loc["c1", "estimate"] == pytest.approx(0.5, rel=1e-5)
    assert saturating.equation.parameters == {"c1": pytest.approx(0.5, rel=1e-5)}
    assert "s_t = -2*s/(1 + 0.5*s)" in saturating.summary()


def test_what_is_found_can_be_written_read_simulated_and_stored(saturating, saturation, tmp_path):
    equation = saturating.equation
    assert Equation.parse(str(equation)).terms == equation.terms
    assert "\\frac" in equation.to_latex()
    assert equation.to_sympy().rhs.has(equation.to_sympy().lhs.args[0])
    simulated = simulate(equation, saturation.isel(t=0), t=saturation["t"])
    np.testing.assert_allclose(simulated["s"], saturation["s"], rtol=1e-5, atol=1e-6)
    saturating.save(tmp_path / "found")
    loaded = DiscoveryResult.load(tmp_path / "found")
    assert loaded.equation == equation
    pd.testing.assert_frame_equal(loaded.conf_int(), saturating.conf_int())


def test_the_candidates_are_a_front(saturating):
    table = saturating.candidates
    assert table["chosen"].to_list() == [True] + [False] * (len(table) - 1)
    front = table[table["front"]].sort_values("complexity")
    assert front["misfit"].is_monotonic_decreasing
    assert set(front["equation"]) >= {"s_t = 0", "s_t = -2*s/(1 + 0.5*s)"}


def test_a_noisy_saturation_is_found_and_its_constant_covered(saturation):
    result = discover(noisy(saturation, 0.01), method=QUICK)
    assert result.findings[0].terms == ("s/(1 + c1*s)",)
    for term, truth in (("s/(1 + c1*s)", -2.0), ("c1", 0.5)):
        low, high = result.conf_int(0.99).set_index("term").loc[term, ["low", "high"]]
        assert low < truth < high
        assert high - low < 0.2 * abs(truth)


@pytest.mark.parametrize(("level", "rtol"), [(0.0, 1e-5), (0.01, 0.05)])
def test_a_pendulum_has_a_sine(pendulum, level, rtol):
    ds = noisy(pendulum, level) if level else pendulum
    result = discover(ds, target="speed_t", method=QUICK)
    assert result.equation.matches("speed_t = -9.81*sin(angle) - 0.3*speed", rtol=rtol)


def test_a_target_of_second_order_may_have_the_velocity(pendulum):
    result = discover(pendulum[["angle"]], target="angle_tt", method=QUICK)
    assert result.equation.matches("angle_tt = -9.81*sin(angle) - 0.3*angle_t", rtol=1e-4)


@pytest.mark.parametrize(("level", "rtol"), [(0.0, 1e-4), (0.01, 0.05)])
def test_a_pde_is_found(burgers, level, rtol):
    ds = noisy(burgers.isel(x=slice(None, None, 2)), level) if level else burgers
    result = discover(ds, method=QUICK, library=CandidateLibrary(derivatives=2))
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=rtol)
    assert level or result.status == "settled"


def test_several_runs_are_used_together():
    runs = [solved(lambda s: [-2.0 * s / (1.0 + 0.5 * s)], [start], 4.0, ["s"], 61) for start in (0.5, 3.0, 12.0)]
    result = discover([noisy(run, 0.005, seed) for seed, run in enumerate(runs)], method=QUICK)
    assert result.findings[0].terms == ("s/(1 + c1*s)",)
    assert result.findings[0].measured == 183
    assert result.conf_int().set_index("term").loc["c1", "estimate"] == pytest.approx(0.5, rel=0.1)


def test_a_coordinate_may_be_a_variable():
    t = np.linspace(0.0, 10.0, 300)
    ds = xr.Dataset({"u": ("t", 3.0 + np.cos(t))}, {"t": t})
    result = discover(ds, method=QUICK.model_copy(update={"variables": ("t", "u")}))
    assert result.equation.matches("u_t = -sin(t)", rtol=1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_pure_noise_supports_nothing(seed):
    rng = np.random.default_rng(seed)
    ds = xr.Dataset({name: ("t", rng.standard_normal(150)) for name in "ab"}, {"t": np.arange(150.0)})
    result = discover(ds, target="a_t", method=QUICK, seed=seed)
    assert result.status == "no equation supported"
    assert result.equations == {}


@pytest.mark.parametrize("level", [0.0, 0.02])
def test_a_single_travelling_wave_settles_nothing(level):
    # A soliton of Korteweg-de Vries moves unchanged: u_t = -c*u_x holds as exactly as the law.
    t, x = np.linspace(0.0, 2.0, 41), np.linspace(0.0, 20.0, 96, endpoint=False)
    phase = x[None, :] - 1.3 * t[:, None] - 8.0
    u = sum(0.65 / np.cosh(np.sqrt(1.3) / 2 * (phase + 20.0 * turn)) ** 2 for turn in (-1, 0, 1))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 20.0})})
    method = SymbolicRegression(evaluations=10_000, functions=())
    result = discover(noisy(ds, level) if level else ds, method=method)
    assert result.equation.matches("u_t = -1.3*u_x", rtol=0.01)
    assert result.status == "not settled"


def test_a_hidden_variable_settles_nothing(pendulum, lotka_volterra):
    # Without the predator there is no law for the prey alone.
    result = discover(lotka_volterra[["hare"]], method=QUICK)
    assert result.status != "settled"
    # At small angles the sine and the cubic are one.
    small = noisy(solved(lambda a, w: [w, -9.81 * np.sin(a)], [0.3, 0.0], 6.0, ["angle", "speed"]), 0.01)
    assert discover(small, target="speed_t", method=QUICK).status != "settled"


def test_the_seed_fixes_everything(saturation):
    ds = noisy(saturation, 0.02)
    method = SymbolicRegression(evaluations=5_000)
    first, again, other = (discover(ds, method=method, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.candidates, again.candidates, check_exact=True)
    pd.testing.assert_frame_equal(first.conf_int(), again.conf_int(), check_exact=True)
    assert first.diagnostics == again.diagnostics
    assert not first.candidates.equals(other.candidates)


def test_a_budget_ends_the_search(saturation):
    method = SymbolicRegression(evaluations=100_000_000, budget_s=1.0, searches=1)
    start = time.monotonic()
    discover(noisy(saturation, 0.02), method=method)
    assert time.monotonic() - start < 60.0


def test_it_is_found_by_its_short_name():
    from physforge.discovery.discover import resolve_discovery_method

    assert resolve_discovery_method("symbolic") == SymbolicRegression()


def test_a_constant_field_supports_no_equation():
    result = discover(xr.Dataset({"u": ("t", np.ones(100))}, {"t": np.arange(100.0)}), method="symbolic")
    assert result.status == "no equation supported"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": SymbolicRegression(variables=("w",))}, "'w' cannot be a variable of the expressions; use fields"),
        ({"method": SymbolicRegression(variables=("s_t",))}, "'s_t' cannot be a variable"),
        ({"known": {"s": 1.0}, "method": "symbolic"}, "needs method='weak' or 'stlsq'"),
    ],
)
def test_refusals_say_what_to_do(saturation, options, message):
    start = time.monotonic()
    with pytest.raises(DiscoveryError, match=message):
        discover(saturation, **options)
    assert time.monotonic() - start < 5.0


def test_few_samples_are_refused(saturation):
    with pytest.raises(DiscoveryError, match="samples are too few for symbolic regression; it needs 20"):
        discover(saturation.isel(t=slice(0, 15)), method="symbolic")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"functions": ("gamma",)}, "no function 'gamma'; use some of sin"), ({"variables": ()}, "at least one variable")],
)
def test_settings_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        SymbolicRegression(**options)


def test_without_pysr_the_message_says_what_to_install(saturation):
    with pytest.raises(MissingExtraError, match=r"pip install 'physforge\[pysr\]', and Julia"):
        discover(saturation, method=SymbolicRegression(engine="pysr"))

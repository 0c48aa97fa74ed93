"""Discovery end to end on exact data: right laws, honest doubts, clear refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from physforge.discovery import STLSQ, discover
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary, Powers


def noisy(ds: xr.Dataset, level: float, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


def test_a_coupled_system_is_found_and_settled(lotka_volterra):
    result = discover(lotka_volterra)
    assert result.status == "settled"
    assert result.system.matches("hare_t = hare - 0.1*hare*lynx; lynx_t = -1.5*lynx + 0.075*hare*lynx", rtol=1e-6)


def test_a_pde_is_found_and_settled(burgers):
    result = discover(burgers)
    assert result.status == "settled"
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=1e-4)


def test_intervals_cover_the_truth_of_noisy_data(lotka_volterra):
    result = discover(noisy(lotka_volterra, 0.01))
    truth = {("hare_t", "hare"): 1.0, ("hare_t", "hare*lynx"): -0.1, ("lynx_t", "lynx"): -1.5}
    table = result.conf_int(0.99).set_index(["target", "term"])
    for key, value in truth.items():
        low, estimate, high = table.loc[key, ["low", "estimate", "high"]]
        assert low < value < high
        assert high - low < 0.2 * abs(estimate)


def test_the_claimed_equation_has_no_influence(burgers):
    claimed = noisy(burgers, 0.005).assign_attrs(burgers.attrs)
    bare = claimed.copy()
    del bare.attrs["equation"]
    lied = claimed.assign_attrs(equation="u_t = 7*u**3")
    results = [discover(ds) for ds in (claimed, bare, lied)]
    for other in results[1:]:
        assert other.equation == results[0].equation
        assert other.diagnostics == results[0].diagnostics
        pd.testing.assert_frame_equal(other.candidates, results[0].candidates)


def test_the_seed_fixes_everything(lotka_volterra):
    ds = noisy(lotka_volterra.isel(t=slice(0, 150)), 0.05)
    first, again, other = (discover(ds, method="stlsq", seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.conf_int(), again.conf_int(), check_exact=True)
    assert first.diagnostics == again.diagnostics
    assert not first.conf_int().equals(other.conf_int())


def test_units_of_the_data_do_not_matter(burgers):
    scaled = burgers.assign(u=burgers["u"] * 1e4).assign_coords(x=burgers["x"] * 1e-3)
    scaled["x"].attrs["period"] = burgers["x"].attrs["period"] * 1e-3
    terms = discover(scaled).equation.terms
    assert terms.keys() == {"u*u_x", "u_xx"}
    assert terms["u*u_x"] == pytest.approx(-1e-4 * 1e-3, rel=1e-4)
    assert terms["u_xx"] == pytest.approx(0.2 * 1e-6, rel=1e-4)


def test_a_second_order_target_may_have_damping():
    t = np.linspace(0.0, 12.0, 500)
    u = np.exp(-0.2 * t) * np.cos(3.0 * t)
    result = discover(xr.Dataset({"u": ("t", u)}, {"t": t}), target="u_tt")
    assert result.equation.matches("u_tt = -9.04*u - 0.4*u_t", rtol=1e-4)


def test_irregular_times_are_used_as_they_are():
    t = np.sort(np.random.default_rng(0).uniform(0.0, 10.0, 400))
    result = discover(xr.Dataset({"a": ("t", np.cos(2 * t)), "b": ("t", np.sin(2 * t))}, {"t": t}))
    assert result.system.matches("a_t = -2*b; b_t = 2*a", rtol=1e-3)


def test_two_dimensions_in_space():
    t, x = np.linspace(0.0, 1.0, 31), np.linspace(0.0, 2 * np.pi, 20, endpoint=False)
    grid_t, grid_x, grid_y = np.meshgrid(t, x, x, indexing="ij")
    modes = [(1.0, 1, 0, 0.3), (0.7, 1, 2, 1.0), (0.5, 2, 1, 2.0), (0.4, 0, 3, 0.5), (0.6, 2, 2, 0.1)]
    u = sum(
        a * np.exp(-(0.1 * i * i + 0.3 * j * j) * grid_t) * np.cos(i * grid_x + j * grid_y + p) for a, i, j, p in modes
    )
    result = discover(xr.Dataset({"u": (("t", "x", "y"), u)}, {"t": t, "x": x, "y": x}))
    assert result.equation.matches("u_t = 0.1*u_xx + 0.3*u_yy", rtol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_pure_noise_is_never_settled(seed):
    rng = np.random.default_rng(seed)
    ode = xr.Dataset({name: ("t", rng.standard_normal(150)) for name in "ab"}, {"t": np.arange(150.0)})
    pde = xr.Dataset({"u": (("t", "x"), rng.standard_normal((40, 50)))}, {"t": np.arange(40.0), "x": np.arange(50.0)})
    for ds in (ode, pde):
        result = discover(ds)
        assert result.status in ("not settled", "no equation supported")
        assert result.diagnostics


def test_a_single_travelling_wave_settles_nothing():
    # A soliton of Korteweg-de Vries moves unchanged: u_t = -c*u_x holds as exactly as the law.
    t, x = np.linspace(0.0, 2.0, 61), np.linspace(0.0, 20.0, 128, endpoint=False)
    phase = x[None, :] - 1.3 * t[:, None] - 8.0
    u = sum(0.65 / np.cosh(np.sqrt(1.3) / 2 * (phase + 20.0 * turn)) ** 2 for turn in (-1, 0, 1))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 20.0})})
    for method, words in (("weak", "fits within the noise too"), ("stlsq", "u_xxx + u*u_x does about as well")):
        result = discover(ds, method=method)
        assert result.status == "not settled"
        assert any(words in sentence for sentence in result.diagnostics), method


def test_an_unresolved_front_is_reported():
    nu = 0.01
    t, x = np.linspace(0.0, 0.3, 40)[:, None], np.linspace(-1.0, 1.0, 64)[None, :]
    # An exact travelling front of Burgers' equation, thinner than the spacing.
    u = 1.0 - np.tanh((x - t) / (2 * nu))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t.ravel(), "x": x.ravel()})
    assert discover(ds).status != "settled"
    result = discover(ds, method="stlsq")
    assert result.status != "settled"
    assert any("do not resolve the field" in s or "no candidate" in s for s in result.diagnostics)


def test_few_points_cannot_settle_a_form(lotka_volterra):
    result = discover(noisy(lotka_volterra.isel(t=slice(0, 301, 15)), 0.1))
    assert result.status != "settled"
    assert any("21 points cannot settle the form" in sentence for sentence in result.diagnostics)


def test_a_constant_field_supports_no_equation():
    result = discover(xr.Dataset({"u": ("t", np.ones(100))}, {"t": np.arange(100.0)}))
    assert result.status == "no equation supported"
    assert result.equations == {}
    with pytest.raises(DiscoveryError, match="No equation for u_t is supported"):
        _ = result.equation


def test_a_single_candidate_has_no_rivals():
    t = np.linspace(0.0, 10.0, 200)
    result = discover(xr.Dataset({"u": ("t", 2.0 * t)}, {"t": t}), library=CandidateLibrary(only=("1",)))
    assert result.equation.matches("u_t = 2", rtol=1e-6)


def test_methods_by_object_and_by_name(burgers):
    assert discover(burgers, method="stlsq").equation == discover(burgers, method=STLSQ()).equation
    # A threshold above the share of the diffusion leaves advection alone on the path; the
    # search among neighbours still finds what belongs there.
    assert discover(burgers, method=STLSQ(threshold=0.5)).equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=1e-3)


def test_a_known_coefficient_is_kept_and_sharpens_the_rest(burgers):
    ds = noisy(burgers, 0.3)
    free = discover(ds, method="weak").conf_int().set_index("term")
    result = discover(ds, known={"u_x*u": -1.0})
    table = result.conf_int().set_index("term")
    assert set(table.index) == {"u*u_x", "u_xx"}
    assert tuple(table.loc["u*u_x", ["low", "estimate", "high"]]) == (-1.0, -1.0, -1.0)
    width, before = (one.loc["u_xx", "high"] - one.loc["u_xx", "low"] for one in (table, free))
    assert width < before
    assert table.loc["u_xx", "low"] < 0.2 < table.loc["u_xx", "high"]
    # A wrong value does not fit: what is missing comes back as a term, or as a doubt.
    wrong = discover(ds, known={"(u**2)_x": -1.0})
    assert wrong.status != "settled" or not wrong.equation.matches("u_t = -2*u*u_x + 0.2*u_xx", rtol=0.1)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"v_xx": 1.0}, "no candidate is of that name; there are 1, u"),
        ({"u_xx": np.inf}, "'u_xx' is inf; give a number"),
        ({"w_t": {"u": 1.0}}, "no target; there are u_t"),
    ],
)
def test_what_is_known_must_make_sense(burgers, known, message):
    with pytest.raises(DiscoveryError, match=message):
        discover(burgers, known=known)
    with pytest.raises(DiscoveryError, match=r"(names '\w+', but no candidate|give a number|no target)"):
        discover(burgers, known=known, method="stlsq")


def test_units_leave_out_what_makes_no_sense():
    t = np.linspace(0.0, 20.0, 400)
    ds = xr.Dataset({"u": ("t", np.exp(-0.3 * t), {"units": "m"})}, {"t": ("t", t, {"units": "s"})})
    library = CandidateLibrary(functions=("sin",))
    assert "sin(u)" in set(discover(ds, library=library).inclusion_probability["term"])
    result = discover(ds, library=library, units=True)
    assert "sin(u)" not in set(result.inclusion_probability["term"])
    assert result.equation.matches("u_t = -0.3*u", rtol=1e-3)


TIMES = np.arange(40.0)


@pytest.mark.parametrize(
    ("ds", "options", "message"),
    [
        (xr.Dataset(coords={"t": TIMES}), {}, "no field"),
        (xr.Dataset({"u": ("x", TIMES)}, {"x": TIMES}), {}, "needs a dim 't'; the fields are over x"),
        (xr.Dataset({"u": ("t", [1.0])}, {"t": [0.0]}), {}, "'t' has 1 sample"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": np.minimum(TIMES, 30.0)}), {}, r"sample 31 of 't' \(30\) does not"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": -TIMES}), {}, "must increase"),
        (xr.Dataset({"u": ("t", TIMES)}), {}, "no coordinate"),
        (xr.Dataset({"u": (("t", "point"), np.ones((40, 2)))}, {"t": TIMES}), {}, "has the dim 'point'"),
        (xr.Dataset({"u": ("t", TIMES), "v": (("t", "x"), np.ones((40, 40)))}, {"t": TIMES}), {}, "the same grid"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": TIMES}), {"target": "u_x"}, "possible are u_t"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": TIMES}), {"target": "w_t"}, "not a time derivative of a field"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": TIMES}), {"target": ["u_t", "u_t"]}, "each target once"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": TIMES}), {"method": "stlsqq"}, "nearest: stlsq"),
        (xr.Dataset({"u": ("t", TIMES)}, {"t": TIMES}), {"method": "spectral"}, "not a DiscoveryMethod"),
        (
            xr.Dataset({name: ("t", np.sin(TIMES[:12])) for name in "abcd"}, {"t": TIMES[:12]}),
            {},
            "10 usable samples cannot tell 15 candidate terms apart",
        ),
    ],
)
def test_refusals_say_what_to_do(ds, options, message):
    with pytest.raises(DiscoveryError, match=message):
        discover(ds, **options)


@pytest.mark.parametrize("method", [None, "stlsq"])
def test_missing_samples_are_bridged(lotka_volterra, method):
    ds = noisy(lotka_volterra, 0.01)
    gaps = np.random.default_rng(3).choice(ds.sizes["t"], 30, replace=False)
    ds["hare"][gaps] = np.nan
    result = discover(ds, method=method)
    assert result.system.matches("hare_t = hare - 0.1*hare*lynx; lynx_t = -1.5*lynx + 0.075*hare*lynx", rtol=0.05)


def oscillator(frequency: float, cubic: float, samples: int = 300) -> xr.Dataset:
    """Free swings of a spring that stiffens, without damping."""
    t = np.linspace(0.0, 12.0, samples)
    run = solve_ivp(
        lambda _, s: [s[1], -(frequency**2) * s[0] - cubic * s[0] ** 3],
        (0.0, 12.0),
        [1.0 + frequency / 4.0, 0.0],
        t_eval=t,
        rtol=1e-10,
        atol=1e-12,
    )
    return xr.Dataset({"x": ("t", run.y[0]), "v": ("t", run.y[1])}, {"t": t})


@pytest.mark.parametrize("method", [None, "stlsq"])
def test_an_oscillator_needs_the_third_degree(method):
    result = discover(noisy(oscillator(1.0, 2.0), 0.005), method=method)
    assert result.system.matches("x_t = v; v_t = -x - 2*x**3", rtol=0.1)


def test_several_runs_are_taken_together_by_derivatives():
    # On each circle alone x**2 + v**2 is constant, and x*(x**2 + v**2) is as good as x.
    t = np.linspace(0.0, 7.0, 120)
    runs = [xr.Dataset({"x": ("t", a * np.cos(2 * t)), "v": ("t", -2 * a * np.sin(2 * t))}, {"t": t}) for a in (1, 2)]
    alone, both = discover(runs[0], method="stlsq"), discover(runs, method="stlsq")
    assert alone.status == "not settled"
    assert both.status == "settled"
    assert both.system.matches("x_t = v; v_t = -4*x", rtol=1e-6)
    assert both.findings[0].measured == 240


def test_short_or_uneven_series_go_through_derivatives(lotka_volterra):
    def scheme(ds: xr.Dataset) -> str:
        return discover(ds).provenance["method"]["kind"]

    assert scheme(lotka_volterra) == "weak"
    assert scheme(lotka_volterra.isel(t=slice(0, 59))) == "stlsq"
    uneven = lotka_volterra.isel(t=np.delete(np.arange(lotka_volterra.sizes["t"]), [5, 9]))
    assert scheme(uneven) == "stlsq"


def test_a_strong_form_says_what_it_could_not_see(lotka_volterra):
    result = discover(noisy(lotka_volterra, 0.02), method="stlsq")
    limits = result.detection_limits.set_index(["target", "term"])["limit"]
    assert ("hare_t", "hare") not in limits
    assert (limits > 0.0).all()
    # A cube of thousands is a million times a constant; what is seen of it is a small coefficient.
    assert limits["hare_t", "hare**3"] < 1e-3 * limits["hare_t", "1"]


def test_a_library_may_be_given(burgers):
    library = CandidateLibrary(polynomial=1, derivatives=2, include_constant=False)
    result = discover(burgers, library=library)
    assert set(result.inclusion_probability["term"]) == {"u", "u_x", "u_xx", "u*u_x", "u*u_xx"}
    assert result.provenance["library"]["polynomial"] == 1


def test_a_coefficient_that_varies_is_found():
    t, x = np.linspace(0.0, 1.0, 80), np.linspace(1.0, 4.0, 120)
    u = np.sin(2 * x[None, :] * np.exp(-t[:, None]))  # carried by a flow of speed x
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    library = CandidateLibrary(polynomial=1, derivatives=2, varying={"x": Powers(degree=2, terms=("u_x",))})
    result = discover(ds, library=library)
    assert result.status == "settled"
    assert result.equation.matches("u_t = -x*u_x", rtol=1e-6)


def forced() -> xr.Dataset:
    """Relaxation driven by two tones, in closed form."""
    t = np.linspace(0.0, 20.0, 800)
    tones = [np.exp(1j * w * t) / (0.5 + 1j * w) for w in (1.0, 2.2)]
    u = 2 * np.imag(sum(tones)) + np.exp(-0.5 * t)
    return xr.Dataset({"u": ("t", u), "f": ("t", np.sin(t) + np.sin(2.2 * t))}, {"t": t})


def test_a_forcing_field_is_a_term_and_not_a_target():
    result = discover(forced(), target="u_t", library=CandidateLibrary(forcing=("f",)))
    assert result.status == "settled"
    assert result.equation.matches("u_t = 2*f - 0.5*u", rtol=1e-6)


def test_python_functions_are_refused_with_the_cure():
    with pytest.raises(DiscoveryError, match="Python functions relu; write them in the grammar"):
        discover(forced(), library=CandidateLibrary(functions={"relu": lambda u: np.maximum(u, 0)}))

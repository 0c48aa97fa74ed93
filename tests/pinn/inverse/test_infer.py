"""Parameters of laws, found in measurements, with intervals that hold."""

import contextlib

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import curve_fit

from physforge import pinn
from physforge.errors import PinnError
from physforge.pinn import MLP, Schedule

TINY = MLP(width=6, depth=1)
QUICK = {"network": TINY, "steps": 150}


def decay(seed=0, rate=1.5, noise=0.01, count=40):
    t = np.linspace(0.0, 2.0, count)
    values = np.exp(-rate * t) + noise * np.random.default_rng(seed).standard_normal(count)
    return xr.Dataset({"u": ("t", values)}, {"t": t})


def least_squares(ds):
    """Rate and its sd by fitting the exact solution, which no method can do better than."""
    found, covariance = curve_fit(lambda t, k, c: c * np.exp(-k * t), ds.t.values, ds.u.values, (1.5, 1.0))
    return found[0], np.sqrt(covariance[0, 0])


def heat(seed=0, noise=0.02, count=400):
    """Scattered samples of u_t = 0.4*u_xx."""
    generator = np.random.default_rng(seed)
    t, x = generator.uniform(0, 0.5, count), generator.uniform(0, 1, count)
    noisy = np.exp(-0.4 * np.pi**2 * t) * np.sin(np.pi * x) + noise * generator.standard_normal(count)
    return xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)})


def test_the_estimate_and_its_sd_are_those_of_least_squares_with_the_exact_solution():
    for seed in range(2):
        ds = decay(seed)
        found = pinn.infer("u_t = -k*u", ds, {"k": 1.0}, **QUICK)
        best, sd = least_squares(ds)
        assert found.status == "converged"
        assert found.parameters["k"] == pytest.approx(best, abs=0.3 * sd)
        assert found.inference.sd[0] == pytest.approx(sd, rel=0.25)


def test_intervals_and_predictions_cover_as_often_as_they_say():
    found = [pinn.infer("u_t = -k*u", decay(seed), {"k": 1.0}, **QUICK) for seed in range(10, 18)]
    tables = [one.conf_int(0.8) for one in found]
    assert list(tables[0].columns) == ["parameter", "low", "estimate", "high"]
    assert 5 <= sum(table.low[0] < 1.5 < table.high[0] for table in tables) <= 8
    t = np.linspace(0.0, 2.0, 21)
    there = [one.predict({"t": t}, sd=True) for one in found]
    inside = [np.abs(one["u"] - np.exp(-1.5 * t)) < 1.645 * one["u_sd"] for one in there]
    assert 0.7 < np.mean(inside) < 0.99


def test_scattered_samples_of_a_partial_differential_equation():
    found = pinn.infer(
        "u_t = k*u_xx", heat(), {"k": 1.0}, network=MLP(width=8, depth=2), steps=160, schedule=Schedule(points=200)
    )
    (row,) = found.conf_int(0.95).itertuples()
    assert row.low < 0.4 < row.high
    assert row.high - row.low < 0.06
    x = np.linspace(0, 1, 11)
    exact = np.exp(-0.4 * np.pi**2 * 0.25) * np.sin(np.pi * x)
    predicted = found.predict({"t": 0.25, "x": x}, sd=True)
    np.testing.assert_allclose(predicted["u"], exact, atol=0.012)
    assert (np.abs(predicted["u"] - exact) < 4 * predicted["u_sd"]).all()


def test_a_fit_that_was_broken_off_gives_no_intervals():
    found = pinn.infer("u_t = k*u_xx", heat(), {"k": 1.0}, network=TINY, steps=8, schedule=Schedule(points=50))
    assert found.status == "budget reached"
    with pytest.raises(PinnError, match="has not converged"):
        found.conf_int()
    assert any("No intervals are given" in sentence for sentence in found.diagnostics)


def test_outliers_lose_their_weight():
    ds = decay(count=60)
    ds.u[5::12] += 1.0
    found = pinn.infer("u_t = -k*u", ds, {"k": 1.0}, **QUICK)
    assert found.parameters["k"] == pytest.approx(1.5, abs=0.1)
    assert any("heavier tails" in sentence for sentence in found.diagnostics)


def test_a_field_that_was_not_observed_is_found_by_the_law():
    t = np.linspace(0, 6, 80)
    noisy = np.cos(1.3 * t) + 0.01 * np.random.default_rng(0).standard_normal(80)
    ds = xr.Dataset({"q": ("t", noisy)}, {"t": t})
    found = pinn.infer(["q_t = p", "p_t = -k*q"], ds, {"k": 1.0}, network=MLP(width=10, depth=1), steps=200)
    assert found.parameters["k"] == pytest.approx(1.69, abs=0.03)
    np.testing.assert_allclose(found.predict({"t": t})["p"], -1.3 * np.sin(1.3 * t), atol=0.06)


def test_missing_samples_are_left_out_and_said():
    ds = decay()
    ds.u[3:7] = np.nan
    found = pinn.infer("u_t = -k*u", ds, {"k": 1.0}, **QUICK)
    assert found.parameters["k"] == pytest.approx(1.5, abs=0.1)
    assert "4 samples of u are missing and were left out." in found.diagnostics


def test_units_of_the_field_make_no_difference():
    one, other = (pinn.infer("u_t = -k*u", ds, {"k": 1.0}, **QUICK) for ds in (decay(), decay() * 1e5))
    assert other.parameters["k"] == pytest.approx(one.parameters["k"], rel=1e-3)
    assert other.inference.sd[0] == pytest.approx(one.inference.sd[0], rel=0.05)


def test_a_noise_that_is_stated_too_small_widens_the_intervals():
    stated = pinn.infer("u_t = -k*u", decay(), {"k": 1.0}, noise=0.003, **QUICK)
    estimated = pinn.infer("u_t = -k*u", decay(), {"k": 1.0}, **QUICK)
    assert stated.inference.sd[0] == pytest.approx(estimated.inference.sd[0], rel=0.3)
    assert any("times the noise that was stated" in sentence for sentence in stated.diagnostics)


def test_a_law_that_lacks_a_term_is_noticed():
    t = np.linspace(0, 4, 120)
    noisy = 1 / (1 + np.exp(-2 * (t - 2))) + 0.005 * np.random.default_rng(0).standard_normal(120)
    found = pinn.infer("u_t = k*u", xr.Dataset({"u": ("t", noisy)}, {"t": t}), {"k": 1.0}, **QUICK)
    assert found.status != "converged"
    assert any("may lack a term" in sentence for sentence in found.diagnostics)


def test_a_law_that_is_not_finite_where_the_fit_begins_is_refused():
    t = np.linspace(0.0, 2.0, 40)
    with pytest.raises(PinnError, match=r"'u_t = -k\*sqrt\(u\)' is infinite or NaN at .* with abs\(u\)"):
        pinn.infer("u_t = -k*sqrt(u)", xr.Dataset({"u": ("t", np.cos(3 * t))}, {"t": t}), {"k": 1.0}, **QUICK)


def test_a_law_that_is_no_longer_finite_leaves_what_was_found_before():
    """The field falls below zero; with some starts the network does only after a while."""
    t = np.linspace(0.0, 2.0, 40)
    ds = xr.Dataset({"u": ("t", 2.0 * np.exp(-t) - 0.2)}, {"t": t})
    later = []
    for seed in range(6):
        with contextlib.suppress(PinnError):
            later.append(pinn.infer("u_t = -k*sqrt(u)", ds, {"k": 1.0}, network=TINY, steps=20, seed=seed))
    ended = [one for one in later if one.status == "diverged"]
    assert ended
    assert all(np.isfinite(one.parameters["k"]) and bool(one.theta.isfinite().all()) for one in ended)
    assert "became infinite or NaN" in ended[0].diagnostics[-1]


def test_the_same_seed_gives_the_same_bits():
    first, second = (pinn.infer("u_t = -k*u", decay(), {"k": 1.0}, network=TINY, steps=30, seed=5) for _ in range(2))
    assert bool((first.theta == second.theta).all())


def test_it_can_be_cancelled_and_keeps_what_it_found():
    asked = []

    def cancel():
        asked.append(1)
        return len(asked) > 40

    found = pinn.infer("u_t = -k*u", decay(), {"k": 1.0}, network=TINY, cancel=cancel)
    assert found.status == "cancelled"
    assert len(asked) <= 42
    assert found.parameters["k"] == pytest.approx(1.5, abs=0.3)


def test_a_result_that_was_saved_knows_its_intervals(tmp_path):
    found = pinn.infer("u_t = -k*u", decay(), {"k": 1.0}, **QUICK)
    found.save(tmp_path / "kept")
    read = pinn.load(tmp_path / "kept")
    assert read.conf_int(0.9).equals(found.conf_int(0.9))
    t = {"t": np.linspace(0, 2, 5)}
    np.testing.assert_array_equal(read.predict(t, sd=True)["u_sd"], found.predict(t, sd=True)["u_sd"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unknown": {}}, "Nothing is unknown"),
        ({"noise": -1.0}, "positive number"),
        ({"noise": {"v": 1.0}}, "was not measured"),
        ({"law": "v_t = -k*v"}, "holds none of the fields"),
        ({"ds": decay(count=8)}, "too few"),
        ({"ds": decay().assign(u_sd=("t", np.full(40, 0.01))), "noise": 0.01}, "give it once"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    call = {"law": "u_t = -k*u", "ds": decay(), "unknown": {"k": 1.0}, "steps": 5, **change}
    with pytest.raises(PinnError, match=message):
        pinn.infer(call.pop("law"), call.pop("ds"), call.pop("unknown"), **call)

"""A smooth network fitted to samples, and what it says of derivatives."""

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.errors import DerivativeError
from physforge.pinn.smoothing.network_smoother import PINN

SMALL = PINN(width=8, depth=1, members=2)


def front(noise=0.03, seed=0, count=100):
    """A front, wide and narrow details in one line, with its exact derivatives."""
    x = np.linspace(-1, 1, count)
    slope = 1 / np.cosh(8 * x) ** 2
    exact = {
        "u": np.tanh(8 * x) + 0.3 * np.sin(3 * x),
        "u_x": 8 * slope + 0.9 * np.cos(3 * x),
        "u_xx": -128 * np.tanh(8 * x) * slope - 2.7 * np.sin(3 * x),
    }
    noisy = exact["u"] + noise * np.random.default_rng(seed).standard_normal(count)
    return xr.Dataset({"u": ("x", noisy)}, {"x": x}), exact


def error(d, exact, name):
    return float(np.sqrt(np.mean((d[name].values - exact[name]) ** 2)) / np.std(exact[name]))


def covered(d, exact, name):
    return float(np.mean(np.abs(d[name].values - exact[name]) < 1.645 * d[f"{name}_sd"].values))


@pytest.mark.filterwarnings("ignore::physforge.errors.DerivativeWarning")
def test_fronts_are_resolved_better_than_by_a_stationary_prior_and_the_sd_says_how_well():
    ds, exact = front()
    by_network, by_process = (
        differentiate(ds, ["u_x", "u_xx"], method=SMALL),
        differentiate(ds, ["u_x", "u_xx"], method="gp"),
    )
    for name, bound in {"u": 0.015, "u_x": 0.06, "u_xx": 0.16}.items():
        assert error(by_network, exact, name) < bound
        assert error(by_network, exact, name) < error(by_process, exact, name)
        assert covered(by_network, exact, name) > 0.75


def test_the_sd_covers_over_many_draws_of_the_noise():
    draws = [front(seed=seed, count=60) for seed in range(8)]
    one = PINN(width=6, depth=1, members=1, steps=80)
    found = [(differentiate(ds, ["u_x"], method=one), exact) for ds, exact in draws]
    for name in ("u", "u_x"):
        assert 0.75 < np.mean([covered(d, exact, name) for d, exact in found]) < 0.99


def test_exact_samples_give_nearly_exact_derivatives():
    ds, exact = front(noise=0.0)
    d = differentiate(ds, ["u_x"], method=PINN(width=8, depth=1, members=1, steps=300))
    assert error(d, exact, "u") < 5e-4
    assert error(d, exact, "u_x") < 6e-3


def test_it_is_found_by_its_short_name():
    x = np.linspace(0, 1, 12)
    noisy = 2 * x + 0.01 * np.random.default_rng(0).standard_normal(12)
    d = differentiate(xr.Dataset({"u": ("x", noisy)}, {"x": x}), "u_x", method="pinn")
    np.testing.assert_allclose(d.u_x, 2.0, atol=0.1)
    assert "parameters used" in d.u.attrs["method"]


def test_scattered_samples_and_other_places():
    generator = np.random.default_rng(1)
    t, x = generator.uniform(0, 2, 300), generator.uniform(-1, 1, 300)
    noisy = np.exp(-t) * np.sin(2 * x) + 0.02 * generator.standard_normal(300)
    ds = xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)})
    at = xr.Dataset(coords={"t": [0.5, 1.0], "x": [-0.5, 0.0, 0.5]})
    d = differentiate(ds, ["u_tx"], method=SMALL, at=at)
    exact = -np.exp(-at.t) * 2 * np.cos(2 * at.x)
    assert d.u_tx.dims == ("t", "x")
    assert float(np.abs(d.u_tx - exact).max()) < 0.15
    assert bool((np.abs(d.u_tx - exact) < 4 * d.u_tx_sd).all())


def test_missing_samples_are_bridged_and_less_certain():
    ds, exact = front()
    gap = slice(15, 30)
    holed = ds.copy(deep=True)
    holed.u[gap] = np.nan
    d, whole = (differentiate(one, ["u_x"], method=SMALL) for one in (holed, ds))
    assert np.isfinite(d.u_x).all()
    assert float(d.u_sd[gap].mean()) > 1.2 * float(whole.u_sd[gap].mean())
    assert float(np.abs(d.u.values - exact["u"])[gap].max()) < 0.1


def test_units_make_no_difference():
    ds, _ = front()
    scaled = xr.Dataset({"u": 1e6 * ds.u + 1e7}).assign_coords(x=1e-3 * ds.x)
    d, other = (differentiate(one, ["u_x"], method=SMALL) for one in (ds, scaled))
    np.testing.assert_allclose(other.u_x, 1e9 * d.u_x, rtol=1e-2, atol=1e7)
    np.testing.assert_allclose(other.u_x_sd, 1e9 * d.u_x_sd, rtol=1e-2)


def test_a_stated_sd_is_believed():
    ds, _ = front()
    d = {sd: differentiate(ds.assign(u_sd=("x", np.full(100, sd))), ["u_x"], method=SMALL) for sd in (0.03, 0.3)}
    estimated = differentiate(ds, ["u_x"], method=SMALL)
    assert float(d[0.03].u_sd.mean()) == pytest.approx(float(estimated.u_sd.mean()), rel=0.3)
    assert float(d[0.3].u_sd.mean()) > 3 * float(d[0.03].u_sd.mean())


def test_a_period_is_kept():
    x = np.linspace(0, 1, 50, endpoint=False)
    noisy = np.sin(2 * np.pi * x) + 0.02 * np.random.default_rng(0).standard_normal(50)
    ds = xr.Dataset({"u": ("x", noisy)}, {"x": ("x", x, {"period": 1.0})})
    at_ends = differentiate(ds, ["u_x"], method=SMALL).u_x
    assert float(at_ends[0]) == pytest.approx(2 * np.pi, abs=0.3)
    assert float(at_ends[-1]) == pytest.approx(2 * np.pi * np.cos(2 * np.pi * 0.98), abs=0.3)


def test_the_same_seed_gives_the_same_bits():
    ds, _ = front(count=40)
    method = PINN(width=5, depth=1, members=1, steps=30, seed=3)
    first, second = (differentiate(ds, ["u_x"], method=method) for _ in range(2))
    xr.testing.assert_identical(first, second)


def test_what_cannot_be_done_is_refused():
    x = np.linspace(0, 1, 12)
    ds = xr.Dataset({"u": ("x", x)}, {"x": x})
    with pytest.raises(DerivativeError, match="order 5"):
        differentiate(ds, "u_xxxxx", method=SMALL)
    with pytest.raises(DerivativeError, match="at least 8 samples"):
        differentiate(ds.isel(x=slice(6)), "u_x", method=SMALL)

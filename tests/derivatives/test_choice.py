"""What the data decide: the method, and the window of the smoothing one."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import Automatic, SavitzkyGolay, differentiate


def wave(noise: float = 0.0, seed: int = 0) -> tuple[xr.Dataset, np.ndarray]:
    t, x = np.linspace(0.0, 2.0, 80), np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    u = np.exp(np.sin(x[None, :] - t[:, None]))
    exact = np.cos(x[None, :] - t[:, None]) * u
    noisy = u + noise * np.random.default_rng(seed).standard_normal(u.shape)
    return xr.Dataset({"u": (("t", "x"), noisy)}, {"t": t, "x": x}), exact


def test_clean_data_are_interpolated():
    ds, exact = wave()
    d = differentiate(ds, ["u_t", "u_x"])
    assert d["u_x"].attrs["method"] == "Fourier series in x"
    assert d["u_t"].attrs["method"] == "finite differences of order 8 in t"
    assert d["u"].attrs["method"] == "as measured"
    np.testing.assert_allclose(d["u_x"], exact, atol=1e-11)
    np.testing.assert_allclose(d["u_t"], -exact, atol=1e-6)


@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_noisy_data_are_smoothed_nearly_as_well_as_with_the_best_window(noise):
    ds, exact = wave(noise)

    def error(method: object) -> float:
        return float(np.sqrt(np.mean((differentiate(ds, "u_x", method=method)["u_x"] - exact) ** 2)))  # type: ignore[arg-type]

    chosen = error(None)
    best = min(error(SavitzkyGolay(window=w, polynomial=3)) for w in (7, 9, 11, 15, 19, 23, 29, 35, 41))
    assert "Gaussian process" in differentiate(ds, "u_x")["u_x"].attrs["method"]
    assert chosen < best
    fast = Automatic(smoothing="savitzky-golay")
    assert "Savitzky-Golay" in differentiate(ds, "u_x", method=fast)["u_x"].attrs["method"]
    assert error(fast) < 1.3 * best
    assert chosen < 0.25 * error("finite-difference")


def test_sd_covers_the_error_that_noise_makes():
    ds, exact = wave(0.05)
    d = differentiate(ds, "u_x")
    z = (d["u_x"].to_numpy() - exact) / d["u_x_sd"].to_numpy()
    assert 0.8 < np.sqrt(np.mean(z**2)) < 1.3


def test_missing_samples_and_high_orders_find_their_method():
    ds, exact = wave(0.05)
    gappy = ds.where(np.random.default_rng(1).random(ds["u"].shape) > 0.05)
    d = differentiate(gappy, "u_x")
    assert "Gaussian process" in d["u_x"].attrs["method"]
    assert float(np.sqrt(np.mean((d["u_x"] - exact) ** 2))) < 0.1
    assert "Savitzky-Golay" in differentiate(ds, "u_xxxxx")["u_xxxxx"].attrs["method"]
    points = ds.stack(point=("t", "x")).reset_index("point").isel(point=slice(None, None, 20))
    assert "scattered" in differentiate(points, "u_x")["u_x"].attrs["method"]


@pytest.mark.parametrize("order", [2, 3, 4])
def test_a_wide_window_is_not_mistaken_for_a_good_one(order):
    # A narrow pulse in a wide domain: polynomials of low and of high degree miss it alike.
    x = np.linspace(-30.0, 30.0, 500)
    pulse = np.exp(-(x**2))
    noisy = pulse + 1e-4 * np.random.default_rng(0).standard_normal(500)
    name = "u_" + "x" * order
    ds = xr.Dataset({"u": ("x", noisy)}, {"x": x})
    hermite = {2: 4 * x**2 - 2, 3: 12 * x - 8 * x**3, 4: 16 * x**4 - 48 * x**2 + 12}
    error = differentiate(ds, name, method="savitzky-golay")[name] - hermite[order] * pulse
    assert float((error**2).mean() / ((hermite[order] * pulse) ** 2).mean()) < 0.05


def test_the_strategy_is_immutable_and_survives_storage():
    method = SavitzkyGolay(window=9)
    with pytest.raises(ValueError, match="frozen"):
        method.window = 11
    assert SavitzkyGolay.model_validate_json(method.model_dump_json()) == method
    assert method.model_dump()["kind"] == "savitzky-golay"
    assert Automatic().model_dump() == {"kind": "automatic", "smoothing": "gp"}

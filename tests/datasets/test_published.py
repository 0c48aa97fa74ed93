"""Published files open without options, the right way round, and with the period of their grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.conventions import is_uniform, period_of
from physforge.datasets.files import open_file
from physforge.datasets.readers.mat5 import read_mat5

SHAPES = {
    "burgers.mat": ({"t": 101, "x": 256}, ["u"], 16.0),
    "kdv.mat": ({"t": 201, "x": 512}, ["u"], 60.0),
    "kuramoto_sivashinsky.mat": ({"t": 251, "x": 1024}, ["u"], 32 * np.pi),
    "burgers_shock.mat": ({"t": 100, "x": 256}, ["u"], 2.0),
    "allen_cahn.mat": ({"t": 201, "x": 512}, ["u"], 2.0),
    "kdv_raissi.mat": ({"t": 201, "x": 512}, ["u"], 2.0),
    "nonlinear_schroedinger.mat": ({"t": 201, "x": 256}, ["u_re", "u_im"], 10.0),
    "wave.mat": ({"t": 321, "x": 161}, ["u"], None),
    "keller_segel.npz": ({"t": 101, "x": 101}, ["u", "v"], 20.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_fields_and_period(published: Path, name: str) -> None:
    sizes, fields, period = SHAPES[name]
    ds = open_file(published / "fields" / name)
    assert dict(ds.sizes) == sizes
    assert list(ds.data_vars) == fields
    assert all(ds[field].dims == ("t", "x") for field in fields)
    assert is_uniform(ds["t"])
    assert is_uniform(ds["x"])
    assert period_of(ds, "x") == (None if period is None else pytest.approx(period, rel=1e-6))


def test_chafee_infante_needs_its_companions(published: Path) -> None:
    coords = {"t": "chafee_infante_t.npy", "x": "chafee_infante_x.npy"}
    ds = open_file(published / "fields" / "chafee_infante_CI.npy", coords=coords)
    assert dict(ds.sizes) == {"t": 200, "x": 301}
    assert period_of(ds, "x") is None
    assert np.abs(ds["u"].isel(x=[0, -1])).max() < 1e-12  # clamped ends


def periodic_derivative(u: xr.DataArray, order: int, period: float) -> np.ndarray:
    wavenumbers = 2j * np.pi * np.fft.fftfreq(u.sizes["x"], period / u.sizes["x"])
    return np.fft.ifft(wavenumbers**order * np.fft.fft(u.to_numpy(), axis=1), axis=1).real


def smoothed(ds: xr.Dataset, modes: int) -> xr.Dataset:
    """The field without the solver's noise in its highest wavenumbers."""
    spectrum = np.fft.rfft(ds["u"].to_numpy(), axis=1)
    spectrum[:, modes:] = 0
    return ds.assign(u=ds["u"].copy(data=np.fft.irfft(spectrum, n=ds.sizes["x"], axis=1)))


def residual(ds: xr.Dataset, rate: np.ndarray) -> float:
    """Misfit of u_t = rate, relative to u_t by sixth-order differences, away from the ends of time."""
    u, step = ds["u"].to_numpy(), float(ds["t"][1] - ds["t"][0])
    last = len(u) - 3
    u_t = sum(
        weight * (u[3 + k : last + k] - u[3 - k : last - k]) / step
        for k, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
    )
    return float(np.linalg.norm(u_t - rate[3:last]) / np.linalg.norm(u_t))


def test_burgers_is_the_right_way_round(published: Path) -> None:
    ds = open_file(published / "fields" / "burgers.mat")
    u, u_x, u_xx = ds["u"].to_numpy(), periodic_derivative(ds["u"], 1, 16.0), periodic_derivative(ds["u"], 2, 16.0)
    assert residual(ds, -u * u_x + 0.1 * u_xx) < 1e-3
    assert residual(ds, u * u_x + 0.1 * u_xx) > 1  # what a mirrored x would give


def test_kdv_is_the_right_way_round(published: Path) -> None:
    ds = smoothed(open_file(published / "fields" / "kdv.mat"), 80)
    u, u_x, u_xxx = ds["u"].to_numpy(), periodic_derivative(ds["u"], 1, 60.0), periodic_derivative(ds["u"], 3, 60.0)
    assert residual(ds, -6 * u * u_x - u_xxx) < 0.02
    assert residual(ds, 6 * u * u_x + u_xxx) > 1
    # Solitons move to the right, the taller one at twice its height.
    peak = ds["x"].to_numpy()[ds["u"].to_numpy().argmax(axis=1)]
    speed = np.polyfit(ds["t"][:30], peak[:30], 1)[0]
    assert speed == pytest.approx(2 * float(ds["u"].isel(t=0).max()), rel=0.05)


def test_schroedinger_conserves_its_norm(published: Path) -> None:
    ds = open_file(published / "fields" / "nonlinear_schroedinger.mat")
    norm = (ds["u_re"] ** 2 + ds["u_im"] ** 2).sum("x").to_numpy()
    np.testing.assert_allclose(norm, norm[0], rtol=1e-3)


def test_lynx_and_hare(published: Path) -> None:
    ds = open_file(published / "experiments" / "lynx_hare.csv")
    assert dict(ds.sizes) == {"t": 21}
    np.testing.assert_array_equal(ds["t"], np.arange(1900, 1921))
    assert ds["t"].attrs["original_name"] == "year"
    assert ds["hare_thousands"].max() == 77.4


@pytest.mark.parametrize("name", [name for name in SHAPES if name.endswith(".mat")])
def test_the_mat_reader_agrees_with_scipy(published: Path, name: str) -> None:
    import scipy.io

    path = published / "fields" / name
    ours, _ = read_mat5(path)
    theirs = scipy.io.loadmat(path)
    assert set(ours) == {key for key in theirs if not key.startswith("__")}
    for key, array in ours.items():
        np.testing.assert_array_equal(array, theirs[key])

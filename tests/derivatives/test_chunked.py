"""Fields as dask arrays: lazy results, the same as in memory."""

from __future__ import annotations

import subprocess
import sys

import dask
import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import (
    Automatic,
    FiniteDifference,
    GaussianProcess,
    SavitzkyGolay,
    Spectral,
    blocks,
    differentiate,
)
from physforge.derivatives.blocks import block_sizes
from physforge.derivatives.method import Method
from physforge.errors import DerivativeError

NAMES = ["u_t", "u_x", "u_xx", "u_tx"]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide fields of a test's size as those of many gigabytes are."""
    monkeypatch.setattr(blocks, "BLOCK_SAMPLES", 20_000)


def periodic_field(noise: float = 0.05) -> xr.Dataset:
    t, x = np.linspace(0.0, 3.0, 240), np.linspace(0.0, 2 * np.pi, 300, endpoint=False)
    u = np.sin(2 * x[None, :] - t[:, None]) + 0.5 * np.cos(3 * x[None, :] + 2 * t[:, None])
    u = u + noise * np.random.default_rng(0).standard_normal(u.shape)
    coords = {"t": ("t", t, {"units": "s"}), "x": ("x", x, {"period": 2 * np.pi})}
    return xr.Dataset({"u": (("t", "x"), u, {"units": "m"})}, coords)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("method", [FiniteDifference(order=8), SavitzkyGolay(window=9)])
@pytest.mark.parametrize("chunks", [{"t": 60, "x": 100}, {"t": 2}, {"t": 77, "x": 19}])
@pytest.mark.parametrize("known", [False, True])
def test_fixed_weights_give_the_answer_of_memory(method: Method, chunks: dict[str, int], known: bool):
    ds = periodic_field()
    if known:
        ds["u_sd"] = 0.01 + 0.05 * (ds["x"] > 3) * (1 + ds["t"])
    lazy = differentiate(ds.chunk(chunks), NAMES, method=method)
    assert all(variable.chunks is not None for variable in lazy.data_vars.values())
    assert len(lazy["u_x"].chunks[0]) > 1
    whole, computed = differentiate(ds, NAMES, method=method), lazy.compute()
    for name in whole.data_vars:
        assert computed[name].attrs == whole[name].attrs
        assert computed[name].dims == whole[name].dims
        np.testing.assert_allclose(computed[name], whole[name], rtol=1e-12, atol=1e-12 * np.abs(whole[name]).max())


@pytest.mark.usefixtures("small_blocks")
def test_a_last_sample_that_repeats_the_first():
    ds = periodic_field()
    first = ds.isel(x=[0]).assign_coords(x=[2 * np.pi])
    closed = xr.concat([ds, first], "x").assign_coords(x=np.linspace(0.0, 2 * np.pi, 301))
    closed["x"].attrs["period"] = 2 * np.pi
    for method in (FiniteDifference(), Spectral()):
        lazy = differentiate(closed.chunk({"t": 50, "x": 70}), "u_x", method=method)
        whole = differentiate(closed, "u_x", method=method)
        np.testing.assert_allclose(lazy["u_x"], whole["u_x"], rtol=1e-12, atol=1e-9)


@pytest.mark.usefixtures("small_blocks")
def test_spectra_keep_the_axis_whole():
    ds = periodic_field()
    lazy = differentiate(ds.chunk({"t": 60, "x": 50}), "u_xx", method="spectral")
    assert len(lazy["u_xx"].chunks[0]) > 1
    assert lazy["u_xx"].chunks[1] == (300,)
    np.testing.assert_allclose(
        lazy["u_xx"], differentiate(ds, "u_xx", method="spectral")["u_xx"], rtol=1e-12, atol=1e-9
    )


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("known", [False, True])
def test_blocks_of_a_gaussian_process_agree_far_within_the_sd(known: bool):
    ds = periodic_field(noise=0.1)
    if known:
        ds["u_sd"] = xr.full_like(ds["u"], 0.1)
    names = ["u_t", "u_x", "u_xx"]
    lazy = differentiate(ds.chunk({"t": 80, "x": 100}), names, method="gp")
    assert len(lazy["u_x"].chunks[0]) > 1
    assert len(lazy["u_x"].chunks[1]) > 1
    whole, computed = differentiate(ds, names, method="gp"), lazy.compute(scheduler="threads", num_workers=2)
    for name in ("u", *names):
        change = np.sqrt(np.mean((computed[name] - whole[name]) ** 2) / np.mean(whole[f"{name}_sd"] ** 2))
        assert change < 0.35, name
        assert 0.9 < float(np.mean(computed[f"{name}_sd"]) / np.mean(whole[f"{name}_sd"])) < 1.15
    assert computed["u_x"].attrs["method"].endswith("block by block")


@pytest.mark.usefixtures("small_blocks")
def test_missing_samples_are_bridged_in_their_block():
    ds = periodic_field(noise=0.1)
    exact = 2 * np.cos(2 * ds["x"] - ds["t"]) - 1.5 * np.sin(3 * ds["x"] + 2 * ds["t"])
    gappy = ds.where(np.random.default_rng(1).random(ds["u"].shape) > 0.1)
    d = differentiate(gappy.chunk({"t": 80, "x": 100}), "u_x", method=GaussianProcess(kernels=("squared-exponential",)))
    made = d["u_x"].compute().transpose("t", "x")
    assert np.isfinite(made).all()
    assert float(np.sqrt(np.mean((made - exact) ** 2)) / np.std(exact)) < 0.05


def test_runs_and_lines_and_other_methods():
    ds = periodic_field()
    runs = xr.concat([ds, 2 * ds], "trajectory").chunk({"trajectory": 1, "t": 80})
    d = differentiate(runs, "u_x", method="finite-difference")
    assert d["u_x"].dims == ("trajectory", "t", "x")
    np.testing.assert_allclose(d["u_x"][1], 2 * d["u_x"][0], rtol=1e-12)
    # A method that chooses from the data does so in the one block that there is.
    line = ds.isel(x=3, drop=True)
    fast = Automatic(smoothing="savitzky-golay")
    lazy, held = (differentiate(one, "u_t", method=fast)["u_t"] for one in (line.chunk(), line))
    np.testing.assert_allclose(lazy, held, rtol=1e-9)
    lazy, held = differentiate(line.chunk(), "u_t"), differentiate(line, "u_t")
    assert float(np.abs((lazy["u_t"] - held["u_t"]) / held["u_t_sd"]).max()) < 1.0


def test_what_needs_all_samples_is_refused():
    ds = periodic_field().chunk({"t": 80})
    with pytest.raises(DerivativeError, match=r"looks at all samples of 'u' at once.*ds.load\(\)"):
        differentiate(ds, "u_x", method=GaussianProcess(noise="student-t"))
    with pytest.raises(DerivativeError, match="'u_xxxxx' is of order 5"):
        differentiate(ds, "u_xxxxx", method="gp")
    with pytest.raises(DerivativeError, match="is it all missing"):
        differentiate(ds.where(ds["t"] > 9), "u_x", method="gp")


def test_only_windows_of_a_large_field_are_read_beforehand():
    read = []

    def rows(block_info: dict) -> np.ndarray:
        read.append(1)
        (low, high), *_ = block_info[None]["array-location"]
        return np.random.default_rng(low).standard_normal((high - low, 500))

    u = dask.array.map_blocks(rows, chunks=((500,) * 100, (500,)), dtype=float, meta=np.empty((0, 0)))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": np.arange(50_000.0), "x": np.arange(500.0)})
    d = differentiate(ds, "u_x", method="finite-difference")
    # Eight windows touch five or so chunks each, of a hundred.
    assert len(read) <= 48
    assert float(d["u_x_sd"][50, 50]) == pytest.approx(float(d["u_x_sd"][45_000, 50]))


def test_sizes_of_blocks():
    for shape, chunks in (
        ((250_000, 10_000), ((1000,) * 250, (1000,) * 10)),
        ((10_000, 400, 400), ((1,) * 10_000, (400,), (400,))),
        ((3000, 5000), ((3000,), (5000,))),
        ((10_000_000,), ((10_000_000,),)),
    ):
        sizes = block_sizes(shape, chunks, [False] * len(shape))
        assert [sum(some) for some in sizes] == list(shape)
        assert np.prod([float(max(some)) for some in sizes]) <= 2 * blocks.BLOCK_SAMPLES
        assert all(max(some) <= 2 * min(some) for some in sizes)
    assert sizes[0][0] <= blocks.LONGEST
    for shape in ((9000, 9000), (250_000, 10_000)):
        chunks = [(1000,) * (size // 1000) for size in shape]
        assert block_sizes(shape, chunks, [False] * 2) == [list(some) for some in chunks]


def test_dask_is_not_imported_before_it_is_needed():
    code = "import sys, physforge.derivatives; assert 'dask' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

"""Large files stay on disk: opened in a moment, looked at in part, computed block by block."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import physforge as pf  # noqa: F401 - registers the accessor
from physforge.datasets import lazy
from physforge.datasets.conventions import period_of
from physforge.datasets.files import open_file
from physforge.datasets.lazy import block_shape, glimpse, is_lazy, strip
from physforge.errors import DatasetError

T = np.linspace(0, 2, 60)
X = np.arange(64) / 64


def wave() -> xr.Dataset:
    u = np.exp(np.sin(2 * np.pi * (X - 0.3 * T[:, None])))
    return xr.Dataset({"u": (("t", "x"), u, {"units": "m"})}, {"t": T, "x": X}, {"title": "a wave"})


def write_netcdf4(folder: Path) -> Path:
    wave().to_netcdf(folder / "a.nc", engine="h5netcdf")
    return folder / "a.nc"


def write_netcdf3(folder: Path) -> Path:
    wave().to_netcdf(folder / "a.nc", engine="scipy")
    return folder / "a.nc"


def write_zarr3(folder: Path) -> Path:
    wave().chunk({"t": 7, "x": 20}).to_zarr(folder / "a.zarr", zarr_format=3, consolidated=False)
    return folder / "a.zarr"


def write_zarr2(folder: Path) -> Path:
    wave().to_zarr(folder / "a.zarr", zarr_format=2, consolidated=False)
    return folder / "a.zarr"


def write_hdf5(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        for name, values in {"t": T, "x": X, "u": wave()["u"].to_numpy()}.items():
            file[name] = values
    return folder / "a.h5"


def write_mat73(folder: Path) -> Path:
    with h5py.File(folder / "a.mat", "w", userblock_size=512) as file:
        for name, values in {"t": T[None], "x": X[None], "u": wave()["u"].to_numpy()}.items():
            file[name] = values.T
    return folder / "a.mat"


def write_npy(folder: Path) -> Path:
    np.save(folder / "a.npy", wave()["u"].to_numpy())
    return folder / "a.npy"


writers = pytest.mark.parametrize(
    "write",
    [write_netcdf4, write_netcdf3, write_zarr3, write_zarr2, write_hdf5, write_mat73, write_npy],
    ids=lambda write: write.__name__,
)


@writers
def test_what_stays_on_disk_is_what_would_be_read(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path)
    options = {"coords": {"t": T, "x": X}} if path.suffix == ".npy" else {}
    ds = open_file(path, lazy=True, units={"x": "mm"}, **options)
    assert is_lazy(ds["u"])
    assert "sha256" not in ds.attrs
    assert ds["u"].dims == ("t", "x")
    assert ds["x"].attrs["units"] == "mm"
    assert ds["u"].dtype == np.float64
    assert not is_lazy(ds["t"])
    read = open_file(path, lazy=False, units={"x": "mm"}, **options)
    assert not is_lazy(read)
    xr.testing.assert_identical(ds.compute(), read.drop_attrs(deep=False).assign_attrs(ds.attrs))


def test_the_size_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_netcdf4(tmp_path)
    assert not is_lazy(open_file(path))
    monkeypatch.setattr(lazy, "LAZY_BYTES", 1000)
    assert is_lazy(open_file(path))


def test_a_lazy_field_can_be_read_in_another_process(tmp_path: Path) -> None:
    import dask

    for path in (write_netcdf4(tmp_path), write_hdf5(tmp_path)):
        u = open_file(path, lazy=True)["u"].mean()
        with dask.config.set(scheduler="processes", num_workers=1):
            assert float(u) == pytest.approx(float(wave()["u"].mean()), rel=1e-14)


def test_a_complex_field_is_split_and_not_computed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["t"], file["x"] = T, X
        file["h"] = wave()["u"].to_numpy() * (1 + 2j)
    ds = open_file(tmp_path / "a.h5", lazy=True)
    assert is_lazy(ds["h_re"])
    np.testing.assert_allclose(ds["h_im"], 2 * wave()["u"], rtol=1e-15)


def test_blocks_are_of_a_sensible_size() -> None:
    for shape, stored in [((10**4, 10**4), None), ((5, 10**8), None), ((10**3, 256, 256), (1, 256, 256)), ((3,), None)]:
        block = block_shape(shape, 8, stored)
        size = 8 * np.prod(block)
        assert size <= lazy.BLOCK_BYTES
        assert size >= min(lazy.BLOCK_BYTES / 4, 8 * np.prod(shape))
    assert block_shape((100, 100), 8, (100, 7)) == (100, 100)
    assert block_shape((10**6, 10**6), 8, (10**4, 10**4)) == (10**4, 10**4)  # a stored chunk is never cut


def counted(shape: tuple[int, int], chunks: tuple[int, int]) -> tuple[xr.DataArray, list[int]]:
    """A lazy field that counts the bytes of the blocks that are read of it."""
    import dask.array as da

    read: list[int] = []

    class Source:
        dtype = np.dtype(float)
        ndim = 2

        def __init__(self) -> None:
            self.shape = shape

        def __getitem__(self, index: tuple[slice, slice]) -> np.ndarray:
            rows, columns = (np.arange(part.start, part.stop) for part in index)
            read.append(8 * rows.size * columns.size)
            return np.sin(2 * np.pi * (columns / shape[1] - rows[:, None] / 1000))

    field = da.from_array(Source(), chunks=chunks, name=False, meta=np.empty((0, 0)))
    coords = {"t": np.arange(shape[0]), "x": np.arange(shape[1]) / shape[1]}
    return xr.DataArray(field, coords, ("t", "x"), name="u"), read


@pytest.mark.parametrize("chunks", [(1000, 1000), (1, 20000), (20000, 100), (4000, 4000)])
def test_a_look_reads_few_blocks(chunks: tuple[int, int]) -> None:
    field, read = counted((20000, 20000), chunks)
    part = glimpse(field.to_dataset())
    assert not is_lazy(part)
    assert 10**5 < part["u"].size <= lazy.LOOK_SAMPLES
    assert sum(read) <= lazy.LOOK_BYTES
    xr.testing.assert_equal(part["u"], field.sel(t=part["t"], x=part["x"]).compute())


def test_a_period_is_found_where_few_lines_need_few_blocks() -> None:
    field, read = counted((20000, 20000), (100, 1000))
    assert period_of(field.to_dataset(), "x") == pytest.approx(1)
    assert sum(read) <= lazy.LOOK_BYTES
    tall, read = counted((20000, 20000), (20000, 100))
    assert strip(tall, "x") is None
    assert period_of(tall.to_dataset(), "x") is None
    assert read == []
    tall["x"].attrs["period"] = 1.0
    assert period_of(tall.to_dataset(), "x") == 1


def test_the_check_says_that_it_looked_at_a_part() -> None:
    field, read = counted((20000, 20000), (1000, 1000))
    found = field.to_dataset().pf.check()
    assert found.findings[0].topic == "part"
    assert "2.98 GiB and stay on disk" in found.findings[0].sentence
    assert found.about("noise of u")
    assert sum(read) <= 3 * lazy.LOOK_BYTES
    infinite = (field + np.inf).to_dataset()
    assert "infinite" in infinite.pf.check().problems[0].sentence


def sparse_zarr(folder: Path, rows: int = 2500) -> Path:
    """A zarr field of 8 MB a row of chunks whose chunk files are holes in the disk."""
    path = folder / "big.zarr"
    small = xr.Dataset({"u": (("t", "x"), np.zeros((2, 10**6)))}, {"t": [0.0, 1.0], "x": np.arange(10**6) * 1e-6})
    encoding = {"u": {"compressors": None, "chunks": (1, 10**6)}}
    small.to_zarr(path, zarr_format=3, consolidated=False, encoding=encoding)
    facts = json.loads((path / "u" / "zarr.json").read_text())
    facts["shape"] = [rows, 10**6]
    (path / "u" / "zarr.json").write_text(json.dumps(facts))
    for row in range(rows):
        chunk = path / "u" / "c" / str(row) / "0"
        chunk.parent.mkdir(parents=True, exist_ok=True)
        with chunk.open("wb") as stream:
            stream.truncate(8 * 10**6)
    import zarr

    time = zarr.open_group(path)["t"]
    time.resize(rows)
    time[:] = np.arange(rows)
    return path


def test_twenty_gigabytes_open_in_a_moment_and_a_few_megabytes(tmp_path: Path) -> None:
    path = sparse_zarr(tmp_path)
    code = f"""
        import json, resource, time
        import dask.array, zarr
        from physforge.datasets.files import open_file
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        ds = open_file({str(path)!r})
        seconds = time.perf_counter() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(json.dumps([ds["u"].nbytes, seconds, grown]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    size, seconds, grown = json.loads(done.stdout)
    assert size == 20 * 10**9
    assert seconds < 5  # 0.4 s on an idle machine
    assert grown < 200  # megabytes, of which the coordinate of a million points takes 16


def test_chunks_too_large_to_read_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("u", (20000, 20000), chunks=(20000, 20000), dtype="f8", compression="gzip")
        file.create_dataset("pad", data=np.zeros(2**22))
    with pytest.raises(DatasetError, match=r"chunks of 2\.98 GiB"):
        open_file(tmp_path / "a.h5")

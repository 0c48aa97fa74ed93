"""Files cut off at every tenth, and files with flipped bits: refused or opened, never a crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import xarray as xr

from physforge.datasets.files import open_file
from physforge.errors import DatasetError

HERE = Path(__file__).parent
T = np.linspace(0, 1, 40)
X = np.linspace(0, 2, 30)
U = np.random.default_rng(0).normal(size=(40, 30))
DS = xr.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X})


def csv(path: Path) -> None:
    np.savetxt(path, np.c_[T, U], delimiter=",", header="t," + ",".join(f"u{k}" for k in range(30)), comments="")


def npz(path: Path) -> None:
    np.savez_compressed(path, t=T, x=X, u=U)


def nc(path: Path) -> None:
    DS.to_netcdf(path, engine="h5netcdf", encoding={"u": {"zlib": True, "chunksizes": (10, 30)}})


def cdf(path: Path) -> None:
    DS.to_netcdf(path, engine="scipy")


def h5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["t"], file["x"], file["u"] = T, X, U


def mat(path: Path) -> None:
    scipy.io.savemat(path, {"t": T, "x": X, "u": U}, do_compression=True)


def json(path: Path) -> None:
    path.write_text(str({"t": T.tolist(), "x": X.tolist(), "u": U.tolist()}).replace("'", '"'))


def xlsx(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["t", "u"], *np.c_[T, U[:, 0]].tolist()):
        book.active.append(row)
    book.save(path)


def parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"t": T, "u": U[:, 0]}), path)


def vti(path: Path) -> None:
    shutil.copyfile(HERE.parent / "datasets" / "vtk_files" / "image-raw-zlib.vti", path)


def vtu(path: Path) -> None:
    shutil.copyfile(HERE.parent / "datasets" / "vtk_files" / "mesh-base64-zlib.vtu", path)


formats = pytest.mark.parametrize(
    "write", [csv, npz, nc, cdf, h5, mat, json, xlsx, parquet, vti, vtu], ids=lambda write: write.__name__
)
Writer = Callable[[Path], None]


@pytest.mark.faults
@formats
def test_cut_off_at_every_tenth(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / f"a.{write.__name__}"
    write(path)
    content = path.read_bytes()
    assert open_file(path).sizes["t" if "vt" not in path.suffix else next(iter(open_file(path).sizes))] > 1
    refused = 0
    for tenth in range(10):
        path.write_bytes(content[: len(content) * tenth // 10])
        try:
            open_file(path)
        except DatasetError as error:
            refused += 1
            assert path.name in str(error)  # noqa: PT017 - a part of a text table may be a table
    # A text table is complete after each of its lines, and says so where one is cut.
    assert refused == 10 or (write is csv and refused >= 5)


@pytest.mark.faults
@formats
def test_flipped_bits(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / f"a.{write.__name__}"
    write(path)
    content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    rng = np.random.default_rng(5)
    for _ in range(15):
        flipped = content.copy()
        places = rng.integers(min(content.size, 8000), size=4)
        flipped[places] ^= np.uint8(1) << rng.integers(8, size=4, dtype=np.uint8)
        path.write_bytes(flipped.tobytes())
        try:
            open_file(path)
        except DatasetError as error:
            assert path.name in str(error)  # noqa: PT017 - most flips are refused, those in a value are not seen


@pytest.mark.faults
def test_a_zarr_folder_with_damaged_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    DS.to_zarr(path, zarr_format=3, consolidated=False)
    chunk = next(part for part in (path / "u").rglob("*") if part.is_file() and part.name != "zarr.json")
    content = chunk.read_bytes()
    for tenth in range(10):
        chunk.write_bytes(content[: len(content) * tenth // 10])
        with pytest.raises(DatasetError, match=r"a\.zarr"):
            open_file(path)
    chunk.write_bytes(content)
    facts = path / "u" / "zarr.json"
    text = facts.read_bytes()
    for tenth in range(10):
        facts.write_bytes(text[: len(text) * tenth // 10])
        with pytest.raises(DatasetError, match=r"a\.zarr"):
            open_file(path)


@pytest.mark.faults
def test_a_file_that_the_hdf5_library_never_ends_with() -> None:
    """Three flipped bits in a netCDF file send the library round in a circle: a child process does that."""
    with pytest.raises(DatasetError, match=r"endless\.nc: the HDF5 library does not come to an end"):
        open_file(HERE / "endless.nc")

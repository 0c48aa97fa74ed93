"""NetCDF and zarr: what xarray wrote comes back, in the conventions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.files import open_file
from physforge.errors import DatasetError


def example(time: str = "t") -> xr.Dataset:
    u = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    u[1, 2] = np.nan
    return xr.Dataset(
        {"u": (("x", time), u, {"units": "m/s"}), "u_sd": (("x", time), np.abs(u))},
        {"x": ("x", np.arange(6.0), {"units": "mm", "period": 6.0}), time: np.arange(5) * 0.5},
        {"title": "a channel", "equation": "u_t = u_xx"},
    )


def write_netcdf4(ds: xr.Dataset, folder: Path) -> Path:
    ds.to_netcdf(folder / "a.nc", engine="h5netcdf")
    return folder / "a.nc"


def write_h5(ds: xr.Dataset, folder: Path) -> Path:
    ds.to_netcdf(folder / "a.h5", engine="h5netcdf")
    return folder / "a.h5"


def write_netcdf3(ds: xr.Dataset, folder: Path) -> Path:
    ds.to_netcdf(folder / "a.nc", engine="scipy")
    return folder / "a.nc"


def write_zarr3(ds: xr.Dataset, folder: Path) -> Path:
    ds.to_zarr(folder / "a.zarr", zarr_format=3, consolidated=False)
    return folder / "a.zarr"


def write_zarr2(ds: xr.Dataset, folder: Path) -> Path:
    ds.to_zarr(folder / "a.zarr", zarr_format=2, consolidated=True)
    return folder / "a.zarr"


writers = pytest.mark.parametrize(
    "write", [write_netcdf4, write_h5, write_netcdf3, write_zarr3, write_zarr2], ids=lambda write: write.__name__
)
Writer = Callable[[xr.Dataset, Path], Path]


@writers
@pytest.mark.parametrize("time", ["t", "time"])
def test_round_trip(tmp_path: Path, write: Writer, time: str) -> None:
    wanted = example()
    ds = open_file(write(example(time), tmp_path))
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["u"], wanted["u"].T)
    np.testing.assert_array_equal(ds["t"], wanted["t"])
    assert ds["u"].attrs["units"] == "m/s"
    assert ds["x"].attrs["units"] == "mm"
    assert ds["x"].attrs["period"] == 6.0
    assert ds.attrs["title"] == "a channel"
    assert ds.attrs["equation"] == "u_t = u_xx"
    assert {variable.dtype for variable in ds.variables.values()} == {np.dtype(float)}
    assert len(ds.attrs["sha256"]) == 64


@writers
def test_dims_rename_and_fields_select(tmp_path: Path, write: Writer) -> None:
    path = write(example().rename({"x": "lon", "t": "step"}), tmp_path)
    with pytest.raises(DatasetError, match=r"unknown dim '(lon|step)'.*dims="):
        open_file(path)
    with xr.open_dataset(path, engine="zarr" if path.is_dir() else None, **_quiet(path)) as raw:
        order = [{"lon": "x", "step": "t"}[str(dim)] for dim in raw.dims]
    ds = open_file(path, dims=order, fields=("u",))
    assert list(ds.data_vars) == ["u"]
    assert dict(ds.sizes) == {"t": 5, "x": 6}
    with pytest.raises(DatasetError, match="each of the file's dims"):
        open_file(path, dims=("t",))
    with pytest.raises(DatasetError, match="no variable 'w'"):
        open_file(path, fields=("w",))


def _quiet(path: Path) -> dict[str, bool]:
    return {"consolidated": False} if path.is_dir() else {}


def test_calendar_times_become_days(tmp_path: Path) -> None:
    ds = example().assign_coords(t=np.datetime64("2024-02-27") + np.arange(5) * np.timedelta64(1, "D"))
    ds["t"] = ds["t"].astype("datetime64[ns]")
    opened = open_file(write_netcdf4(ds, tmp_path))
    np.testing.assert_array_equal(opened["t"], np.arange(5))
    assert opened["t"].attrs["units"] == "day"


def test_the_hash_of_a_zarr_folder_follows_its_content(tmp_path: Path) -> None:
    path = write_zarr3(example(), tmp_path)
    first = open_file(path).attrs["sha256"]
    assert open_file(path).attrs["sha256"] == first
    example().assign_attrs(title="another").to_zarr(path, mode="w", zarr_format=3, consolidated=False)
    assert open_file(path).attrs["sha256"] != first


def test_a_zarr_folder_with_a_link_out_of_it_is_refused(tmp_path: Path) -> None:
    path = write_zarr3(example(), tmp_path)
    (tmp_path / "secret").write_text("x")
    (path / "u" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(DatasetError, match="leaves the folder"):
        open_file(path)


def test_folders_and_files_that_are_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(DatasetError, match=r"a\.zarr: it is not a readable zarr"):
        open_file(tmp_path / "a.zarr")
    (tmp_path / "b.zarr").write_text("x")
    with pytest.raises(DatasetError, match="is a folder"):
        open_file(tmp_path / "b.zarr")
    (tmp_path / "a.nc").write_text("x" * 100)
    with pytest.raises(DatasetError, match=r"a\.nc: it is not a readable netCDF"):
        open_file(tmp_path / "a.nc")


def test_text_variables_are_refused_by_name(tmp_path: Path) -> None:
    path = write_netcdf4(example().assign(label=("x", list("abcdef"))), tmp_path)
    with pytest.raises(DatasetError, match="'label' is not numeric"):
        open_file(path)
    assert "u" in open_file(path, fields=("u",))

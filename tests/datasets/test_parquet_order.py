"""Parquet tables in order: the fields stay on disk, and are what a reader of the whole table finds."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physforge.datasets import lazy
from physforge.datasets.files import open_file
from physforge.datasets.lazy import is_lazy
from physforge.errors import DatasetError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

T, X, Y = np.array([0.0, 0.5, 2.0, 2.5, 3.0]), np.array([-1.0, 0.0, 0.25]), np.arange(4.0)


def write(folder: Path, columns: dict[str, Any], group: int = 7) -> Path:
    pq.write_table(pa.table(columns), folder / "a.parquet", row_group_size=group)
    return folder / "a.parquet"


def loops(**axes: Any) -> dict[str, Any]:
    """Columns of a grid, the last axis fastest, with a field that tells all samples apart."""
    found = [axis.ravel() for axis in np.meshgrid(*axes.values(), indexing="ij")]
    field = np.random.default_rng(0).normal(size=found[0].size)
    field[2] = np.nan
    return {**dict(zip(axes, found, strict=True)), "u [m/s]": field, "n": np.arange(found[0].size)}


def assert_same(path: Path, **options: Any) -> xr.Dataset:
    """Check that the dask arrays hold what reading the table gives, attributes included."""
    whole = open_file(path, lazy=False, **options)
    part = open_file(path, lazy=True, **options)
    assert is_lazy(part)
    assert not is_lazy(whole)
    del whole.attrs["sha256"]
    xr.testing.assert_identical(part.compute(), whole)
    return part


@pytest.mark.parametrize("order", list(itertools.permutations(("t", "x", "y"))))
@pytest.mark.parametrize("block", [8, 64, 2**20])
def test_a_grid_in_any_order_of_its_loops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...], block: int
) -> None:
    monkeypatch.setattr(lazy, "BLOCK_BYTES", block)
    axes = {"t": T, "x": X, "y": Y}
    path = write(tmp_path, loops(**{axis: axes[axis] for axis in order}))
    ds = assert_same(path)
    assert ds["u"].dims == ("t", "x", "y")
    assert ds["u"].attrs == {"units": "m/s"}
    rng = np.random.default_rng(1)
    for _ in range(5):
        place = {dim: int(rng.integers(size)) for dim, size in ds.sizes.items()}
        assert float(ds["n"].isel(place)) == float(ds["n"].compute().isel(place))


@pytest.mark.parametrize("group", [1, 2, 4, 5, 15, 100])
def test_row_groups_end_anywhere(tmp_path: Path, group: int) -> None:
    assert_same(write(tmp_path, loops(Time=T, x=X), group))
    assert_same(write(tmp_path, loops(x=X, Time=T), group), dims=("t", "x"))


def test_a_falling_axis_is_turned_round(tmp_path: Path) -> None:
    ds = assert_same(write(tmp_path, loops(t=T, x=X[::-1])))
    np.testing.assert_array_equal(ds["x"], X)


def test_a_field_in_space_alone(tmp_path: Path) -> None:
    assert assert_same(write(tmp_path, loops(x=X, y=Y)))["u"].dims == ("x", "y")
    assert assert_same(write(tmp_path, loops(x=X)))["u"].dims == ("x",)


@pytest.mark.parametrize("unit", ["D", "ms"])
def test_dates(tmp_path: Path, unit: str) -> None:
    dates = (np.array([0, 1, 3, 4, 9]) + 20_000_000).astype(f"datetime64[{unit}]")
    if unit == "D":
        dates = (np.array([0, 1, 3, 4, 9]) + 20_000).astype("datetime64[D]")
    assert assert_same(write(tmp_path, loops(date=dates, x=X)))["t"].attrs["units"] == {"D": "day", "ms": "s"}[unit]
    assert_same(write(tmp_path, loops(date=dates)))


def test_a_system_whose_variables_are_called_x_y_and_z(tmp_path: Path) -> None:
    states = np.cumsum(np.random.default_rng(0).normal(size=(3, 500)), axis=1)
    table = {"t [ms]": np.arange(500.0), "x": states[0], "y": states[1], "z": states[2]}
    ds = assert_same(write(tmp_path, table, 60))
    assert list(ds.data_vars) == ["x", "y", "z"]
    assert ds["t"].attrs["units"] == "ms"


def test_a_long_time_that_goes_fastest_is_no_system(tmp_path: Path) -> None:
    path = write(tmp_path, loops(x=X[:2], t=np.arange(200_000.0)), 50_000)
    assert assert_same(path)["u"].shape == (200_000, 2)


@pytest.mark.parametrize("change", ["shuffled", "a row less", "another value", "a repeated value"])
def test_what_is_no_grid_in_order_is_read_and_arranged(tmp_path: Path, change: str) -> None:
    table = loops(t=T, x=X)
    if change == "shuffled":
        places = np.random.default_rng(2).permutation(15)
    else:
        places = np.arange(14 if change == "a row less" else 15)
    table = {name: values[places] for name, values in table.items()}
    if change == "another value":
        table["x"][13] = 0.125
    if change == "a repeated value":
        table["x"][table["x"] == 0.25] = -1.0
        with pytest.raises(DatasetError, match=r"a\.parquet, line 3: repeats the sample"):
            open_file(write(tmp_path, table), lazy=True)
        return
    ds = open_file(write(tmp_path, table), lazy=True)
    assert not is_lazy(ds)
    assert ds.sizes["t"] == 5


def test_a_time_that_turns_is_refused_with_its_row(tmp_path: Path) -> None:
    t = np.arange(100.0)
    t[61] = 5.5
    with pytest.raises(DatasetError, match=r"a\.parquet, line 62: coordinate 't' is not monotonic, 5\.5 follows 60"):
        open_file(write(tmp_path, {"t": t, "u": t}), lazy=True)
    t[61] = np.nan
    with pytest.raises(DatasetError, match=r"a\.parquet, line 62: 't' is missing"):
        open_file(write(tmp_path, {"t": t, "u": t}), lazy=True)


def test_samples_at_places_all_over_are_no_system_on_disk_either(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = write(tmp_path, {"t": np.arange(300.0), "x": rng.random(300), "u": rng.random(300)})
    for choice in (True, False):
        with pytest.raises(DatasetError, match="jumps about"):
            open_file(path, lazy=choice)

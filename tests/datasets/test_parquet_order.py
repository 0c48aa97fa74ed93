"""Parquet tables that stay on disk: their fields are what a reader of the whole table finds."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physforge.datasets import lazy, limits
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


@pytest.mark.parametrize("change", ["shuffled", "a row less", "another value"])
def test_a_grid_that_is_not_in_order(tmp_path: Path, change: str) -> None:
    table = loops(t=T, x=X)
    places = np.random.default_rng(2).permutation(15) if change == "shuffled" else np.arange(15)
    table = taken(table, places[:14] if change == "a row less" else places)
    if change == "another value":
        table["x"][13] = 0.125
    ds = assert_same(write(tmp_path, table))
    assert int(ds["n"].isnull().sum()) == {"shuffled": 0, "a row less": 1, "another value": 5}[change]


def taken(table: dict[str, Any], places: Any) -> dict[str, Any]:
    return {name: values[places] for name, values in table.items()}


LONG = {"t": np.arange(40.0) ** 2, "x": np.arange(12) / 7, "y": np.array([-3.0, -1.0, 0.0, 0.5, 8.0])}
ROWS = 40 * 12 * 5


def disturbed(how: str) -> dict[str, Any]:
    """Columns of a grid of which only neighbouring rows changed places."""
    rng = np.random.default_rng(3)
    order = tuple(LONG) if how != "x is the slowest" else ("x", "y", "t")
    turn = -1 if how == "axes fall" else 1
    dates = np.datetime64("2024-02-28T12:00", "ms") + np.arange(40) * np.timedelta64(90, "m")
    axes = {axis: LONG[axis][::turn] for axis in order}
    table = loops(**(axes if how != "dates" else {"time": dates, "x": LONG["x"], "y": LONG["y"]}))
    kept = np.sort(rng.permutation(ROWS)[: ROWS * 4 // 5])
    if how == "rows of a group are shuffled":
        kept = np.concatenate([rng.permutation(kept[k : k + 100]) for k in range(0, kept.size, 100)])
    if how == "some rows come late":
        late = rng.random(kept.size) < 0.02
        kept = np.concatenate([kept[~late], rng.permutation(kept[late])])
    return taken(table, kept)


@pytest.mark.parametrize(
    "how",
    ["gaps", "axes fall", "x is the slowest", "dates", "rows of a group are shuffled", "some rows come late"],
)
@pytest.mark.parametrize("block", [400, 3000, 2**20])
def test_a_grid_with_gaps_is_put_together_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, block: int
) -> None:
    monkeypatch.setattr(lazy, "BLOCK_BYTES", block)
    ds = assert_same(write(tmp_path, disturbed(how), 100))
    assert dict(ds.sizes) == {"t": 40, "x": 12, "y": 5}
    assert int(ds["n"].isnull().sum()) == ROWS // 5
    slow = "x" if how == "x is the slowest" else "t"
    assert len(ds["u"].chunksizes[slow]) >= {400: 6, 3000: 4, 2**20: 1}[block]
    part = ds["n"].isel(t=slice(7, 31, 3), x=[4, 0], y=2)
    np.testing.assert_array_equal(part.compute(), ds["n"].compute().isel(t=slice(7, 31, 3), x=[4, 0], y=2))


@pytest.mark.parametrize("seed", range(40))
def test_any_table_of_a_grid_is_what_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(lazy, "BLOCK_BYTES", int(rng.choice([8, 50, 400])))
    axes = {axis: rng.permutation(LONG[axis])[: rng.integers(2, 9)] for axis in rng.permutation(["t", "x", "y"])}
    table = loops(**axes)
    size = table["n"].size
    near = np.argsort(np.arange(size) + rng.choice([0, 3, 1000]) * rng.random(size))
    kept = near[: max(3, int(size * rng.uniform(0.7, 1)))]
    path = write(tmp_path, taken(table, kept), int(rng.integers(1, 20)))
    whole, part = (open_file(path, lazy=choice, dims=("t", "x", "y")) for choice in (False, True))
    xr.testing.assert_identical(part.compute().drop_attrs(deep=False), whole.drop_attrs(deep=False))


@pytest.mark.parametrize("rows", [(17, 1800), (1500, 1501), (0, 5, 1900)])
@pytest.mark.parametrize("how", ["gaps", "dates", "rows of a group are shuffled"])
def test_a_sample_that_repeats_is_refused_in_the_same_words(tmp_path: Path, how: str, rows: tuple[int, ...]) -> None:
    table = disturbed(how)
    for row in rows[1:]:
        for name, values in table.items():
            if name != "n":
                values[row] = values[rows[0]]
    path = write(tmp_path, table, 100)
    said = []
    for choice in (True, False):
        with pytest.raises(DatasetError) as caught:
            open_file(path, lazy=choice)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert f"a.parquet, line {rows[1] + 1}: repeats the sample at t=" in said[0]


@pytest.mark.parametrize("how", ["gaps", "dates"])
@pytest.mark.parametrize("row", [0, 1200, 1919])
def test_a_row_without_a_place_is_refused_in_the_same_words(tmp_path: Path, how: str, row: int) -> None:
    table = disturbed(how)
    table["x"][min(row, 500)] = np.inf
    time = "time" if how == "dates" else "t"
    table[time][row] = np.datetime64("NaT") if how == "dates" else np.nan
    path = write(tmp_path, table, 100)
    said = []
    for choice in (True, False):
        with pytest.raises(DatasetError) as caught:
            open_file(path, lazy=choice)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert f"a.parquet, line {row + 1}: " in said[0]


def test_a_block_reads_its_own_row_groups_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "BLOCK_BYTES", 800)
    path = write(tmp_path, disturbed("gaps"), 100)
    ds = open_file(path, lazy=True)
    whole = ds.compute()
    last = pq.ParquetFile(path).metadata.row_group(19)
    columns = [last.column(k) for k in range(5)]
    content = bytearray(path.read_bytes())
    for column in columns:
        content[column.data_page_offset : column.data_page_offset + 20] = bytes(20)
    path.write_bytes(content)
    xr.testing.assert_identical(ds.isel(t=slice(0, 30)).compute(), whole.isel(t=slice(0, 30)))
    with pytest.raises(DatasetError, match="damaged"):
        ds.isel(t=39).compute()


def test_rows_all_over_the_grid_are_read_as_long_as_they_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "BLOCK_BYTES", 800)
    table = disturbed("gaps")
    path = write(tmp_path, taken(table, np.random.default_rng(4).permutation(table["n"].size)), 100)
    ds = open_file(path, lazy=True)
    assert not is_lazy(ds)
    sorted_ds = open_file(write(tmp_path, table, 100), lazy=True)
    xr.testing.assert_equal(ds, sorted_ds.compute())
    monkeypatch.setattr(limits, "MAX_BYTES", 8 * 1920 * 5 - 1)
    assert is_lazy(open_file(path, lazy=True))
    path = write(tmp_path, taken(table, np.random.default_rng(4).permutation(table["n"].size)), 100)
    with pytest.raises(DatasetError, match=r'all over the grid.* sort the rows by "t", "x", "y" and write it again'):
        open_file(path, lazy=True)


def test_a_repeated_value_of_a_short_axis(tmp_path: Path) -> None:
    table = loops(t=T, x=X)
    table["x"][table["x"] == 0.25] = -1.0
    with pytest.raises(DatasetError, match=r"a\.parquet, line 3: repeats the sample at t=0, x=-1"):
        open_file(write(tmp_path, table), lazy=True)


def test_too_few_samples_for_a_grid_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    table = {name: rng.random(500) for name in ("t", "x", "u")}
    assert not is_lazy(open_file(write(tmp_path, table), lazy=True))
    few = taken(loops(t=LONG["t"], x=LONG["x"]), np.sort(rng.permutation(480)[:150]))
    with pytest.raises(DatasetError, match=r"its rows fill 0\.3"):
        open_file(write(tmp_path, few, 20), lazy=True)


def test_an_axis_that_is_no_number_is_refused_on_disk_too(tmp_path: Path) -> None:
    table = loops(t=T, x=np.array([False, True]))
    for choice in (True, False):
        with pytest.raises(DatasetError, match="'x' holds true and false"):
            open_file(write(tmp_path, table), lazy=choice)


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

"""A text table made Parquet opens as the text does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physforge.datasets import convert
from physforge.datasets.convert import text_to_parquet
from physforge.datasets.export import write_csv
from physforge.datasets.files import open_file
from physforge.datasets.lazy import is_lazy
from physforge.datasets.readers import csv, text_blocks
from physforge.errors import DatasetError

pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_blocks, "BLOCK", 5000)
    monkeypatch.setattr(convert, "GROUP_BYTES", 20_000)


def assert_same(path: Path, *, reading: dict[str, Any] | None = None, **options: Any) -> xr.Dataset:
    """Check that text and Parquet open as the same, attributes included."""
    made = text_to_parquet(path, path.with_suffix(".parquet"), **options)
    assert pq.ParquetFile(made).metadata.num_row_groups > 1
    text = open_file(path, **options, **(reading or {}))
    found = open_file(made, lazy=True, **(reading or {}))
    for ds in (text, found):
        ds.attrs.pop("sha256", None)
        del ds.attrs["source"]
    xr.testing.assert_identical(found.compute(), text)
    return found


def numbers(rows: int, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=rows) * 10.0 ** rng.integers(-20, 20, rows)).tolist()


def grid(
    folder: Path,
    cells: str = "{t},{x},{u}",
    decimal: str = ".",
    head: tuple[str, ...] = ("t [ms],x [mm],u [m/s]",),
    encoding: str = "utf-8",
) -> Path:
    """Write a table of 60 times and 50 places."""
    rows = [cells.format(t=k // 50 / 8, x=k % 50 / 4, u=value) for k, value in enumerate(numbers(3000))]
    path = folder / "run7.csv"
    path.write_text("\n".join([*head, *(row.replace(".", decimal) for row in rows)]) + "\n", encoding=encoding)
    return path


def test_a_grid(tmp_path: Path) -> None:
    ds = assert_same(grid(tmp_path))
    assert is_lazy(ds)
    assert dict(ds.sizes) == {"t": 60, "x": 50}
    assert ds["u"].attrs == {"units": "m/s"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_decimal_comma_semicolons_and_encodings(tmp_path: Path, encoding: str) -> None:
    head = ("sep=;", "t [s];x [µm];u [°C]")
    ds = assert_same(grid(tmp_path, "{t};{x};{u}", ",", head, encoding))
    assert ds["u"].attrs["units"] == "°C"
    assert is_lazy(ds)


def test_white_space_comments_gaps_and_an_encoding_that_is_told(tmp_path: Path) -> None:
    path = grid(tmp_path, "{t}  {x}   {u}", head=("# a cell", "# t x u"))
    text = path.read_text().replace("\n1.0 ", "\n\n% späten\n1.0 ", 1)
    path.write_text(text, encoding="cp1252")
    assert_same(path, encoding="cp1252")
    with pytest.raises(DatasetError, match="it is not text in UTF-8"):
        text_to_parquet(path, tmp_path / "b.parquet")


def test_a_system_with_missing_cells_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "run7.csv"
    stamps = np.datetime_as_string(np.datetime64("2024-02-28T12:00:00") + np.arange(2000) * np.timedelta64(250, "ms"))
    cells = ["NA" if k % 7 == 3 else repr(value) for k, value in enumerate(numbers(2000))]
    rows = [f"{stamp}Z,{cell},{k}\n" for k, (stamp, cell) in enumerate(zip(stamps, cells, strict=True))]
    path.write_text("Time,angle,n\n" + "".join(rows))
    ds = assert_same(path)
    assert ds["t"].attrs["units"] == "s"
    assert np.isnan(ds["angle"][3])


def test_scattered_samples_and_runs(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "run7.csv"
    np.savetxt(path, rng.random((2000, 3)), header="t,x,u", comments="", delimiter=",")
    assert_same(path)
    table = np.column_stack([np.repeat([1, 2], 1000), np.tile(np.arange(1000.0), 2), rng.random(2000)])
    np.savetxt(path, table, header="run,t,u", comments="", delimiter=",")
    assert_same(path, reading={"trajectory": "run"})


def test_a_wide_table_becomes_a_long_one(tmp_path: Path) -> None:
    path = tmp_path / "run7.csv"
    values = np.array(numbers(3000)).reshape(60, 50)
    lines = [f"{k / 8},{','.join(map(repr, row.tolist()))}" for k, row in enumerate(values)]
    path.write_text("\n".join(["time [ms]," + ",".join(f"{k / 4}" for k in range(50)), *lines]) + "\n")
    assert is_lazy(assert_same(path))
    path.write_text("\n".join(["," + ",".join(f"{k / 4}" for k in range(50)), *lines]) + "\n")
    assert_same(path, dims=("x", "t"))


def test_names_and_units_that_are_told(tmp_path: Path) -> None:
    path = grid(tmp_path, head=())
    ds = assert_same(path, names=("t", "x", "v"), units={"v": "m/s"})
    assert ds["v"].attrs["units"] == "m/s"
    with pytest.raises(DatasetError, match="units names 'w'"):
        text_to_parquet(path, tmp_path / "b.parquet", names=("t", "x", "v"), units={"w": "m"})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("7,two,3", "line 2502: column 'x [mm]' holds 'two', which is not a number"),
        ("7,2", "line 2502: it has 2 columns where the first line has 3"),
        ("2024-02-28,1,2", "line 2502: column 't [ms]' holds '2024-02-28'"),
        ("1,\0,2", "line 2502: it is not a text table"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_leaves_nothing(tmp_path: Path, wrong: str, words: str) -> None:
    path = grid(tmp_path)
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:2501], wrong, *lines[2501:]]))
    (tmp_path / "a.parquet").write_text("what was there")
    with pytest.raises(DatasetError) as caught:
        text_to_parquet(path, tmp_path / "a.parquet")
    assert words in str(caught.value)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.parquet", "run7.csv"]
    assert (tmp_path / "a.parquet").read_text() == "what was there"


def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = grid(tmp_path)
    whole = text_blocks.go_on

    def interrupted(text: str, first: Any, where: str, before: int) -> Any:
        if before > 1000:
            assert list(tmp_path.glob(".a.parquet*"))
            raise KeyboardInterrupt
        return whole(text, first, where, before)

    monkeypatch.setattr(text_blocks, "go_on", interrupted)
    with pytest.raises(KeyboardInterrupt):
        text_to_parquet(path, tmp_path / "a.parquet")
    assert [one.name for one in tmp_path.iterdir()] == ["run7.csv"]


def test_what_would_be_lost_or_not_used_is_refused(tmp_path: Path) -> None:
    write_csv(xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]}), tmp_path / "noted.csv")
    with pytest.raises(DatasetError, match=r"Parquet would lose; convert it to netCDF \(noted\.nc\)"):
        text_to_parquet(tmp_path / "noted.csv", tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="when you open"):
        text_to_parquet(grid(tmp_path), tmp_path / "a.parquet", dims=("t", "x"))
    (tmp_path / "one.csv").write_text("t,u\n0,1\n")
    with pytest.raises(DatasetError, match=r"it has 1 row\(s\)"):
        text_to_parquet(tmp_path / "one.csv", tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="There is no file"):
        text_to_parquet(tmp_path / "none.csv", tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match=r"one\.csv: delimiter is one character .* it got '\|\|'"):
        text_to_parquet(tmp_path / "one.csv", tmp_path / "a.parquet", delimiter="||")
    assert not list(tmp_path.glob("*.parquet"))


def test_a_large_text_table_is_refused_with_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = grid(tmp_path).rename(tmp_path / "-run 7.csv")
    monkeypatch.setattr(csv, "MAX_BYTES", 50_000)
    with pytest.raises(DatasetError, match=r"physforge dataset convert './-run 7\.csv' './-run 7\.parquet'$"):
        open_file(path)
    assert dict(open_file(text_to_parquet(path, tmp_path / "a.parquet")).sizes) == {"t": 60, "x": 50}


def test_constant_fields_are_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "run7.csv"
    path.write_text("t,x,u\n" + "".join(f"{k // 2},{k % 2},0\n" for k in range(4000)))
    made = text_to_parquet(path, tmp_path / "a.parquet")
    assert 10 * made.stat().st_size > 3 * 8 * 4000

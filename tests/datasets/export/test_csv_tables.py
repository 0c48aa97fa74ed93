"""Tables as other programs meet them: spreadsheets, pandas, and people who edit them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physforge.datasets.export import csv as csv_writer
from physforge.datasets.export import write_csv
from physforge.datasets.export.csv_note import MARK
from physforge.datasets.files import open_file

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a,=1+1", "a;=1+1", "a\t=1", 'a",=1+1,"', "a\n=1+1", "a|=1"]


def hostile(text: str) -> xr.Dataset:
    ds = xr.Dataset({"u": ("t", [1.0, -2.0]), text or "v": ("t", [3.0, -4.0])}, {"t": [0.0, 1.0]})
    ds.attrs = {"title": text, "notes": [text, text], text: "x"}
    ds["u"].attrs = {"units": text, "long_name": text, text: text}
    return ds


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_however_the_line_is_split(tmp_path: Path, text: str, suffix: str) -> None:
    ds = hostile(text)
    path = write_csv(ds, tmp_path / f"run{suffix}")
    content = path.read_bytes().decode()
    for delimiter in ",;\t|":
        for row in csv.reader(content.splitlines(), delimiter=delimiter):
            for cell in row:
                assert cell[:1] not in tuple("=+@\t\r"), (delimiter, cell)
                assert not cell.startswith("-") or cell.split(",")[0].removeprefix("-")[:1].isdigit(), (delimiter, cell)
    found = open_file(path)
    assert found.attrs.pop("source")
    assert found.attrs.pop("sha256")
    xr.testing.assert_identical(found, ds)


def grid() -> xr.Dataset:
    u = np.random.default_rng(1).normal(size=(5, 4))
    u[2, 1] = np.nan
    coords = {"t": ("t", np.arange(5) / 3, {"units": "s"}), "x": ("x", [3.0, 2.0, 1.0, 0.5], {"units": "mm"})}
    return xr.Dataset({"u": (("t", "x"), u, {"units": "m/s"})}, coords, {"title": "a channel"})


def test_pandas_reads_the_table_with_nothing_but_the_comment_sign(tmp_path: Path) -> None:
    frame = pd.read_csv(write_csv(grid(), tmp_path / "run.csv"), comment="#")
    assert list(frame.columns) == ["t [s]", "x [mm]", "u [m/s]"]
    np.testing.assert_array_equal(frame["u [m/s]"].to_numpy().reshape(5, 4), grid()["u"])


def test_the_first_line_is_json_that_names_the_title(tmp_path: Path) -> None:
    first = write_csv(grid(), tmp_path / "run.csv").read_text().splitlines()[0]
    note = json.loads(first.removeprefix(MARK))
    assert note["attrs"] == {"title": "a channel"}
    assert note["sizes"] == {"t": 5, "x": 4}


def edited(path: Path, change: str) -> str:
    note, header, *rows = path.read_text().splitlines()
    return "\n".join(
        {
            "without the note": [header, *rows],
            "a row removed": [note, header, *rows[:7], *rows[8:]],
            "sorted anew": [note, header, *sorted(rows, key=lambda row: float(row.split(",")[1]))],
            "a broken note": [note[:-1], header, *rows],
            "a note of a later version": [note.replace('"version": 1', '"version": 2'), header, *rows],
            "a note about other columns": [note.replace('"columns": ["t"', '"columns": ["k"'), header, *rows],
        }[change]
    )


@pytest.mark.parametrize(
    "change",
    [
        "without the note", "a row removed", "sorted anew", "a broken note", "a note of a later version",
        "a note about other columns",
    ],
)  # fmt: skip
def test_an_edited_table_is_read_like_any_other(tmp_path: Path, change: str) -> None:
    path = write_csv(grid(), tmp_path / "run.csv")
    path.write_text(edited(path, change) + "\n")
    ds = open_file(path)
    wanted = grid().sortby("x")
    if change == "a row removed":
        wanted["u"][1, 0] = np.nan
    np.testing.assert_array_equal(ds["u"], wanted["u"])
    np.testing.assert_array_equal(ds["x"], wanted["x"])
    assert [ds[name].attrs["units"] for name in ("t", "x", "u")] == ["s", "mm", "m/s"]


def test_a_changed_value_is_believed(tmp_path: Path) -> None:
    path = write_csv(grid(), tmp_path / "run.csv")
    lines = path.read_text().splitlines()
    lines[2] = ",".join([*lines[2].split(",")[:2], "42"])
    path.write_text("\n".join(lines))
    assert float(open_file(path)["u"][0, 0]) == 42.0


def test_an_option_goes_before_the_note(tmp_path: Path) -> None:
    path = write_csv(grid(), tmp_path / "run.csv")
    assert open_file(path, dims=("point",))["u"].dims == ("point",)


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 1000])
def test_the_table_is_the_same_however_it_is_cut(tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    u = np.random.default_rng(2).normal(size=(3, 5, 4))
    ds = xr.Dataset({"u": (("t", "x", "y"), u)}, {"t": np.arange(3.0), "x": np.arange(5.0), "y": np.arange(4.0)})
    whole = write_csv(ds, tmp_path / "whole.csv").read_bytes()
    monkeypatch.setattr(csv_writer, "BLOCK_ROWS", rows)
    assert write_csv(ds.chunk({"t": 2, "x": 3}), tmp_path / "cut.csv").read_bytes() == whole

"""Excel workbooks, written by openpyxl and published ones."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from physforge.datasets.files import open_file
from physforge.errors import DatasetError

Rows = Sequence[Sequence[Any]]


def book(folder: Path, sheets: Mapping[str, Rows]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    path = folder / "run7.xlsx"
    workbook.save(path)
    return path


def rewritten(path: Path, member: str, change: Any) -> Path:
    """The workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
TABLE = [("Time (s)", "height [m]", "note"), (0, 1.5, None), (0.5, 0.3, 3), (None,), (1, None, "#N/A")]


def test_a_table_with_units_gaps_and_exact_numbers(tmp_path: Path) -> None:
    ds = open_file(book(tmp_path, {"Runs": TABLE, "Empty": []}))
    np.testing.assert_array_equal(ds["t"], [0, 0.5, 1])
    np.testing.assert_array_equal(ds["height"], [1.5, 0.3, np.nan])
    np.testing.assert_array_equal(ds["note"], [np.nan, 3, np.nan])
    assert ds["t"].attrs == {"original_name": "Time", "units": "s"}
    assert ds["height"].attrs == {"units": "m"}
    assert ds.attrs["sheet"] == "Runs"


def test_dates_and_clock_times(tmp_path: Path) -> None:
    rows = [("time", "u"), (dt.datetime(2024, 5, 31, 12), 1), (dt.datetime(2024, 5, 31, 12, 1, 30), 2)]
    ds = open_file(book(tmp_path, {"a": rows}))
    np.testing.assert_array_equal(ds["t"], [0, 90])
    assert ds["t"].attrs["origin"].startswith("2024-05-31T12")
    ds = open_file(book(tmp_path, {"a": [("time", "u"), (dt.time(0, 1), 1), (dt.time(1, 0, 1), 2)]}))
    np.testing.assert_array_equal(ds["t"], [60, 3601])


def test_one_sheet_of_several_is_asked_for(tmp_path: Path) -> None:
    path = book(tmp_path, {"A": [("t", "u"), (0, 1), (1, 2)], "B": [("t", "u"), (0, 3), (1, 4)]})
    with pytest.raises(DatasetError, match=r"run7\.xlsx: 2 of its sheets.*sheet='\.\.\.': 'A', 'B'"):
        open_file(path)
    np.testing.assert_array_equal(open_file(path, sheet="B")["u"], [3, 4])
    with pytest.raises(DatasetError, match="no sheet 'C'; it has 'A', 'B'"):
        open_file(path, sheet="C")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ["empty"]),
        ([("t", "u"), (0, 1)], ["'a'", "1 row"]),
        ([("t", "u"), (0, 1), (1, "two")], ["line 3", "'u'", "'two'"]),
        ([("t", "u"), (0, 1), (1, 2, 3)], ["line 3", "3 cells"]),
        ([("t", "u", "u"), (0, 1, 2), (1, 2, 3)], ["two columns", "'u'"]),
        ([(0, 1), (1, 2)], ["line 1, column 1", "names="]),
        ([("t", "u"), (0, 1), (), (0, 2)], ["line 4", "repeats"]),
        ([("t", "u"), (0, True), (1, False)], ["'u'", "true"]),
    ],
)
def test_a_bad_sheet_is_refused_with_its_place(tmp_path: Path, rows: Rows, words: list[str]) -> None:
    with pytest.raises(DatasetError) as caught:
        open_file(book(tmp_path, {"a": rows}))
    assert all(word in str(caught.value) for word in ["run7.xlsx", *words]), str(caught.value)


def test_runs_one_after_another(tmp_path: Path) -> None:
    rows = [("drop", "t", "h"), (1, 0, 5), (1, 1, 4), (1, 2, 3), (2, 0, 6), (2, 1, 5)]
    path = book(tmp_path, {"a": rows})
    with pytest.raises(DatasetError, match=r"starts again where column 'drop' changes.*trajectory='drop'"):
        open_file(path)
    ds = open_file(path, trajectory="drop")
    assert ds["h"].dims == ("trajectory", "t")
    np.testing.assert_array_equal(ds["h"], [[5, 4, 3], [6, 5, np.nan]])
    np.testing.assert_array_equal(open_file(path, trajectory="drop", run=2)["h"], [6, 5])
    with pytest.raises(DatasetError, match="no run 3; there are 1, 2"):
        open_file(path, trajectory="drop", run=3)


def test_the_falling_balls(published: Path) -> None:
    path = published / "experiments" / "falling_balls.xlsx"
    with pytest.raises(DatasetError, match=r"11 of its sheets.*'Golf Ball'"):
        open_file(path)
    ds = open_file(path, sheet="Golf Ball", trajectory="Drop #", run=1)
    assert list(ds.data_vars) == ["Height", "Velocity"]
    assert ds["Height"].attrs["units"] == "m"
    fall = float(ds["Height"][0] - ds["Height"][-1])
    assert 0.5 < fall / (9.81 / 2 * float(ds["t"][-1]) ** 2) < 1  # not faster than in vacuum


def test_a_bomb_and_entities_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path, {"a": [("t", "u"), (0, 1), (1, 2)]})
    rewritten(path, SHEET, lambda xml: xml + b" " * (40 * 2**20))
    with pytest.raises(DatasetError, match="bomb"):
        open_file(path)
    path = book(tmp_path, {"a": [("t", "u"), (0, 1), (1, 2)]})
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;">]><worksheet'
    rewritten(path, SHEET, lambda xml: xml.replace(b"<worksheet", entity, 1))
    with pytest.raises(DatasetError, match="not a readable Excel workbook"):
        open_file(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'<row r="3"', b'<row r="99999999999"', "rows"),
        (b'<c r="B3"', b'<c r="XFD3"', "columns"),
    ],
)
def test_a_cell_far_out_is_refused(tmp_path: Path, old: bytes, new: bytes, words: str) -> None:
    path = book(tmp_path, {"a": [("t", "u"), (0, 1), (1, 2)]})
    with pytest.raises(DatasetError, match=words):
        open_file(rewritten(path, SHEET, lambda xml: xml.replace(old, new)))


@pytest.mark.parametrize("tenth", range(10))
def test_a_workbook_cut_off_is_refused(tmp_path: Path, tenth: int) -> None:
    path = book(tmp_path, {"a": TABLE})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * tenth // 10])
    with pytest.raises(DatasetError, match=r"run7\.xlsx"):
        open_file(path)


def test_a_broken_part_is_refused_and_the_file_closed(tmp_path: Path) -> None:
    path = book(tmp_path, {"a": [("t", "u"), (0, 1), (1, 2)]})
    for member, old, new in [
        ("xl/workbook.xml", b"sheetId", b"sheetIx"),
        ("xl/styles.xml", b"<fonts", b"<fonts x="),
        (SHEET, b"</row>", b"</raw>"),
    ]:
        with pytest.raises(DatasetError, match=r"run7\.xlsx: it is not a readable Excel workbook"):
            open_file(rewritten(path, member, lambda xml, old=old, new=new: xml.replace(old, new, 1)))
        book(tmp_path, {"a": [("t", "u"), (0, 1), (1, 2)]})

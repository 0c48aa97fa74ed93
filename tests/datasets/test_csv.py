"""Text tables: what is understood, and what is refused with file, line and column."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.files import open_file
from physforge.errors import DatasetError


def opened(folder: Path, text: str | bytes, name: str = "run7.csv", **options: Any) -> xr.Dataset:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_file(path, **options)


@pytest.mark.parametrize(
    "text",
    [
        "t,a,b\n0,1.5,-2\n0.5,2.5,3e-1\n",
        "t;a;b\n0;1.5;-2\n0.5;2.5;3e-1\n",
        "t\ta\tb\n0\t1.5\t-2\n0.5\t2.5\t3e-1\n",
        "t a   b\n0 1.5  -2\n0.5 2.5 3e-1\n",
        "t;a;b\n0;1,5;-2\n0,5;2,5;3e-1\n",  # decimal comma
        "t, a, b\r\n0, 1.5, -2\r\n0.5, 2.5, 3e-1\r\n",
        "# pressure cell\n\n# t a b\n0 1.5 -2\n0.5 2.5 0.3\n",  # header in the last comment
        'a,"t",b\n1.5,0,-2\n2.5,0.5,0.3\n',
        "\ufefft,a,b\n0,1.5,-2\n0.5,2.5,0.3\n",  # byte order mark
        "t,a,b\n0,1.5,-2\n0.5,2.5,0.3".encode("utf-16"),
        "t,a,b\n0,1.5,-2\n0.5,2.5,0.3".encode("utf-16-le"),
        "t,a,b\n0,1.5,-2\n0.5,2.5,0.3".encode("utf-16-be"),
        "t\ta\tb\n0\t1,5\t-2\n0,5\t2,5\t3e-1\n",  # decimal comma between tabs
        "t a b\n0 1,5 -2\n0,5 2,5 ,3\n",  # and between spaces
        "sep=;\nt;a;b\n0;1,5;-2\n0,5;2,5;0,3\n",  # as Excel marks its delimiter
        "Time,a,b\n0,1.5,-2\n0.5,2.5,.3\n",
    ],
)
def test_a_system_in_columns_however_it_is_written(tmp_path: Path, text: str | bytes) -> None:
    ds = opened(tmp_path, text)
    assert ds["a"].dims == ("t",)
    np.testing.assert_array_equal(ds["t"], [0, 0.5])
    np.testing.assert_array_equal(ds["a"], [1.5, 2.5])
    np.testing.assert_array_equal(ds["b"], [-2, 0.3])
    assert {variable.dtype for variable in ds.variables.values()} == {np.dtype(float)}


def test_the_digits_of_the_file_arrive_exactly(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100)
    ds = opened(tmp_path, "t,u\n" + "".join(f"{k},{value!r}\n" for k, value in enumerate(values.tolist())))
    np.testing.assert_allclose(ds["u"], values, rtol=4e-16)


def test_a_long_table_is_a_grid_in_any_row_order(tmp_path: Path) -> None:
    rows = [(t, x, 10 * t + x) for t in (0.0, 1.0, 2.0) for x in (-1.0, 0.0, 0.5, 1.0)]
    np.random.default_rng(1).shuffle(rows)
    ds = opened(tmp_path, "x,u,t\n" + "".join(f"{x},{u},{t}\n" for t, x, u in rows))
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["x"], [-1, 0, 0.5, 1])
    np.testing.assert_array_equal(ds["u"], 10 * ds["t"].to_numpy()[:, None] + ds["x"].to_numpy())


def test_a_grid_with_a_missing_row_has_nan_there(tmp_path: Path) -> None:
    ds = opened(tmp_path, "t,x,u\n0,0,1\n0,1,2\n1,0,3\n")
    np.testing.assert_array_equal(ds["u"], [[1, 2], [3, np.nan]])


def test_a_table_with_x_and_rising_time_is_a_system_unless_told_otherwise(tmp_path: Path) -> None:
    text = "t,x,v\n0,1,0\n1,0.5,-1\n2,1,0\n"
    assert list(opened(tmp_path, text).data_vars) == ["x", "v"]
    scattered = opened(tmp_path, text, dims="point")
    assert scattered["v"].dims == ("point",)
    assert list(scattered.data_vars) == ["v"]
    assert set(scattered.coords) == {"t", "x"}


def test_a_field_without_time(tmp_path: Path) -> None:
    ds = opened(tmp_path, "x,y,u\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n")
    assert dict(ds.sizes) == {"x": 2, "y": 2}
    np.testing.assert_array_equal(ds["u"], [[1, 2], [3, 4]])


def test_names_units_and_years(tmp_path: Path) -> None:
    ds = opened(tmp_path, "year,flow rate (m3/s),p [kPa]\n1900,1,2\n1901,3,4\n", units={"p": "bar"})
    assert ds["t"].attrs == {"original_name": "year", "units": "year"}
    assert ds["flow_rate"].attrs == {"original_name": "flow rate", "units": "m3/s"}
    assert ds["p"].attrs == {"units": "bar"}


def test_dates_become_days_or_seconds(tmp_path: Path) -> None:
    ds = opened(tmp_path, "date,u\n2024-02-28,1\n2024-03-01,2\n")
    np.testing.assert_array_equal(ds["t"], [0, 2])
    assert ds["t"].attrs["units"] == "day"
    assert ds["t"].attrs["origin"].startswith("2024-02-28")
    ds = opened(tmp_path, "time,u\n2024-02-28T12:00:00,1\n2024-02-28T12:01:30.5,2\n")
    np.testing.assert_array_equal(ds["t"], [0, 90.5])
    assert ds["t"].attrs["units"] == "s"


def test_empty_cells_are_missing_samples(tmp_path: Path) -> None:
    ds = opened(tmp_path, "t,u,v\n0,1,\n1,NA,2\n2,nan,3\n")
    np.testing.assert_array_equal(ds["u"], [1, np.nan, np.nan])
    np.testing.assert_array_equal(ds["v"], [np.nan, 2, 3])


def test_columns_named_by_the_caller(tmp_path: Path) -> None:
    ds = opened(tmp_path, "0,1,5\n1,2,6\n", names=("clock", "u", "v"), t="clock")
    np.testing.assert_array_equal(ds["t"], [0, 1])
    assert ds["t"].attrs["original_name"] == "clock"


def test_provenance(tmp_path: Path) -> None:
    ds = opened(tmp_path, "t,u\n0,1\n1,2\n")
    assert ds.attrs["title"] == "run7"
    assert ds.attrs["source"] == "run7.csv"
    assert ds.attrs["sha256"] == hashlib.sha256(b"t,u\n0,1\n1,2\n").hexdigest()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,u\n0,1\n1,2,3\n", ["line 3", "3 columns", "2"]),
        ("t,u,v\n0,1,2\n\n1,2\n", ["line 4", "2 columns", "3"]),
        ("t|u\n0|1\n1|2\n", ["line 1", "delimiter="]),
        ("t,u\n0,1\n1,two\n2,3\n", ["line 3", "'u'", "'two'", "not a number"]),
        ("# a note\nt,u\n0,1\n\n1,1.2.3\n", ["line 5", "'u'", "'1.2.3'"]),
        ("t,u\n0,1\nlater,2\n", ["line 3", "'t'", "'later'", "date"]),
        ("t,u,v\n0,1,\n1,2,\n2,3,\n", ["'v'", "NaN"]),
        ("t,u\n0,1\n1,2\n1,3\n", ["line 4", "'t'", "repeats", "1"]),
        ("t,x,u\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n0,1,5\n", ["line 6", "t=0, x=1", "repeats"]),
        ("t,u\n0,1\n2,2\n1,3\n", ["line 4", "'t'", "not monotonic"]),
        ("t,x,u\n0,1,1\n2,5,2\n1,3,3\n", ["line 4", "'t'", "not monotonic", "point"]),
        ("t,u\n0,1\n", ["1 row", "2"]),
        ("t,u\n", ["0 row"]),
        ("", ["empty"]),
        ("# only a comment\n", ["empty"]),
        ("t,u\n0,1\n,2\n2,3\n", ["line 3", "'t'", "missing"]),
        ("0,1\n1,2\n", ["line 1", "header", "names="]),
        ("a,b\n0,1\n1,2\n", ["a, b", "t='...'"]),
        ("t,u,u\n0,1,2\n1,2,3\n", ["'u'", "two columns"]),
        ("t,u\n0,inf\n1,2\n", ["'u'", "infinite"]),
        ("t,u\n0,True\n1,False\n", ["'u'", "true"]),
        ("t,x\n0,0\n0,1\n1,0\n1,1\n", ["t, x", "no field"]),
        (b"t,u\n0,1\n1,\xe9\n", ["line 3", "UTF-8"]),
        (b"t,u\n0,\x00\n", ["line 2", "not a text table"]),
        ("year,month,u\n1,1,1\n1,2,1\n", ["year and month", "t='...'"]),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path: Path, text: str | bytes, words: list[str]) -> None:
    with pytest.raises(DatasetError) as caught:
        opened(tmp_path, text)
    message = str(caught.value)
    assert all(word in message for word in ["run7.csv", *words]), message


def test_a_delimiter_that_does_not_split(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"run7\.csv, line 1: 't,u' is one column when split at ';'"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", delimiter=";")
    assert opened(tmp_path, "t|u\n0|1\n1|2\n", delimiter="|")["u"].size == 2


@pytest.mark.parametrize("delimiter", ["||", "", ".", "7", "x", "\\s+", "\n", "tab"])
def test_a_delimiter_is_one_character_between_numbers(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(DatasetError) as refused:
        opened(tmp_path, "t||u\n0||1\n1||2\n", delimiter=delimiter)
    assert str(refused.value) == (
        "run7.csv: delimiter is one character that can stand between numbers, such as ';' or '|', with '\\t' for a tab "
        f"and ' ' for white space; it got {delimiter!r}."
    )


def test_a_t_is_the_time_and_a_capital_one_beside_it_a_field(tmp_path: Path) -> None:
    for header in ("t,T", "t [s],T [K]"):
        ds = opened(tmp_path, f"{header}\n0,300\n1,310\n3,325\n")
        np.testing.assert_array_equal(ds["t"], [0, 1, 3])
        np.testing.assert_array_equal(ds["T"], [300, 310, 325])
        assert ds["T"].dims == ("t",)
    assert (ds["t"].attrs["units"], ds["T"].attrs["units"]) == ("s", "K")
    ds = opened(tmp_path, "T,t\n300,0\n310,1\n325,3\n")  # whichever comes first
    np.testing.assert_array_equal(ds["T"], [300, 310, 325])
    rows = [(t, x, 10 * t + x) for t in (0, 1, 2) for x in (0, 1, 2, 3)]
    ds = opened(tmp_path, "t,x,T\n" + "".join(f"{t},{x},{u}\n" for t, x, u in rows))
    np.testing.assert_array_equal(ds["T"].transpose("t", "x"), np.add.outer([0, 10, 20], [0, 1, 2, 3]))


def test_other_names_of_the_time_are_as_good_as_a_t(tmp_path: Path) -> None:
    for header in ("t,time,u", "T,time,u", "Time,TIME,u", "t [s],t [ms],u"):
        with pytest.raises(DatasetError, match=r"could each be the time; say which with t='\.\.\.'"):
            opened(tmp_path, f"{header}\n0,0,1\n1,1,2\n")
    with pytest.raises(DatasetError, match=r"run7\.csv: t and time could each"):
        opened(tmp_path, "t,T,time\n0,0,1\n1,1,2\n")
    np.testing.assert_array_equal(opened(tmp_path, "T,u\n0,1\n2,3\n")["t"], [0, 2])


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no option 'separator'.*delimiter"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", separator=",")
    with pytest.raises(DatasetError, match="t='clock' names no column"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", t="clock")
    with pytest.raises(DatasetError, match="'y'"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", dims=("t", "y"))
    with pytest.raises(DatasetError, match="units names 'w'"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", units={"w": "m"})


def test_a_decimal_comma_is_told_or_found_and_never_taken_for_thousands(tmp_path: Path) -> None:
    assert opened(tmp_path, "t;u\n0;1,500\n1;2,250\n")["u"].to_numpy().tolist() == [1.5, 2.25]
    with pytest.raises(DatasetError, match=r"run7\.csv, line 2: column 'u' holds '1\.234,5'"):
        opened(tmp_path, "t;u\n0;1.234,5\n1;2,5\n")
    with pytest.raises(DatasetError, match="decimal='x'"):
        opened(tmp_path, "t;u\n0;1\n1;2\n", decimal="x")
    with pytest.raises(DatasetError, match="decimal=','"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", decimal=",")


def test_another_encoding_is_named_and_can_be_told(tmp_path: Path) -> None:
    text = "t;temp [°C]\n0;1,5\n1;2,5\n".encode("cp1252")
    with pytest.raises(DatasetError, match=r"run7\.csv, line 1: it is not text in UTF-8; .*encoding='cp1252'"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, encoding="cp1252")["temp"].attrs["units"] == "°C"
    with pytest.raises(DatasetError, match="no encoding 'klingon'"):
        opened(tmp_path, text, encoding="klingon")
    with pytest.raises(DatasetError, match="no encoding 'rot13'"):
        opened(tmp_path, text, encoding="rot13")


def test_runs_one_after_another_are_told_apart(tmp_path: Path) -> None:
    text = "run,t,u\n1,0,5\n1,1,4\n2,0,6\n2,1,7\n"
    with pytest.raises(DatasetError, match="starts again where column 'run' changes"):
        opened(tmp_path, text)
    np.testing.assert_array_equal(opened(tmp_path, text, trajectory="run")["u"], [[5, 4], [6, 7]])
    np.testing.assert_array_equal(opened(tmp_path, text, trajectory="run", run=2)["u"], [6, 7])
    with pytest.raises(DatasetError, match="name it with trajectory="):
        opened(tmp_path, text, run=2)

"""JSON: columns, records, arrays over axes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physforge.datasets.files import open_file
from physforge.errors import DatasetError


def opened(folder: Path, content: Any, **options: Any) -> xr.Dataset:
    path = folder / "run7.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return open_file(path, **options)


@pytest.mark.parametrize(
    "content",
    [
        {"t": [0, 0.5, 1], "u [m]": [1.5, None, 3], "title": "pendulum"},
        [{"t": 0, "u [m]": 1.5}, {"t": 0.5, "u [m]": None}, {"t": 1, "u [m]": 3}],
        [{"t": 0, "u [m]": 1.5}, {"t": 0.5}, {"t": 1, "u [m]": 3}],
    ],
)
def test_columns_and_records(tmp_path: Path, content: Any) -> None:
    ds = opened(tmp_path, content)
    np.testing.assert_array_equal(ds["t"], [0, 0.5, 1])
    np.testing.assert_array_equal(ds["u"], [1.5, np.nan, 3])
    assert ds["u"].attrs["units"] == "m"


@pytest.mark.parametrize("orient", ["list", "records"])
def test_what_pandas_writes(tmp_path: Path, orient: str) -> None:
    frame = pd.DataFrame({"t": np.arange(20) / 7, "u": np.sin(np.arange(20))})
    ds = opened(tmp_path, json.dumps(frame.to_dict(orient=orient)))  # type: ignore[call-overload]
    np.testing.assert_array_equal(ds["t"], frame["t"])
    np.testing.assert_array_equal(ds["u"], frame["u"])


def test_arrays_over_axes(tmp_path: Path) -> None:
    u = np.arange(6.0).reshape(2, 3)
    ds = opened(tmp_path, {"x": [0, 1, 2], "t": [0, 1], "u": [[0, 1, 2], [3, None, 5]]})
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["u"], np.where(u == 4, np.nan, u))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1", "not JSON"]),
        ('{"t": [0, 1],\n"u": [1, }', ["line 2", "not JSON"]),
        ('{"t": [0, 1], "u": [1, 2], "u": [3, 4]}', ["two columns", "'u'"]),
        ('{"t": [0, 1], "u": [1, 2, 3]}', ["differ in length", "t (2)", "u (3)"]),
        ('{"t": [0, 1], "u": [1, "two"]}', ["line 2", "'u'", "'two'"]),
        ('{"t": [0, 1], "u": [1, {"a": 2}]}', ["line 2", "'u'", "a list among"]),
        ('{"t": [0, 1], "u": [1, Infinity]}', ["'u'", "infinite"]),
        ('{"t": [0, 1], "x": [0, 1], "u": [[1, 2], [3]]}', ["'u'", "equally long rows"]),
        ('{"t": [0, 1], "x": [0, 1], "u": [[1, 2], [3, "4"]]}', ["'u'", "'4'"]),
        ('{"t": 3}', ["no table"]),
        ("[1, 2]", ["no table"]),
        ("[" * 100_000, ["nested too deeply"]),
        ('{"t": [0, 1], "u": [1, ' + "9" * 5000 + "]}", ["cannot be read"]),
        ('{"t": [0, 1], "x": [0, 1], "u": [[1, 2], [3, ' + "9" * 400 + "]]}", ["'u'"]),
        ('{"t": [], "u": []}', ["0 row"]),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(DatasetError) as caught:
        opened(tmp_path, text)
    assert all(word in str(caught.value) for word in ["run7.json", *words]), str(caught.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "run7.json"
    with path.open("wb") as stream:
        stream.truncate(2**31)
    with pytest.raises(DatasetError, match=r"run7\.json: JSON of 2048 MiB"):
        open_file(path)

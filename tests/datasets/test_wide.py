"""Wide tables, scattered samples, and large tables of text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physforge.datasets.files import open_file
from physforge.datasets.readers import text_blocks
from physforge.errors import DatasetError


def opened(folder: Path, text: str, **options: Any) -> Any:
    path = folder / "run7.csv"
    path.write_text(text, encoding="utf-8")
    return open_file(path, **options)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("t,0.0,0.5,2\n0,1,2,3\n1,4,5,\n", {}),
        ("time;0,0;0,5;2,0\n0;1;2;3\n1;4;5;NA\n", {}),
        ("t/x\t0.0\t0.5\t2\n0\t1\t2\t3\n1\t4\t5\t\n", {}),
        (",0.0,0.5,2\n0,1,2,3\n1,4,5,nan\n", {"dims": ("t", "x")}),
        ("x,0,1\n0,1,4\n0.5,2,5\n2,3,\n", {"dims": ("x", "t")}),
        ("x,0.0,1.0\n0,1,4\n0.5,2,5\n2,3,\n", {"dims": ("x", "t")}),
    ],
)
def test_a_wide_table_is_a_field(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    ds = opened(tmp_path, text, **options)
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["t"], [0, 1])
    np.testing.assert_array_equal(ds["x"], [0, 0.5, 2])
    np.testing.assert_array_equal(ds["u"], [[1, 2, 3], [4, 5, np.nan]])


def test_its_field_and_units(tmp_path: Path) -> None:
    ds = opened(tmp_path, "time [ms],0.0,0.5\n0,1,2\n1,4,5\n", field="pressure", units={"x": "mm"})
    assert list(ds.data_vars) == ["pressure"]
    assert ds["t"].attrs == {"original_name": "time", "units": "ms"}
    assert ds["x"].attrs == {"units": "mm"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,0,1,2\n0,1,2,3\n1,4,5,6\n", "dims=('t', 'x') for a field over both, or dims=('t',)"),
        (",0.0,0.5\n0,1,2\n1,4,5\n", "dims=('t', 'x') if rows are times"),
        ("station,0.5,1.5\n0,1,2\n1,4,5\n", "corner 'station'"),
        ("t,0.0,0.5\n0,1,2\n1,two,5\n", "line 3: column 2 holds 'two'"),
        ("t,0.0,0.5\n0,1,2\n1,4\n", "line 3"),
        ("t,0.0,0.5,0.2\n0,1,2,3\n1,4,5,6\n", "'x' is not monotonic"),
        ("t,0.0,0.5\n0,1,2\n0,4,5\n", "'t' has the value 0 more than once"),
        ("t,0.0,0.5\n0,1,2\n", "1 row"),
    ],
)
def test_what_is_not_clear_is_asked_or_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DatasetError) as caught:
        opened(tmp_path, text)
    assert words in str(caught.value)


def test_columns_that_are_counted(tmp_path: Path) -> None:
    text = "t,0,1\n0,1,2\n1,4,5\n"
    assert list(opened(tmp_path, text, dims=("t",)).data_vars) == ["_0", "_1"]
    assert opened(tmp_path, text, dims=("t", "x"))["u"].dims == ("t", "x")
    assert list(opened(tmp_path, text, names=("t", "u", "v")).data_vars) == ["u", "v"]
    with pytest.raises(DatasetError, match="field='w'"):
        opened(tmp_path, "t,u\n0,1\n1,2\n", field="w")


def test_a_million_columns(tmp_path: Path) -> None:
    x = np.arange(10**6) * 0.25
    rows = "".join(f"{t}," + ",".join(f"{t}.5" for _ in x) + "\n" for t in (0, 1))
    ds = opened(tmp_path, "t," + ",".join(map(str, x)) + "\n" + rows)
    np.testing.assert_array_equal(ds["x"], x)
    assert (ds["u"].isel(t=1) == 1.5).all()
    names = ",".join(f"v{k}" for k in range(10**6))
    with pytest.raises(DatasetError, match="1000001 named columns"):
        opened(tmp_path, f"t,{names}\n" + rows)


def test_scattered_samples_are_points(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.random((200, 3)).tolist()
    ds = opened(tmp_path, "t,x,u\n" + "".join(f"{t},{x},{u}\n" for t, x, u in rows))
    assert ds["u"].dims == ("point",)
    assert set(ds.coords) == {"t", "x"}
    np.testing.assert_array_equal(ds["t"], [t for t, _, _ in rows])
    steady = opened(tmp_path, "x,y,u\n" + "".join(f"{x},{y},{u}\n" for x, y, u in rows))
    assert set(steady.coords) == {"x", "y"}
    assert steady["u"].dims == ("point",)
    np.savez(tmp_path / "a.npz", **dict(zip("txu", np.array(rows).T, strict=True)))
    np.testing.assert_array_equal(open_file(tmp_path / "a.npz")["u"], ds["u"])


def test_a_third_of_a_grid_is_asked_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    places = rng.permutation(400)[:130]
    text = "t,x,u\n" + "".join(f"{k // 20},{k % 20},{k}\n" for k in places)
    with pytest.raises(DatasetError, match=r"dims=\('t', 'x'\) for a grid with gaps, or dims=\('point',\)"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, dims="point").sizes["point"] == 130


def test_samples_sorted_by_time_are_asked_for_and_a_trajectory_is_not(tmp_path: Path) -> None:
    t = np.linspace(0, 5, 100)
    text = "t,x,v\n" + "".join(f"{time},{np.sin(time)},{np.cos(time)}\n" for time in t)
    assert list(opened(tmp_path, text).data_vars) == ["x", "v"]
    places = np.random.default_rng(0).random(100)
    text = "t,x,v\n" + "".join(f"{time},{x},1\n" for time, x in zip(t, places, strict=True))
    with pytest.raises(DatasetError, match=r"'x' jumps about.*dims=\('point',\).*dims=\('t',\)"):
        opened(tmp_path, text)
    assert list(opened(tmp_path, text, dims=("t",)).data_vars) == ["x", "v"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_in_blocks_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    t = np.arange(3000) * 0.01
    text = "# a note\nt;u\n" + "".join(f"{k};{k * k}\n\n" for k in t).replace(".", ",")
    path = tmp_path / "a.csv"
    path.write_text(text, encoding=encoding)
    whole = open_file(path)
    monkeypatch.setattr(text_blocks, "BLOCK", 5000)
    xr_blocks = open_file(path)
    assert whole.identical(xr_blocks)
    np.testing.assert_allclose(whole["u"], t * t, rtol=1e-12)
    path.write_text(text + "1;2;3\n", encoding=encoding)
    with pytest.raises(DatasetError, match="line 6003: it has 3 columns"):
        open_file(path)
    path.write_text(text + "40;x\n", encoding=encoding)
    with pytest.raises(DatasetError, match="line 6003: column 'u' holds 'x'"):
        open_file(path)


def test_two_gigabytes_of_text_are_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as stream:
        stream.write(b"t,u\n0,1\n")
        stream.truncate(2 * 2**30)
    with pytest.raises(DatasetError, match="Convert it to Parquet"):
        open_file(tmp_path / "a.csv")

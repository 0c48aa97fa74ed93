"""Parquet: the columns of a table, read or left on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physforge.datasets.files import open_file
from physforge.datasets.lazy import is_lazy
from physforge.errors import DatasetError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

T = np.linspace(0, 1, 1000)


def write(folder: Path, group: int = 300, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / "a.parquet", row_group_size=group)
    return folder / "a.parquet"


@pytest.mark.parametrize("lazy", [False, True])
def test_a_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lazy: bool) -> None:
    monkeypatch.setattr("physforge.datasets.lazy.BLOCK_BYTES", 3000)
    ds = open_file(write(tmp_path, Time=T, angle=np.sin(T), n=np.arange(1000)), lazy=lazy)
    assert is_lazy(ds) is lazy
    assert dict(ds.sizes) == {"t": 1000}
    assert ds["t"].attrs["original_name"] == "Time"
    np.testing.assert_array_equal(ds["angle"], np.sin(T))
    np.testing.assert_array_equal(ds["n"], np.arange(1000))
    if lazy:
        assert ds["n"].chunks == ((300, 300, 300, 100),)


def test_a_grid_and_scattered_samples(tmp_path: Path) -> None:
    t, x = (axis.ravel() for axis in np.meshgrid(np.arange(4.0), np.arange(5.0)))
    ds = open_file(write(tmp_path, t=t, x=x, u=10 * t + x), lazy=True)
    assert dict(ds.sizes) == {"t": 4, "x": 5}
    assert float(ds["u"].sel(t=2, x=3)) == 23
    rng = np.random.default_rng(0)
    ds = open_file(write(tmp_path, t=rng.random(50), x=rng.random(50), u=rng.random(50)))
    assert dict(ds.sizes) == {"point": 50}
    assert set(ds.coords) == {"t", "x"}


def test_missing_values_and_dates(tmp_path: Path) -> None:
    dates = np.array(["2024-02-28", "2024-02-29", "2024-03-01"], dtype="datetime64[D]")
    ds = open_file(write(tmp_path, date=dates, u=[1.5, None, 2.5]))
    np.testing.assert_array_equal(ds["t"], [0, 1, 2])
    assert ds["t"].attrs["units"] == "day"
    np.testing.assert_array_equal(ds["u"], [1.5, np.nan, 2.5])
    clock = np.array(["2024-02-28T00:00:00", "2024-02-28T00:00:00.25"], dtype="datetime64[ms]")
    np.testing.assert_array_equal(open_file(write(tmp_path, time=clock, u=[1.0, 2.0]))["t"], [0, 0.25])


def test_other_columns_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'label' holds string"):
        open_file(write(tmp_path, t=T, label=["a"] * 1000))
    with pytest.raises(DatasetError, match="'v' holds list"):
        open_file(write(tmp_path, t=[0.0, 1.0], v=[[1.0], [2.0]]))


def test_runs(tmp_path: Path) -> None:
    path = write(tmp_path, run=[1, 1, 2, 2], t=[0.0, 1.0, 0.0, 1.0], u=[1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(open_file(path, trajectory="run")["u"], [[1, 2], [3, 4]])


def test_repeated_values_are_no_bomb_until_they_are_many(tmp_path: Path) -> None:
    rows = 3 * 10**7
    path = tmp_path / "a.parquet"
    schema = pa.schema([("t", pa.float64()), ("u", pa.float64())])
    zeros = pa.table({"t": np.zeros(10**6), "u": np.zeros(10**6)}, schema=schema)
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(rows // 10**6):
            writer.write_table(zeros)
    with pytest.raises(DatasetError, match="bomb"):
        open_file(path)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, t=T, u=T)
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from physforge.datasets.files import open_file\n"
        "from physforge.errors import MissingExtraError\n"
        f"try: open_file({str(path)!r})\n"
        "except MissingExtraError as error: sys.stdout.write(str(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "physforge[parquet]" in done.stdout

"""Data that a dask array computes are written part by part."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import pytest
import xarray as xr

from physforge.datasets.export import csv as csv_writer
from physforge.datasets.export import write_csv

WRITE = """
import resource, sys
import dask, dask.array, numpy as np, xarray as xr
from physforge.datasets.export import write
dask.config.set(scheduler="synchronous")
rows, columns = {shape}
coords = {{"t": np.arange(float(rows)), "x": np.arange(float(columns))}}
u = dask.array.ones((rows, columns), chunks=(16, columns), dtype=float)
small = xr.Dataset({{"u": (("t", "x"), u[:16])}}, {{**coords, "t": coords["t"][:16]}})
write(small, {path!r} + "/small{suffix}")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write(xr.Dataset({{"u": (("t", "x"), u)}}, coords), {path!r} + "/large{suffix}")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_large_array_is_never_whole_in_memory(tmp_path: Path, suffix: str) -> None:
    shape = (1024, 16384)
    code = WRITE.format(shape=shape, path=str(tmp_path), suffix=suffix)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shape[0] * shape[1] * 8 / 2**20 == 128
    assert float(done.stdout) < 60


def test_a_table_is_written_some_rows_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def compute(block_info: dict[Any, Any]) -> np.ndarray:
        written = sum(path.stat().st_size for path in tmp_path.glob(".run*"))
        seen.append((block_info[None]["chunk-location"][0], written))
        return np.ones((4, 2000))

    u = dask.array.map_blocks(compute, chunks=((4,) * 25, (2000,)), dtype=float, meta=np.empty((0, 0)))
    monkeypatch.setattr(csv_writer, "BLOCK_ROWS", 10_000)
    with dask.config.set(scheduler="synchronous"):
        write_csv(
            xr.Dataset({"u": (("t", "x"), u)}, {"t": np.arange(100.0), "x": np.arange(2000.0)}), tmp_path / "run.csv"
        )
    assert [chunk for chunk, _ in seen] == list(range(25))
    sizes = [written for _, written in seen]
    assert all(later > earlier + 50_000 for earlier, later in pairwise(sizes))

"""Row about a field that does not fit into memory."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr
from benchmarks.cells import CACHE, Cell, Kept, NotAvailable
from benchmarks.derivatives import large, ours
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, result, unavailable

#: Memory for 20 GB, and what of it an empty process with its libraries takes.
LIMIT, BASE = 4.0e9, 0.5e9
FULL = 20.0


def measure(gigabytes: float) -> dict:
    """Write the field, differentiate it in a process of its own, and remove both."""
    _check()
    free = os.statvfs(CACHE)
    if free.f_bavail * free.f_frsize < 2.5e9 * gigabytes:
        raise NotAvailable(f"{gigabytes:g} GB need {2.5 * gigabytes:g} GB of free disk")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="large-") as folder:
        path = Path(folder) / "field.zarr"
        large.write(path, gigabytes)
        words = [sys.executable, large.__file__, "differentiate", str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        with xr.open_zarr(path.with_name("derivatives.zarr"), consolidated=False, chunks=None) as made:
            part = made["u_x"].isel(t=slice(0, 500), x=slice(500, 1500)).to_numpy().astype(float)
        with xr.open_zarr(path, consolidated=False, chunks=None) as ds:
            t, x = ds["t"].to_numpy()[:500, None], ds["x"].to_numpy()[None, 500:1500]
    exact = np.cos(x - t) + 1.7 * np.cos(1.7 * (x - t) + t)
    return answer | {"error": float(np.sqrt(np.mean((part - exact) ** 2)) / np.std(exact))}


def _check() -> None:
    """Refuse to write gigabytes for a library that would load them whole."""
    u = np.random.default_rng(0).standard_normal((40, 40))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": np.arange(40.0), "x": np.arange(40.0)}).chunk({"t": 20, "x": 20})
    if ours.attempt(ds, ["u_x"])["u_x"].chunks is None:
        raise NotAvailable("differentiate loads dask-backed data whole")


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/large.py", f"{folder}/large_row.py")
    size = settings.gigabytes
    return [Cell("large", f"{size:g}", measure, (size,), sources, (*ours.PACKAGES, "dask", "zarr"), alone=True)]


def answer(settings: Settings, kept: Kept) -> Answer:
    size = settings.gigabytes
    most = BASE + (LIMIT - BASE) * size / FULL
    whats = [(f"{size:g} GB zarr field through dask: peak memory", f"<= {most / 1e9:.2g} GB")]
    wanted = cells(settings)
    absent = unavailable(whats, kept, wanted)
    if absent:
        return absent
    found = result(kept, wanted[0].name, wanted[0].key) or {}
    (what, goal), *_ = whats
    line = Line(what, goal, f"{found['peak'] / 1e9:.2f} GB", found["peak"] <= most)
    words = (
        f"{found['bytes'] / 1e9:.1f} GB in float64 with 10 % noise, u_x and its sd written in float32, in "
        f"{found['seconds']:.0f} s; error of u_x {found['error']:.1%} of its standard deviation, across a chunk's edge."
    )
    return Answer([line], words)


ROW = Row("large", "A field that does not fit into memory", cells, answer)

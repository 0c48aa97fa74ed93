"""Weak-form discovery, as a job, on a field that is three times as large as the worker's memory."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import zarr
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import new_folder

from physforge.equations import Equation
from physforge.jobs import JobSpec, Selection, State
from physforge.jobs.access import Access
from physforge.jobs.worker import Worker
from physforge.workspace import Workspace

SOURCES = (
    "physforge_lib/physforge/discovery/weak/*.py",
    "physforge_lib/physforge/datasets/lazy.py",
    "physforge_lib/physforge/tasks/discovery/*.py",
    "physforge_lib/physforge/jobs/child.py",
    "tests/benchmarks/jobs/memory.py",
)
MODES = ((1, 0.6, 0.0), (2, 0.25, 1.0), (3, 0.1, 2.0))
NU = 0.2


def write_burgers(folder: Path, samples: tuple[int, int]) -> int:
    """Write a solution of Burgers' equation slab by slab (Cole-Hopf), and return its bytes."""
    nt, nx = samples
    t, x = np.linspace(0.0, 3.0, nt), np.linspace(0.0, 2 * np.pi, nx, endpoint=False)
    root = zarr.open_group(folder, mode="w", zarr_format=3)
    rows = max(2**21 // nx, 1)
    u = root.create_array(
        "u", shape=samples, chunks=(rows, nx), dtype="f8", dimension_names=("t", "x"), compressors=None
    )
    for name, values in (("t", t), ("x", x)):
        root.create_array(name, data=values, dimension_names=(name,))
    root["x"].attrs["period"] = 2 * np.pi
    waves = [(a * np.cos(k * x + p), -k * a * np.sin(k * x + p), k) for k, a, p in MODES]
    for first in range(0, nt, rows):
        decay = t[first : first + rows, None]
        phi = 1.0 + sum(np.exp(-NU * k**2 * decay) * wave for wave, _, k in waves)
        slope = sum(np.exp(-NU * k**2 * decay) * wave for _, wave, k in waves)
        u[first : first + rows] = -2 * NU * slope / phi
    zarr.consolidate_metadata(folder)
    return 8 * nt * nx


def measure(seed: int, quick: bool) -> dict:
    samples, memory = ((2048, 8192), 5 * 2**28) if quick else ((40960, 12800), 5 * 2**28)
    with new_folder() as folder:
        size = write_burgers(folder / "field.zarr", samples)
        workspace = Workspace(home=folder / "home")
        version = workspace.store.add(folder / "field.zarr", name="field")
        shutil.rmtree(folder / "field.zarr")
        direct = discovered(workspace)
        spec = spec_of(workspace, version)
        job = workspace.jobs.submit([spec])[0]
        worker = Worker(Access(home=str(folder / "home")), memory_bytes=memory)
        try:
            done = worker.run_one(job.id)
        finally:
            worker.close()
        text = "" if done.state is not State.SUCCEEDED else str(workspace.job(job.id).result().equation)
        assert workspace.jobs.count(Selection())[State.SUCCEEDED] == bool(text)
        assert done.finished_at, (done, workspace.jobs.events(job.id)[-1], workspace.jobs.read_log(job.id).text[-800:])
    seconds = (done.finished_at - done.started_at).total_seconds()
    return {
        "bytes": size,
        "memory": memory,
        "direct": direct,
        "job": text,
        "error": done.error,
        "seconds": seconds,
    }


def discovered(workspace: Workspace) -> str:
    """What the direct call finds, in this process, which has no limit."""
    from physforge.discovery import discover

    return str(discover(workspace.open_dataset("field"), method="weak").equation)


def spec_of(workspace: Workspace, version) -> JobSpec:
    from physforge.jobs.submission import make_spec

    return make_spec(
        "discovery",
        {"dataset": "field", "method": "weak"},
        data=workspace.store,
        catalog={},
        jobs=workspace.jobs,
    )


def lines(results: Sequence[dict]) -> list[Line]:
    one = results[0]
    ratio = one["bytes"] / one["memory"]
    # Sums over slabs depend on their order in the last digits.
    same = bool(one["job"]) and Equation.parse(one["job"]).matches(Equation.parse(one["direct"]), rtol=1e-9)
    answer = f"the same as the direct call to 1e-9: {same}"
    figure = one["error"] or f"{one['job']} in {one['seconds']:.0f} s; {answer}"
    what = f"weak-form discovery on a field of {one['bytes'] / 2**30:.2f} GiB, {ratio:.1f} times the worker's memory"
    return [Line(what, "finishes, same answer", figure, same and ratio >= 3)]


CASES = (Case("memory", measure, lines, SOURCES, ("dask", "zarr", "numpy")),)

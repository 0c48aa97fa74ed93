"""What registering costs over hashing, and what one changed chunk costs in space.

Registering and hashing alternate in one process, so that both see the same machine. The
processor's time is given beside the clock's: on a machine with other work the clock also
counts the waiting. A third figure is the disk's own: the same bytes written past the
page cache and synced, without hash or database. No durable copy is faster than that.
"""

import argparse
import hashlib
import mmap
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import xarray as xr
from benchmarks import cells

from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs

TABLE = Path(__file__).with_name("store.md")
COST_GOAL, SPACE_GOAL = 1.5, 0.02

SOURCES = (
    "physforge_lib/physforge/database/**/*.py",
    "physforge_lib/physforge/datasets/store/*.py",
    "tests/benchmarks/bench_store.py",
)
PACKAGES = ("sqlalchemy", "xarray", "zarr")

#: Row -> size in MB, and repeats in a cell.
REGISTER = {"register-64": (64, 9), "register-1024": (1024, 5)}
CHANGE = {"chunk-268": (268, 3)}


def fresh_store(folder: Path) -> DatabaseStore:
    database = Database.open(f"sqlite:///{folder}/home/physforge.sqlite")
    return DatabaseStore(database, open_blobs(folder / "home" / "store"))


def timed(work) -> tuple[float, float]:
    """Seconds by the clock, and of processors."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def hash_file(path: Path) -> None:
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")


def write_file(path: Path, target: Path) -> None:
    """Copy as fast as the disk allows, and wait for it."""
    block = mmap.mmap(-1, 2 * 2**20)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_DIRECT", 0))
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(block):
            os.pwrite(handle, memoryview(block)[: -(-count // 4096) * 4096], stream.tell() - count)
    os.fsync(handle)
    os.close(handle)


def cost_of_registering(megabytes: int, repeats: int, seed: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="pf-bench-") as name:
        folder = Path(name)
        store = fresh_store(folder)
        path = folder / "field.npy"
        rng = np.random.default_rng(seed)
        np.save(path, rng.normal(size=megabytes * 2**20 // 8))
        hashing, adding, writing = [], [], []
        for repeat in range(repeats + 1):
            with path.open("r+b") as stream:  # another content each time, or it would be no new version
                stream.seek(1000)
                stream.write(rng.bytes(64))
            os.sync()
            first = timed(lambda: hash_file(path))
            second = timed(lambda: store.add(path, name="field"))
            os.sync()
            third = timed(lambda: write_file(path, folder / "copy"))
            (folder / "copy").unlink()
            if repeat:  # the first pays for imports
                hashing.append(first)
                adding.append(second)
                writing.append(third)
    return {"hash": hashing, "register": adding, "write": writing, "load": os.getloadavg()[0]}


def used(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def cost_of_a_changed_chunk(megabytes: int, repeats: int, seed: int) -> dict:
    """The space that a version takes in which one value is another, database included."""
    with tempfile.TemporaryDirectory(prefix="pf-bench-") as name:
        folder = Path(name)
        store = fresh_store(folder)
        rng = np.random.default_rng(seed)
        x = np.arange(4096.0)
        t = np.arange(megabytes * 2**20 / 8 / x.size)
        ds = xr.Dataset({"u": (("t", "x"), rng.normal(size=(t.size, x.size)))}, {"t": t, "x": x})
        store.add(ds, name="field")
        first = used(folder / "home")
        costs = []
        for _ in range(repeats):
            before = used(folder / "home")
            ds["u"][int(rng.integers(t.size)), int(rng.integers(x.size))] += 1
            store.add(ds, name="field")
            costs.append((used(folder / "home") - before) / first)
    return {"costs": costs}


def register_row(name: str, found: Sequence[dict]) -> str:
    megabytes, _ = REGISTER[name]
    results = [one["result"] for one in found]
    clock, processor = (
        [
            statistics.median(pair[index] for one in results for pair in one[key])
            for key in ("hash", "register", "write")
        ]
        for index in (0, 1)
    )
    ratio = clock[1] / clock[0]
    what = (
        f"register {megabytes} MB: {clock[1]:.3f} s (hash {clock[0]:.3f} s, the disk alone {clock[2]:.3f} s; "
        f"processor time {processor[1]:.3f} and {processor[0]:.3f} s; "
        f"load of the machine {max(one['load'] for one in results):.1f})"
    )
    return row(what, f"{ratio:.2f} x hashing", f"{COST_GOAL} x", ratio <= COST_GOAL, found)


def change_row(name: str, found: Sequence[dict]) -> str:
    megabytes, _ = CHANGE[name]
    cost = statistics.median(cost for one in found for cost in one["result"]["costs"])
    what = f"one value changed in {megabytes} MB of zarr: more space"
    return row(what, f"{cost:.2%}", f"{SPACE_GOAL:.0%}", cost <= SPACE_GOAL, found)


def row(what: str, median: str, goal: str, reached: bool, found: Sequence[dict]) -> str:
    last = found[-1]
    return f"| {what} | {median} | {goal} | {'yes' if reached else 'no'} | {last['date']} | {last['commit']} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", choices=[*REGISTER, *CHANGE], help="only this row")
    parser.add_argument("--seeds", type=int, default=3, help="how many cells a row (default: 3)")
    arguments = parser.parse_args()
    names = arguments.case or [*REGISTER, *CHANGE]
    several = {
        name: [
            cells.Cell(
                name,
                str(seed),
                cost_of_registering if name in REGISTER else cost_of_a_changed_chunk,
                (*(REGISTER | CHANGE)[name], seed),
                SOURCES,
                PACKAGES,
                alone=True,
            )
            for seed in range(arguments.seeds)
        ]
        for name in names
    }
    kept = cells.fill("store", [cell for row_cells in several.values() for cell in row_cells])
    lines = [
        "# What the store costs",
        "",
        f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}. Medians.",
        "",
        "| what | median | goal | reached | date | commit |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        found = [kept[cell.name, cell.key] for cell in several[name]]
        lines.append((register_row if name in REGISTER else change_row)(name, found))
    print("\n".join(lines))
    if not arguments.case:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

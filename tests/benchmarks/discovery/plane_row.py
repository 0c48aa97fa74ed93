"""Row about two fields in the plane: time and memory, in a process of its own."""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.cells import CACHE, Cell, Kept
from benchmarks.discovery import ours, plane, truth
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, result, unavailable

from physforge.problems import get_problem

LEVEL = 0.05
SECONDS_GOAL, MEMORY_GOAL = 4.0, 4.0
WHATS = (
    ("plane, two fields of 128 x 128 x 101, 55 terms: CPU s", f"<= {SECONDS_GOAL:g}"),
    ("the same: memory beyond the process without the data, over the data", f"<= {MEMORY_GOAL:g}"),
)


def measure(seed: int, side: int, times: int) -> dict:
    """Write the data, and discover in a fresh process."""
    problem = get_problem("reaction-diffusion", seed)
    wider = replace(
        problem,
        x=replace(problem.x, count=side),
        y=replace(problem.y, count=side),
        t=replace(problem.t, count=times),
    )
    law = truth.laws("reaction-diffusion")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="plane-") as folder:
        path = Path(folder) / "fields.nc"
        truth.noisy(wider.generate(), LEVEL, seed).to_netcdf(path)
        words = [sys.executable, plane.__file__, str(path), "3"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    right = all(set(found["found"].get(one.target, {})) == set(one.terms) for one in law)
    return found | {"law found": right}


def cells(settings: Settings) -> list[Cell]:
    side, times = (32, 31) if settings.quick else (128, 101)
    sources = (*ours.SOURCES, f"{ours.FOLDER}/plane.py", f"{ours.FOLDER}/plane_row.py")
    return [
        Cell("plane", f"{side}-{seed}", measure, (seed, side, times), sources, ours.PACKAGES, alone=True)
        for seed in settings.range(1 if settings.quick else min(3, settings.seeds))
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(WHATS, kept, cells(settings))
    if absent:
        return absent
    found = {cell.arguments[0]: one for cell in cells(settings) if (one := result(kept, cell.name, cell.key))}
    seconds = median(one["cpu"] for one in found.values())
    memory = max(one["peak"] / one["data"] for one in found.values())
    lines = [
        Line(*WHATS[0], f"{seconds:.1f} (median)", seconds <= SECONDS_GOAL),
        Line(*WHATS[1], f"{memory:.1f}", memory <= MEMORY_GOAL),
    ]
    table = [
        (
            seed,
            one["terms"],
            one["cpu"],
            one["wall"],
            one["data"] / 1e6,
            one["peak"] / one["data"],
            "yes" if one["law found"] else "no",
        )
        for seed, one in found.items()
    ]
    head = ("seed", "terms", "CPU s", "wall s", "data, MB", "peak over data", "both laws right")
    note = (
        f"Reaction and diffusion with {LEVEL:.0%} noise, both targets. The memory is the largest resident size from "
        "loading the data on, less that of the same process before, after a small field; the data are part of it."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


ROW = Row("plane", "Two fields in the plane", cells, answer)

"""Measure cell by cell, keep each cell, and write the table of a benchmark.

A cell is one case and one seed (or repeat). It is kept under a hash of the sources that it
measures, so that a long table can be interrupted and goes on where it stopped; a changed
source measures anew.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".bench_cache"


@dataclass(frozen=True)
class Case:
    """One row: what is measured, in seconds, and the goal."""

    name: str
    description: str
    goal: float
    measure: Callable[[int], float]


def run(title: str, name: str, cases: Sequence[Case], sources: Sequence[str], packages: Sequence[str]) -> None:
    """Measure what is not kept yet, print the table, and write it beside the benchmark."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--case", action="append", choices=[case.name for case in cases], help="only this row")
    parser.add_argument("--seeds", type=int, default=5, help="how many repeats (default: 5)")
    arguments = parser.parse_args()
    rows = {}
    for case in cases:
        if not arguments.case or case.name in arguments.case:
            cells = [_cell(name, case, seed, sources) for seed in range(arguments.seeds)]
            rows[case.name] = cells
    text = _table(title, cases, rows, packages)
    print(text)
    if not arguments.case:
        (Path(__file__).parent / f"{name}.md").write_text(text, encoding="utf-8")


def _cell(name: str, case: Case, seed: int, sources: Sequence[str]) -> dict:
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted(ROOT.glob(source)):
            digest.update(path.read_bytes())
    kept = CACHE / f"{name}-{case.name}-{seed}-{digest.hexdigest()[:16]}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    print(f"measuring {case.name}, repeat {seed + 1}", flush=True)
    cell = {"seconds": case.measure(seed), "commit": _commit(), "date": datetime.now(UTC).date().isoformat()}
    CACHE.mkdir(exist_ok=True)
    kept.write_text(json.dumps(cell))
    return cell


def _table(title: str, cases: Sequence[Case], rows: dict[str, list[dict]], packages: Sequence[str]) -> str:
    lines = [
        f"# {title}",
        "",
        f"Machine: {os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; {', '.join(f'{one} {version(one)}' for one in packages)}.",
        "",
        "| what | median (s) | all (s) | goal (s) | reached | date | commit |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        if case.name not in rows:
            continue
        cells = rows[case.name]
        seconds = [cell["seconds"] for cell in cells]
        median = statistics.median(seconds)
        every = ", ".join(f"{one:.1f}" for one in seconds)
        reached = "yes" if median <= case.goal else "no"
        last = cells[-1]
        lines.append(
            f"| {case.description} | {median:.1f} | {every} | {case.goal:g} | {reached} | {last['date']} "
            f"| {last['commit']} |"
        )
    return "\n".join(lines) + "\n"


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode != 0
    return done.stdout.strip() + ("+" if dirty else "")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

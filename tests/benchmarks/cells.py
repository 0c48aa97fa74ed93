"""Measure cell by cell, keep each cell, and write the table of a benchmark.

A cell is one case and one seed (or repeat). It is kept under a hash of the sources that it
measures, so that a long table can be interrupted and goes on where it stopped; a changed
source measures anew. `run` is for benchmarks of waiting times, one figure a cell; `fill` for
those whose cells hold many figures and are shared by several rows.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Where cells are kept. The tests measure in a folder of their own.
CACHE = Path(os.environ.get("PHYSFORGE_BENCH_CACHE", ROOT / ".bench_cache"))


@dataclass(frozen=True)
class Case:
    """One row: what is measured, in seconds, and the goal."""

    name: str
    description: str
    goal: float
    measure: Callable[[int], float]


class NotAvailable(Exception):  # noqa: N818 - an answer, not a mistake
    """What a cell would measure does not exist (yet)."""


@dataclass(frozen=True)
class Cell:
    """Something to measure once.

    Parameters
    ----------
    name, key : str
        What, and which draw or seed. `fill` answers under both.
    work : callable
        A function of a module, given `arguments`; returns what JSON can hold.
    arguments : tuple
        Told apart by `key`.
    sources : tuple of str
        Patterns of the files, from the root, that the result depends on.
    packages : tuple of str
        Distributions that it depends on.
    alone : bool
        Whether it measures time, so that nothing else may run beside it.
    """

    name: str
    key: str
    work: Callable[..., dict]
    arguments: tuple
    sources: tuple[str, ...]
    packages: tuple[str, ...] = ()
    alone: bool = False


Kept = dict[tuple[str, str], dict]


def fill(bench: str, cells: Sequence[Cell], workers: int = 2) -> Kept:
    """Measure what is not kept yet, and return every cell by name and key.

    A cell holds ``result``, ``commit``, ``date`` and ``seconds`` (wall and CPU); or ``absent``,
    the reason, of a `NotAvailable`; or ``failed``, the last lines of an error. The last two are not kept.
    """
    kept, missing = _find(bench, cells)
    shared = [one for one in missing if not one[0].alone]
    context = multiprocessing.get_context("spawn")
    start, done = time.monotonic(), 0
    for group, size in ((shared, workers), ([one for one in missing if one[0].alone], 1)):
        if not group:
            continue
        with ProcessPoolExecutor(size, mp_context=context, max_tasks_per_child=None) as pool:
            waiting = {pool.submit(_measured, cell): (cell, path) for cell, path in group}
            for future in as_completed(waiting):
                cell, path = waiting[future]
                answer = kept[cell.name, cell.key] = future.result()
                done += 1
                if "result" in answer:
                    _write(path, json.dumps({"name": cell.name, "key": cell.key, **answer}))
                words = answer.get("absent") or answer.get("failed") or f"{answer['seconds'][0]:.1f} s"
                spent = time.monotonic() - start
                print(f"{done}/{len(missing)} after {spent:.0f} s: {cell.name} {cell.key}: {words}", flush=True)
    return kept


def find_kept(bench: str, cells: Sequence[Cell]) -> Kept:
    """Return the cells that are kept, by name and key, and measure nothing."""
    return _find(bench, cells)[0]


def _find(bench: str, cells: Sequence[Cell]) -> tuple[Kept, list[tuple[Cell, Path]]]:
    folder = CACHE / bench
    folder.mkdir(parents=True, exist_ok=True)
    digests = {sources: _digest(*sources) for sources in {(cell.sources, cell.packages) for cell in cells}}
    kept: Kept = {}
    missing = []
    for cell in dict.fromkeys(cells):
        path = folder / f"{cell.name}-{cell.key}-{digests[cell.sources, cell.packages]}.json"
        if path.exists():
            kept[cell.name, cell.key] = json.loads(path.read_text())
        else:
            missing.append((cell, path))
    return kept, missing


def _measured(cell: Cell) -> dict:
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        result = cell.work(*cell.arguments)
    except NotAvailable as reason:
        return {"absent": str(reason)}
    except Exception:  # noqa: BLE001 - one broken cell must not lose the table
        return {"failed": " / ".join(traceback.format_exc().strip().splitlines()[-3:])}
    seconds = (time.perf_counter() - wall, time.process_time() - cpu)
    return {
        "result": result,
        "seconds": seconds,
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _digest(sources: Sequence[str], packages: Sequence[str]) -> str:
    digest = hashlib.sha256(" ".join(f"{one}={version(one)}" for one in packages).encode())
    for source in sources:
        for path in sorted(ROOT.glob(source)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


def machine() -> str:
    """Name the machine and its Python."""
    return (
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}"
    )


def run(title: str, name: str, cases: Sequence[Case], sources: Sequence[str], packages: Sequence[str]) -> None:
    """Measure what is not kept yet, print the table, and write it beside the benchmark."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--case", action="append", choices=[case.name for case in cases], help="only this row")
    parser.add_argument("--seeds", type=int, default=5, help="how many repeats (default: 5)")
    arguments = parser.parse_args()
    rows: dict[str, list[dict]] = {}
    for case in cases:
        if not arguments.case or case.name in arguments.case:
            cells = [_cell(name, case, seed, sources) for seed in range(arguments.seeds)]
            rows[case.name] = cells
    text = _table(title, cases, rows, packages)
    print(text)
    if not arguments.case:
        (Path(__file__).parent / f"{name}.md").write_text(text, encoding="utf-8")


def _cell(name: str, case: Case, seed: int, sources: Sequence[str]) -> dict:
    kept = CACHE / f"{name}-{case.name}-{seed}-{_digest(sources, ())}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    print(f"measuring {case.name}, repeat {seed + 1}", flush=True)
    cell = {"seconds": case.measure(seed), "commit": commit(), "date": datetime.now(UTC).date().isoformat()}
    CACHE.mkdir(exist_ok=True)
    kept.write_text(json.dumps(cell))
    return cell


def _table(title: str, cases: Sequence[Case], rows: dict[str, list[dict]], packages: Sequence[str]) -> str:
    lines = [
        f"# {title}",
        "",
        f"Machine: {machine()}; {', '.join(f'{one} {version(one)}' for one in packages)}.",
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


def commit() -> str:
    """Name the commit, with a plus where files differ from it."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode
    return (done.stdout.strip() or "no git") + ("+" if dirty else "")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

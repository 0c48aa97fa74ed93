"""Row about time: a field of 1024 x 251 on one core, beside pysindy's weak library."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours, truth
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, result, unavailable

import physforge as pf
from physforge.discovery import DiscoveryResult
from physforge.features import CandidateLibrary
from physforge.problems import get_problem

LEVEL = 0.1
TABLE_GOAL, SECONDS_GOAL, FASTER_GOAL = 0.05, 0.3, 20.0
WHATS = (
    ("1024 x 251, 15 terms, one core: CPU s to the candidate table", f"<= {TABLE_GOAL}"),
    ("1024 x 251, 15 terms, one core: CPU s with intervals", f"<= {SECONDS_GOAL}"),
    ("the same: times less CPU than pysindy's weak library, equal test functions", f">= {FASTER_GOAL:g}"),
)


def measure(seed: int, places: int, times: int) -> dict:
    """Time ours and the peer in turn, after both were used once on a small field."""
    from benchmarks.discovery import peers

    problem = get_problem("burgers", seed)
    problem = replace(problem, x=replace(problem.x, count=places), t=replace(problem.t, count=times))
    ds = truth.noisy(problem.generate(), LEVEL, seed)
    small = ds.isel(t=slice(0, 60), x=slice(0, 60))
    library = CandidateLibrary(polynomial=3, conservative=True, include_interactions=False, include_constant=False)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        pf.discover(small, library=library)
        peers.weak_seconds(small, 10)
        results: list[DiscoveryResult] = []
        own = [_timed(lambda: results.append(pf.discover(ds, library=library))) for _ in range(3)]
        rows = results[0].findings[0].blocks
        peer = peers.weak_seconds(ds, rows)
    finally:
        os.sched_setaffinity(0, allowed)
    return {
        "cpu": median(one[1] for one in own),
        "wall": median(one[0] for one in own),
        "peer": peer,
        "rows": rows,
        "terms": len(list(library.resolve(["u"], ["t", "x"]).make_terms(["u"], ["t", "x"]))),
        "found": str(next(iter(results[0].equations.values()), "nothing")),
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def cells(settings: Settings) -> list[Cell]:
    places, times = (128, 101) if settings.quick else (1024, 251)
    sources = (*ours.SOURCES, f"{ours.FOLDER}/speed_row.py", f"{ours.FOLDER}/peers.py")
    packages = (*ours.PACKAGES, "pysindy")
    return [
        Cell("speed", f"{places}-{seed}", measure, (seed, places, times), sources, packages, alone=True)
        for seed in settings.range(1 if settings.quick else min(3, settings.seeds))
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(WHATS, kept, cells(settings))
    if absent:
        return absent
    found = {cell.arguments[0]: one for cell in cells(settings) if (one := result(kept, cell.name, cell.key))}
    seconds = median(one["cpu"] for one in found.values())
    ratio = median(one["peer"] / one["cpu"] for one in found.values())
    figures = (
        (f"{seconds:.2f} (the table comes with the intervals)", seconds <= TABLE_GOAL),
        (f"{seconds:.2f} (median)", seconds <= SECONDS_GOAL),
        (f"{ratio:.1f} (median)", ratio >= FASTER_GOAL),
    )
    lines = [Line(what, goal, figure, ok) for (what, goal), (figure, ok) in zip(WHATS, figures, strict=True)]
    table = [
        (seed, one["terms"], one["rows"], one["cpu"], one["wall"], one["peer"], one["found"])
        for seed, one in found.items()
    ]
    head = ("seed", "terms", "test functions", "ours, CPU s", "wall s", "pysindy, CPU s", "found by us")
    note = (
        f"Burgers' equation with {LEVEL:.0%} noise, one process held to one core with one thread; ours is the median "
        "of three calls of pf.discover, data to result; pysindy's is one WeakPDELibrary with its fit, no intervals."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


ROW = Row("speed", "Time for a field on a line", cells, answer)

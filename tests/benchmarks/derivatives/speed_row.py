"""Row about time: a large field on one core, beside a GCV spline of every line."""

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, markdown, result, unavailable
from benchmarks.derivatives.waves import waves
from scipy.interpolate import make_smoothing_spline

NAMES = ("u_t", "u_x", "u_xx")
SECONDS_GOAL, FASTER_GOAL = 1.5, 250.0
WHATS = (
    ("1000 x 1000 field, fit and three derivatives with sd, one core: CPU s", f"<= {SECONDS_GOAL}"),
    ("the same: times faster than a GCV spline of each line (CPU)", f">= {FASTER_GOAL:g}"),
)


def measure(seed: int, count: int, lines: int) -> dict:
    """Time ours, and the spline on some of the lines: along x for u_x and u_xx, along t for u_t."""
    rng = np.random.default_rng([seed, 5])
    t, x = np.linspace(0.0, 4.0, count), np.linspace(0.0, 10.0, count)
    truth = waves(rng, t[:, None], x[None, :])
    noisy = truth["u"] + 0.1 * np.std(truth["u"]) * rng.standard_normal(truth["u"].shape)
    ds = xr.Dataset({"u": (("t", "x"), noisy)}, {"t": t, "x": x})
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        ours.differentiate(ds.isel(t=slice(30), x=slice(30)), NAMES)  # what is loaded on first use
        fit: list[xr.Dataset] = []
        own = _timed(lambda: fit.append(ours.differentiate(ds, NAMES)))
        chosen = rng.choice(count, lines, replace=False)

        def spline(index: int, axis: int) -> np.ndarray:
            points = (t, x)[axis]
            line = make_smoothing_spline(points, np.take(noisy, index, axis=1 - axis))
            return np.stack([line(points, order) for order in (range(1, 2) if axis == 0 else range(1, 3))])

        peer = [
            sum(_timed(lambda i=i, a=axis: spline(i, a))[kind] for i in chosen) for axis in (0, 1) for kind in (0, 1)
        ]
        ratios = {
            name: ours.rms(fit[0].isel(t=chosen), name, truth[name][chosen])
            / float(np.sqrt(np.mean([(spline(i, 1)[k] - truth[name][i]) ** 2 for i in chosen])))
            for k, name in enumerate(("u_x", "u_xx"))
        }
    finally:
        os.sched_setaffinity(0, allowed)
    scale = count / lines
    return {
        "ours": {"wall": own[0], "cpu": own[1]},
        "spline": {"wall": scale * (peer[0] + peer[2]), "cpu": scale * (peer[1] + peer[3])},
        "error over spline": ratios,
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def cells(settings: Settings) -> list[Cell]:
    count, lines = (100, 3) if settings.quick else (1000, 10)
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/waves.py", f"{folder}/speed_row.py")
    return [
        Cell("speed", f"{count}-{seed}", measure, (seed, count, lines), sources, ours.PACKAGES, alone=True)
        for seed in range(settings.seeds)
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    wanted = cells(settings)
    absent = unavailable(WHATS, kept, wanted)
    if absent:
        return absent
    found = [one for cell in wanted if (one := result(kept, cell.name, cell.key))]
    seconds = [one["ours"]["cpu"] for one in found]
    faster = [one["spline"]["cpu"] / one["ours"]["cpu"] for one in found]
    figures = (f"{median(seconds):.2f} (median)", f"{median(faster):.0f} (median)")
    reached = (median(seconds) <= SECONDS_GOAL, median(faster) >= FASTER_GOAL)
    lines = [Line(what, goal, figure, ok) for (what, goal), figure, ok in zip(WHATS, figures, reached, strict=True)]
    table = []
    for seed, one in enumerate(found):
        times = [one[who][kind] for who in ("ours", "spline") for kind in ("cpu", "wall")]
        table.append((seed, *times, faster[seed], *one["error over spline"].values()))
    head = (
        "seed",
        "ours, CPU s",
        "wall s",
        "spline, CPU s",
        "wall s",
        "ratio of CPU",
        "error of u_x over spline's",
        "of u_xx",
    )
    note = (
        "Travelling waves, 10 % noise, all in one process held to one core with one thread. The spline "
        "(scipy's make_smoothing_spline, GCV) is timed on 10 lines along t, for u_t, and 10 along x, for u_x and u_xx, "
        "and scaled to the 1000 + 1000 that the three derivatives take; it gives no sd."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


ROW = Row("speed", "Time for a large field", cells, answer)

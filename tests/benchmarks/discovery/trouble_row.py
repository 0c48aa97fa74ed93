"""Row about what goes wrong with measurements: irregular times, gaps, several runs, scattered points."""

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept, NotAvailable
from benchmarks.discovery import ours, truth
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, reason_of, share, unavailable
from scipy.interpolate import RectBivariateSpline, make_interp_spline

from physforge.errors import PhysForgeError

NAMES = ("burgers", "kdv", "heat")
RUNS, LEVEL, MISSING = 3, 0.20, 0.10
POINTS, SCATTERED_LEVEL = 5000, 0.50
GOAL = 0.90


def measure_runs(name: str, seed: int) -> dict:
    """Discover from three runs, each from its own initial state, at its own times and with its own gaps."""
    runs = []
    for run in range(RUNS):
        rng = np.random.default_rng([seed, run, 8])
        ds = truth.noisy(_at_drawn_times(truth.clean(name, 1000 * (run + 1) + seed), rng), LEVEL, 10 * seed + run)
        holes = {field: ds[field].where(rng.random(ds[field].shape) >= MISSING) for field in ds.data_vars}
        runs.append(ds.assign(holes))
    return ours.judged(runs, truth.laws(name))


def _at_drawn_times(ds: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
    """Interpolate by splines of degree 7; the ends are kept."""
    old = ds["t"].to_numpy()
    t = np.concatenate([old[:1], np.sort(rng.uniform(old[0], old[-1], len(old) - 2)), old[-1:]])
    fields = {
        name: (("t", "x"), make_interp_spline(old, field.transpose("t", "x").to_numpy(), k=7)(t))
        for name, field in ds.data_vars.items()
    }
    return xr.Dataset(fields, {"t": t, "x": ds["x"]})


def measure_scattered(name: str, seed: int) -> dict:
    """Discover from samples at places and times that are drawn."""
    ds = truth.clean(name, seed)
    rng = np.random.default_rng([seed, 9])
    t, x = (rng.uniform(float(ds[dim][0]), float(ds[dim][-1]), POINTS) for dim in ("t", "x"))
    spline = RectBivariateSpline(
        ds["t"].to_numpy(), ds["x"].to_numpy(), ds["u"].transpose("t", "x").to_numpy(), kx=5, ky=5
    )
    places = {"t": ("point", t), "x": ("point", x, ds["x"].attrs)}
    points = xr.Dataset({"u": ("point", spline(t, x, grid=False))}, places)
    try:
        return ours.judged(truth.noisy(points, SCATTERED_LEVEL, seed), truth.laws(name))
    except PhysForgeError as error:
        raise NotAvailable(str(error).splitlines()[0]) from error


def cells(settings: Settings) -> list[Cell]:
    sources = (
        *ours.SOURCES,
        "physforge_lib/physforge/derivatives/**/*.py",
        f"{ours.FOLDER}/trouble_row.py",
    )
    names = NAMES[-1:] if settings.quick else NAMES
    seeds = settings.range(1 if settings.quick else None)
    return [
        Cell(kind, ours.key((name, seed)), work, (name, seed), sources, ours.PACKAGES)
        for name in names
        for seed in seeds
        for kind, work in (("three-runs", measure_runs), ("scattered", measure_scattered))
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    whats = {
        "three-runs": (f"irregular times, {MISSING:.0%} missing, three runs at {LEVEL:.0%}: right", f">= {GOAL:.0%}"),
        "scattered": (f"{POINTS:,} scattered points at {SCATTERED_LEVEL:.0%}: right", f">= {GOAL:.0%}"),
    }
    lines, table, reasons = [], [], []
    for kind, what in whats.items():
        wanted = [cell for cell in cells(settings) if cell.name == kind]
        absent = unavailable([what], kept, wanted)
        if absent:
            lines += absent.lines
            reasons.append(f" {what[0].split(':')[0]}: {absent.details.rstrip('.')}.")
            continue
        found = {cell.arguments: kept.get((cell.name, cell.key), {}) for cell in wanted}
        rights = [bool(one.get("result", {}).get("right")) for one in found.values() if one]
        lines.append(Line(*what, f"{share(rights):.0%}", share(rights) >= GOAL))
        for name in dict.fromkeys(case[0] for case in found):
            mine = [one for case, one in found.items() if case[0] == name]
            failed = [reason_of(one) for one in mine if "result" not in one]
            right = sum(bool(one.get("result", {}).get("right")) for one in mine)
            table.append((kind, name, f"{right}/{len(mine)}", failed[0] if failed else "-"))
    note = (
        "Each of the three runs has a fresh initial state, times drawn uniformly (the ends kept) and its own gaps."
        + "".join(reasons)
    )
    return Answer(lines, note + "\n\n" + markdown(("what", "data", "right", "error"), table))


ROW = Row("trouble", "Irregular times, gaps, several runs, scattered points", cells, answer)

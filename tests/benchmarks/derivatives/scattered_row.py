"""Row about scattered points, beside scipy's RBF interpolator tuned with the truth."""

import time
from itertools import product
from statistics import median

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, geometric_mean, markdown, result, unavailable
from benchmarks.derivatives.waves import waves
from scipy.interpolate import RBFInterpolator

NAMES = ("u_x", "u_t", "u_xx")
SECONDS_GOAL, ERROR_GOAL = 3.0, 0.8
LEVELS = (0.05, 0.1)
WHATS = (
    ("3,000 scattered points, three derivatives with sd: CPU s", f"<= {SECONDS_GOAL:g}"),
    *(
        (f"the same, {name} over the RBF interpolator tuned with the truth: geo-mean", f"<= {ERROR_GOAL}")
        for name in NAMES
    ),
)

#: Kernels with the widths tried, in standard deviations of the coordinates; None where it has none.
KERNELS = (
    ("thin_plate_spline", (None,)),
    ("cubic", (None,)),
    ("quintic", (None,)),
    ("gaussian", (0.15, 0.3, 0.6)),
    ("inverse_multiquadric", (0.3, 0.8)),
)

#: Length of a step for differences of the interpolant, which gives no derivatives.
_STEP = 1e-3


def points(seed: int, level: float, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return times, places, noisy values and the truth."""
    rng = np.random.default_rng([seed, 6, round(1000 * level)])
    t, x = rng.uniform(0.0, 4.0, count), rng.uniform(0.0, 10.0, count)
    truth = waves(rng, t, x)
    return t, x, truth["u"] + level * np.std(truth["u"]) * rng.standard_normal(count), truth


def measure_ours(seed: int, level: float, count: int) -> dict:
    t, x, noisy, truth = points(seed, level, count)
    ds = xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)})
    ours.attempt(ds.isel(point=slice(60)), NAMES)  # what is loaded on first use
    wall, cpu = time.perf_counter(), time.process_time()
    d = ours.attempt(ds, NAMES)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    names = ("u", *NAMES)
    return {
        "spent": spent,
        **{
            name: {"error": ours.rms(d, name, truth[name]), "covered": ours.covered(d, name, truth[name])}
            for name in names
        },
    }


def measure_peer(seed: int, level: float, count: int, quick: bool) -> dict:
    """Tune kernel, width, smoothing and the units of t against x, for each derivative."""
    t, x, noisy, truth = points(seed, level, count)
    best: dict[str, dict] = {name: {"error": np.inf} for name in NAMES}
    spent = []

    def attempt(kernel: str, width: float | None, smoothing: float, stretch: float) -> float:
        start = time.process_time()
        found = _rbf(t, x, noisy, kernel, width, smoothing, stretch)
        spent.append(time.process_time() - start)
        total = 0.0
        for name in NAMES:
            error = float(np.sqrt(np.mean((found[name] - truth[name]) ** 2)))
            total += np.log(error)
            if error < best[name]["error"]:
                words = f"{kernel}, width {width}, smoothing {smoothing:.2g}, t stretched {stretch:g}"
                best[name] = {"error": error, "settings": words}
        return float(total)

    smoothings = np.geomspace(1e-3, 1e2, 3 if quick else 6)
    scores = {}
    for kernel, widths in KERNELS[: 1 if quick else None]:
        for width, smoothing in product(widths, smoothings):
            scores[kernel, width, float(smoothing)] = attempt(kernel, width, float(smoothing), 1.0)
    for kernel, width, smoothing in sorted(scores, key=lambda one: scores[one])[: 1 if quick else 3]:
        for stretch, factor in product((0.5, 1.0, 2.0), (0.4, 1.0, 2.5)):
            if (stretch, factor) != (1.0, 1.0):
                attempt(kernel, width, factor * smoothing, stretch)
    return {**best, "once": {"cpu": median(spent)}, "attempts": len(spent)}


def _rbf(
    t: np.ndarray, x: np.ndarray, u: np.ndarray, kernel: str, width: float | None, smoothing: float, stretch: float
) -> dict[str, np.ndarray]:
    units = np.array([np.std(t) / stretch, np.std(x)])
    places = np.column_stack([t, x]) / units
    options = {} if width is None else {"epsilon": 1.0 / width, "degree": 1}
    scale = np.std(u)
    fit = RBFInterpolator(places, u / scale, kernel=kernel, smoothing=smoothing, **options)
    shifts = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) * _STEP
    centre, later, sooner, right, left = (fit(places + shift) for shift in shifts)
    return {
        "u_t": scale * (later - sooner) / (2 * _STEP * units[0]),
        "u_x": scale * (right - left) / (2 * _STEP * units[1]),
        "u_xx": scale * (right - 2 * centre + left) / (_STEP * units[1]) ** 2,
    }


def cases(settings: Settings) -> list[tuple[int, float, int]]:
    if settings.quick:
        return [(0, 0.1, 200)]
    return [(seed, level, 3000) for level in LEVELS for seed in range(settings.seeds)]


def _key(case: tuple[int, float, int]) -> str:
    return "-".join(str(one) for one in case)


def our_cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/waves.py", f"{folder}/scattered_row.py")
    return [
        Cell("scattered-ours", _key(case), measure_ours, case, sources, ours.PACKAGES, alone=True)
        for case in cases(settings)
    ]


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (f"{folder}/waves.py", f"{folder}/scattered_row.py")
    peers = [
        Cell("scattered-rbf", _key(case), measure_peer, (*case, settings.quick), sources, ("numpy", "scipy"))
        for case in cases(settings)
    ]
    return our_cells(settings) + peers


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(WHATS, kept, our_cells(settings))
    if absent:
        return absent
    table, seconds, ratios = [], [], {name: [] for name in NAMES}
    for case in cases(settings):
        own, other = (result(kept, name, _key(case)) for name in ("scattered-ours", "scattered-rbf"))
        if own and other:
            seconds.append(own["spent"]["cpu"])
            for name in NAMES:
                ratios[name].append(own[name]["error"] / other[name]["error"])
                row = (case[0], f"{case[1]:.0%}", name, ratios[name][-1], f"{own[name]['covered']:.3f}")
                table.append((*row, own["spent"]["cpu"], own["spent"]["wall"], other[name]["settings"]))
    figures = [median(seconds), *(geometric_mean(ratios[name]) for name in NAMES)]
    goals = [SECONDS_GOAL] + [ERROR_GOAL] * len(NAMES)
    lines = [
        Line(what, goal, f"{figure:.3f}", figure <= most)
        for (what, goal), figure, most in zip(WHATS, figures, goals, strict=True)
    ]
    head = ("seed", "noise", "derivative", "error over RBF", "coverage", "CPU s", "wall s", "best RBF")
    note = (
        "Travelling waves at uniformly random places. The RBF interpolators are global; differences of step 1e-3 of "
        "the sd of a coordinate give their derivatives."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


ROW = Row("scattered", "Scattered points", cells, answer)

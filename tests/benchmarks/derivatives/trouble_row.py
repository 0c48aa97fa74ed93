"""Row about what goes wrong with measurements: gaps, outliers, irregular times."""

from typing import get_args

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept, NotAvailable
from benchmarks.derivatives import ours
from benchmarks.derivatives.fields import EQUATIONS, field
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, geometric_mean, markdown, reason_of, result
from benchmarks.derivatives.signals import DEVELOPMENT, draw
from scipy.interpolate import make_interp_spline

from physforge.derivatives import GaussianProcess

GOAL = 1.5
TROUBLES = {
    "clean": "",
    "gaps": "10 % of the samples missing, at random",
    "outliers": "1 % of the samples off by 0.5 to 1.5 of the range, Student-t noise asked for",
    "irregular": "times drawn uniformly (the ends kept)",
}
FIELD_NAMES = ("u_x", "u_xx", "u_t")
_FIELD_NOISE = 0.05


def method_for(trouble: str) -> object:
    """Return what a user would ask for."""
    if trouble != "outliers":
        return "gp"
    for name, option in GaussianProcess.model_fields.items():
        if option.annotation is bool and any(word in name for word in ("student", "outlier", "robust")):
            return GaussianProcess(**{name: True})
        for value in get_args(option.annotation):
            if isinstance(value, str) and "student" in value:
                return GaussianProcess(**{name: value})
    raise NotAvailable("GaussianProcess has no option for outliers")


def measure_signal(seed: int, trouble: str) -> dict:
    method = method_for(trouble)
    signal, level = draw(seed)
    rng = np.random.default_rng([seed, 7])
    t, jet, noisy = signal.t, signal.jet, signal.noisy(level, seed)
    if trouble == "irregular":
        t = np.concatenate([[t[0]], np.sort(rng.uniform(t[0], t[-1], len(t) - 2)), [t[-1]]])
        jet = tuple(make_interp_spline(signal.t, values, k=7)(t) for values in signal.jet)
        noisy = noisy - signal.jet[0] + jet[0]
    noisy = _spoil(noisy, trouble, rng)
    d = ours.attempt(ours.series(t, noisy), ["u_t", "u_tt"], method)
    return {name: ours.rms(d, name, exact) for name, exact in zip(("u_t", "u_tt"), jet[1:], strict=True)}


def measure_field(equation: str, seed: int, trouble: str) -> dict:
    method = method_for(trouble)
    truth = field(equation, False)
    rng = np.random.default_rng([seed, 8])
    ds = truth.noisy(_FIELD_NOISE, seed)
    exact = truth.truth
    if trouble == "irregular":
        t = np.concatenate([truth.t[:1], np.sort(rng.uniform(truth.t[0], truth.t[-1], len(truth.t) - 2)), truth.t[-1:]])
        exact = {name: make_interp_spline(truth.t, values, k=7, axis=0)(t) for name, values in truth.truth.items()}
        noise = ds["u"].to_numpy() - truth.truth["u"]
        ds = xr.Dataset({"u": (("t", "x"), exact["u"] + noise)}, {"t": t, "x": ds["x"]})
    ds = ds.assign(u=(("t", "x"), _spoil(ds["u"].to_numpy(), trouble, rng)))
    d = ours.attempt(ds, FIELD_NAMES, method)
    return {name: ours.rms(d, name, exact[name]) for name in FIELD_NAMES}


def _spoil(values: np.ndarray, trouble: str, rng: np.random.Generator) -> np.ndarray:
    spoilt = values.copy()
    if trouble == "gaps":
        spoilt[rng.random(values.shape) < 0.1] = np.nan
    if trouble == "outliers":
        chosen = rng.choice(values.size, max(1, round(values.size / 100)), replace=False)
        size = rng.choice([-1.0, 1.0], len(chosen)) * rng.uniform(0.5, 1.5, len(chosen))
        spoilt.flat[chosen] += size * np.ptp(values)
    return spoilt


def _keys(settings: Settings) -> tuple[list[int], list[tuple[str, int]]]:
    first = DEVELOPMENT if settings.development else 0
    if settings.quick:
        return [first], []
    seeds = [first + seed for seed in range(min(settings.draws, 40))]
    return seeds, [(equation, first + seed) for equation in EQUATIONS for seed in range(min(settings.seeds, 2))]


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/signals.py", f"{folder}/fields.py", f"{folder}/trouble_row.py")
    seeds, pairs = _keys(settings)
    signals = [
        Cell("trouble-signal", f"{seed}-{one}", measure_signal, (seed, one), sources, ours.PACKAGES)
        for seed in seeds
        for one in TROUBLES
    ]
    fields = [
        Cell("trouble-field", f"{equation}-{seed}-{one}", measure_field, (equation, seed, one), sources, ours.PACKAGES)
        for equation, seed in pairs
        for one in TROUBLES
    ]
    return signals + fields


def answer(settings: Settings, kept: Kept) -> Answer:
    seeds, pairs = _keys(settings)
    groups = {
        "signals": [("trouble-signal", str(seed)) for seed in seeds],
        "fields": [("trouble-field", f"{equation}-{seed}") for equation, seed in pairs],
    }
    lines, table, reasons = [], [], {}
    for trouble, words in TROUBLES.items():
        ratios: dict[tuple[str, str], list[float]] = {}
        for group, keys in groups.items():
            for name, key in keys:
                clean, spoilt = (result(kept, name, f"{key}-{one}") for one in ("clean", trouble))
                if clean and spoilt:
                    for label, error in spoilt.items():
                        ratios.setdefault((group, label), []).append(error / clean[label])
                else:
                    reasons[trouble] = reason_of(kept.get((name, f"{key}-{trouble}"), {}))
        if trouble == "clean":
            continue
        means = {place: geometric_mean(values) for place, values in ratios.items()}
        lines.append(_line(words, means))
        for (group, label), values in ratios.items():
            spread = (float(np.percentile(values, 95)), float(np.max(values)))
            table.append((trouble, group, label, len(values), means[group, label], *spread))
    head = ("trouble", "of", "derivative", "draws", "error over clean, geo-mean", "95th percentile", "worst")
    note = "\n".join(f"Not available, {trouble}: {reason}" for trouble, reason in reasons.items())
    return Answer(lines, "\n\n".join(part for part in (note, markdown(head, table)) if part))


def _line(words: str, means: dict[tuple[str, str], float]) -> Line:
    what, goal = f"{words}: error over the clean case, largest geo-mean of any derivative", f"<= {GOAL}"
    if not means:
        return Line(what, goal, "not available", None)
    worst = max(means, key=lambda place: means[place])
    return Line(what, goal, f"{means[worst]:.3f} ({' '.join(worst)})", means[worst] <= GOAL)


ROW = Row("trouble", "Gaps, outliers, irregular times", cells, answer)

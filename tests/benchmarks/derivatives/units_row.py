"""Row about units: other units must give the same derivatives."""

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours
from benchmarks.derivatives.fields import field
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, markdown, result, unavailable
from benchmarks.derivatives.signals import draw

GOAL = 1e-6
T, X, U = 1e3, 1e6, 1e-3
WHATS = (
    (
        "t times 10^3, x times 10^6, u times 10^-3: largest change after rescaling, over the largest value",
        f"<= {GOAL:g}",
    ),
)


def measure_signal(seed: int) -> dict:
    signal, level = draw(seed)
    return _changes(ours.series(signal.t, signal.noisy(level, seed)), ["u_t", "u_tt"])


def measure_field(equation: str, seed: int) -> dict:
    ds = field(equation, False).noisy(0.05, seed)
    return _changes(ds.isel(x=slice(None, None, 2), t=slice(60)), ["u_t", "u_x", "u_xx"])


def _changes(ds: xr.Dataset, names: list[str]) -> dict:
    coords = {"t": T * ds["t"].to_numpy()}
    if "x" in ds.dims:
        period = {"period": X * ds["x"].attrs["period"]}
        coords["x"] = ("x", X * ds["x"].to_numpy(), period)
    other = ours.differentiate(xr.Dataset({"u": (ds["u"].dims, U * ds["u"].to_numpy())}, coords), names)
    one = ours.differentiate(ds, names)
    changes = {}
    for name in ("u", *names):
        unit = U / T ** name[1:].count("t") / X ** name[1:].count("x")
        for label in (name, f"{name}_sd"):
            mine, theirs = one[label].to_numpy(), other[label].to_numpy() / unit
            changes[label] = float(np.max(np.abs(mine - theirs)) / np.max(np.abs(mine)))
    return changes


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/signals.py", f"{folder}/fields.py", f"{folder}/units_row.py")
    seeds = range(1 if settings.quick else 12)
    equations = () if settings.quick else ("burgers", "kdv", "kuramoto-sivashinsky")
    signals = [Cell("units-signal", f"{seed}", measure_signal, (seed,), sources, ours.PACKAGES) for seed in seeds]
    fields = [Cell("units-field", one, measure_field, (one, 0), sources, ours.PACKAGES) for one in equations]
    return signals + fields


def answer(settings: Settings, kept: Kept) -> Answer:
    wanted = cells(settings)
    absent = unavailable(WHATS, kept, wanted)
    if absent:
        return absent
    found = {f"{cell.name} {cell.key}": one for cell in wanted if (one := result(kept, cell.name, cell.key))}
    worst = {key: max(one.values()) for key, one in found.items()}
    figure = max(worst.values())
    (what, goal), *_ = WHATS
    table = [(key, f"{worst[key]:.1e}", max(one, key=lambda label: one[label])) for key, one in found.items()]
    return Answer([Line(what, goal, f"{figure:.1e}", figure <= GOAL)], markdown(("of", "largest change", "in"), table))


ROW = Row("units", "Units", cells, answer)

"""PyNumDiff's derivatives with pysindy's sequential thresholding: as they come, and with a grid of settings.

A file of its own, so that a change here does not measure pysindy's libraries anew.
"""

import time
from itertools import product

import numpy as np
import xarray as xr
from benchmarks.discovery import truth
from benchmarks.discovery.peers import THRESHOLDS, fitted, support
from benchmarks.discovery.peers_filters import smoothed

PEER = "PyNumDiff + STLSQ"

#: Ways of smoothing, the same along both axes: what splinediff does by default, then what is tuned.
DEFAULT: tuple[str, dict] = ("splinediff", {})
SMOOTHINGS: tuple[tuple[str, dict], ...] = (
    *(("butterdiff", {"filter_order": 3, "cutoff_freq": one}) for one in (0.02, 0.05, 0.1, 0.2)),
    *(("savgoldiff", {"degree": 5, "window_size": one, "smoothing_win": one // 2}) for one in (11, 21, 41)),
)

#: Share of each axis that is left out at either end, where smoothing is poor.
_ENDS = 1 / 10

#: Samples that are used, about, evenly spread.
_MOST = 15_000

#: Highest power of the field and order of the derivative in space among the candidates.
_DEGREE, _ORDER = 3, 4


def scored(name: str, level: float, seed: int) -> dict:
    """Say whether the peer is right by default, and with each setting of its grid; as `peers.scored`."""
    ds, (law,) = truth.data(name, level, seed), truth.laws(name)
    start = time.process_time()
    names, triangle = evaluated(ds, law.target, *DEFAULT)
    default = support(names, fitted(triangle, 0.1, False)[0]) == set(law.terms)
    cpu = time.process_time() - start
    grid = []
    for smoothing in SMOOTHINGS:
        names, triangle = evaluated(ds, law.target, *smoothing)
        grid += [support(names, fitted(triangle, *one)[0]) == set(law.terms) for one in THRESHOLDS]
    return {PEER: {"default": default, "grid": grid, "cpu": cpu}}


def evaluated(ds: xr.Dataset, target: str, method: str, options: dict) -> tuple[list[str], np.ndarray]:
    """Return the candidates' names, as pysindy writes them, and the triangle of the candidates and the target."""
    names, table, rate = tabulated(ds, target, method, options)
    # As many rows as samples are meant: a ridge counts beside their sums of squares.
    every = max(1, rate.size // _MOST)
    return names, np.sqrt(every) * np.linalg.qr(np.column_stack([table, rate])[::every], mode="r")


def tabulated(ds: xr.Dataset, target: str, method: str, options: dict) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the candidates' names, as pysindy writes them, and the values of the candidates and the target."""
    (field,) = ds.data_vars
    u = ds[field].transpose("t", "x").to_numpy()
    steps = [float(np.ptp(ds[dim].to_numpy())) / (ds.sizes[dim] - 1) for dim in ("t", "x")]
    smooth, rate = smoothed(u, steps[0], method, options, 0)
    for _ in range(len(target.split("_")[1]) - 1):
        rate = smoothed(rate, steps[0], method, options, 0)[1]
    derivatives = {"": np.ones_like(u)}
    along, slope = smoothed(smooth, steps[1], method, options, 1)
    for order in range(1, _ORDER + 1):
        derivatives["u_" + "1" * order] = slope
        if order < _ORDER:
            slope = smoothed(slope, steps[1], method, options, 1)[1]
    inner = tuple(slice(round(_ENDS * size), size - round(_ENDS * size)) for size in u.shape)
    powers = {"": 0, "u": 1, **{f"u^{power}": power for power in range(2, _DEGREE + 1)}}
    columns = {
        power + order or "1": (along**exponent * values)[inner].ravel()
        for (power, exponent), (order, values) in product(powers.items(), derivatives.items())
    }
    return list(columns), np.column_stack(list(columns.values())), rate[inner].ravel()


def settings_in_words(index: int) -> str:
    """Name a setting of the grid."""
    (method, options), (threshold, normalised) = list(product(SMOOTHINGS, THRESHOLDS))[index]
    words = ", ".join(f"{name} {value:g}" for name, value in options.items())
    return f"{method} ({words}), threshold {threshold:.2g}{' of normalised candidates' if normalised else ''}"

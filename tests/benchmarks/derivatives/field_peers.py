"""Separable Savitzky-Golay and Gaussian filters of a field, tuned with the truth for each derivative.

The settings along t and x are independent of each other: windows and degrees, or widths. They are
found by descent along one coordinate after the other, from a coarse grid, for every pair of degrees.
x is taken as periodic, which is a help that the peers are given.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from benchmarks.derivatives.fields import NAMES, Field, field
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter

#: Order of the derivative along t and x.
ORDERS = {"u_x": (0, 1), "u_xx": (0, 2), "u_t": (1, 0)}

#: Degrees worth trying; one more or less gives the same filter on a uniform grid.
_DEGREES = {0: (2, 4, 6), 1: (2, 4, 6), 2: (3, 5, 7)}

Score = Callable[[tuple[float, float]], float]


def tuned(equation: str, published: bool, level: float, seed: int) -> dict:
    """Return each peer's least RMS error and its settings, for each derivative."""
    truth = field(equation, published)
    noisy = truth.noisy(level, seed)["u"].to_numpy()
    return {
        name: {"Savitzky-Golay": savitzky_golay(truth, noisy, name), "Gaussian": gaussian(truth, noisy, name)}
        for name in NAMES
    }


def savitzky_golay(truth: Field, noisy: np.ndarray, name: str) -> dict:
    in_t, in_x = ORDERS[name]
    best: dict = {"error": np.inf}
    start = None
    for degrees in product(_DEGREES[in_t], _DEGREES[in_x]):

        def score(halves: tuple[float, float], degrees: tuple[int, int] = degrees) -> float:
            return _rms(truth, name, savgol(truth, noisy, name, halves, degrees))

        lows = [degree // 2 + 1 for degree in degrees]
        highs = [(len(axis) - 1) // 2 for axis in (truth.t, truth.x)]
        grids = [_half_windows(low, high) for low, high in zip(lows, highs, strict=True)]
        error, halves = _descend(score, grids, start)
        if error < best["error"]:
            windows = [2 * int(half) + 1 for half in halves]
            best = {"error": error, "settings": f"windows {windows}, degrees {list(degrees)}"}
            start = halves
    return best


def savgol(truth: Field, noisy: np.ndarray, name: str, halves: Sequence[float], degrees: Sequence[int]) -> np.ndarray:
    values = noisy
    for axis, (points, mode) in enumerate(((truth.t, "interp"), (truth.x, "wrap"))):
        window, order = 2 * int(halves[axis]) + 1, ORDERS[name][axis]
        step = float(points[1] - points[0])
        values = savgol_filter(values, window, degrees[axis], deriv=order, delta=step, axis=axis, mode=mode)
    return values


def gaussian(truth: Field, noisy: np.ndarray, name: str) -> dict:
    steps = [float(axis[1] - axis[0]) for axis in (truth.t, truth.x)]
    best: dict = {"error": np.inf}
    start = None
    for ends in ("nearest", "reflect"):

        def score(widths: tuple[float, float], ends: str = ends) -> float:
            values = noisy
            for axis, mode in enumerate((ends, "wrap")):
                order = ORDERS[name][axis]
                values = gaussian_filter1d(values, widths[axis], axis, order, mode=mode) / steps[axis] ** order
            return _rms(truth, name, values)

        grids = [np.geomspace(0.3, len(axis) / 8, 30) for axis in (truth.t, truth.x)]
        error, widths = _descend(score, grids, start)
        start = widths
        if error < best["error"]:
            best = {"error": error, "settings": f"widths {widths[0]:.3g}, {widths[1]:.3g} steps, {ends}"}
    return best


def _descend(score: Score, grids: Sequence[np.ndarray], start: tuple[float, float] | None) -> tuple[float, tuple]:
    kept: dict[tuple[int, int], float] = {}

    def at(place: tuple[int, int]) -> float:
        if place not in kept:
            kept[place] = score((float(grids[0][place[0]]), float(grids[1][place[1]])))
        return kept[place]

    if start is None:
        coarse = product(*(range(2, len(grid), max(len(grid) // 5, 1)) for grid in grids))
        place = min(coarse, key=at)
    else:
        place = tuple(int(np.argmin(np.abs(np.log(grid / one)))) for grid, one in zip(grids, start, strict=True))
    stride = 4
    while stride:
        moves = [(place[0] + a, place[1] + b) for a, b in ((stride, 0), (-stride, 0), (0, stride), (0, -stride))]
        inside = [one for one in moves if all(0 <= i < len(grid) for i, grid in zip(one, grids, strict=True))]
        better = min(inside, key=at)
        if at(better) < at(place):
            place = better
        else:
            stride //= 2
    return at(place), (float(grids[0][place[0]]), float(grids[1][place[1]]))


def _half_windows(low: int, high: int) -> np.ndarray:
    return np.unique(np.round(np.geomspace(low, high, 40)).astype(int)).astype(float)


def _rms(truth: Field, name: str, values: np.ndarray) -> float:
    return float(np.sqrt(np.mean((values - truth.truth[name]) ** 2)))

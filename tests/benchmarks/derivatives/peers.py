"""Six peers for signals, each tuned with the truth, and what can be had of them without tuning.

A tuned peer minimises the RMS error of the wanted derivative against the truth: a grid over its
discrete settings and one continuous setting, then golden sections round the best of the grid.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pynumdiff
from benchmarks.derivatives.signals import Signal
from benchmarks.derivatives.trend_filter import trend_filter
from pynumdiff.kalman_smooth import kalman_filter, rts_smooth
from scipy.interpolate import make_smoothing_spline, make_splrep
from scipy.linalg import expm
from scipy.signal import savgol_filter

#: First and second derivative.
Pair = tuple[np.ndarray, np.ndarray]

#: A family: its name of the discrete settings, the grid of the continuous one, and what it gives.
Family = tuple[str, Sequence[float], Callable[[float], Pair]]


def savitzky_golay(y: np.ndarray, h: float) -> Iterator[Family]:
    """scipy's; degree 1 to 9, any odd window."""

    def at(window: float, degree: int) -> Pair:
        length = min(2 * round(window) + 1, len(y) - 1 + len(y) % 2)
        first, second = (savgol_filter(y, length, max(degree, k), deriv=k, delta=h) for k in (1, 2))
        return first, second

    for degree in range(1, 10):
        low, high = degree // 2 + 1, len(y) // 2 - 1
        yield f"degree {degree}, half window", np.geomspace(low, high, 24), lambda w, d=degree: at(w, d)


def butterworth(y: np.ndarray, h: float) -> Iterator[Family]:
    """PyNumDiff's butterdiff, differenced once more for the second derivative."""

    def at(cutoff: float, order: int) -> Pair:
        first = pynumdiff.butterdiff(y, h, order, float(np.clip(cutoff, 1e-4, 0.99)))[1]
        return first, pynumdiff.finitediff(first, h, order=2)[1]

    for order in (1, 2, 3, 4, 6, 8):
        yield f"order {order}, cutoff", np.geomspace(2e-3, 0.9, 16), lambda c, o=order: at(c, o)


def spline(y: np.ndarray, h: float) -> Iterator[Family]:
    """scipy's smoothing spline (cubic), and FITPACK's of degree 3 and 5 as in PyNumDiff's splinediff."""
    t = h * np.arange(len(y))
    energy = len(y) * _noise(y) ** 2

    def cubic(penalty: float) -> Pair:
        fit = make_smoothing_spline(t / h, y, lam=penalty)
        return fit(t / h, 1) / h, fit(t / h, 2) / h**2

    def fitpack(factor: float, degree: int) -> Pair:
        fit = make_splrep(t, y, k=degree, s=factor * energy)
        return fit(t, 1), fit(t, 2)

    yield "cubic, penalty", np.geomspace(1e-2, 1e9, 12), cubic
    for degree in (3, 5):
        grid = (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25)
        yield f"knots, degree {degree}, misfit over noise", grid, lambda f, d=degree: fitpack(f, d)


def rts_smoother(y: np.ndarray, h: float) -> Iterator[Family]:
    """PyNumDiff's Kalman filter and RTS smoother; constant velocity, acceleration or jerk."""

    def at(ratio: float, order: int) -> Pair:
        # Steps as the unit of time, and a start that knows nothing.
        flow = np.diag(np.ones(order), 1)
        drift = np.zeros_like(flow)
        drift[-1, -1] = ratio
        big = expm(np.block([[flow, drift], [np.zeros_like(flow), -flow.T]]))
        step = big[: order + 1, : order + 1]
        spread = big[: order + 1, order + 1 :] @ step.T
        start = np.diag((10 * np.std(y) / 10.0 ** np.arange(order + 1)) ** 2) / np.var(y)
        origin, seen = np.zeros(order + 1), np.eye(1, order + 1)
        origin[0] = y[0] / np.std(y)
        passed = kalman_filter(y / np.std(y), origin, start, step, spread, seen, np.eye(1))
        states = rts_smooth(step, *passed, compute_P_smooth=False) * np.std(y)
        second = states[:, 2] / h**2 if order > 1 else np.gradient(states[:, 1], edge_order=2) / h**2
        return states[:, 1] / h, second

    for order in (1, 2, 3):
        yield f"order {order}, q over r", np.geomspace(10.0 ** (-4 * order - 1), 1.0, 10), lambda r, o=order: at(r, o)


def total_variation(y: np.ndarray, h: float) -> Iterator[Family]:
    """The objective of PyNumDiff's tvrdiff, squared misfit and variation of derivative 1, 2 or 3."""

    def at(weight: float, order: int) -> Pair:
        smooth = trend_filter(y, order + 1, weight)
        first = np.gradient(smooth, h, edge_order=2)
        return first, np.gradient(first, h, edge_order=2)

    scale = _noise(y)
    for order in (1, 2, 3):
        yield (
            f"variation of derivative {order}, weight",
            scale * np.geomspace(0.1, 10.0 ** (2 * order), 9),
            lambda w, o=order: at(w, o),
        )


def spectral(y: np.ndarray, h: float) -> Iterator[Family]:
    """PyNumDiff's spectraldiff; its extensions and padding, applied again for the second derivative."""

    def at(cutoff: float, extension: str | None, pad: bool) -> Pair:
        keep = float(np.clip(cutoff, 1e-3, 0.999))
        first = pynumdiff.spectraldiff(y, h, keep, extension, pad)[1]
        again = "even" if extension == "odd" else "odd" if extension == "even" else extension
        return first, pynumdiff.spectraldiff(first, h, keep, again, pad)[1]

    for extension in ("odd", "even", "detrend"):
        for pad in (False, True):
            grid = np.geomspace(4.0 / len(y), 0.9, 24)
            name = f"extension {extension}{', padded' if pad else ''}, cutoff"
            yield name, grid, lambda c, e=extension, p=pad: at(c, e, p)


PEERS = {
    "Savitzky-Golay": savitzky_golay,
    "Butterworth": butterworth,
    "spline": spline,
    "RTS smoother": rts_smoother,
    "total variation": total_variation,
    "spectral": spectral,
}


def tuned(signal: Signal, level: float, seed: int) -> dict:
    """Return each peer's least error and its settings, for the first and second derivative."""
    y = signal.noisy(level, seed)
    found: dict[str, dict] = {"1": {}, "2": {}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer, families in PEERS.items():
            for name, grid, at in families(y, signal.step):
                for order, (error, value) in _tune(grid, at, signal.jet[1:]).items():
                    if error < found[order].get(peer, {"error": np.inf})["error"]:
                        found[order][peer] = {"error": error, "settings": f"{name} {value:.3g}"}
    return found


def untuned(signal: Signal, level: float, seed: int) -> dict:
    """Return the error of what asks for no settings, for the first and second derivative."""
    y, found = signal.noisy(level, seed), {"1": {}, "2": {}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, at in DEFAULTS.items():
            for order, (error, _) in _score(at(y, signal.t), signal.jet[1:], 0.0).items():
                found[order][name] = {"error": error}
    return found


def gcv_spline(y: np.ndarray, t: np.ndarray) -> Pair:
    fit = make_smoothing_spline(t, y)
    return fit(t, 1), fit(t, 2)


def splinediff(y: np.ndarray, t: np.ndarray) -> Pair:
    fit = make_splrep(t, y, k=3, s=len(y) * pynumdiff.utils.utility.robust_noise_scale(y) ** 2)
    return pynumdiff.splinediff(y, t)[1], fit(t, 2)


def kerneldiff(y: np.ndarray, t: np.ndarray) -> Pair:
    first = pynumdiff.kerneldiff(y, t[1] - t[0])[1]
    return first, pynumdiff.finitediff(first, t[1] - t[0])[1]


def butterdiff(y: np.ndarray, t: np.ndarray) -> Pair:
    first = pynumdiff.butterdiff(y, t[1] - t[0])[1]
    return first, pynumdiff.finitediff(first, t[1] - t[0])[1]


def kalman(y: np.ndarray, t: np.ndarray) -> Pair:
    import derivative

    first = derivative.Kalman().d(y, t)
    return first, np.gradient(first, t)


def pysindy_differences(y: np.ndarray, t: np.ndarray) -> Pair:
    from pysindy.differentiation import FiniteDifference

    first, second = (FiniteDifference(d=d)._differentiate(y[:, None], t)[:, 0] for d in (1, 2))
    return first, second


def pysindy_smoothed(y: np.ndarray, t: np.ndarray) -> Pair:
    from pysindy.differentiation import SmoothedFiniteDifference

    first, second = (SmoothedFiniteDifference(d=d)._differentiate(y[:, None], t)[:, 0] for d in (1, 2))
    return first, second


#: What the peers do when they are asked for a derivative and told nothing else. Second derivatives
#: of those that give only the first are differences of it.
DEFAULTS: dict[str, Callable[[np.ndarray, np.ndarray], Pair]] = {
    "scipy spline, GCV": gcv_spline,
    "pynumdiff splinediff": splinediff,
    "pynumdiff kerneldiff": kerneldiff,
    "pynumdiff butterdiff": butterdiff,
    "derivative Kalman": kalman,
    "pysindy SmoothedFiniteDifference": pysindy_smoothed,
    "pysindy FiniteDifference": pysindy_differences,
}


def _tune(grid: Sequence[float], at: Callable[[float], Pair], truth: Sequence[np.ndarray | None]) -> dict:
    best: dict[str, tuple[float, float]] = {}
    where: dict[str, int] = {}
    for index, value in enumerate(grid):
        for order, (error, _) in _score(_tried(at, value), truth, value).items():
            if error < best.get(order, (np.inf, 0.0))[0]:
                best[order], where[order] = (error, float(value)), index
    for order, index in where.items():
        low, high = grid[max(index - 1, 0)], grid[min(index + 1, len(grid) - 1)]
        for value in _sections(low, high, lambda v, o=order: _score(_tried(at, v), truth, v)[o][0]):
            error = _score(_tried(at, value), truth, value)[order][0]
            best[order] = min(best[order], (error, value))
    return best


def _sections(low: float, high: float, error: Callable[[float], float], steps: int = 6) -> Iterator[float]:
    ratio = (np.sqrt(5) - 1) / 2
    a, b = np.log(low), np.log(high)
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    left, right = error(np.exp(c)), error(np.exp(d))
    for _ in range(steps):
        if left < right:
            b, d, right = d, c, left
            c = b - ratio * (b - a)
            left = error(np.exp(c))
        else:
            a, c, left = c, d, right
            d = a + ratio * (b - a)
            right = error(np.exp(d))
    yield float(np.exp(c if left < right else d))


def _tried(at: Callable[[float], Pair], value: float) -> Pair | None:
    try:
        return at(float(value))
    except (ValueError, np.linalg.LinAlgError):
        return None


def _score(pair: Pair | None, truth: Sequence[np.ndarray | None], value: float) -> dict[str, tuple[float, float]]:
    errors = {}
    for index, exact in enumerate(truth):
        if exact is not None:
            error = np.inf if pair is None else float(np.sqrt(np.mean((pair[index] - exact) ** 2)))
            errors[str(index + 1)] = (error if np.isfinite(error) else np.inf, float(value))
    return errors


def _noise(y: np.ndarray) -> float:
    return float(np.median(np.abs(np.diff(y, 3)))) / 0.6745 / np.sqrt(20)

"""Smooth by the total variation of a derivative."""

from math import comb

import numpy as np
from scipy.linalg import solveh_banded


def trend_filter(y: np.ndarray, order: int, weight: float, steps: int = 60) -> np.ndarray:
    """Minimise ``|y - u|**2 / 2 + weight * |D u|_1``, with D the differences of `order`.

    By the primal-dual interior-point method of Kim, Koh, Boyd and Gorinevsky, l1 trend
    filtering, SIAM Review 51 (2009) 339-360.
    """
    stencil = np.array([(-1.0) ** (order - k) * comb(order, k) for k in range(order + 1)])
    gram = np.correlate(stencil, stencil, "full")[order:]
    count = len(y) - order
    target = np.correlate(y, stencil, "valid")
    z, up, down = np.zeros(count), np.ones(count), np.ones(count)
    banded = np.repeat(gram[::-1, None], count, axis=1)
    growth, slack = 10.0, 1e-10

    def gradient(z: np.ndarray) -> np.ndarray:
        return np.correlate(np.convolve(z, stencil), stencil, "valid") - target

    def residual(z: np.ndarray, up: np.ndarray, down: np.ndarray, t: float) -> float:
        inner = np.concatenate([up * (z - weight) + 1 / t, down * (-z - weight) + 1 / t])
        return float(np.hypot(np.linalg.norm(gradient(z) + up - down), np.linalg.norm(inner)))

    t = slack
    for _ in range(steps):
        above, below = z - weight, -z - weight
        gap = -(up @ above + down @ below)
        if gap < 1e-8 * (y @ y):
            break
        t = max(t, growth * 2 * count / gap)
        system = banded.copy()
        system[-1] += -up / above - down / below
        right = -(gradient(z) - 1 / (t * above) + 1 / (t * below))
        move = solveh_banded(system, right)
        rise = -up - 1 / (t * above) - up / above * move
        fall = -down - 1 / (t * below) + down / below * move
        limits = [-values[change < 0] / change[change < 0] for values, change in ((up, rise), (down, fall))]
        size = min(1.0, 0.99 * min(np.min(limit, initial=2.0) for limit in limits))
        before = residual(z, up, down, t)
        for _ in range(40):
            new = z + size * move
            inside = np.all(np.abs(new) < weight)
            if inside and residual(new, up + size * rise, down + size * fall, t) <= (1 - 0.01 * size) * before:
                break
            size *= 0.5
        z, up, down = z + size * move, up + size * rise, down + size * fall
    return y - np.convolve(z, stencil)

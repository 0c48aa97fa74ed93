"""Rauch-Tung-Striebel smoothing of a field whose highest derivative is a random walk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.errors import DerivativeError

#: Variance of each state before the first sample, over that of the samples: hardly anything is known.
_DIFFUSE = 1e7

#: Range of the logarithm of the process noise over the measurement's, for steps of length 1.
_RATIOS = (-30.0, 10.0)

#: Most lines from which the noise ratio is found.
_LINES = 16


@dataclass(frozen=True, eq=False)
class _Chain:
    """Steps between the samples, and how the state goes on over each."""

    transitions: Float
    spreads: Float


@dataclass(frozen=True, eq=False)
class _Filtered:
    """Means (n, k, m) and covariances (n, k, k) after and before each sample; misfit for the likelihood."""

    means: Float
    covariances: Float
    predicted: Float
    predicted_covariances: Float
    misfit: Float
    volume: float
    count: int


class Kalman(Method):
    """Smooth along one axis by a Kalman filter and the way back.

    Use it for series with irregular times, samples that are missing, or noise that varies.
    The model is a Wiener process for the highest derivative: constant acceleration
    but for noise, or constant jerk. It is a spline with error bars. On several axes
    it smooths only along the one of the derivative, line by line; ``"gp"`` does better there.

    Parameters
    ----------
    states : int, optional
        Number of derivatives in the state besides the field, 1 to 5. The default is one more than
        the derivative asked for, and at least 2.

    Notes
    -----
    The noise of the process maximises the likelihood, shared by all lines. That of the
    measurement is the variable ``<field>_sd``, or follows from the likelihood too. The sd
    is the posterior's.

    References
    ----------
    S. Särkkä, Bayesian Filtering and Smoothing, Cambridge University Press 2013, theorems
    4.2 and 8.2; the process's covariance is example 4.3 for any number of states.

    Examples
    --------
    >>> import xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> t = np.linspace(0.0, 6.0, 80)
    >>> noisy = np.sin(t) + 0.05 * np.random.default_rng(0).standard_normal(80)
    >>> d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), "u_t", method="kalman")
    >>> bool(np.sqrt(np.mean((d.u_t - np.cos(t)) ** 2)) < 0.15)
    True
    """

    kind: Literal["kalman"] = "kalman"
    states: int | None = Field(default=None, ge=1, le=5)

    accepts_missing: ClassVar[bool] = True

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        first = next((_axis_of(samples, wanted) for wanted in orders if any(wanted)), 0)
        highest = max((max(wanted) for wanted in orders), default=0)
        states = self.states or max(2, highest + 1)
        if highest > states:
            raise DerivativeError(
                f"A derivative of order {highest} of {samples.field!r} needs as many states; "
                f"give Kalman(states={highest})."
            )
        done: dict[int, tuple[Float, Float]] = {}
        estimates = []
        for wanted in orders:
            axis = _axis_of(samples, wanted) if any(wanted) else first
            if axis not in done:
                done[axis] = _smooth(samples, axis, states)
            means, variances = done[axis]
            order = wanted[axis]
            estimates.append(
                Estimate(
                    means[order],
                    np.sqrt(variances[order]),
                    f"Kalman smoother of {states + 1} states along {samples.axes[axis].name}",
                )
            )
        return estimates


def _axis_of(samples: Samples, wanted: Orders) -> int:
    along = [index for index, order in enumerate(wanted) if order]
    if len(along) > 1:
        raise DerivativeError(
            f"{samples.label(wanted)!r} is along several axes; a Kalman smoother differentiates along one. "
            "Use method='gp'."
        )
    return along[0]


def _smooth(samples: Samples, axis: int, states: int) -> tuple[Float, Float]:
    """Return the field's derivatives of orders 0 to `states` and their variances, each of the field's shape."""
    along = samples.axes[axis]
    if len(along) < states + 2:
        raise DerivativeError(
            f"A Kalman smoother of {states + 1} states for {samples.field!r} needs at least {states + 2} samples along "
            f"{along.name!r}; there are {len(along)}."
        )
    forward = along.points[0] < along.points[-1]
    turn = slice(None) if forward else slice(None, None, -1)
    values = np.moveaxis(samples.values, axis, 0)[turn]
    shape = values.shape
    lines = values.reshape(len(along), -1)
    present = np.isfinite(lines)
    offset, scale = float(np.mean(lines[present])), float(np.std(lines[present])) or 1.0
    known = np.broadcast_to(samples.sd, samples.values.shape) if samples.sd_known else np.ones(samples.values.shape)
    noise = (np.moveaxis(known, axis, 0)[turn].reshape(lines.shape) / (scale if samples.sd_known else 1.0)) ** 2
    unit = abs(along.spacing)
    chain = _chain(Axis(along.name, along.points[turn] / unit), states)
    groups = _alike(noise, present)
    means, variances = np.empty((states + 1, *lines.shape)), np.empty((states + 1, *lines.shape))
    ratio, level = _noises(chain, (lines - offset) / scale, noise, groups, known=samples.sd_known)
    for group in groups:
        filtered = _forward(chain, (lines[:, group] - offset) / scale, noise[:, group[0]], ratio)
        mean, covariance = _backward(chain, filtered)
        means[:, :, group] = mean.transpose(1, 0, 2)
        variances[:, :, group] = level * np.maximum(np.diagonal(covariance, axis1=1, axis2=2).T, 0.0)[:, :, None]
    units = scale / unit ** np.arange(states + 1.0)

    def back(array: Float) -> Float:
        return np.moveaxis(array.reshape(states + 1, *shape)[:, turn], 1, axis + 1)

    means = units[:, None, None] * means
    means[0] += offset
    return back(means), back((units**2)[:, None, None] * variances)


def _alike(noise: Float, present: Float) -> list[list[int]]:
    """Group the lines that have the same samples and noise: they share their gains."""
    groups: dict[bytes, list[int]] = {}
    for line in range(noise.shape[1]):
        key = np.where(present[:, line], noise[:, line], -1.0).tobytes()
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def _chain(axis: Axis, states: int) -> _Chain:
    steps = np.diff(axis.points)
    size = states + 1
    transitions, spreads = np.zeros((len(steps), size, size)), np.zeros((len(steps), size, size))
    for row in range(size):
        for column in range(size):
            if column >= row:
                transitions[:, row, column] = steps ** (column - row) / math.factorial(column - row)
            power = 2 * states + 1 - row - column
            below = power * math.factorial(states - row) * math.factorial(states - column)
            spreads[:, row, column] = steps**power / below
    return _Chain(transitions, spreads)


def _forward(chain: _Chain, lines: Float, noise: Float, ratio: float) -> _Filtered:
    count, size = len(lines), chain.transitions.shape[1]
    means, covariances = np.zeros((count, size, lines.shape[1])), np.zeros((count, size, size))
    predicted, before = np.zeros_like(means), np.zeros_like(covariances)
    mean, covariance = np.zeros((size, lines.shape[1])), _DIFFUSE * np.eye(size)
    misfit, volume, seen = np.zeros(lines.shape[1]), 0.0, 0
    for step in range(count):
        if step:
            transition = chain.transitions[step - 1]
            mean = transition @ mean
            covariance = transition @ covariance @ transition.T + ratio * chain.spreads[step - 1]
        predicted[step], before[step] = mean, covariance
        if np.isfinite(lines[step, 0]):
            total = covariance[0, 0] + noise[step]
            gain = covariance[:, 0] / total
            surprise = lines[step] - mean[0]
            mean = mean + gain[:, None] * surprise
            # Joseph's form keeps the covariance positive.
            keep = np.eye(size)
            keep[:, 0] -= gain
            covariance = keep @ covariance @ keep.T + noise[step] * np.outer(gain, gain)
            seen += 1
            if seen > size:
                misfit += surprise**2 / total
                volume += math.log(total)
        means[step], covariances[step] = mean, covariance
    return _Filtered(means, covariances, predicted, before, misfit, volume, max(seen - size, 0))


def _backward(chain: _Chain, filtered: _Filtered) -> tuple[Float, Float]:
    means, covariances = filtered.means.copy(), filtered.covariances.copy()
    for step in range(len(means) - 2, -1, -1):
        before = filtered.predicted_covariances[step + 1]
        cross = filtered.covariances[step] @ chain.transitions[step].T
        gain = np.linalg.solve(before, cross.T).T
        means[step] += gain @ (means[step + 1] - filtered.predicted[step + 1])
        covariances[step] += gain @ (covariances[step + 1] - before) @ gain.T
    return means, covariances


def _noises(
    chain: _Chain, lines: Float, noise: Float, groups: Sequence[Sequence[int]], *, known: bool
) -> tuple[float, float]:
    """Return the process noise over the measurement's, and the level of both, by maximum likelihood."""
    from scipy.optimize import minimize_scalar

    chosen = [list(group)[:_LINES] for group in groups[:_LINES]]

    def fitted(log_ratio: float) -> tuple[float, float]:
        runs = [_forward(chain, lines[:, group], noise[:, group[0]], math.exp(log_ratio)) for group in chosen]
        misfit = sum(float(np.sum(run.misfit)) for run in runs)
        volume = sum(len(group) * run.volume for group, run in zip(chosen, runs, strict=True))
        count = sum(len(group) * run.count for group, run in zip(chosen, runs, strict=True))
        level = 1.0 if known else max(misfit / max(count, 1), 1e-300)
        return misfit / level + count * math.log(level) + volume, level

    grid = np.linspace(*_RATIOS, 21)
    coarse = grid[int(np.argmin([fitted(float(one))[0] for one in grid]))]
    found = minimize_scalar(
        lambda one: fitted(float(one))[0],
        bounds=(coarse - 2.0, coarse + 2.0),
        method="bounded",
        options={"xatol": 0.05},
    )
    return math.exp(float(found.x)), fitted(float(found.x))[1]

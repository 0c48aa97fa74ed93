"""From samples in their units to a standardised model and its posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.basis import STANDARD_DIGITS
from physforge.derivatives.gaussian.evidence import Fit, Projected, fit_kernel, project
from physforge.derivatives.gaussian.factor import Factor, functions_needed, make_factor
from physforge.derivatives.gaussian.gaps import Joint, condition_jointly, fill
from physforge.derivatives.gaussian.kernels import Kernel
from physforge.derivatives.gaussian.posterior import Posterior, posterior_of
from physforge.derivatives.method import Orders, Samples

#: Least sd of a sample, over that of all: one without noise would outweigh all others.
LEAST_SD = 1e-6

#: Times that the gaps of a grid are filled again from the model.
_REFILLS = 3

#: Variance of the noise to start from where it is not known, over that of the samples.
_FIRST_NOISE = 0.01


@dataclass(frozen=True, eq=False)
class Model:
    """A field of mean zero and unit variance on standardised axes.

    Parameters
    ----------
    data : Projected
        What the likelihood depends on.
    offset, scale : float
        Mean and sd of the samples, in their unit.
    noise : float
        Variance of the noise in `data`, or a first guess of it.
    known : bool
        Whether `noise` is to be kept.
    """

    data: Projected
    offset: float
    scale: float
    noise: float
    known: bool

    def unit(self, orders: Orders) -> float:
        """Return the unit of a derivative of the standardised field."""
        halves = [factor.basis.half**order for factor, order in zip(self.data.factors, orders, strict=True)]
        return self.scale / float(np.prod(halves))

    def fit(self, kernels: Sequence[Kernel]) -> list[Fit]:
        """Fit each kernel, starting from the one before."""
        fits: list[Fit] = []
        for kernel in kernels:
            start = fits[-1] if fits else None
            fits.append(fit_kernel(self.data, kernel, self.noise, known=self.known, start=start))
        return fits

    def posterior(self, fit: Fit) -> Posterior | Joint:
        """Return the posterior of a kernel, each mode's variance found again from its neighbours."""
        return posterior_of(self.data, fit, adapt=True)


@dataclass(frozen=True, eq=False)
class GappyModel(Model):
    """A field of several axes with missing samples, or noise that varies.

    Parameters
    ----------
    axes : tuple of Axis
        The grid, each point of a period once.
    values : numpy.ndarray
        Standardised samples; NaN where missing.
    sd : numpy.ndarray or None
        Of the noise at each sample, where it is known.
    """

    axes: tuple[Axis, ...]
    values: Float
    sd: Float | None

    def fit(self, kernels: Sequence[Kernel]) -> list[Fit]:
        """Fit each kernel to the filled grid."""
        missing = np.isnan(self.values)
        # Samples that the model made have no noise.
        real = 1.0 - np.count_nonzero(missing) / missing.size
        return [replace(fit, noise=fit.noise / real) for fit in super().fit(kernels)]

    def posterior(self, fit: Fit) -> Posterior | Joint:
        """Return the posterior of a kernel, given only the samples that are there."""
        noise = np.full(self.values.shape, fit.noise) if self.sd is None else np.maximum(self.sd, LEAST_SD) ** 2
        return condition_jointly(posterior_of(self.data, fit, adapt=True), self.axes, self.values, noise)


def standardise(samples: Samples) -> Model:
    """Return the model of a field.

    Parameters
    ----------
    samples : Samples
        With at least one finite value.

    Returns
    -------
    Model
        Whose fit and posterior do not depend on the units.
    """
    once = tuple(slice(0, len(axis.without_repeated_end())) for axis in samples.axes)
    axes = tuple(axis.without_repeated_end() for axis in samples.axes)
    raw = samples.values[once]
    present = np.isfinite(raw)
    offset, scale = float(np.mean(raw[present])), float(np.std(raw[present])) or 1.0
    values = np.round((raw - offset) / scale, STANDARD_DIGITS)
    sd = np.round(np.broadcast_to(samples.sd, samples.values.shape)[once] / scale, STANDARD_DIGITS)
    whole = bool(present.all())
    if whole and np.ptp(sd) == 0:
        noise = float(sd.flat[0]) ** 2
        return Model(project(_factors(axes, values), values), offset, scale, noise, samples.sd_known)
    if len(axes) == 1:
        return _on_a_line(axes[0], values, sd if samples.sd_known else None, offset, scale)
    known = np.asarray(sd) if samples.sd_known else None
    filled = fill(values, axes)
    factors = _factors(axes, filled)
    for _ in range(0 if whole else _REFILLS):
        data = project(factors, filled)
        fit = fit_kernel(data, "matern-7/2", _FIRST_NOISE, known=False)
        smooth = posterior_of(data, fit).derivative(axes, (0,) * len(axes))[0]
        filled = np.where(present, values, smooth)
    return GappyModel(project(factors, filled), offset, scale, _FIRST_NOISE, False, axes, values, known)


def _factors(axes: Sequence[Axis], values: Float) -> list[Factor]:
    factors = []
    for index, axis in enumerate(axes):
        lines = np.moveaxis(values, index, 0).reshape(len(axis), -1)
        factors.append(make_factor(axis, axis.points, np.ones(()), functions_needed(axis, lines)))
    return factors


def _on_a_line(axis: Axis, values: Float, sd: Float | None, offset: float, scale: float) -> Model:
    """Weight each sample by its noise, and leave out what is missing: exact on one axis."""
    present = np.isfinite(values)
    weights = np.ones(()) if sd is None else 1.0 / np.maximum(sd[present], LEAST_SD)
    count = functions_needed(axis, fill(values, [axis])[:, None])
    factor = make_factor(axis, axis.points[present], weights, count)
    noise = _FIRST_NOISE if sd is None else 1.0
    return Model(project([factor], values[present] * weights), offset, scale, noise, sd is not None)

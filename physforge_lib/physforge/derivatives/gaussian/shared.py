"""Hyper-parameters that all blocks of a field share, from some windows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Axis
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.kernels import Kernel
from physforge.derivatives.gaussian.model import Model, standardise
from physforge.derivatives.method import Estimate, Orders, Samples

#: Samples around a block, in length scales: what is farther away moves a result by about a tenth of its sd.
_REACH = 3.0

#: Kernels of less evidence than this share are left out of the average.
_SHARE = 1e-3


@dataclass(frozen=True)
class Scales:
    """A kernel with hyper-parameters in the units of the data.

    Parameters
    ----------
    kernel : Kernel
        Which one.
    share : float
        Its share of the evidence.
    lengths : tuple of float
        Length scale of each axis.
    variance : float
        Prior variance of the field.
    noise : float
        Variance of the noise.
    """

    kernel: Kernel
    share: float
    lengths: tuple[float, ...]
    variance: float
    noise: float

    def fit(self, model: Model) -> Fit:
        """Return them in the standard units of a block."""
        halves = [factor.basis.half for factor in model.data.factors]
        lengths = tuple(length / half for length, half in zip(self.lengths, halves, strict=True))
        noise = model.noise if model.known else self.noise / model.scale**2
        return Fit(self.kernel, lengths, self.variance / model.scale**2, noise, 0.0)


@dataclass(frozen=True)
class SharedProcess:
    """A Gaussian process with given hyper-parameters, for blocks of a field.

    Parameters
    ----------
    scales : tuple of Scales
        The kernels to average.
    warnings : tuple of str
        What was noticed in the windows.
    """

    scales: tuple[Scales, ...]
    warnings: tuple[str, ...]

    @property
    def how(self) -> str:
        """Name the kernels."""
        kernels = ", ".join(f"{one.kernel} {one.share:.0%}" for one in self.scales)
        return f"Gaussian process ({kernels}), block by block"

    def overlaps(self, axes: Sequence[Axis]) -> list[int]:
        """Return three length scales in samples."""
        longest = np.max([one.lengths for one in self.scales], axis=0)
        return [
            int(np.ceil(_REACH * min(length / abs(axis.spacing), len(axis))))
            for length, axis in zip(longest, axes, strict=True)
        ]

    def estimate(self, samples: Samples, inside: tuple[slice, ...], orders: Sequence[Orders]) -> list[Estimate]:
        """Condition on a block with its surroundings; see `Blockwise.estimate`."""
        model = standardise(samples)
        posteriors = [(one.share, model.posterior(one.fit(model))) for one in self.scales]
        axes = [
            Axis(axis.name, axis.points[part], axis.period) for axis, part in zip(samples.axes, inside, strict=True)
        ]
        estimates = []
        for wanted in orders:
            moments = [(share, *posterior.derivative(axes, wanted)) for share, posterior in posteriors]
            mean = sum((share * value for share, value, _ in moments), np.zeros(()))
            variance = sum((share * (spread + (value - mean) ** 2) for share, value, spread in moments), np.zeros(()))
            unit, offset = model.unit(wanted), 0.0 if any(wanted) else model.offset
            estimates.append(Estimate(unit * mean + offset, unit * np.sqrt(variance), self.how))
        return estimates


def shared_scales(models: Sequence[Model], fits: Sequence[Sequence[Fit]]) -> tuple[Scales, ...]:
    """Combine the fits of some windows.

    Parameters
    ----------
    models : sequence of Model
        One for each window.
    fits : sequence of sequence of Fit
        The same kernels for each window.

    Returns
    -------
    tuple of Scales
        Medians over the windows, in the logarithm; the evidence of a kernel is the sum of the windows'.
    """
    kernels = [fit.kernel for fit in fits[0]]
    evidence = np.sum([[fit.evidence for fit in window] for window in fits], axis=0)
    shares = np.exp(evidence - np.max(evidence))
    kept = shares > _SHARE * np.sum(shares)
    shares = np.where(kept, shares, 0.0) / np.sum(shares[kept])
    found = []
    for index, (kernel, share) in enumerate(zip(kernels, shares, strict=True)):
        if share > 0.0:
            logs = [np.log(_in_units(model, window[index])) for model, window in zip(models, fits, strict=True)]
            *lengths, variance, noise = np.exp(np.median(logs, axis=0))
            found.append(Scales(kernel, float(share), tuple(map(float, lengths)), float(variance), float(noise)))
    return tuple(found)


def _in_units(model: Model, fit: Fit) -> list[float]:
    halves = [factor.basis.half for factor in model.data.factors]
    lengths = [length * half for length, half in zip(fit.lengths, halves, strict=True)]
    return [*lengths, fit.variance * model.scale**2, fit.noise * model.scale**2]

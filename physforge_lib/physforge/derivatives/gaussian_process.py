"""Gaussian-process regression, with its hyper-parameters from the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from threadpoolctl import threadpool_limits

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.gaussian.basis import STANDARD_DIGITS
from physforge.derivatives.gaussian.evidence import Fit
from physforge.derivatives.gaussian.gaps import Joint
from physforge.derivatives.gaussian.kernels import KERNELS, Kernel
from physforge.derivatives.gaussian.line_colour import noise_colour
from physforge.derivatives.gaussian.line_fit import averaged, fit_line
from physforge.derivatives.gaussian.line_shaped import LineSamples
from physforge.derivatives.gaussian.model import LEAST_SD, Model, standardise
from physforge.derivatives.gaussian.outliers import inflation, without_outliers
from physforge.derivatives.gaussian.posterior import Posterior
from physforge.derivatives.gaussian.scattered import differentiate_points
from physforge.derivatives.gaussian.shared import SharedProcess, shared_scales
from physforge.derivatives.gaussian.whiteness import neighbours
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.derivatives.points import Places, Points
from physforge.errors import DerivativeError

#: What `GaussianProcess` may be told to use.
Spectrum = Literal["squared-exponential", "matern-7/2", "matern-5/2", "matern-3/2", "spectral-mixture"]

SPECTRA: tuple[Spectrum, ...] = (*KERNELS, "spectral-mixture")

#: Kernels of less evidence than this share are left out of the average.
_SHARE = 1e-3

#: Variance of the noise, over the samples', below which residuals show the basis and not the noise.
_CLEAN = 1e-8

#: Highest order of a derivative, all axes together.
HIGHEST_ORDER = 4

#: Fewest samples along an axis.
FEWEST_SAMPLES = 4


class GaussianProcess(Method):
    """Differentiate the posterior of a Gaussian process.

    Use it for noisy data, on any grid of one to four axes; there is nothing to set. The prior is a
    product over the axes of stationary kernels, by a Fourier series along an axis with
    a period, and by sines on an interval one and a half times as long with a linear trend
    along others. Length scales, amplitude and noise maximise the marginal
    likelihood, and the kernels are averaged by it. On a single axis without a period more
    families take part, by their evidence: with an amplitude that grows or decays
    exponentially, and with time that is warped, for fronts between flat parts and for chirps.

    The sd is that of the posterior: it covers the noise and the smoothing, in so far
    as the field looks alike everywhere. It is too small near a kink or a shock, and for
    noise that is correlated between samples: a warning says so where the residuals
    show it, on full grids. On one axis, from about 60 samples, it also looks at whatever is finer
    than eight samples to a period, whose power must not fall with frequency; one white series
    in a hundred is warned of by chance.

    Parameters
    ----------
    kernels : tuple of str, default all
        Any of ``"squared-exponential"``, ``"matern-7/2"``, ``"matern-5/2"`` and
        ``"matern-3/2"``, from smooth to rough fields, and ``"spectral-mixture"``, which is for
        one axis. Fewer save time, and make the sd less trustworthy. Of these, amplitudes grow for
        ``"squared-exponential"`` and ``"spectral-mixture"``, and time is warped for
        ``"matern-7/2"`` and ``"spectral-mixture"``.
    noise : {"gaussian", "student-t"}, default "gaussian"
        ``"student-t"`` is for a grid with some samples that are far off: they lose their weight, and
        the sd of the rest grows by about a tenth. It costs up to a dozen fits more.

    Notes
    -----
    A variable ``<field>_sd`` is believed, the noise estimated without one. Missing samples (NaN)
    are bridged. The cost is that of a few dozen eigenvalue problems of at most 400
    functions along each axis; on several axes with gaps, or an sd that varies, that of
    800 joint modes at every sample comes on top, and the hyper-parameters are those of the
    field with its gaps filled.

    References
    ----------
    A. Solin and S. Särkkä, Hilbert space methods for reduced-rank Gaussian process
    regression, Statistics and Computing 30 (2020) 419-446.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from physforge.derivatives import differentiate
    >>> t = np.linspace(0.0, 6.0, 80)
    >>> noisy = np.sin(t) + 0.05 * np.random.default_rng(0).standard_normal(80)
    >>> d = differentiate(xr.Dataset({"u": ("t", noisy)}, {"t": t}), "u_t", method="gp")
    >>> bool(np.abs(d.u_t - np.cos(t)).max() < 0.15)
    True
    """

    kind: Literal["gp"] = "gp"
    kernels: tuple[Spectrum, ...] = Field(default=SPECTRA, min_length=1)
    noise: Literal["gaussian", "student-t"] = "gaussian"

    accepts_missing: ClassVar[bool] = True

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        _check(samples, orders)
        # The matrices of one axis are so small that threads cost more than they save.
        with threadpool_limits(1 if len(samples.axes) == 1 else None, user_api="blas"):
            return self._estimate(samples, orders)

    def _estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        if self.noise == "student-t":
            samples = without_outliers(samples)
        model = standardise(samples)
        posteriors, shares = _posteriors(samples, model, self.kernels)
        how = "Gaussian process (" + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + ")"
        # Moving outliers takes some of the noise away, and the sd goes with the noise.
        wider = inflation() if self.noise == "student-t" else 1.0
        said = _doubts(samples, model, max(posteriors, key=lambda one: one[0])[1])
        estimates = []
        for wanted in orders:
            mean, variance = _average(posteriors, samples.axes, wanted)
            unit = model.unit(wanted)
            offset = 0.0 if any(wanted) else model.offset
            estimates.append(Estimate(unit * mean + offset, wider * unit * np.sqrt(variance), how, said))
        return estimates

    def estimate_points(self, points: Points, orders: Sequence[Orders], places: Places | None = None) -> list[Estimate]:
        """Differentiate scattered samples; see `Method.estimate_points`."""
        _check_orders(points, orders)
        _check_count(points)
        return differentiate_points(points, orders, _kernels(self.kernels), places)

    def in_blocks(self, windows: Sequence[Samples], orders: Sequence[Orders]) -> SharedProcess:
        """Find the hyper-parameters that all blocks share; see `Method.in_blocks`."""
        _check(windows[0], orders)
        if self.noise == "student-t":
            raise DerivativeError(
                f"noise='student-t' looks at all samples of {windows[0].field!r} at once, which are not in memory; "
                "load them with ds.load(), or use GaussianProcess()."
            )
        models = [standardise(window) for window in windows]
        fits = [model.fit(_kernels(self.kernels)) for model in models]
        best = [max(some, key=lambda fit: fit.evidence) for some in fits]
        doubts = [
            _doubts(window, model, model.posterior(fit))
            for window, model, fit in zip(windows, models, best, strict=True)
        ]
        said = [some for some in doubts if some]
        return SharedProcess(shared_scales(models, fits), said[0] if 2 * len(said) > len(doubts) else ())


def _posteriors(
    samples: Samples, model: Model, names: Sequence[Spectrum]
) -> tuple[list[tuple[float, Posterior | Joint]], dict[str, float]]:
    """Return posteriors with their shares, and the share of each spectrum."""
    if len(model.data.factors) == 1:
        # One axis tells little of the hyper-parameters: they are averaged over.
        line = _on_a_line(samples, model)
        places, shares = averaged(fit_line(model.data, names, model.noise, known=model.known, samples=line))
        return [(share, posterior) for share, posterior in places], shares
    fits = model.fit(_kernels(names))
    shares = _shares(fits)
    return [(shares[fit.kernel], model.posterior(fit)) for fit in fits if fit.kernel in shares], shares


def _on_a_line(samples: Samples, model: Model) -> LineSamples:
    """Return what the model of a single axis was made of."""
    points = samples.axes[0].without_repeated_end().points
    present = np.isfinite(samples.values[: len(points)])
    values = np.round((samples.values[: len(points)][present] - model.offset) / model.scale, STANDARD_DIGITS)
    weights = np.ones(len(values))
    if model.known:
        sd = np.round(
            np.broadcast_to(samples.sd, samples.values.shape)[: len(points)][present] / model.scale, STANDARD_DIGITS
        )
        # An sd that all share is the model's noise, and no weight.
        weights = max(np.sqrt(model.noise), LEAST_SD) / np.maximum(sd, LEAST_SD)
    return LineSamples(model.data.factors[0].basis, points[present], values * weights, weights)


def _doubts(samples: Samples, model: Model, posterior: Posterior | Joint) -> tuple[str, ...]:
    """Say where the noise is not white; several axes with gaps and noise that varies are not looked at."""
    if isinstance(posterior, Joint) or (samples.sd_known and samples.sd.ndim):
        return ()
    once = _once(samples)
    axes = tuple(axis.without_repeated_end() for axis in samples.axes)
    values = (samples.values[once] - model.offset) / model.scale
    if len(axes) == 1 and (said := _coloured(samples.field, axes[0], values)):
        return said
    if posterior.noise < _CLEAN or model.data.size != values.size or samples.sd.ndim:
        return ()
    residual = values - posterior.derivative(axes, (0,) * len(axes))[0]
    return tuple(
        f"The residuals of {samples.field!r} are not white along {one.axis!r} (neighbours correlate by "
        f"{one.value:+.2f}): the noise is correlated from sample to sample, or the field has a shock or detail "
        "that the samples do not resolve. The standard deviations are then too small."
        for one in neighbours(posterior, axes, residual, posterior.noise)
        if one.noticeable
    )


def _coloured(field: str, axis: Axis, values: Float) -> tuple[str, ...]:
    """Say where the noise of a time series is not white: its residuals can be, after a rough spectrum's fit."""
    present = np.isfinite(values)
    colour = noise_colour(axis.points[present], values[present])
    if colour is None or not colour.noticeable:
        return ()
    return (
        f"The finest detail of {field!r} along {axis.name!r} is not that of white noise: its power falls with "
        f"frequency, as where the noise of neighbours correlates by about {colour.correlation:+.1f}. Either the noise "
        "is correlated from sample to sample, and passes in part for the field, or the field has a kink, a shock or "
        "detail that the samples do not resolve. The standard deviations are then too small.",
    )


def _once(samples: Samples) -> tuple[slice, ...]:
    return tuple(slice(0, len(axis.without_repeated_end())) for axis in samples.axes)


def _kernels(names: Sequence[Spectrum]) -> tuple[Kernel, ...]:
    """Return the kernels among the spectra; fields of several axes find their spectrum by themselves."""
    return tuple(name for name in names if name != "spectral-mixture") or KERNELS


def _average(
    posteriors: Sequence[tuple[float, Posterior | Joint]], axes: Sequence[Axis], wanted: Orders
) -> tuple[Float, Float]:
    moments = [(share, *posterior.derivative(axes, wanted)) for share, posterior in posteriors]
    mean = sum((share * value for share, value, _ in moments), np.zeros(()))
    # What the posteriors disagree about is uncertain too.
    variance = sum((share * (spread + (value - mean) ** 2) for share, value, spread in moments), np.zeros(()))
    return mean, variance


def _check(samples: Samples, orders: Sequence[Orders]) -> None:
    for axis in samples.axes:
        if len(axis.without_repeated_end()) < FEWEST_SAMPLES:
            raise DerivativeError(
                f"A Gaussian process for {samples.field!r} needs at least {FEWEST_SAMPLES} samples along "
                f"{axis.name!r}; there are {len(axis.without_repeated_end())}."
            )
    _check_orders(samples, orders)
    _check_count(samples)


def _check_orders(samples: Samples | Points, orders: Sequence[Orders]) -> None:
    for wanted in orders:
        if sum(wanted) > HIGHEST_ORDER:
            raise DerivativeError(
                f"{samples.label(wanted)!r} is of order {sum(wanted)}; a Gaussian process gives up to "
                f"{HIGHEST_ORDER}. Use method='savitzky-golay'."
            )


def _check_count(samples: Samples | Points) -> None:
    if np.count_nonzero(np.isfinite(samples.values)) < FEWEST_SAMPLES:
        raise DerivativeError(f"Fewer than {FEWEST_SAMPLES} samples of {samples.field!r} are there; measure more.")


def _shares(fits: Sequence[Fit]) -> dict[str, float]:
    most = max(fit.evidence for fit in fits)
    shares: dict[str, float] = {fit.kernel: float(np.exp(fit.evidence - most)) for fit in fits}
    kept = {kernel: share for kernel, share in shares.items() if share > _SHARE * sum(shares.values())}
    total = sum(kept.values())
    return {kernel: share / total for kernel, share in kept.items()}

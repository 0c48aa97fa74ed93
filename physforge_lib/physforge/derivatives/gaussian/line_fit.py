"""Hyper-parameters of one axis: the most probable ones, and how far they can be from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Projected
from physforge.derivatives.gaussian.line_spectra import MIXTURE, LineSpectrum, Parameter, spectra
from physforge.derivatives.gaussian.posterior import Posterior, condition

#: Belief about the logarithm of the noise's variance, over the samples'.
_NOISE = Parameter(-4.0, 4.0, math.log(1e-12), math.log(4.0))

#: Steps from each start, then from the best of them.
_FIRST_STEPS, _STEPS = 15, 80

#: Step in a logarithm for second derivatives, and the least one: an sd of three at most.
_DIFFERENCE, _LEAST_CURVATURE = 1e-3, 1.0 / 9.0

#: Weight of the most probable hyper-parameters, over that of a direction's pair.
_CENTRE = 1.0

#: Most by which a place off the centre may be more probable than a normal distribution has it.
_MOST_WEIGHT = math.e

#: Spectra and places of a smaller share are left out.
_SHARE = 1e-3


@dataclass(frozen=True, eq=False)
class LineFit:
    """A spectrum with its most probable hyper-parameters.

    Parameters
    ----------
    spectrum : LineSpectrum
        Which family.
    data : Projected
        The samples.
    noise : float or None
        Variance of the noise where it is known.
    best : numpy.ndarray of shape (k,)
        Logarithms of the hyper-parameters; the last is the noise's variance, where that is not known.
    height : float
        Logarithm of their probability with the samples.
    spread : numpy.ndarray of shape (k, k)
        Independent directions, each as long as one sd, as columns.
    """

    spectrum: LineSpectrum
    data: Projected
    noise: float | None
    best: Float
    height: float
    spread: Float

    @property
    def evidence(self) -> float:
        """Logarithm of the probability of the samples, hyper-parameters integrated over (Laplace)."""
        volume = float(np.linalg.slogdet(self.spread)[1])
        return self.height + volume + 0.5 * len(self.best) * math.log(2.0 * math.pi)

    def posterior(self, logs: Float) -> Posterior:
        """Condition on the samples, for some hyper-parameters."""
        variances, _ = self.spectrum.variances(self.data.factors[0].basis, logs)
        return condition(self.data, [variances], 1.0, _noise(logs, self.noise))

    def places(self) -> Iterator[tuple[float, Float]]:
        """Return hyper-parameters that stand for their distribution, each with its share.

        Notes
        -----
        The third-degree rule of a normal distribution, on the axes of the curvature, with
        each weight corrected by how probable the place really is.
        """
        size = len(self.best)
        radius = math.sqrt(size + _CENTRE)
        found = [(2.0 * _CENTRE, self.best)]
        for direction in self.spread.T:
            for sign in (-1.0, 1.0):
                logs = self.best + sign * radius * direction
                excess = log_probability(self.spectrum, self.data, logs, self.noise)[0] - self.height
                found.append((min(math.exp(min(excess + 0.5 * radius**2, 1.0)), _MOST_WEIGHT), logs))
        total = sum(weight for weight, _ in found)
        yield from ((weight / total, logs) for weight, logs in found)


def log_probability(spectrum: LineSpectrum, data: Projected, logs: Float, noise: float | None) -> tuple[float, Float]:
    """Return the logarithm of the probability of samples and hyper-parameters, and its gradient.

    Parameters
    ----------
    spectrum : LineSpectrum
        Which family.
    data : Projected
        Samples on one axis.
    logs : numpy.ndarray of shape (k,)
        Logarithms of the hyper-parameters.
    noise : float or None
        Variance of the noise where it is known.

    Returns
    -------
    value : float
        For natural logarithms.
    gradient : numpy.ndarray of shape (k,)
        With respect to `logs`.
    """
    (factor,) = data.factors
    variances, slopes = spectrum.variances(factor.basis, logs)
    variance = _noise(logs, noise)
    values, vectors = np.linalg.eigh((factor.reduced * variances) @ factor.reduced.T)
    functions, turned = vectors.T @ factor.reduced, vectors.T @ data.values
    total = np.maximum(values, 0.0) + variance
    solved = turned / total
    outside = data.size - len(turned)
    misfit = float(turned @ solved) + data.rest / variance
    volume = float(np.sum(np.log(total))) + outside * math.log(variance) + data.size * math.log(2.0 * math.pi)
    by_variance = 0.5 * ((solved @ functions) ** 2 - np.sum(functions**2 / total[:, None], axis=0))
    gradient = [float(by_variance @ slope) for slope in slopes]
    if noise is None:
        by_noise = float(np.sum(solved**2 - 1.0 / total)) + data.rest / variance**2 - outside / variance
        gradient.append(0.5 * variance * by_noise)
    means, sds = _beliefs(_parameters(spectrum, data, noise))
    away = (logs - means) / sds
    prior = -0.5 * float(away @ away) - float(np.sum(np.log(sds))) - 0.5 * len(logs) * math.log(2.0 * math.pi)
    return -0.5 * (misfit + volume) + prior, np.array(gradient) - away / sds


def fit_line(data: Projected, names: Sequence[str], noise: float, *, known: bool) -> list[LineFit]:
    """Find the most probable hyper-parameters of each spectrum.

    Parameters
    ----------
    data : Projected
        Samples on one axis, of unit variance or so.
    names : sequence of str
        The spectra.
    noise : float
        Variance of the noise, or a first guess of it.
    known : bool
        Whether `noise` is to be kept.

    Returns
    -------
    list of LineFit
        One for each spectrum.
    """
    floor = max(noise, math.exp(_NOISE.low))
    fits: list[LineFit] = []
    for spectrum in spectra(names):
        # The mixture starts from the first, which is the smoothest; a kernel from the one before.
        before = None if not fits else fits[0] if spectrum.name == MIXTURE else fits[-1]
        starts = spectrum.starts(None if before is None else before.best)
        if not known:
            first = math.log(floor) if before is None else float(before.best[-1])
            starts = [[*start, first] for start in starts]
        fits.append(_climb(spectrum, data, starts, floor if known else None))
    return fits


def averaged(fits: Sequence[LineFit]) -> tuple[list[tuple[float, Posterior]], dict[str, float]]:
    """Return posteriors that stand for everything that the samples leave open.

    Parameters
    ----------
    fits : sequence of LineFit
        One for each spectrum.

    Returns
    -------
    posteriors : list of (float, Posterior)
        Each with its share; they add up to one.
    shares : dict of str to float
        Of each spectrum that counts.
    """
    most = max(fit.evidence for fit in fits)
    raw = {fit.spectrum.name: math.exp(fit.evidence - most) for fit in fits}
    kept = {name: share for name, share in raw.items() if share > _SHARE * sum(raw.values())}
    shares = {name: share / sum(kept.values()) for name, share in kept.items()}
    places = [
        (shares[fit.spectrum.name] * share, fit, logs)
        for fit in fits
        if fit.spectrum.name in shares
        for share, logs in fit.places()
    ]
    places = [place for place in places if place[0] > _SHARE]
    total = sum(share for share, _, _ in places)
    return [(share / total, fit.posterior(logs)) for share, fit, logs in places], shares


def _climb(spectrum: LineSpectrum, data: Projected, starts: Sequence[Sequence[float]], noise: float | None) -> LineFit:
    from scipy.optimize import minimize

    parameters = _parameters(spectrum, data, noise)
    bounds = [(parameter.low, parameter.high) for parameter in parameters]
    low, high = np.array(bounds).T

    def negative(logs: Float) -> tuple[float, Float]:
        value, gradient = log_probability(spectrum, data, logs, noise)
        return -value, -gradient

    def climb(start: Float, steps: int) -> tuple[float, Float]:
        options = {"maxiter": steps, "ftol": 1e-10}
        found = minimize(negative, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        return float(found.fun), np.asarray(found.x, dtype=np.float64)

    guesses = [np.clip(start, low, high) for start in starts]
    if len(guesses) > 1:
        guesses = [min((climb(guess, _FIRST_STEPS) for guess in guesses), key=lambda found: found[0])[1]]
    height, best = climb(guesses[0], _STEPS)
    return LineFit(spectrum, data, noise, best, -height, _spread(spectrum, data, best, noise))


def _spread(spectrum: LineSpectrum, data: Projected, best: Float, noise: float | None) -> Float:
    rows = []
    for step in _DIFFERENCE * np.eye(len(best)):
        below = log_probability(spectrum, data, best - step, noise)[1]
        above = log_probability(spectrum, data, best + step, noise)[1]
        rows.append((below - above) / (2.0 * _DIFFERENCE))
    curvature = np.array(rows)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray(vectors / np.sqrt(np.maximum(values, _LEAST_CURVATURE)), dtype=np.float64)


def _parameters(spectrum: LineSpectrum, data: Projected, noise: float | None) -> list[Parameter]:
    return [*spectrum.parameters(data.factors[0].basis), *([_NOISE] if noise is None else [])]


def _beliefs(parameters: Sequence[Parameter]) -> tuple[Float, Float]:
    return np.array([one.mean for one in parameters]), np.array([one.sd for one in parameters])


def _noise(logs: Float, known: float | None) -> float:
    return float(np.exp(logs[-1])) if known is None else known

"""Hyper-parameters of one axis: the most probable ones, and how far they can be from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.evidence import Projected
from physforge.derivatives.gaussian.line_problem import NOISE, LineProblem, StationaryProblem, normal_of
from physforge.derivatives.gaussian.line_shaped import LineSamples, shaped_problems
from physforge.derivatives.gaussian.line_spectra import MIXTURE, spectra
from physforge.derivatives.gaussian.posterior import Posterior

#: Minus the logarithm of the probability of settings for which round-off is larger than the noise.
_HOPELESS = 1e12

#: Steps from each start, then from the best of them.
_FIRST_STEPS, _STEPS = 15, 80

#: Relative change at which a search ends: far below what a share of the average shows.
_TOLERANCE = 1e-8

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
    """A family of priors with its most probable hyper-parameters.

    Parameters
    ----------
    problem : LineProblem
        Which family, with the samples.
    best : numpy.ndarray of shape (k,)
        The hyper-parameters, mostly logarithms; the last is the noise's variance, where that is not known.
    height : float
        Logarithm of their probability with the samples.
    spread : numpy.ndarray of shape (k, k)
        Independent directions, each as long as one sd, as columns.
    """

    problem: LineProblem
    best: Float
    height: float
    spread: Float

    @property
    def evidence(self) -> float:
        """Logarithm of the probability of the samples, hyper-parameters integrated over (Laplace)."""
        volume = float(np.linalg.slogdet(self.spread)[1])
        return self.height + volume + 0.5 * len(self.best) * math.log(2.0 * math.pi)

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
                excess = _probability(self.problem, logs)[0] - self.height
                found.append((min(math.exp(min(excess + 0.5 * radius**2, 1.0)), _MOST_WEIGHT), logs))
        total = sum(weight for weight, _ in found)
        yield from ((weight / total, logs) for weight, logs in found)


def fit_line(
    data: Projected, names: Sequence[str], noise: float, *, known: bool, samples: LineSamples | None = None
) -> list[LineFit]:
    """Find the most probable hyper-parameters of each family.

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
    samples : LineSamples, optional
        The same samples, for families whose axis is shaped. The default has none of them.

    Returns
    -------
    list of LineFit
        One for each spectrum, then one for each shaped family.
    """
    floor = max(noise, math.exp(NOISE.low))
    normal = normal_of(data)
    fits: list[LineFit] = []
    for spectrum in spectra(names):
        # The mixture starts from the first, which is the smoothest; a kernel from the one before.
        before = None if not fits else fits[0] if spectrum.name == MIXTURE else fits[-1]
        starts = spectrum.starts(None if before is None else before.best)
        if not known:
            first = math.log(floor) if before is None else float(before.best[-1])
            starts = [[*start, first] for start in starts]
        problem = StationaryProblem(spectrum, data, floor if known else None, normal)
        fits.append(_climb(problem, [np.array(start) for start in starts]))
    if samples is None:
        return fits
    plain = [(fit.problem, fit.best) for fit in fits if isinstance(fit.problem, StationaryProblem)]
    return fits + [_climb(problem, [start]) for problem, start in shaped_problems(plain, samples)]


def averaged(fits: Sequence[LineFit]) -> tuple[list[tuple[float, Posterior]], dict[str, float]]:
    """Return posteriors that stand for everything that the samples leave open.

    Parameters
    ----------
    fits : sequence of LineFit
        One for each family.

    Returns
    -------
    posteriors : list of (float, Posterior)
        Each with its share; they add up to one.
    shares : dict of str to float
        Of each family that counts.
    """
    most = max(fit.evidence for fit in fits)
    raw = {fit.problem.name: math.exp(fit.evidence - most) for fit in fits}
    kept = {name: share for name, share in raw.items() if share > _SHARE * sum(raw.values())}
    shares = {name: share / sum(kept.values()) for name, share in kept.items()}
    places = [
        (shares[fit.problem.name] * share, fit, logs)
        for fit in fits
        if fit.problem.name in shares
        for share, logs in fit.places()
    ]
    places = [place for place in places if place[0] > _SHARE]
    total = sum(share for share, _, _ in places)
    return [(share / total, fit.problem.posterior(logs)) for share, fit, logs in places], shares


def _climb(problem: LineProblem, starts: Sequence[Float]) -> LineFit:
    from scipy.optimize import minimize

    bounds = [(parameter.low, parameter.high) for parameter in problem.parameters]
    low, high = np.array(bounds).T

    def negative(logs: Float) -> tuple[float, Float]:
        value, gradient = _probability(problem, logs)
        return -value, -gradient

    def climb(start: Float, steps: int) -> tuple[float, Float]:
        options = {"maxiter": steps, "ftol": _TOLERANCE}
        found = minimize(negative, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        return float(found.fun), np.asarray(found.x, dtype=np.float64)

    guesses = [np.clip(start, low, high) for start in starts]
    if len(guesses) > 1:
        guesses = [min((climb(guess, _FIRST_STEPS) for guess in guesses), key=lambda found: found[0])[1]]
    height, best = climb(guesses[0], _STEPS)
    return LineFit(problem, best, -height, _spread(problem, best))


def _probability(problem: LineProblem, logs: Float) -> tuple[float, Float]:
    """Return the logarithm of the probability with its gradient, next to none where it is lost in round-off."""
    try:
        return problem.log_probability(logs)
    except np.linalg.LinAlgError:
        return -_HOPELESS, np.zeros(len(logs))


def _spread(problem: LineProblem, best: Float) -> Float:
    rows = []
    for step in _DIFFERENCE * np.eye(len(best)):
        below, above = _probability(problem, best - step)[1], _probability(problem, best + step)[1]
        rows.append((below - above) / (2.0 * _DIFFERENCE))
    curvature = np.array(rows)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray(vectors / np.sqrt(np.maximum(values, _LEAST_CURVATURE)), dtype=np.float64)

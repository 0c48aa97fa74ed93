"""Families of priors for one axis on which a field is not alike everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.gaussian.basis import ENLARGEMENT, STANDARD_DIGITS, Basis
from physforge.derivatives.gaussian.evidence import Projected
from physforge.derivatives.gaussian.factor import Factor
from physforge.derivatives.gaussian.line_evidence import Evidence, Normal, evidence_of
from physforge.derivatives.gaussian.line_problem import (
    LineProblem,
    StationaryProblem,
    by_logarithms,
    posterior_by_modes,
)
from physforge.derivatives.gaussian.line_shape import Clock, Shape, ShapedBasis
from physforge.derivatives.gaussian.line_spectra import MIXTURE, LineSpectrum, Parameter
from physforge.derivatives.gaussian.posterior import Posterior

#: Variance of a function over the noise's, all samples together, from which a shaped basis has it,
#: when its axis is not shaped yet.
_COUNTS = 1e-3

#: Most functions of a shaped basis: one that needs more for its samples loses to an axis as it is.
_MOST = 160

#: Variance of the noise below which no axis is shaped: what little is left to gain is round-off.
_CLEAN = 1e-6

#: Fewest samples that tell of a shape.
_FEWEST = 32


@dataclass(frozen=True)
class Form:
    """What may be shaped, for which spectrum.

    Parameters
    ----------
    spectrum, word : str
        Which one, and what is said of it.
    speeds : tuple of float
        Prior sd of each coefficient of the speed's logarithm.
    growth : float
        Prior sd of the rate of the factor; zero for no factor.
    """

    spectrum: str
    word: str
    speeds: tuple[float, ...] = ()
    growth: float = 0.0


#: For decays, smooth and oscillating; for fronts; for oscillations that become faster or slower.
FORMS = (
    Form("squared-exponential", "growing", growth=1.0),
    Form(MIXTURE, "growing", growth=1.0),
    Form("matern-7/2", "warped", tuple(1.5 / np.sqrt(np.arange(1, 6)))),
    Form(MIXTURE, "warped", (1.0,)),
)


@dataclass(frozen=True, eq=False)
class LineSamples:
    """Samples on one axis.

    Parameters
    ----------
    basis : Basis
        Whose centre and half-width standardise the axis.
    points : numpy.ndarray of shape (n,)
        Where they are, in the coordinate's unit.
    values : numpy.ndarray of shape (n,)
        Standardised, times `weights`.
    weights : numpy.ndarray of shape (n,)
        Inverse sd of each, or ones.
    """

    basis: Basis
    points: Float
    values: Float
    weights: Float

    @property
    def standardised(self) -> Float:
        """Coordinates from -1 to 1."""
        return np.round((self.points - self.basis.centre) / self.basis.half, STANDARD_DIGITS)


class ShapedProblem(LineProblem):
    """A spectrum on an axis whose shape is found as well.

    Parameters
    ----------
    form : Form
        What may be shaped.
    spectrum : LineSpectrum
        Which family.
    samples : LineSamples
        The samples.
    noise : float or None
        Variance of the noise where it is known.
    count : int
        Number of functions besides the trend.
    """

    def __init__(
        self, form: Form, spectrum: LineSpectrum, samples: LineSamples, noise: float | None, count: int
    ) -> None:
        self._plain = Basis(samples.basis.centre, samples.basis.half, count, periodic=False)
        own = spectrum.parameters(self._plain)
        sds = [*form.speeds, *([form.growth] if form.growth else [])]
        shapes = [Parameter(0.0, sd, -4.0 * sd, 4.0 * sd) for sd in sds]
        super().__init__(f"{spectrum.name}, {form.word}", [*own, *shapes], noise)
        self._form, self.spectrum, self._samples = form, spectrum, samples
        self._first = len(own)
        self._points = samples.standardised
        self._clock = Clock(len(form.speeds), self._points)

    def posterior(self, logs: Float) -> Posterior:
        """See `LineProblem`."""
        basis, samples = self.basis(logs), self._samples
        design = basis.at(samples.points) * samples.weights[:, None]
        variances, _ = self.spectrum.variances(basis, logs)
        normal = self._normal(design)
        # The posterior asks its factor for the basis only.
        factor = Factor(basis, np.zeros((len(samples.points), 0)), np.zeros((0, design.shape[1])))
        data = Projected((factor,), np.zeros(0), normal.energy, normal.size)
        return posterior_by_modes(data, normal, variances, self._noise(logs))

    def basis(self, logs: Float) -> ShapedBasis:
        speeds, growth = self._shape(logs)
        plain = self._plain
        shape = Shape(speeds, growth, grows=bool(self._form.growth))
        return ShapedBasis(plain.centre, plain.half, plain.count, False, shape)

    def _shape(self, logs: Float) -> tuple[Float, float]:
        last = self._first + len(self._form.speeds)
        return logs[self._first : last], float(logs[last]) if self._form.growth else 0.0

    def _normal(self, design: Float) -> Normal:
        values = self._samples.values
        return Normal(design.T @ design, design.T @ values, float(values @ values), len(values))

    def _log_likelihood(self, logs: Float, noise: float) -> tuple[float, Float, float]:
        basis = self.basis(logs)
        speeds, growth = self._shape(logs)
        times, changes = (self._points, np.zeros((0, 1))) if not len(speeds) else self._clock.read(speeds)
        heights = np.exp(growth * self._points) * self._samples.weights
        functions, speeds_of = self._functions(times)
        design = heights[:, None] * functions
        extra = basis.trends - self._plain.trends
        if extra:
            straight = self._plain.functions(self._points)[:, :extra] * self._samples.weights[:, None]
            design = np.hstack([straight, design])
        variances, slopes = self.spectrum.variances(basis, logs)
        normal = self._normal(design)
        if not normal.reliable(variances, noise):
            raise np.linalg.LinAlgError("Round-off in the normal equations is larger than the noise.")
        found = evidence_of(normal, variances, noise)
        by_design = self._by_design(design, found, noise)[:, extra:] * heights[:, None]
        parts = [by_logarithms(found.by_variance, variances, slopes)]
        if len(speeds):
            parts.append(changes @ np.einsum("ij,ij->i", by_design, speeds_of))
        if self._form.growth:
            parts.append(np.array([self._points @ np.einsum("ij,ij->i", by_design, functions)]))
        return found.value, np.concatenate(parts), found.by_noise

    def _functions(self, times: Float) -> tuple[Float, Float]:
        """Return the plain functions and their first derivatives, from powers of one wave: far less costly."""
        frequencies = self._plain.frequencies()
        first = np.exp(1j * frequencies[0] * (times + ENLARGEMENT))[:, None]
        powers = np.multiply.accumulate(np.repeat(first, len(frequencies), axis=1), axis=1) / math.sqrt(ENLARGEMENT)
        one = np.ones((len(times), 1))
        functions = np.hstack([one, times[:, None], powers.imag])
        return functions, np.hstack([0.0 * one, one, powers.real * frequencies])

    def _by_design(self, design: Float, found: Evidence, noise: float) -> Float:
        """Return the derivative of the likelihood's logarithm in each function at each sample."""
        scaled = design * found.roots
        residual = (self._samples.values - scaled @ found.means) / noise
        return np.asarray((np.outer(residual, found.means) - scaled @ found.inverse) * found.roots, dtype=np.float64)


def shaped_problems(
    plain: Sequence[tuple[StationaryProblem, Float]], samples: LineSamples
) -> list[tuple[ShapedProblem, Float]]:
    """Return the shaped families, each with where to start.

    Parameters
    ----------
    plain : sequence of (StationaryProblem, numpy.ndarray)
        Spectra on the axis as it is, with their best hyper-parameters.
    samples : LineSamples
        The samples.

    Returns
    -------
    list of (ShapedProblem, numpy.ndarray)
        Empty where the samples are too few, have hardly any noise, or a period.
    """
    if len(samples.points) < _FEWEST or samples.basis.periodic:
        return []
    found = []
    for form in FORMS:
        for problem, best in plain:
            noise = float(np.exp(best[-1])) if problem.known is None else problem.known
            if problem.name != form.spectrum or noise < _CLEAN * float(np.mean(samples.weights)) ** 2:
                continue
            variances, _ = problem.spectrum.variances(samples.basis, best)
            count = problem.normal.needed(variances, noise, _COUNTS) - samples.basis.trends
            shaped = ShapedProblem(form, problem.spectrum, samples, problem.known, min(max(count, 12), _MOST))
            own = len(best) - (problem.known is None)
            shapes = len(form.speeds) + bool(form.growth)
            found.append((shaped, np.concatenate([best[:own], np.zeros(shapes), best[own:]])))
    return found

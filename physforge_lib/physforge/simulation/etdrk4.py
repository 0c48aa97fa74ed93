"""Exponential time differencing with a fourth-order Runge-Kutta scheme.

For ``v' = L v + N(v, t)`` with a diagonal L the linear part is solved exactly, so
that its stiffness does not limit the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ComplexArray = npt.NDArray[np.complex128]
Nonlinear = Callable[[ComplexArray, float], ComplexArray]

#: Points and radius of the contour; the error of the mean is of the order of 2**32/32!, far below round-off.
CONTOUR_POINTS = 32
CONTOUR_RADIUS = 2.0


@dataclass(frozen=True, eq=False)
class Etdrk4:
    """The coefficients of one step size; make them with `prepare`.

    Parameters
    ----------
    h : float
        Step size.
    whole, half : numpy.ndarray
        ``exp(h L)`` and ``exp(h L / 2)``.
    q, f1, f2, f3 : numpy.ndarray
        Weights of the stages, of the shape of L.

    Notes
    -----
    Kassam and Trefethen (2005), equations 2.25 to 2.29; near zero the weights are means
    over a circle around ``h L``, which avoids the cancellation of their closed forms.
    """

    h: float
    whole: ComplexArray
    half: ComplexArray
    q: ComplexArray
    f1: ComplexArray
    f2: ComplexArray
    f3: ComplexArray

    @classmethod
    def prepare(cls, linear: ComplexArray, h: float) -> Etdrk4:
        """Compute the coefficients.

        Parameters
        ----------
        linear : numpy.ndarray
            The diagonal L, of any shape.
        h : float
            Step size.

        Returns
        -------
        Etdrk4
            Ready to `step`.
        """
        # Many modes share a rate, above all in two and three dimensions.
        z, places = np.unique(h * linear + 0j, return_inverse=True)
        places = places.reshape(linear.shape)
        whole, half = np.exp(z), np.exp(z / 2)
        return cls(h, whole[places], half[places], *(h * weight[places] for weight in _weights(z)))

    def step(self, v: ComplexArray, t: float, nonlinear: Nonlinear, first: ComplexArray | None = None) -> ComplexArray:
        """Advance by one step.

        Parameters
        ----------
        v : numpy.ndarray
            The state, of the shape of L.
        t : float
            Its time.
        nonlinear : callable
            ``N(v, t)``.
        first : numpy.ndarray, optional
            ``N(v, t)`` if it is known already.

        Returns
        -------
        numpy.ndarray
            The state at ``t + h``.
        """
        middle, end = t + self.h / 2, t + self.h
        nv = nonlinear(v, t) if first is None else first
        a = self.half * v + self.q * nv
        na = nonlinear(a, middle)
        b = self.half * v + self.q * na
        nb = nonlinear(b, middle)
        c = self.half * a + self.q * (2 * nb - nv)
        nc = nonlinear(c, end)
        return self.whole * v + self.f1 * nv + 2 * self.f2 * (na + nb) + self.f3 * nc


def _weights(z: ComplexArray) -> tuple[ComplexArray, ...]:
    """Return q, f1, f2 and f3 for a step of one."""
    near = np.abs(z) < 1
    weights = _closed_forms(np.where(near, 1.0, z))
    roots = CONTOUR_RADIUS * np.exp(2j * np.pi * (np.arange(CONTOUR_POINTS) + 0.5) / CONTOUR_POINTS)
    means = (form.mean(axis=-1) for form in _closed_forms(z[near, None] + roots))
    for weight, mean in zip(weights, means, strict=True):
        weight[near] = mean
    return weights


def _closed_forms(z: ComplexArray) -> tuple[ComplexArray, ...]:
    e, e2 = np.exp(z), np.exp(z / 2)
    return (
        (e2 - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / z**3,
        (2 + z + e * (z - 2)) / z**3,
        (-4 - 3 * z - z**2 + e * (4 - z)) / z**3,
    )

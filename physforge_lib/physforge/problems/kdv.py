"""Korteweg-de Vries equation: one soliton overtakes another, exact."""

from __future__ import annotations

from functools import partial

import numpy as np

from physforge.equations import Equation
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.problem import Axis, FloatArray

#: Inverse width of each soliton (amplitude k**2/2, speed k**2) and where it starts.
_Solitons = tuple[tuple[float, float], tuple[float, float]]
_SOLITONS: _Solitons = ((1.2, -20.0), (0.8, -8.0))


def solve(x: FloatArray, t: FloatArray, solitons: _Solitons = _SOLITONS) -> FloatArray:
    """Evaluate the solution.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Position.
    t : numpy.ndarray, shape (m,)
        Time.
    solitons : tuple of two (float, float)
        Inverse width and place of the faster and the slower one.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        The solution on the whole line; over one period it closes to 1e-10.

    Notes
    -----
    ``u = 2 (ln F)_xx`` with ``F`` a sum of four exponentials [hirota1971]_. The second
    derivative of such a logarithm is the variance of the slopes under the weights
    of the exponentials, which needs no cancellation far from the solitons.
    """
    (k1, x1), (k2, x2) = solitons
    theta1 = k1 * (x - x1 - k1**2 * t[:, None])
    theta2 = k2 * (x - x2 - k2**2 * t[:, None])
    shift = 2 * np.log((k1 - k2) / (k1 + k2))
    exponents = np.stack([np.zeros_like(theta1), theta1, theta2, theta1 + theta2 + shift])
    weights = np.exp(exponents - exponents.max(axis=0))
    weights /= weights.sum(axis=0)
    slopes = np.array([0.0, k1, k2, k1 + k2])[:, None, None]
    mean = (weights * slopes).sum(axis=0)
    return np.asarray(2 * (weights * (slopes - mean) ** 2).sum(axis=0), dtype=np.float64)


def problem(seed: int | None = None) -> PeriodicProblem:
    """Return the problem.

    Parameters
    ----------
    seed : int, optional
        Draws a fresh initial state.

    Returns
    -------
    PeriodicProblem
        With the data's domain.
    """
    solitons = _SOLITONS
    if seed is not None:
        # Both stay far from the seam, and the faster one starts behind.
        k1, x1, k2, x2 = map(
            float, np.random.default_rng(seed).uniform([1.1, -18.0, 0.75, -8.0], [1.25, -15.0, 0.9, -4.0])
        )
        solitons = ((k1, x1), (k2, x2))
    return PeriodicProblem(
        seed=seed,
        name="kdv",
        title="Korteweg-de Vries equation: two solitons that collide",
        equation=Equation.from_terms("u_t", {"u*u_x": -6.0, "u_xxx": -1.0}),
        x=Axis(-40.0, 40.0, 256, periodic=True),
        t=Axis(0.0, 20.0, 201),
        solution=partial(solve, solitons=solitons),
        accuracy=1e-9,
        source="Exact two-soliton solution (Hirota, 1971)",
        citation="hirota1971",
    )

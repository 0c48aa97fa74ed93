"""Reaction and diffusion of the lambda-omega kind: spiral waves, integrated numerically."""

from __future__ import annotations

import numpy as np

from physforge.equations import System
from physforge.problems.plane_problem import Initial, PlaneProblem
from physforge.problems.problem import Axis, FloatArray

DIFFUSIVITY = 0.1
#: How much faster small amplitudes turn than large ones.
BETA = 1.0

_SIDE = 12.0


def initial(x: FloatArray, y: FloatArray) -> dict[str, FloatArray]:
    """Evaluate the initial state.

    Parameters
    ----------
    x, y : numpy.ndarray
        Position; they broadcast.

    Returns
    -------
    dict of str to numpy.ndarray
        u and v, which vanish together at four points: the centres of two pairs of
        spirals that turn against each other.
    """
    a, b = 2 * np.pi / _SIDE * x, 2 * np.pi / _SIDE * y
    u, v = np.sin(a) + 0.2 * np.cos(b), np.sin(b) + 0.3 * np.cos(a)
    return {"u": u, "v": v}


def _drawn(rng: np.random.Generator) -> Initial:
    waves = [(k, m) for k in range(3) for m in range(-2, 3) if (k, m) > (0, 0)]
    amplitudes, phases = rng.normal(0.0, 0.4, (2, len(waves))), rng.uniform(0, 2 * np.pi, (2, len(waves)))

    def start(x: FloatArray, y: FloatArray) -> dict[str, FloatArray]:
        a, b = 2 * np.pi / _SIDE * x, 2 * np.pi / _SIDE * y
        u, v = (
            sum((c * np.cos(k * a + m * b + p) for (k, m), c, p in zip(waves, *pair, strict=True)), np.zeros(()))
            for pair in zip(amplitudes, phases, strict=True)
        )
        return {"u": u, "v": v}

    return start


def problem(seed: int | None = None) -> PlaneProblem:
    """Return the problem.

    Parameters
    ----------
    seed : int, optional
        Draws a fresh initial state.

    Returns
    -------
    PlaneProblem
        With the data's domain.

    Notes
    -----
    The law is the one of Rudy et al. [rudy2017]_, on a smaller square, which is periodic.
    """
    side = Axis(-_SIDE / 2, _SIDE / 2, 64, periodic=True)
    return PlaneProblem(
        seed=seed,
        name="reaction-diffusion",
        title="Reaction and diffusion in the plane: spiral waves of a lambda-omega system",
        equation=System.parse(
            "u_t = d*u_xx + d*u_yy + (1 - u**2 - v**2)*u + beta*(u**2 + v**2)*v;"
            "v_t = d*v_xx + d*v_yy - beta*(u**2 + v**2)*u + (1 - u**2 - v**2)*v",
            parameters={"d": DIFFUSIVITY, "beta": BETA},
        ),
        x=side,
        y=side,
        t=Axis(0.0, 5.0, 101),
        initial=initial if seed is None else _drawn(np.random.default_rng(seed)),
        rtol=1e-6,
        accuracy=1e-6,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="rudy2017",
    )

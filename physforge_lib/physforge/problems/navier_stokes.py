"""Vorticity equation of Navier and Stokes: vortices that stir and merge, integrated numerically."""

from __future__ import annotations

import numpy as np

from physforge.equations import Equation
from physforge.problems.plane_problem import Initial, PlaneProblem
from physforge.problems.problem import Axis, FloatArray

VISCOSITY = 0.01

#: Seed of the reference state.
_SEED = 2017

#: Largest wavenumber of the initial vorticity along each axis.
_LARGEST = 3


def drawn(seed: int) -> Initial:
    """Draw an initial state.

    Parameters
    ----------
    seed : int
        Of the generator.

    Returns
    -------
    callable
        Takes x and y and returns the vorticity w, of unit root mean square, and the
        mean velocity.
    """
    rng = np.random.default_rng(seed)
    waves = [(k, m) for k in range(_LARGEST + 1) for m in range(-_LARGEST, _LARGEST + 1) if (k, m) > (0, 0)]
    amplitudes, phases = rng.standard_normal(len(waves)), rng.uniform(0, 2 * np.pi, len(waves))
    amplitudes *= np.sqrt(2 / (amplitudes**2).sum())
    wind = rng.uniform(-0.3, 0.3, 2)

    def start(x: FloatArray, y: FloatArray) -> dict[str, FloatArray]:
        w = np.zeros(np.broadcast_shapes(x.shape, y.shape))
        for (k, m), amplitude, phase in zip(waves, amplitudes, phases, strict=True):
            w += amplitude * np.cos(k * x + m * y + phase)
        return {"w": w, "u": np.full_like(w, wind[0]), "v": np.full_like(w, wind[1])}

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
        The law is for the vorticity w. The velocity (u, v) is in the data as well,
        and obeys the `constraints`: no divergence, and the vorticity is its curl.
    """
    side = Axis(0.0, 2 * np.pi, 64, periodic=True)
    return PlaneProblem(
        seed=seed,
        name="navier-stokes",
        title="Navier-Stokes equations in the plane: vortices stir, stretch and fade",
        equation=Equation.from_terms(
            "w_t", {"u*w_x": -1.0, "v*w_y": -1.0, "w_xx": VISCOSITY, "w_yy": VISCOSITY}, fields=["u", "v", "w"]
        ),
        constraints=(
            Equation.parse("u_x + v_y = 0"),
            Equation.parse("w = v_x - u_y", fields=["u", "v", "w"]),
        ),
        x=side,
        y=side,
        t=Axis(0.0, 5.0, 101),
        initial=drawn(_SEED if seed is None else seed),
        rtol=1e-6,
        accuracy=1e-6,
        source="Numerical solution by exponential time differencing (ETDRK4)",
        citation="kassam2005",
    )

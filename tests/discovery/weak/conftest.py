"""Exact solutions on grids, as sources of a weak form with known noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from physforge.derivatives.axis import Axis
from physforge.discovery.weak.source import Source

#: Of the exact solutions below.
VISCOSITY = 0.2


@pytest.fixture(scope="session")
def grid() -> tuple[Axis, Axis]:
    """Times, and a period that is not a multiple of anything else."""
    return Axis("t", np.linspace(0.0, 1.5, 61)), Axis("x", np.linspace(0.0, 2 * np.pi, 64, endpoint=False), 2 * np.pi)


@pytest.fixture(scope="session")
def heat(grid: tuple[Axis, Axis]) -> np.ndarray:
    """Decaying modes: u_t = 0.2*u_xx."""
    t, x = grid[0].points[:, None], grid[1].points
    modes = [(1, 1.0, 0.2), (2, 0.8, 1.0), (3, 0.6, 2.0)]
    return sum(a * np.exp(-VISCOSITY * k**2 * t) * np.cos(k * x + p) for k, a, p in modes)


@pytest.fixture(scope="session")
def burgers_field(grid: tuple[Axis, Axis]) -> np.ndarray:
    """Cole-Hopf: u_t = -u*u_x + 0.2*u_xx."""
    t, x = grid[0].points[:, None], grid[1].points
    modes = [(1, 0.6, 0.0), (2, 0.25, 1.0), (3, 0.1, 2.0)]
    phi = 1.0 + sum(a * np.exp(-VISCOSITY * k**2 * t) * np.cos(k * x + p) for k, a, p in modes)
    phi_x = sum(-k * a * np.exp(-VISCOSITY * k**2 * t) * np.sin(k * x + p) for k, a, p in modes)
    return -2 * VISCOSITY * phi_x / phi


@pytest.fixture(scope="session")
def noisy(grid: tuple[Axis, Axis]) -> Callable[[np.ndarray, float, int], Source]:
    """Return a function that adds white noise of known sd to a field on the grid."""

    def measure(field: np.ndarray, sd: float, seed: int) -> Source:
        noise = np.random.default_rng(seed).standard_normal(field.shape)
        return Source(grid, [field + sd * noise], [sd**2])

    return measure

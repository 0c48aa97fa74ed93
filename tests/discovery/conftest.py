"""Fields and trajectories with known laws, from exact solutions or a tight integrator."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr


def add_noise(ds: xr.Dataset, level: float, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


@pytest.fixture(scope="session")
def lotka_volterra() -> xr.Dataset:
    from scipy.integrate import solve_ivp

    t = np.linspace(0.0, 15.0, 301)

    def rates(_: float, y: np.ndarray) -> list[float]:
        return [y[0] - 0.1 * y[0] * y[1], -1.5 * y[1] + 0.075 * y[0] * y[1]]

    solution = solve_ivp(rates, (0.0, 15.0), [10.0, 5.0], t_eval=t, rtol=1e-10, atol=1e-12)
    return xr.Dataset({"hare": ("t", solution.y[0]), "lynx": ("t", solution.y[1])}, {"t": t})


@pytest.fixture(scope="session")
def burgers() -> xr.Dataset:
    """Cole-Hopf: u = -2 nu phi_x / phi, with phi a sum of decaying modes."""
    nu = 0.2
    t = np.linspace(0.0, 3.0, 61)[:, None]
    x = np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    modes = [(1, 0.6, 0.0), (2, 0.25, 1.0), (3, 0.1, 2.0)]
    phi = 1.0 + sum(a * np.exp(-nu * k**2 * t) * np.cos(k * x + p) for k, a, p in modes)
    phi_x = sum(-k * a * np.exp(-nu * k**2 * t) * np.sin(k * x + p) for k, a, p in modes)
    return xr.Dataset(
        {"u": (("t", "x"), -2 * nu * phi_x / phi)},
        {"t": t.ravel(), "x": ("x", x, {"period": 2 * np.pi})},
        attrs={"title": "Cole-Hopf", "equation": "u_t = -u*u_x + 0.2*u_xx"},
    )

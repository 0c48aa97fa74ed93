"""Grids and steps: exactness of the transforms and orders of convergence."""

from __future__ import annotations

import numpy as np
import pytest
from simulation.boxes import box

from physforge.simulation import simulate
from physforge.simulation.etdrk4 import Etdrk4
from physforge.simulation.evolution import as_evolution
from physforge.simulation.grid import Grid, Interval
from physforge.simulation.linear import LinearPart, applied
from physforge.simulation.spectral import SpectralSystem

GRID = Grid((Interval("x", 0.0, 2 * np.pi, 24), Interval("y", 1.0, 4.0, 18), Interval("z", 0.0, 1.0, 15)))


def test_derivatives_of_a_wave_are_exact() -> None:
    at = GRID.coordinates()
    phase = 3 * at["x"] - 2 * np.pi * (2 * at["y"] / 4 - 3 * at["z"])
    modes = GRID.to_modes(np.sin(phase))
    np.testing.assert_allclose(GRID.to_values(modes), np.sin(phase), atol=1e-13)
    derivative = GRID.to_values(modes * GRID.factor("xyz"))
    np.testing.assert_allclose(derivative, -np.cos(phase) * 3 * (-np.pi) * (6 * np.pi), atol=1e-10)
    finer = GRID.refined(-2)
    assert finer.shape == (24, 36, 15)
    np.testing.assert_allclose(finer.to_values(GRID.carried(modes, finer))[:, ::2], np.sin(phase), atol=1e-13)


def test_products_alias_onto_nothing_that_is_kept() -> None:
    grid = Grid((Interval("x", 0.0, 2 * np.pi, 16), Interval("y", 0.0, 2 * np.pi, 16)))
    rng = np.random.default_rng(0)
    a, b = (grid.symmetrised(rng.standard_normal((11, 6)) + 1j * rng.standard_normal((11, 6))) for _ in range(2))
    finer = grid.refined(0).refined(1)
    product = grid.to_modes(grid.to_values(a) * grid.to_values(b))
    exact = finer.to_modes(finer.to_values(grid.carried(a, finer)) * finer.to_values(grid.carried(b, finer)))
    np.testing.assert_allclose(grid.carried(product, finer)[:6, :6], exact[:6, :6], atol=1e-10)


def test_real_fields_are_not_changed_by_symmetry_and_others_are() -> None:
    values = np.random.default_rng(0).standard_normal(GRID.shape)
    modes = GRID.to_modes(values)
    np.testing.assert_allclose(GRID.symmetrised(modes), modes, atol=1e-12)
    spoiled = modes.copy()
    spoiled[1, 2, 0] += 5j
    cured = GRID.symmetrised(spoiled)
    np.testing.assert_allclose(GRID.to_modes(GRID.to_values(cured)), cured, atol=1e-12)


def test_the_linear_part_and_its_rest_are_the_matrix() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((3, 3, 5)) + 1j * rng.standard_normal((3, 3, 5))
    matrix[..., 0] = np.triu(np.ones((3, 3)))  # one eigenvector only
    matrix[..., 1] *= np.array([1e6, 1.0, 1e-6])[:, None] / np.array([1e6, 1.0, 1e-6])  # other units
    part = LinearPart.of(matrix)
    fields = rng.standard_normal((3, 5)) + 0j
    again = part.to_fields(part.rates * part.from_fields(fields)) + applied(part.rest, fields)
    np.testing.assert_allclose(again, applied(matrix, fields), rtol=1e-9)
    assert not part.rest[..., 1:].any()
    assert part.rest[..., 0].any()


def vorticity_after(steps: int) -> np.ndarray:
    """Integrate a shear flow with vortices over unit time in equal steps."""
    grid = Grid((Interval("x", 0.0, 2 * np.pi, 32), Interval("y", 0.0, 2 * np.pi, 32)))
    flow = as_evolution("w_t = 0.05*w_xx + 0.05*w_yy - u*w_x - v*w_y; u_x + v_y = 0; w = v_x - u_y")
    system = SpectralSystem(flow, grid)
    at = grid.coordinates()
    v = grid.to_modes((np.cos(at["x"]) * np.cos(2 * at["y"]) + np.sin(at["x"] - at["y"]))[None])
    held = np.zeros((2, *grid.modes_shape), dtype=complex)
    stepper = Etdrk4.prepare(system.linear.rates, 1.0 / steps)
    for index in range(steps):
        v = stepper.step(v, index / steps, lambda v, t: system.nonlinear(v, t, held))
    return grid.to_values(v)


def test_the_order_in_time_is_four_in_the_plane() -> None:
    reference = vorticity_after(80)
    errors = np.array([np.abs(vorticity_after(steps) - reference).max() for steps in (5, 10, 20)])
    assert np.log2(errors[:-1] / errors[1:]) == pytest.approx([4.0, 4.0], abs=0.3)
    assert errors[-1] > 1e-9


def test_errors_fall_with_the_tolerance() -> None:
    start = box({"x": 32, "y": 32}, w=lambda x, y: np.cos(x) * np.cos(2 * y) + np.sin(x - y))
    law = "w_t = 0.05*w_xx + 0.05*w_yy - u*w_x - v*w_y; u_x + v_y = 0; w = v_x - u_y"
    exact = simulate(law, start, [0.0, 1.0], rtol=1e-10).w[-1]
    for rtol in (1e-3, 1e-5, 1e-7):
        error = float(abs(simulate(law, start, [0.0, 1.0], rtol=rtol).w[-1] - exact).max())
        assert error < 10 * rtol

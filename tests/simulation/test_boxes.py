"""Periodic boxes in two and three dimensions against exact solutions, with no step given."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from simulation.boxes import after, box

from physforge.simulation import simulate

T = np.linspace(0.0, 2.0, 5)


def test_heat_and_advection_of_oblique_waves() -> None:
    start = box({"x": 16, "y": 12}, u=lambda x, y: np.sin(x + 2 * y) + 2 * np.cos(3 * x - y))
    sim = simulate("u_t = -0.5*u_x + 0.3*u_y + 0.1*u_xx + 0.2*u_yy + 0.05*u_xy + 0.07*u", start, T)
    t, x, y = after(T, start)

    def mode(k: int, m: int) -> np.ndarray:
        rate = 0.07 - 0.1 * k**2 - 0.2 * m**2 - 0.05 * k * m + 1j * (0.3 * m - 0.5 * k)
        return np.exp(rate * t + 1j * (k * x + m * y))

    np.testing.assert_allclose(sim.u, mode(1, 2).imag + 2 * mode(3, -1).real, atol=1e-13)


@pytest.mark.parametrize("dims", [("x", "y", "z"), ("z", "x", "y")])
def test_heat_in_three_dimensions_whatever_the_order_of_the_dims(dims: tuple[str, ...]) -> None:
    sizes = dict(zip(dims, (8, 10, 9), strict=True))

    def wave(*mesh: np.ndarray) -> np.ndarray:
        at = dict(zip(dims, mesh, strict=True))
        return np.cos(at["x"] - 2 * at["y"] + at["z"]) + np.sin(3 * at["z"])

    start = box(sizes, u=wave)
    sim = simulate("u_t = 0.1*u_xx + 0.2*u_yy + 0.3*u_zz - u_z", start, T)
    x, y, z, t = start.x, start.y, start.z, xr.DataArray(T, {"t": T}, "t")
    expected = np.exp(-1.2 * t) * np.cos(x - 2 * y + z - t) + np.exp(-2.7 * t) * np.sin(3 * (z - t))
    np.testing.assert_allclose(sim.u, expected.transpose("t", *dims), atol=1e-13)
    assert sim.u.dims == ("t", *dims)


@pytest.mark.parametrize("sizes", [{"x": 8, "y": 8}, {"x": 9, "y": 8}, {"x": 8, "y": 9}, {"x": 9, "y": 9}])
def test_every_mode_of_the_data_is_carried(sizes: dict[str, int]) -> None:
    start = box(sizes, u=lambda x, _: np.random.default_rng(0).standard_normal(x.shape))
    sim = simulate("u_t = 1e-9*u_xx + 1e-9*u_yy - 0.3*u", start, [0.0, 1.0])
    np.testing.assert_allclose(sim.u[-1], np.exp(-0.3) * start.u, atol=1e-6)


def test_a_skew_wave_of_burgers_is_the_one_dimensional_one() -> None:
    # u(x + y) obeys u_t = -2 u u' + 0.2 u'' = -u (u_x + u_y) + 0.1 (u_xx + u_yy).
    line = box({"x": 64}, u=np.sin)
    one = simulate("u_t = -2*u*u_x + 0.2*u_xx", line, T, rtol=1e-8)
    plane = box({"x": 64, "y": 64}, u=lambda x, y: np.sin(x + y))
    sim = simulate("u_t = -u*u_x - u*u_y + 0.1*u_xx + 0.1*u_yy", plane, T)
    along = (np.arange(64)[:, None] + np.arange(64)) % 64
    np.testing.assert_allclose(sim.u, one.u.values[:, along], atol=3e-6)
    assert float(abs(one.u[-1]).max()) < 0.9


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7])
def test_the_tolerance_is_kept_where_fields_react(rtol: float) -> None:
    # u = a cos(theta), v = a sin(theta), theta = x - y - w t, is a rotating wave of the lambda-omega system:
    # a**2 = 1 - 2 d, w = beta a**2 with this sign of rotation.
    law = (
        "u_t = 0.1*u_xx + 0.1*u_yy + u - u**3 - u*v**2 + u**2*v + v**3;"
        "v_t = 0.1*v_xx + 0.1*v_yy + v - v*u**2 - v**3 - u**3 - u*v**2"
    )
    a = np.sqrt(0.8)
    start = box({"x": 16, "y": 16}, u=lambda x, y: a * np.cos(x - y), v=lambda x, y: a * np.sin(x - y))
    times = np.linspace(0, 10, 6)
    sim = simulate(law, start, times, rtol=rtol)
    t, x, y = after(times, start)
    error = max(
        float(abs(sim.u - a * np.cos(x - y - 0.8 * t)).max()), float(abs(sim.v - a * np.sin(x - y - 0.8 * t)).max())
    )
    assert error < 10 * rtol


def test_coordinates_and_a_forcing_in_space() -> None:
    start = box({"x": 16, "y": 16}, u=lambda x, _: 0 * x)
    sim = simulate("u_t = u_xx + u_yy + 5*sin(x)*cos(2*y)", start, T)
    t, x, y = after(T, start)
    np.testing.assert_allclose(sim.u, (1 - np.exp(-5 * t)) * np.sin(x) * np.cos(2 * y), atol=1e-6)


def test_the_internal_grid_is_refined_along_the_axis_that_needs_it() -> None:
    law = "u_t = -u*u_y + 0.03*u_yy + 0.03*u_xx"
    coarse = simulate(law, box({"x": 8, "y": 24}, u=lambda x, y: np.sin(y) + 0.1 * np.cos(x)), [0.0, 1.5], rtol=1e-4)
    fine = simulate(law, box({"x": 32, "y": 96}, u=lambda x, y: np.sin(y) + 0.1 * np.cos(x)), [0.0, 1.5], rtol=1e-5)
    np.testing.assert_allclose(coarse.u[-1], fine.u[-1, ::4, ::4], atol=1e-3)


def test_repeated_endpoints_and_descending_axes() -> None:
    law = "u_t = -u*u_x + 0.1*u_xx + 0.2*u_yy"

    def wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.sin(x) + np.cos(x - 2 * y)

    plain = simulate(law, box({"x": 16, "y": 16}, u=wave), T)
    x, y = np.linspace(0, 2 * np.pi, 17), (2 * np.pi * np.arange(16) / 16)[::-1]
    coords = {"x": ("x", x, {"period": 2 * np.pi}), "y": ("y", y, {"period": 2 * np.pi})}
    other = xr.Dataset({"u": (("x", "y"), wave(x[:, None], y))}, coords)
    sim = simulate(law, other, T)
    np.testing.assert_allclose(sim.u[:, :-1, ::-1], plain.u, atol=1e-12)
    np.testing.assert_allclose(sim.u[:, -1], sim.u[:, 0], atol=1e-12)
    np.testing.assert_array_equal(sim.y, y)


def test_what_would_grow_unseen_does_not() -> None:
    # Unstable modes that the transforms back to real fields do not see must not grow from round-off.
    start = box({"x": 16, "y": 16}, u=lambda x, y: 0.1 * np.cos(x + y))
    sim = simulate("u_t = u - u**3 + 0.01*u_xx + 0.01*u_yy", start, np.linspace(0, 100, 11))
    assert sim.status == "ok"
    assert float(abs(sim.u[-1]).max()) == pytest.approx(1.0, abs=0.05)


def test_the_same_input_gives_the_same_bits() -> None:
    start = box({"x": 16, "y": 16}, u=lambda x, y: np.sin(x) * np.cos(y))
    first, second = (simulate("u_t = u_xx + u_yy - u*u_x", start, T) for _ in range(2))
    assert first.identical(second)


def test_blow_up_in_the_plane_ends_the_run() -> None:
    start = box({"x": 16, "y": 16}, u=lambda x, y: 2 + np.sin(x) * np.cos(y))
    sim = simulate("u_t = 0.1*u_xx + 0.1*u_yy + u**2", start, np.linspace(0, 2, 21))
    assert sim.status.startswith(("diverged at t=", "unresolved at t="))
    assert 0.3 < float(sim.status.partition("=")[2]) < 0.5
    assert np.isnan(sim.u[-1]).all()

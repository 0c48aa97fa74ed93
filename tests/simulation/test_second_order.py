"""Laws of second order in time on periodic boxes against exact solutions."""

from __future__ import annotations

import numpy as np
import pytest
from simulation.boxes import after, box

from physforge.simulation import simulate

T = np.linspace(0.0, 3.0, 7)


def still(*mesh: np.ndarray) -> np.ndarray:
    return np.zeros_like(mesh[0])


def test_standing_waves_in_the_plane() -> None:
    start = box(
        {"y": 12, "x": 16}, u=lambda y, x: 1 + np.cos(x) * np.cos(2 * y), u_t=lambda y, x: 0.3 + np.sin(3 * x - y)
    )
    sim = simulate("u_tt = 1.5*u_xx + 1.5*u_yy", start, T)
    t, y, x = after(T, start)
    fast, slow = np.sqrt(15), np.sqrt(7.5)
    expected = 1 + 0.3 * t + np.cos(slow * t) * np.cos(x) * np.cos(2 * y) + np.sin(fast * t) / fast * np.sin(3 * x - y)
    np.testing.assert_allclose(sim.u, expected, atol=1e-12)
    assert list(sim.data_vars) == ["u"]


def test_standing_waves_in_space() -> None:
    start = box({"x": 8, "y": 8, "z": 8}, u=lambda x, y, z: np.cos(x) * np.sin(2 * y) * np.cos(z), u_t=still)
    sim = simulate("u_tt = u_xx + u_yy + u_zz", start, T)
    t, x, y, z = after(T, start)
    np.testing.assert_allclose(sim.u, np.cos(np.sqrt(6) * t) * np.cos(x) * np.sin(2 * y) * np.cos(z), atol=1e-13)


def test_a_beam_and_a_damped_wave_on_a_ring() -> None:
    start = box({"x": 64}, u=lambda x: np.cos(20 * x), u_t=still)
    sim = simulate("u_tt = -0.25*u_xxxx", start, T)
    t, x = after(T, start)
    np.testing.assert_allclose(sim.u, np.cos(200 * t) * np.cos(20 * x), atol=1e-11)
    start = box({"x": 16}, u=lambda x: np.sin(2 * x), u_t=still)
    sim = simulate("u_tt = u_xx - u - 2*u_t", start, T)
    t, x = after(T, start)
    np.testing.assert_allclose(sim.u, np.exp(-t) * (np.cos(2 * t) + np.sin(2 * t) / 2) * np.sin(2 * x), atol=1e-13)


def test_critical_damping_which_has_one_eigenvector_only() -> None:
    start = box({"x": 16}, u=lambda x: np.cos(2 * x), u_t=still)
    sim = simulate("u_tt = -u_xxxx + 2*u_txx", start, T, rtol=1e-8)
    t, x = after(T, start)
    np.testing.assert_allclose(sim.u, (1 + 4 * t) * np.exp(-4 * t) * np.cos(2 * x), atol=1e-8)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_the_breather_of_sine_gordon(rtol: float) -> None:
    # The breather of frequency w, 4 arctan(sqrt(1 - w^2)/w sin(w t)/cosh(sqrt(1 - w^2) x)), below 1e-10 at 40.
    w = 0.6
    e = np.sqrt(1 - w**2)
    period = 80.0
    start = box({"x": 256}, u=still, u_t=still)
    x = (start.x.values * period / (2 * np.pi) + period / 2) % period - period / 2
    start = start.assign_coords(x=("x", start.x.values * period / (2 * np.pi), {"period": period}))
    start["u_t"] = "x", 4 * e / np.cosh(e * x)
    sim = simulate("u_tt = u_xx - sin(u)", start, T, rtol=rtol)
    exact = 4 * np.arctan(e / w * np.sin(w * T[:, None]) / np.cosh(e * x))
    assert np.abs(sim.u.values - exact).max() < 10 * rtol * np.abs(exact).max()


def test_a_nonlinear_wave_in_the_plane_keeps_its_energy() -> None:
    start = box({"x": 32, "y": 32}, u=lambda x, y: np.cos(x) + 0.5 * np.sin(x - 2 * y), u_t=still)
    law = "u_t = v; v_t = u_xx + u_yy - u**3"
    pair = simulate(law, start.assign(v=start.u_t), T, rtol=1e-8)
    single = simulate("u_tt = u_xx + u_yy - u**3", start, T, rtol=1e-8)
    np.testing.assert_allclose(single.u, pair.u, atol=1e-7)
    k = np.fft.fftfreq(32, 1 / 32)
    spectrum = np.fft.fft2(pair.u.values)
    slopes = [np.fft.ifft2(1j * one * spectrum).real for one in (k[:, None], k)]
    energy = (pair.v.values**2 + sum(s**2 for s in slopes) + pair.u.values**4 / 2).mean(axis=(1, 2))
    np.testing.assert_allclose(energy, energy[0], rtol=1e-7)


def test_first_and_second_order_together() -> None:
    # A pendulum that drives heat: u = cos(2 t) cos(2 x) in w_t = w_xx + u.
    start = box({"x": 16}, u=lambda x: np.cos(2 * x), u_t=still, w=still)
    sim = simulate("u_tt = u_xx; w_t = w_xx + u", start, T)
    t, x = after(T, start)
    forced = (4 * np.cos(2 * t) + 2 * np.sin(2 * t) - 4 * np.exp(-4 * t)) / 20
    np.testing.assert_allclose(sim.w, forced * np.cos(2 * x), atol=1e-12)
    sim = simulate("u_tt = u_xx; w_t = w_xx + u_t + 0*w", start, T)
    forced = (-8 * np.sin(2 * t) + 4 * np.cos(2 * t) - 4 * np.exp(-4 * t)) / 20
    np.testing.assert_allclose(sim.w, forced * np.cos(2 * x), atol=1e-12)


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_the_unit_of_time_does_not_matter(unit: float) -> None:
    start = box({"x": 32}, u=lambda x: np.cos(x) + 0.3 * np.sin(3 * x), u_t=still)
    law = "u_tt = u_xx - u**3"
    scaled = f"u_tt = {unit**-2}*u_xx - {unit**-2}*u**3"
    plain, other = simulate(law, start, T, rtol=1e-7), simulate(scaled, start, T * unit, rtol=1e-7)
    np.testing.assert_allclose(other.u, plain.u, atol=1e-6)

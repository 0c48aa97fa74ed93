"""Fields that others determine at every moment, as vorticity does velocity."""

from __future__ import annotations

import numpy as np
import pytest
from simulation.boxes import after, box

from physforge.equations import System
from physforge.errors import SimulationError
from physforge.simulation import simulate

T = np.linspace(0.0, 2.0, 5)
FLOW = "w_t = 0.02*w_xx + 0.02*w_yy - u*w_x - v*w_y; u_x + v_y = 0; w = v_x - u_y"


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_taylor_green_vortices_in_a_wind(rtol: float) -> None:
    start = box(
        {"x": 16, "y": 16},
        w=lambda x, y: 2 * np.cos(x) * np.cos(y),
        u=lambda x, y: 0.3 - np.cos(x) * np.sin(y),
        v=lambda x, y: -0.2 + np.sin(x) * np.cos(y),
    )
    sim = simulate(FLOW, start, T, rtol=rtol)
    t, x, y = after(T, start)
    x, y, decay = x - 0.3 * t, y + 0.2 * t, np.exp(-0.04 * t)
    # Against the largest vorticity, 2.
    assert np.abs(sim.w.values - 2 * decay * np.cos(x) * np.cos(y)).max() < 10 * rtol
    assert np.abs(sim.u.values - 0.3 + decay * np.cos(x) * np.sin(y)).max() < 10 * rtol
    assert np.abs(sim.v.values + 0.2 - decay * np.sin(x) * np.cos(y)).max() < 10 * rtol


def test_what_is_left_out_has_no_mean() -> None:
    start = box({"x": 16, "y": 16}, w=lambda x, y: np.cos(x - 2 * y))
    sim = simulate(FLOW, start, T)
    t, x, y = after(T, start)
    # A shear flow: the stream function is w/5, and nothing is advected.
    np.testing.assert_allclose(sim.u, 0.4 * np.exp(-0.1 * t) * np.sin(x - 2 * y), atol=1e-12)
    np.testing.assert_allclose(sim.v, 0.2 * np.exp(-0.1 * t) * np.sin(x - 2 * y), atol=1e-12)
    assert list(sim.data_vars) == ["w", "u", "v"]


def test_a_stream_function_does_the_same() -> None:
    law = "w_t = 0.02*w_xx + 0.02*w_yy - u*w_x - v*w_y; p_xx + p_yy = w; u = -p_y; v = p_x"
    start = box({"x": 16, "y": 16}, w=lambda x, y: np.cos(x) * np.cos(y) + np.sin(2 * x - y))
    one, other = simulate(System.parse(law, fields=["w", "p", "u", "v"]), start, T), simulate(FLOW, start, T)
    for name in ("u", "v", "w"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-12)


def test_a_chemotactic_field_on_a_ring() -> None:
    # c - c_xx = u, linear in u_t = c: the mode cos(k x) grows at the rate 1/(1 + k^2).
    start = box({"x": 16}, u=lambda x: 2 + np.cos(3 * x))
    sim = simulate("u_t = c; c - c_xx = u", start, T, rtol=1e-8)
    t, x = after(T, start)
    np.testing.assert_allclose(sim.u, 2 * np.exp(t) + np.exp(0.1 * t) * np.cos(3 * x), rtol=1e-7)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ("w_t = w_xx - u*w_x; u_x*u = w", "not linear"),
        ("w_t = w_xx - u*w_x; u_x = w + 1", "not linear"),
        ("w_t = w_xx; w_x = 0", "one too many"),
        ("w_t = w_xx - u*w_x - v*w_y; u_x + v_y = 0", "no equation for the field 'u'"),
        ("w_t = w_xx + w_yy - u*w_x; u_xx = w", "another mean"),
        ("w_t = w_xx + u; u_tx = w", "cannot be integrated"),
    ],
)
def test_what_determines_nothing_is_refused(law: str, message: str) -> None:
    start = box({"x": 16, "y": 16}, w=lambda x, y: 1 + np.cos(x) * np.cos(y))
    with pytest.raises(SimulationError, match=message):
        simulate(law, start, T)

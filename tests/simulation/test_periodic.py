"""Periodic PDEs against exact solutions, with no step given."""

from __future__ import annotations

import time

import numpy as np
import pytest
import xarray as xr

from physforge.equations import CoordinateFunction, Equation
from physforge.simulation import simulate


def _ring(count: int = 64, **fields: object) -> xr.Dataset:
    x = 2 * np.pi * np.arange(count) / count
    data = {name: ("x", value(x)) for name, value in fields.items()}  # type: ignore[operator]
    return xr.Dataset(data, {"x": ("x", x, {"period": 2 * np.pi})})


def _soliton(x: np.ndarray, t: float) -> np.ndarray:
    wrapped = (x - 4 * t + 20) % 40 - 20
    return 2 / np.cosh(wrapped) ** 2


def _soliton_start(count: int) -> xr.Dataset:
    x = 40 * np.arange(count) / count - 20
    return xr.Dataset({"u": ("x", _soliton(x, 0))}, {"x": ("x", x, {"period": 40.0, "units": "m"})})


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7])
def test_the_tolerance_is_kept_for_a_soliton(rtol: float) -> None:
    start = _soliton_start(256)
    sim = simulate("u_t = -6*u*u_x - u_xxx", start, np.linspace(0, 1, 6), rtol=rtol)
    error = float(abs(sim.u[-1] - _soliton(start.x.values, 1.0)).max()) / 2
    assert error < 5 * rtol


def test_linear_terms_are_exact_in_one_step() -> None:
    start = _ring(u=lambda x: np.sin(x) + 0.3 * np.cos(3 * x))
    sim = simulate("u_t = -2*u_x + 0.1*u_xx + 0.05*u", start, [0.0, 5.0])
    x = start.x.values - 10.0
    expected = np.exp(0.25) * (np.exp(-0.5) * np.sin(x) + 0.3 * np.exp(-4.5) * np.cos(3 * x))
    np.testing.assert_allclose(sim.u[-1], expected, atol=1e-13)


@pytest.mark.parametrize("count", [15, 16])
def test_the_highest_mode_of_the_data_is_kept(count: int) -> None:
    start = _ring(count, u=lambda x: np.cos((count // 2) * x))
    sim = simulate("u_t = 0.01*u_xx", start, [0.0, 1.0])
    np.testing.assert_allclose(sim.u[-1], np.exp(-0.01 * (count // 2) ** 2) * start.u, atol=1e-13)


def test_coupled_fields_make_a_wave() -> None:
    start = _ring(u=np.sin, v=np.zeros_like)
    sim = simulate("u_t = v_x; v_t = u_x", start, np.linspace(0, 10, 11))
    np.testing.assert_allclose(sim.u, np.cos(sim.t.values)[:, None] * np.sin(start.x.values), atol=1e-5)
    np.testing.assert_allclose(sim.v, np.sin(sim.t.values)[:, None] * np.cos(start.x.values), atol=1e-5)


def test_a_coefficient_that_varies_in_space_and_forcing_in_time() -> None:
    # u = sin(x) exp(sin t) solves u_t = cos(t) u + c(x) (u_xx + u) for any c.
    c = CoordinateFunction("x", (1.0, 0.5), basis="fourier", period=2 * np.pi)
    law = Equation.parse("u_t = cos(t)*u + c(x)*u_xx + c(x)*u", parameters={"c": c})
    start = _ring(u=np.sin)
    sim = simulate(law, start, np.linspace(0, 3, 4))
    np.testing.assert_allclose(sim.u, np.exp(np.sin(sim.t.values))[:, None] * np.sin(start.x.values), atol=1e-5)


def test_the_internal_grid_is_finer_than_the_data_where_it_must_be() -> None:
    # 32 points cannot hold the front that forms from this sine; the run on 512 points is the reference.
    law, t = "u_t = -u*u_x + 0.02*u_xx", np.linspace(0, 2, 5)
    coarse = simulate(law, _ring(32, u=np.sin), t)
    fine = simulate(law, _ring(512, u=np.sin), t)
    np.testing.assert_allclose(coarse.u, fine.u[:, ::16], atol=1e-5)


def test_a_repeated_endpoint_and_a_descending_axis() -> None:
    t = np.linspace(0, 1, 3)
    plain = simulate("u_t = -u*u_x + 0.1*u_xx", _ring(u=np.sin), t)
    x = np.linspace(0, 2 * np.pi, 65)
    closed = xr.Dataset({"u": ("x", np.sin(x))}, {"x": ("x", x, {"period": 2 * np.pi})})
    sim = simulate("u_t = -u*u_x + 0.1*u_xx", closed, t)
    assert sim.sizes["x"] == 65
    np.testing.assert_allclose(sim.u[:, :-1], plain.u, atol=1e-12)
    np.testing.assert_array_equal(sim.u[1:, -1], sim.u[1:, 0])
    backwards = simulate("u_t = -u*u_x + 0.1*u_xx", closed.isel(x=slice(None, None, -1)), t)
    np.testing.assert_allclose(backwards.u[:, ::-1], sim.u, atol=1e-12)
    np.testing.assert_array_equal(backwards.x, x[::-1])


def test_output_times_need_not_be_uniform() -> None:
    law = "u_t = -u*u_x + 0.1*u_xx"
    uniform = simulate(law, _ring(u=np.sin), np.linspace(0, 1, 11))
    sparse = simulate(law, _ring(u=np.sin), [0.0, 0.1, 0.7, 1.0])
    np.testing.assert_allclose(sparse.u, uniform.u[[0, 1, 7, 10]], atol=1e-6)


def test_the_data_set_that_comes_back() -> None:
    start = _soliton_start(64).assign_attrs(title="Canal", equation="u_t = u")
    start["u"].attrs["units"] = "m"
    sim = simulate("u_t = -6*u*u_x - u_xxx", start, xr.DataArray([0.0, 0.1], dims="t", attrs={"units": "s"}), rtol=1e-3)
    assert sim.u.dims == ("t", "x")
    assert sim.u.attrs == {"units": "m"}
    assert sim.x.attrs == start.x.attrs
    assert sim.t.attrs == {"units": "s"}
    assert sim.attrs == {"title": "Simulation of Canal", "equation": "u_t = -6*u*u_x - u_xxx", "status": "ok"}
    np.testing.assert_array_equal(sim.u[0], start.u)
    assert sim.identical(simulate("u_t = -6*u*u_x - u_xxx", start, sim.t, rtol=1e-3))


@pytest.mark.parametrize(
    ("law", "latest"),
    [
        ("u_t = 0.1*u_xx + u**2", 0.5),
        ("u_t = -u_xx", 1.0),
        ("u_t = u*u_xx - 3*u_xx", 1.0),
        ("u_t = -u*u_x", 1.5),
        ("u_t = u_xxx*u_xx", 2.0),
    ],
)
def test_a_solution_that_ceases_to_exist_ends_the_run_soon(law: str, latest: float) -> None:
    start = time.process_time()
    sim = simulate(law, _ring(u=lambda x: 2 + np.sin(x)), np.linspace(0, 2, 21))
    assert time.process_time() - start < 10.0
    word, _, moment = sim.status.partition(" at t=")
    assert word in ("diverged", "unresolved", "stopped")
    assert 0 <= float(moment) < latest
    assert np.isnan(sim.u[-1]).all()
    assert np.isfinite(sim.u[0]).all()


def test_noise_in_the_initial_state_is_carried() -> None:
    rng = np.random.default_rng(0)
    start = _soliton_start(128)
    noisy = start.assign(u=start.u + 0.02 * rng.standard_normal(128))
    sim = simulate("u_t = -u*u_x + 0.1*u_xx", noisy, np.linspace(0, 2, 5), rtol=1e-4)
    clean = simulate("u_t = -u*u_x + 0.1*u_xx", start, np.linspace(0, 2, 5), rtol=1e-4)
    assert sim.status == "ok"
    np.testing.assert_array_equal(sim.u[0], noisy.u)
    assert 1e-3 < float((sim.u[-1] - clean.u[-1]).std()) < 0.01

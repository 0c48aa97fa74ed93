"""The answers of the reference problems in the plane are themselves tested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from physforge.problems import PlaneProblem, get_problem, names
from physforge.problems.problem import Axis

PROBLEMS = [name for name in names() if isinstance(get_problem(name), PlaneProblem)]


def plane(name: str, seed: int | None = None) -> PlaneProblem:
    problem = get_problem(name, seed)
    assert isinstance(problem, PlaneProblem)
    return problem


def test_which_they_are() -> None:
    assert PROBLEMS == ["navier-stokes", "reaction-diffusion"]


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("name", PROBLEMS)
def test_a_finer_grid_and_a_tighter_tolerance_change_no_more_than_stated(name: str, seed: int | None) -> None:
    # Twenty times as sparse in time, which leaves the integrator free to choose other steps.
    problem = plane(name, seed)
    ds = problem.generate().isel(t=slice(None, None, 20))
    sparse = replace(problem, t=Axis(problem.t.start, problem.t.stop, ds.sizes["t"]))
    finer = sparse.integrated(refinement=2, rtol=0.1 * problem.rtol)
    for field in ds.data_vars:
        error = np.abs(finer[field].values[:, ::2, ::2] - ds[field].values).max()
        assert 0 < error < problem.accuracy * np.abs(ds[field].values).max()


def test_another_integrator_agrees_on_the_spirals() -> None:
    problem = plane("reaction-diffusion")
    ds = problem.generate().isel(t=[0, 40])
    k = 2 * np.pi * np.fft.fftfreq(64, problem.x.period / 64)
    square = k[:, None] ** 2 + k**2

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        # A = u + i v obeys A_t = 0.1 lap A + (1 - |A|^2) A - i |A|^2 A.
        a = flat[: flat.size // 2].reshape(64, 64) + 1j * flat[flat.size // 2 :].reshape(64, 64)
        out = np.fft.ifft2(-0.1 * square * np.fft.fft2(a)) + (1 - (1 + 1j) * np.abs(a) ** 2) * a
        return np.concatenate([out.real.ravel(), out.imag.ravel()])

    start = np.concatenate([ds.u.values[0].ravel(), ds.v.values[0].ravel()])
    end = solve_ivp(rate, (0.0, 2.0), start, "DOP853", rtol=1e-8, atol=1e-8).y[:, -1].reshape(2, 64, 64)
    for values, field in zip(end, ("u", "v"), strict=True):
        assert np.abs(values - ds[field].values[1]).max() < 5e-6


def test_another_integrator_agrees_on_the_vortices() -> None:
    problem = plane("navier-stokes")
    ds = problem.generate().isel(t=[0, 20])
    k = np.fft.fftfreq(128, 1 / 128)
    kx, ky = k[:, None], k[None]
    square = kx**2 + ky**2
    # Primitive variables in divergence form, on a grid twice as fine: another formulation altogether.
    keep = (np.abs(kx) < 42) & (np.abs(ky) < 42)
    project = np.where(square > 0, 1 / np.where(square > 0, square, 1), 0.0)

    def fine(values: np.ndarray) -> np.ndarray:
        spectrum = np.zeros((128, 128), dtype=complex)
        low = np.fft.fftshift(np.fft.fft2(values)) * 4
        spectrum[33:96, 33:96] = low[1:, 1:]
        return np.fft.ifftshift(spectrum)

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        hat = flat.reshape(2, 128, 128)
        u, v = np.fft.ifft2(hat).real
        uu, uv, vv = (np.fft.fft2(product) * keep for product in (u * u, u * v, v * v))
        force = np.array([-1j * (kx * uu + ky * uv), -1j * (kx * uv + ky * vv)])
        along = (kx * force[0] + ky * force[1]) * project
        return (force - np.array([kx * along, ky * along]) - 0.01 * square * hat).ravel()

    start = np.array([fine(ds.u.values[0]), fine(ds.v.values[0])]).ravel()
    end = solve_ivp(rate, (0.0, 1.0), start, "DOP853", rtol=1e-9, atol=1e-6).y[:, -1].reshape(2, 128, 128)
    for hat, field in zip(end, ("u", "v"), strict=True):
        assert np.abs(np.fft.ifft2(hat).real[::2, ::2] - ds[field].values[1]).max() < 3e-6


def test_the_vortices_lose_the_energy_that_friction_takes() -> None:
    problem = plane("navier-stokes")
    ds = problem.generate()
    energy = ((ds.u**2 + ds.v**2) / 2).mean(("x", "y"))
    enstrophy = (ds.w**2).mean(("x", "y"))
    from scipy.integrate import simpson

    lost = float(energy[0] - energy[-1])
    assert lost == pytest.approx(0.01 * simpson(enstrophy.values, x=ds.t.values), rel=1e-6)
    np.testing.assert_allclose(ds.u.mean(("x", "y")), float(ds.u[0].mean()), atol=1e-12)
    assert (np.diff(enstrophy) < 0).all()


def test_spirals_turn_around_points_where_both_fields_vanish() -> None:
    ds = plane("reaction-diffusion").generate()
    amplitude = np.hypot(ds.u.values, ds.v.values)
    phase = np.arctan2(ds.v.values, ds.u.values)

    def charges(angle: np.ndarray) -> np.ndarray:
        """Return how often the phase turns around each cell."""
        steps = [np.roll(angle, -1, 0) - angle]
        steps += [np.roll(np.roll(angle, -1, 0), -1, 1) - np.roll(angle, -1, 0)]
        steps += [np.roll(angle, -1, 1) - np.roll(np.roll(angle, -1, 0), -1, 1)]
        steps += [angle - np.roll(angle, -1, 1)]
        return sum((step + np.pi) % (2 * np.pi) - np.pi for step in steps) / (2 * np.pi)

    for moment in (0, -1):
        turns = np.rint(charges(phase[moment]))
        assert (turns == 1).sum() == 2
        assert (turns == -1).sum() == 2
    assert 0.9 < np.median(amplitude[-1]) < 1.05

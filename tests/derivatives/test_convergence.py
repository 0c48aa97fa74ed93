"""The measured order of convergence of every method, against exact derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import FiniteDifference, Method, SavitzkyGolay, Spectral, differentiate

DERIVATIVES = {
    0: lambda x: np.exp(np.sin(x)),
    1: lambda x: np.cos(x) * np.exp(np.sin(x)),
    2: lambda x: (np.cos(x) ** 2 - np.sin(x)) * np.exp(np.sin(x)),
    3: lambda x: np.cos(x) * (np.cos(x) ** 2 - 3 * np.sin(x) - 1) * np.exp(np.sin(x)),
}


def largest_error(x: np.ndarray, method: Method, order: int, period: float | None = None) -> float:
    attrs = {} if period is None else {"period": period}
    # Exact samples: a zero sd keeps the choice of a window out of it.
    ds = xr.Dataset({"u": ("x", DERIVATIVES[0](x)), "u_sd": ("x", np.zeros_like(x))}, coords={"x": ("x", x, attrs)})
    name = "u_" + "x" * order
    return float(np.max(np.abs(differentiate(ds, name, method=method)[name].to_numpy() - DERIVATIVES[order](x))))


def slope(errors: list[float], sizes: list[int]) -> float:
    return -float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def open_grid(count: int) -> np.ndarray:
    return np.linspace(0.1, 2.6, count)


def stretched_grid(count: int) -> np.ndarray:
    s = np.linspace(0.0, 1.0, count)
    return 0.1 + 2.5 * (s + 0.15 * np.sin(2 * np.pi * s) / (2 * np.pi) + 0.2 * s**2) / 1.2


def periodic_grid(count: int) -> np.ndarray:
    return np.linspace(0.0, 2 * np.pi, count, endpoint=False)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("accuracy", [2, 4, 6])
@pytest.mark.parametrize("grid", [open_grid, stretched_grid, periodic_grid])
def test_finite_differences_converge_at_their_order(grid, accuracy, order):
    sizes = [40, 56, 80] if accuracy == 6 else [50, 100, 200]
    if grid is stretched_grid and (accuracy, order) == (6, 3):
        sizes = [80, 112, 160]  # the widest gaps resolve the field later
    period = 2 * np.pi if grid is periodic_grid else None
    errors = [largest_error(grid(n), FiniteDifference(order=accuracy), order, period) for n in sizes]
    assert slope(errors, sizes) == pytest.approx(accuracy, abs=0.6)


@pytest.mark.parametrize("method", [FiniteDifference(order=4), SavitzkyGolay(window=7, polynomial=4)])
def test_a_window_wraps_around_a_period_of_unequal_steps(method):
    def uneven(count: int) -> np.ndarray:
        x = periodic_grid(count)
        return x + 0.3 * np.sin(x + 0.5)

    sizes = [60, 85, 120]
    errors = [largest_error(uneven(n), method, 1, 2 * np.pi) for n in sizes]
    assert slope(errors, sizes) == pytest.approx(4.0, abs=0.6)


@pytest.mark.parametrize("accuracy", [2, 4, 6, 8])
def test_finite_differences_are_exact_for_polynomials_of_their_degree(accuracy):
    x = np.sort(np.random.default_rng(3).uniform(-1.0, 1.0, 25))
    coefficients = np.arange(1.0, accuracy + 2.0)
    ds = xr.Dataset({"u": ("x", np.polyval(coefficients, x))}, {"x": x})
    d = differentiate(ds, "u_x", method=FiniteDifference(order=accuracy))
    exact = np.polyval(np.polyder(coefficients), x)
    np.testing.assert_allclose(d["u_x"], exact, rtol=0, atol=1e-7 * np.abs(exact).max())


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("degree", [3, 5])
@pytest.mark.parametrize("grid", [open_grid, stretched_grid])
def test_savitzky_golay_converges_at_the_order_of_its_degree(grid, degree, order):
    sizes = [60, 85, 120]
    errors = [largest_error(grid(n), SavitzkyGolay(window=9, polynomial=degree), order) for n in sizes]
    # A polynomial of degree p leaves an error of h**(p + 1 - k), which the ends show.
    assert slope(errors, sizes) == pytest.approx(degree + 1 - order, abs=0.7)


def test_savitzky_golay_is_the_published_filter():
    # Savitzky and Golay 1964, table I (quadratic, 5 points) and table III (first derivative).
    ds = xr.Dataset({"u": ("x", np.eye(11)[5]), "u_sd": ("x", np.zeros(11))}, {"x": np.arange(11.0)})
    d = differentiate(ds, "u_x", method=SavitzkyGolay(window=5, polynomial=2))
    np.testing.assert_allclose(d["u"][3:8], np.array([-3, 12, 17, 12, -3]) / 35, atol=1e-12)
    np.testing.assert_allclose(d["u_x"][3:8], np.array([2, 1, 0, -1, -2]) / 10, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_spectral_error_falls_faster_than_any_power(order):
    errors = [largest_error(periodic_grid(n), Spectral(), order, 2 * np.pi) for n in (8, 16, 48)]
    assert errors[0] > 4e-3
    assert errors[1] < 2e-4 * errors[0]
    assert errors[2] < 1e-10


@pytest.mark.parametrize("count", [32, 33])
def test_spectral_is_exact_for_every_resolved_wave(count):
    x = periodic_grid(count)
    u = np.cos(3 * x) + np.sin(((count - 1) // 2) * x)
    k = (count - 1) // 2
    ds = xr.Dataset({"u": ("x", u)}, {"x": ("x", x, {"period": 2 * np.pi})})
    d = differentiate(ds, ["u_x", "u_xx"], method="spectral")
    np.testing.assert_allclose(d["u_x"], -3 * np.sin(3 * x) + k * np.cos(k * x), atol=1e-10)
    np.testing.assert_allclose(d["u_xx"], -9 * np.cos(3 * x) - k**2 * np.sin(k * x), atol=1e-9)


@pytest.mark.parametrize("method", ["spectral", "finite-difference", "savitzky-golay"])
def test_a_repeated_end_gives_the_derivatives_of_the_period(method):
    closed = np.linspace(0.0, 2 * np.pi, 65)
    attrs = {"period": 2 * np.pi}
    u = DERIVATIVES[0]
    whole = xr.Dataset({"u": ("x", u(closed)), "u_sd": ("x", np.zeros(65))}, {"x": ("x", closed, attrs)})
    whole["u"][-1] = whole["u"][0]
    once = whole.isel(x=slice(0, -1))
    a, b = (differentiate(ds, "u_x", method=method)["u_x"].to_numpy() for ds in (whole, once))
    np.testing.assert_allclose(a[:-1], b, atol=1e-13)
    assert a[-1] == a[0]
    # A wrapped stencil is as good at the seam as elsewhere.
    np.testing.assert_allclose(b, DERIVATIVES[1](closed[:-1]), atol=2e-3)


def test_a_descending_axis_gives_the_same_derivatives():
    x = stretched_grid(60)
    ds = xr.Dataset({"u": ("x", DERIVATIVES[0](x))}, {"x": x})
    up, down = differentiate(ds, "u_x")["u_x"], differentiate(ds.isel(x=slice(None, None, -1)), "u_x")["u_x"]
    np.testing.assert_allclose(down.sortby("x"), up, atol=1e-9)


def test_mixed_derivatives_are_products_of_both_axes():
    t, x = np.linspace(0.0, 1.0, 41), periodic_grid(48)
    u = np.exp(-t)[:, None] * np.sin(x)[None, :]
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    d = differentiate(ds, ["u_tx", "u_txx"])
    np.testing.assert_allclose(d["u_tx"], -np.exp(-t)[:, None] * np.cos(x), atol=1e-6)
    np.testing.assert_allclose(d["u_txx"], np.exp(-t)[:, None] * np.sin(x), atol=1e-6)

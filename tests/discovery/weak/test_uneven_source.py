"""Grids whose steps differ: the smooth part is integrated exactly, the samples add the rest without bias."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import physforge as pf
from physforge.derivatives.axis import Axis
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.points import integrate_points
from physforge.discovery.weak.prepare import source_of
from physforge.discovery.weak.rows import integrate, place_functions
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.uneven_source import is_uneven
from physforge.problems import get_problem

COLUMNS = (
    Column("u_t", 1.0, (1,), (1, 0)),
    Column("u_xx", 1.0, (1,), (0, 2)),
    Column("u*u_x", 0.5, (2,), (0, 1)),
    Column("u**3", 1.0, (3,), (0, 0)),
)


def _wave(t, x):
    return np.sin(x[None, :] - 0.7 * t[:, None]) + 0.5 * np.cos(2.0 * x[None, :] + t[:, None])


def _drawn(seed, noise=0.0):
    """Samples at drawn times, with their noise stated."""
    rng = np.random.default_rng(seed)
    t = np.sort(np.concatenate([[0.0, 8.0], rng.uniform(0.0, 8.0, 98)]))
    x = np.arange(64) * (2.0 * np.pi / 64)
    u = _wave(t, x) + noise * rng.standard_normal((100, 64))
    return xr.Dataset(
        {"u": (("t", "x"), u), "u_sd": (("t", "x"), np.full(u.shape, max(noise, 1e-6)))},
        {"t": t, "x": ("x", x, {"period": 2.0 * np.pi})},
    )


def _source(ds):
    return source_of(ds, ["u"], ["t", "x"], np.random.default_rng(0))


def _functions(axes):
    return place_functions(axes, (1.5, 1.2), 100)


def _exact():
    t, x = np.linspace(0.0, 8.0, 4001), np.arange(64) * (2.0 * np.pi / 64)
    axes = (Axis("t", t), Axis("x", x, 2.0 * np.pi))
    return integrate(Source(axes, [_wave(t, x)], [0.0]), _functions(axes), COLUMNS).values


def test_uneven_means_gaps_not_a_little_jitter():
    t = np.linspace(0.0, 1.0, 50)
    assert not is_uneven(Axis("t", t))
    assert not is_uneven(Axis("t", t + 0.1 * t[1] * np.sin(40 * t)))
    assert is_uneven(Axis("t", np.delete(t, [20, 21])))
    assert is_uneven(Axis("x", np.delete(t, [20, 21])[:-1], 1.0))


@pytest.mark.parametrize("seed", range(3))
def test_integrals_of_a_smooth_field_are_exact_whatever_the_times(seed):
    source = _source(_drawn(seed))
    rows = integrate_points(source, _functions(source.axes), COLUMNS)
    exact = _exact()
    size = np.sqrt(np.mean(exact**2, axis=0))
    assert np.all(np.max(np.abs(rows.values - exact), axis=0) < 2e-3 * size)


def test_integrals_of_noisy_samples_scatter_as_stated():
    exact = _exact()
    errors, stated = [], []
    for seed in range(40):
        source = _source(_drawn(seed, noise=0.4))
        rows = integrate_points(source, _functions(source.axes), COLUMNS)
        errors.append(rows.values - exact)
        stated.append(
            np.column_stack(
                [
                    np.outer(*(np.diag(one) for one in rows.overlap(column.orders, column.orders))).reshape(-1)
                    * column.factor**2
                    * rows.covariance(column.powers, column.powers)
                    for column in COLUMNS
                ]
            )
        )
    variance, bias = np.mean(np.square(errors), axis=0), np.mean(errors, axis=0)
    # Over all functions: no bias beyond what is left of scatter in forty draws, and the variance that is stated.
    np.testing.assert_allclose(np.mean(bias**2, axis=0) / np.mean(variance, axis=0), 1 / 40, atol=0.04)
    np.testing.assert_allclose(np.mean(stated, axis=(0, 1)) / np.mean(variance, axis=0), 1.0, atol=0.25)


def test_a_law_is_found_from_drawn_times():
    ds = get_problem("burgers", 3).generate()
    rng = np.random.default_rng(3)
    kept = np.sort(rng.choice(ds.sizes["t"], ds.sizes["t"] * 2 // 3, replace=False))
    u = ds["u"].isel(t=kept).transpose("t", "x")
    noisy = u + 0.2 * float(np.sqrt((u**2).mean())) * rng.standard_normal(u.shape)
    r = pf.discover(noisy.to_dataset(name="u"))
    assert set(r.equation.terms) == {"u*u_x", "u_xx"}

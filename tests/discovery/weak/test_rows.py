"""Integrals of fields against test functions: exact laws, slabs, lazy arrays, layout."""

from __future__ import annotations

import itertools

import dask.array as da
import numpy as np
import pytest

from physforge.derivatives.axis import Axis
from physforge.discovery.weak import source as source_module
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.rows import integrate, place_functions, plan_layout
from physforge.discovery.weak.source import Source
from physforge.features import CandidateLibrary

NAMES = {
    "u_t": Column("u_t", 1.0, (1,), (1, 0)),
    "u_xx": Column("u_xx", 1.0, (1,), (0, 2)),
    "u*u_x": Column("u*u_x", 0.5, (2,), (0, 1)),
    "u": Column("u", 1.0, (1,), (0, 0)),
    "(u**3)_xx": Column("(u**3)_xx", 1.0, (3,), (0, 2)),
    "1": Column("1", 1.0, (0,), (0, 0)),
}
COLUMNS = tuple(NAMES.values())
REACHES = (0.3, 1.1)


def column(rows, name):
    return rows.values[:, list(NAMES).index(name)]


def test_an_exact_solution_satisfies_its_law_row_by_row(grid, heat, burgers_field):
    functions = place_functions(grid, REACHES, 200)
    rows = integrate(Source(grid, [heat], [0.0]), functions, COLUMNS)
    assert np.max(np.abs(column(rows, "u_t") - 0.2 * column(rows, "u_xx"))) < 1e-6 * np.max(np.abs(column(rows, "u_t")))
    rows = integrate(Source(grid, [burgers_field], [0.0]), functions, COLUMNS)
    law = 0.2 * column(rows, "u_xx") - column(rows, "u*u_x")
    assert np.max(np.abs(column(rows, "u_t") - law)) < 1e-5 * np.max(np.abs(column(rows, "u_t")))
    assert np.ptp(column(rows, "1")) < 1e-6


def test_rows_run_over_the_axes_with_the_last_fastest(grid):
    functions = place_functions(grid, REACHES, 200)
    t, x = grid[0].points[:, None], grid[1].points
    rows = integrate(Source(grid, [t + 0.0 * x], [0.0]), functions, [NAMES["u"]])
    weight = rows.values[0, 0] / functions[0].centres[0]
    expected = np.repeat(functions[0].centres, len(functions[1])) * weight
    np.testing.assert_allclose(rows.values[:, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("size", [64, 700, 64 * 60])
def test_slabs_add_up_to_the_whole(grid, noisy, burgers_field, size, monkeypatch):
    functions = place_functions(grid, REACHES, 150)
    varying = np.linspace(0.01, 0.05, burgers_field.size).reshape(burgers_field.shape)
    source = Source(grid, noisy(burgers_field, 0.1, 0).fields, [varying])
    whole = integrate(source, functions, COLUMNS)
    assert len(source.slabs) == 1
    monkeypatch.setattr(source_module, "_SLAB", size)
    assert len(source.slabs) > 1
    assert [index for part in source.slabs for index in range(61)[part]] == list(range(61))
    parts = integrate(source, functions, COLUMNS)
    np.testing.assert_allclose(parts.values, whole.values, rtol=0, atol=1e-12 * np.max(np.abs(whole.values)))
    for pair, spread in whole.spread.items():
        np.testing.assert_allclose(parts.spread[pair], spread, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("chunks", [(10, 64), (61, 20), ((1, 30, 30), (40, 24))])
def test_lazy_arrays_give_the_same_rows(grid, noisy, burgers_field, chunks):
    functions = place_functions(grid, REACHES, 150)
    source = noisy(burgers_field, 0.1, 0)
    whole = integrate(source, functions, COLUMNS)
    field = da.from_array(source.fields[0], chunks=chunks)
    for variance in (0.01, da.full((61, 64), 0.01, chunks=chunks), np.full((61, 64), 0.01)):
        lazy = Source(grid, [field], [variance])
        assert lazy.lazy
        assert lazy.sds == pytest.approx([0.1])
        rows = integrate(lazy, functions, COLUMNS)
        np.testing.assert_allclose(rows.values, whole.values, rtol=0, atol=1e-10 * np.max(np.abs(whole.values)))
        for pair, spread in whole.spread.items():
            np.testing.assert_allclose(rows.spread[pair], spread, rtol=1e-10, atol=1e-14)


def test_powers_are_freed_of_noise(grid, noisy, burgers_field):
    functions = place_functions(grid, REACHES, 100)
    clean = integrate(Source(grid, [burgers_field], [0.0]), functions, COLUMNS)
    draws = 150
    total = [integrate(noisy(burgers_field, 0.3, seed), functions, COLUMNS).values for seed in range(draws)]
    error = (np.mean(total, axis=0) - clean.values) / np.maximum(np.std(total, axis=0), 1e-9) * np.sqrt(draws)
    # Standard normal, were the bias gone; with u**2 in place of its estimate "1" alone would be right.
    assert np.sqrt(np.mean(error**2)) < 1.3
    assert np.max(np.abs(error)) < 5.0


def test_parts_share_no_sample_and_lose_none(grid, burgers_field):
    variance = np.arange(burgers_field.size, dtype=float).reshape(burgers_field.shape)
    source = Source(grid, [burgers_field], [variance])
    for count in (1, 2, 3, 4):
        parts = source.parts(count)
        assert len(parts) == count
        times = np.concatenate([one.axes[0].points for one in parts])
        np.testing.assert_array_equal(times, grid[0].points)
        np.testing.assert_array_equal(np.concatenate([one.fields[0] for one in parts]), burgers_field)
        np.testing.assert_array_equal(np.concatenate([one.variances[0] for one in parts]), variance)
        assert all(one.axes[1] is grid[1] for one in parts)
        assert max(len(one.axes[0]) for one in parts) - min(len(one.axes[0]) for one in parts) <= 1


def test_long_data_are_divided_and_short_ones_are_not():
    x = Axis("x", np.linspace(0.0, 30.0, 400))
    short, long = Axis("t", np.linspace(0.0, 2.0, 100)), Axis("t", np.linspace(0.0, 100.0, 5000))
    wanted, widest = (0.3, 0.9), (0.4, 6.0)
    assert plan_layout((short, x), wanted, widest, 900) == plan_layout((short, x), wanted, widest, 2000)
    layout = plan_layout((short, x), wanted, widest, 900)
    assert (layout.half_widths, layout.parts) == (wanted, 1)
    layout = plan_layout((long, x), wanted, (20.0, 6.0), 900)
    assert layout.parts > 1
    for reach, least, most in zip(layout.half_widths, wanted, (20.0, 6.0), strict=True):
        assert least < reach <= min(2.0 * least, most) * (1 + 1e-12)
    # Reaches that were given are not changed.
    assert plan_layout((long, x), wanted, wanted, 900).half_widths == wanted


@pytest.mark.parametrize("rows", [100, 400, 1500])
def test_about_as_many_functions_as_are_wanted(rows):
    axes = (Axis("t", np.linspace(0.0, 5.0, 200)), Axis("x", np.linspace(0.0, 8.0, 300)))
    first, second = place_functions(axes, (0.4, 0.5), rows)
    assert 0.8 * rows < len(first) * len(second) < 1.2 * rows
    gaps = [float(np.diff(one.centres)[0]) / one.half_width for one in (first, second)]
    assert gaps[0] == pytest.approx(gaps[1], rel=0.2)


def test_candidates_become_derivatives_of_products():
    library = CandidateLibrary(polynomial=3, derivatives=3, conservative=True, include_interactions=False)
    terms = library.resolve(["u", "v"], ["t", "x"]).make_terms(["u", "v"], ["t", "x"])
    columns = {one.name: one for one in (Column.of_term(term, ["u", "v"], ["t", "x"]) for term in terms)}
    assert (columns["u*u_x"].factor, columns["u*u_x"].powers, columns["u*u_x"].orders) == (0.5, (2, 0), (0, 1))
    assert columns["u**2*u_x"].factor == pytest.approx(1.0 / 3.0)
    assert columns["1"].powers == (0, 0)
    assert len(columns) == len(terms)
    # Each name stands for one column alone.
    assert len({(one.powers, one.orders) for one in columns.values()}) == len(columns)


def test_what_cannot_be_integrated_is_no_column():
    library = CandidateLibrary(polynomial=2, derivatives=2)
    terms = library.resolve(["u"], ["t", "x"]).make_terms(["u"], ["t", "x"])
    found = {term.name: Column.of_term(term, ["u"], ["t", "x"]) for term in terms}
    assert found["u*u_xx"] is None
    assert found["u**2*u_x"] is not None


def test_spread_holds_every_pair_in_either_order(grid, noisy, heat):
    rows = integrate(noisy(heat, 0.1, 0), place_functions(grid, REACHES, 100), COLUMNS)
    for a, b in itertools.combinations(COLUMNS, 2):
        np.testing.assert_array_equal(rows.covariance(a.powers, b.powers), rows.covariance(b.powers, a.powers))
    np.testing.assert_allclose(rows.covariance((1,), (1,)), 0.01, rtol=1e-12)
    assert not rows.covariance((0,), (3,)).any()

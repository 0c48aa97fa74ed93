"""Figures hold the data that they claim to show."""

import holoviews as hv
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physforge.errors import DatasetError
from physforge.plots import plot_comparison, plot_dataset, plot_intervals


@pytest.fixture
def curves() -> xr.Dataset:
    t = xr.DataArray(np.linspace(0.0, 1.0, 11), dims="t", attrs={"units": "s"})
    return xr.Dataset({"a": ("t", t.values**2), "b": ("t", 1 - t.values)}, {"t": t}, {"title": "Two curves"})


@pytest.fixture
def field() -> xr.Dataset:
    t, x = np.linspace(0.0, 1.0, 5), np.linspace(0.0, 2.0, 7)
    return xr.Dataset({"u": (("t", "x"), t[:, None] + 10 * x)}, {"t": t, "x": x})


def test_an_ode_dataset_is_one_curve_a_field(curves):
    figure = plot_dataset(curves)
    assert isinstance(figure, hv.Overlay)
    shown = {curve.label: curve.dimension_values(1) for curve in figure}
    assert set(shown) == {"a", "b"}
    np.testing.assert_array_equal(shown["a"], curves["a"].values)


def test_standard_deviations_are_bands_of_two(curves):
    with_sd = curves.assign(a_sd=("t", np.full(11, 0.1)))
    (band,) = [part for part in plot_dataset(with_sd) if isinstance(part, hv.Spread)]
    np.testing.assert_allclose(band.dimension_values(2), 0.2)


def test_only_the_fields_that_are_asked_for_are_drawn(curves):
    assert [curve.label for curve in plot_dataset(curves, fields=["b"])] == ["b"]
    with pytest.raises(DatasetError, match="no field 'c' to draw; there are a, b"):
        plot_dataset(curves, fields=["c"])


def test_axes_carry_units(curves):
    assert str(plot_dataset(curves).get(0).kdims[0]) == "t (s)"


def test_a_field_is_shown_with_space_across_and_time_up(field):
    (mesh,) = plot_dataset(field)
    assert [str(one) for one in mesh.kdims] == ["x", "t"]
    np.testing.assert_array_equal(mesh.dimension_values(2, flat=False), field["u"].values)


def test_a_field_on_an_uneven_grid_keeps_its_coordinates(field):
    uneven = field.assign_coords(x=field["x"].values ** 2)
    (mesh,) = plot_dataset(uneven)
    np.testing.assert_allclose(mesh.dimension_values(0, expanded=False), uneven["x"].values)


def test_the_accessor_draws_the_same(curves):
    assert {curve.label for curve in curves.pf.plot()} == {"a", "b"}


def test_a_comparison_shows_data_simulation_and_their_difference(field):
    figure = plot_comparison(field, field + 1.0)
    assert [panel.opts.get("plot").kwargs["title"] for panel in figure] == [
        "u: data",
        "u: simulation",
        "simulation - data",
    ]
    difference = list(figure)[2].dimension_values(2, flat=False)
    np.testing.assert_allclose(difference, 1.0)


def test_a_comparison_of_curves_has_points_for_data_and_a_line_for_the_simulation(curves):
    finer = curves.interp(t=np.linspace(0.0, 1.0, 101))
    (panel, _) = plot_comparison(curves, finer)
    kinds = {type(part): len(part) for part in panel}
    assert kinds == {hv.Scatter: 11, hv.Curve: 101}


def test_a_comparison_without_the_field_says_which(field):
    with pytest.raises(DatasetError, match="no field 'u'"):
        plot_comparison(field, field.rename(u="v"))


def test_intervals_reach_from_low_to_high():
    table = pd.DataFrame({"term": ["u", "u_xx"], "low": [0.5, -2.0], "estimate": [1.0, -1.0], "high": [1.5, 0.5]})
    bars = plot_intervals(table).get(0)
    assert isinstance(bars, hv.ErrorBars)
    assert list(zip(*(bars.dimension_values(index) for index in range(4)), strict=True)) == [
        ("u", 1.0, 0.5, 0.5),
        ("u_xx", -1.0, 1.0, 1.5),
    ]


def test_every_figure_can_be_drawn_without_a_browser(curves, field, tmp_path):
    for number, figure in enumerate([plot_dataset(curves), plot_dataset(field), plot_comparison(field, field)]):
        hv.save(figure, tmp_path / f"{number}.html", resources="inline")
        assert (tmp_path / f"{number}.html").stat().st_size > 10_000

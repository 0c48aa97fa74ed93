"""Every kind of result has its figure, found by its kind, and it holds what the result says."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from plots.fields import ball, waves

from physforge.errors import DatasetError, PhysForgeError
from physforge.plots import plot_candidates, plot_dataset, plot_intervals
from physforge.plots.training import side_by_side
from physforge.tasks.dataset_result import DatasetResult, DerivativesResult, SimulationResult

CONSIDERED = pd.DataFrame(
    {
        "equation": ["u_t = 0", "u_t = a", "u_t = a + b", "u_t = b + c", "u_t = a + b + c"],
        "complexity": [0, 1, 2, 2, 3],
        "misfit": [1.0, 0.5, 0.01, 0.2, 0.0],
        "chosen": [False, False, True, False, False],
    }
)


def field() -> xr.Dataset:
    t, x = np.linspace(0.0, 1.0, 5), np.linspace(0.0, 2.0, 7)
    sd = np.full((5, 7), 0.3)
    return xr.Dataset({"u": (("t", "x"), t[:, None] - x), "u_sd": (("t", "x"), sd)}, {"t": t, "x": x})


def test_candidates_show_the_front_and_the_chosen_one():
    points, front, ring = plot_candidates(CONSIDERED)
    assert len(points) == 5
    assert front.dimension_values("terms").tolist() == [0, 1, 2, 3]
    # A misfit of zero has a place on a logarithmic scale, below all others.
    np.testing.assert_allclose(front.dimension_values("misfit"), [1.0, 0.5, 0.01, 0.005])
    assert ring.dimension_values("equation").tolist() == ["u_t = a + b"]


def test_candidates_that_did_not_fit_at_all_are_left_out():
    points = plot_candidates(CONSIDERED.assign(misfit=[np.inf, np.nan, 0.1, 0.2, 0.3])).get(0)
    assert len(points) == 3


def test_terms_of_several_targets_are_told_apart():
    table = pd.DataFrame({"target": ["u_t", "v_t"], "term": ["u", "u"], "low": 0.0, "estimate": 1.0, "high": 2.0})
    assert list(plot_intervals(table).get(0).dimension_values(0)) == ["u_t: u", "v_t: u"]


def test_derivatives_are_values_with_their_uncertainty():
    values, sd = DerivativesResult(status="ok", dataset=field()).plot()
    np.testing.assert_allclose(values.dimension_values(2, flat=False), field()["u"])
    np.testing.assert_allclose(sd.dimension_values(2), 0.3)
    line = field().isel(x=0, drop=True)
    (panel,) = DerivativesResult(status="ok", dataset=line).plot()
    assert {type(one) for one in panel} == {hv.Spread, hv.Curve}


def test_a_simulation_is_drawn_alone_or_beside_data():
    result = SimulationResult(status="ok", dataset=field()[["u"]])
    (alone,) = result.plot()
    np.testing.assert_allclose(alone.dimension_values(2, flat=False), field()["u"])
    assert len(result.plot(data=field()[["u"]] + 1.0)) == 3


def test_a_kind_without_a_figure_says_so():
    class Other(DatasetResult):
        kind = "other"

    with pytest.raises(PhysForgeError, match=r"no view called 'other\.plot'"):
        Other(status="ok", dataset=field()).plot()


def test_a_plane_over_time_has_a_slider_and_a_volume_is_a_picture():
    t, x = np.linspace(0.0, 1.0, 50), np.linspace(0.0, 1.0, 6)
    plane = xr.Dataset({"u": (("t", "x", "y"), np.zeros((50, 6, 6)) + t[:, None, None])}, {"t": t, "x": x, "y": x})
    figure = plot_dataset(plane)
    assert isinstance(figure, hv.HoloMap)
    assert (len(figure), figure.keys()[0], figure.keys()[-1]) == (20, 0.0, 1.0)
    (picture,) = plot_dataset(ball(12))
    assert isinstance(picture, hv.RGB)
    assert len(plot_dataset(waves(10))) == 3
    assert len(plot_dataset(waves(10), kind="streamlines")) == 1
    (warped,) = plot_dataset(plane, kind="warp")
    assert isinstance(warped, hv.RGB)


def test_runs_are_thin_curves_in_a_panel_for_each_field():
    t = np.linspace(0.0, 1.0, 5)
    ds = xr.Dataset({name: (("trajectory", "t"), np.arange(50.0)[:, None] * t) for name in "ab"}, {"t": t})
    panels = list(plot_dataset(ds))
    assert [len(one) for one in panels] == [40, 40]
    assert panels[0].opts.get("plot").kwargs["title"] == "a: 40 of 50 runs"
    np.testing.assert_allclose(list(panels[1])[-1].dimension_values(1), 49 * t)


def test_data_network_and_simulation_share_their_colours():
    data = field()["u"]
    panels = side_by_side(data, data + 0.5, data - 0.25)
    limits = [one.opts.get("plot").kwargs["clim"] for one in panels]
    assert limits[0] == limits[1] == limits[2]
    assert limits[3] == limits[4] == (-0.5, 0.5)
    np.testing.assert_allclose(panels[3].dimension_values(2), 0.5)
    np.testing.assert_allclose(panels[4].dimension_values(2), -0.25)
    line = data.isel(x=0, drop=True)
    curves, errors = side_by_side(line, line + 0.5, line - 0.25)
    assert [one.label for one in curves] == ["data", "network", "simulation"]
    np.testing.assert_allclose(errors.get(1).dimension_values(1), -0.25)
    with pytest.raises(DatasetError, match="no flat picture"):
        side_by_side(waves(4)["u"], waves(4)["u"], waves(4)["u"])

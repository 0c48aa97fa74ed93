"""What part of a dataset is drawn."""

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.scatter import scatter
from physforge.widgets.cloud import cloud_axes, cloud_figure, is_scattered
from physforge.widgets.section_figure import section_figure, words_on
from physforge.widgets.sections import (
    MOST_ACROSS,
    Section,
    choices_across,
    cut,
    fields_to_show,
    first_section,
    value_range,
    with_axes,
)


def test_two_dims_of_space_come_first_and_time_is_held(plane):
    assert first_section(plane, "u") == Section("u", "x", "y", {"t": 0})


@pytest.mark.parametrize(
    ("dims", "across", "up", "held"),
    [
        (("t",), "t", None, {}),
        (("t", "x"), "x", "t", {}),
        (("trajectory", "t"), "t", None, {"trajectory": 0}),
        (("trajectory", "t", "x"), "x", "t", {"trajectory": 0}),
        (("t", "x", "y", "z"), "x", "y", {"t": 0, "z": 2}),
    ],
)
def test_every_kind_of_grid_has_a_first_picture(dims, across, up, held):
    ds = xr.Dataset({"u": (dims, np.zeros([4] * len(dims)))}, {dim: np.arange(4.0) for dim in dims})
    assert first_section(ds, "u") == Section("u", across, up, held)


def test_a_section_has_the_values_of_the_data(plane):
    section = Section("u", "y", "x", {"t": 3})
    np.testing.assert_array_equal(cut(plane, section), plane.u.values[3].T)
    curve = Section("v", "x", None, {"t": 1, "y": 5})
    np.testing.assert_array_equal(cut(plane, curve), plane.v.values[1, :, 5])


def test_other_axes_keep_the_position_where_it_has_a_meaning(plane):
    section = with_axes(plane, Section("u", "x", "y", {"t": 4}), "x", "x")
    assert section == Section("u", "x", None, {"t": 4, "y": 3})


def test_many_samples_are_thinned_and_it_is_said():
    x = np.arange(1000.0)
    ds = xr.Dataset({"u": ("x", x)}, {"x": x})
    part = cut(ds, first_section(ds, "u"))
    assert part.sizes["x"] <= MOST_ACROSS
    assert float(part[1]) == 3.0
    assert words_on(ds, first_section(ds, "u")) == "one sample of 3 along x is drawn"


def test_a_position_is_said_with_its_unit(plane):
    assert words_on(plane, Section("u", "x", "y", {"t": 3})) == "t = 3 s"


def test_colours_are_the_same_at_every_time(plane):
    limits = value_range(plane, "u")
    assert limits == (float(plane.u.min()), float(plane.u.max()))
    ends = [
        section_figure(plane, Section("u", "x", "y", {"t": time}), limits)[0].opts.get().kwargs["clim"]
        for time in (0, 4)
    ]
    assert ends[0] == ends[1]
    assert ends[0][1] == limits[1]


def test_sd_can_be_shown_after_the_fields_and_texts_cannot(plane):
    ds = plane.assign(u_sd=plane.u, note=("x", ["a"] * 8))
    assert fields_to_show(ds) == ["u", "v", "u_sd"]


def test_runs_are_numbered_and_no_axis(plane):
    ds = xr.Dataset({"u": (("trajectory", "t"), np.zeros((2, 3)))}, {"t": np.arange(3.0)})
    assert choices_across(ds, "u") == ["t"]
    assert words_on(ds, first_section(ds, "u")) == "trajectory = 0"


def test_scattered_samples_are_points(plane):
    ds = scatter(plane, 50, np.random.default_rng(0))
    assert is_scattered(ds, "u")
    assert cloud_axes(ds) == ["x", "y", "t"]
    figure, _ = cloud_figure(ds, Section("u", "x", "t"), value_range(ds, "u"))
    np.testing.assert_allclose(figure.dimension_values(1), ds.t.values, rtol=1e-6)
    np.testing.assert_allclose(figure.dimension_values(2), ds.u.values, rtol=1e-6)

"""Scenes hold the shapes that their fields have, within their budgets."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from plots.fields import ball, tetrahedra, turning, waves
from pydantic import ValidationError

from physforge.errors import DatasetError
from physforge.plots.scene import Scene, scene_kinds
from physforge.plots.scene_grid import lengths_of, thin
from physforge.plots.scene_plotter import INTERACTIVE, POSTER, compose
from physforge.plots.scene_shapes import VALUES
from physforge.plots.theme import colour_scale, even_ticks


def test_a_dataset_says_which_scenes_it_has():
    assert scene_kinds(ball()) == ("isosurface", "slices", "volume", "surface")
    assert scene_kinds(waves()) == ("isosurface", "slices", "volume", "surface", "streamlines")
    assert scene_kinds(turning()) == ("warp", "streamlines")
    assert scene_kinds(xr.Dataset({"u": (("t", "x"), np.eye(3))}, {"t": range(3), "x": range(3)})) == ("warp",)
    assert scene_kinds(xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]})) == ()
    assert "isosurface" in scene_kinds(tetrahedra())
    assert scene_kinds(tetrahedra()[["p"]]) == ("surface",)


def test_an_isosurface_is_where_the_value_is():
    (part,) = compose(ball(), Scene(levels=(0.7,)), POSTER).parts
    # The box goes from -1 to 1, and is drawn from 0 to 1.
    radius = np.linalg.norm(2 * np.asarray(part.body.points) - 1, axis=1)
    np.testing.assert_allclose(radius, 0.7, atol=0.01)
    assert part.body.volume * 8 == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.02)


def test_a_surface_around_another_lets_it_be_seen():
    parts = compose(ball(), Scene(levels=(0.3, 0.8)), POSTER).parts
    assert [part.opacity for part in parts] == [1.0, 0.35]
    both = compose(waves(), Scene(field="u"), POSTER).parts
    assert [part.opacity for part in both] == [1.0, 1.0]


def test_no_surface_ends_a_missing_region():
    ds = ball()
    ds["r"] = ds.r.where(ds.x < 0.0)
    (part,) = compose(ds, Scene(levels=(0.7,)), POSTER).parts
    assert part.body.points[:, 0].max() < 0.5
    radius = np.linalg.norm(2 * np.asarray(part.body.points) - 1, axis=1)
    np.testing.assert_allclose(radius, 0.7, atol=0.01)


def test_slices_show_the_nearest_samples_and_leave_out_missing_ones():
    ds = ball(41)
    whole = compose(ds, Scene(kind="slices", at=(0.0, 0.5, 1.0)), POSTER).parts
    assert [len(np.unique(part.body.points[:, axis])) for axis, part in enumerate(whole)] == [1, 1, 1]
    assert [part.body.points[0, axis] for axis, part in enumerate(whole)] == [0.0, 0.5, 1.0]
    shown = whole[1].body
    np.testing.assert_allclose(shown[VALUES], np.linalg.norm(2 * np.asarray(shown.points) - 1, axis=1), atol=1e-6)
    ds["r"] = ds.r.where(ds.z > 0.0)
    half = compose(ds, Scene(kind="slices"), POSTER).parts
    assert len(half) == 2
    assert all(part.body.points[:, 2].min() > 0.5 for part in half)


@pytest.mark.parametrize("longer", [1.0, 20.0])
def test_streamlines_follow_the_flow_whatever_the_axes_are_stretched_by(longer):
    ds = turning()
    ds = ds.assign(u=ds.u, v=ds.v * longer).assign_coords(y=ds.y * longer)
    (part,) = compose(ds, Scene(kind="streamlines"), POSTER).parts
    away = np.linalg.norm(2 * np.asarray(part.body.points)[:, :2] - 1, axis=1)
    lines = np.asarray(part.body.connectivity().point_data["RegionId"])
    assert len(np.unique(lines)) > 20
    assert max(np.ptp(away[lines == one]) for one in np.unique(lines)) < 0.05
    if longer == 1.0:
        np.testing.assert_allclose(away, part.body[VALUES], atol=0.03)


def test_what_does_not_flow_is_said():
    with pytest.raises(DatasetError, match="one component for each axis"):
        compose(turning(), Scene(kind="streamlines", vector=("u", "v", "w")), POSTER)
    with pytest.raises(DatasetError, match="no flow"):
        compose(turning() * 0.0, Scene(kind="streamlines"), POSTER)


def test_a_warped_surface_is_as_high_as_its_values():
    t, x = np.linspace(0.0, 1.0, 9), np.linspace(0.0, 4.0, 17)
    ds = xr.Dataset({"u": (("t", "x"), t[:, None] + x)}, {"t": t, "x": x})
    shown = compose(ds, Scene(kind="warp"), POSTER)
    points = np.asarray(shown.parts[0].body.points)
    np.testing.assert_allclose(points[:, 2] / 0.5, (points[:, 1] + 4 * points[:, 0]) / 5, atol=1e-6)
    assert shown.frame.labels == ("x", "t", "u")
    assert shown.frame.ranges[2] == (0.0, 5.0)


def test_a_cloud_is_clear_where_values_are_missing():
    ds = ball()
    ds["r"] = ds.r.where(ds.x < 0.0)
    (part,) = compose(ds, Scene(kind="volume"), POSTER).parts
    steps = np.asarray(part.body[VALUES]).reshape(part.body.dimensions, order="F")
    assert (steps[21:] == 0).all()
    assert steps[:19].max() == 255


def test_a_mesh_is_drawn_by_its_outside_and_through_its_inside():
    surface = compose(tetrahedra(), Scene(kind="surface"), POSTER).parts[0].body
    assert surface.area == pytest.approx(6.0)
    np.testing.assert_allclose(surface[VALUES], 2 * surface.points[:, 2], atol=1e-6)
    (level,) = compose(tetrahedra(), Scene(levels=(0.5,)), POSTER).parts
    np.testing.assert_allclose(level.body.points[:, 2], 0.25, atol=1e-5)
    points = tetrahedra().drop_vars(["mesh_offsets", "mesh_types", "mesh_connectivity"])
    assert compose(points, Scene(kind="surface"), POSTER).parts[0].body.n_points == 8
    with pytest.raises(DatasetError, match="it has surface"):
        compose(points, Scene(), POSTER)


def test_noise_stays_within_the_triangles_of_a_page():
    ds = ball(64)
    ds["r"] = (ds.r.dims, np.random.default_rng(0).normal(size=ds.r.shape).cumsum(axis=0))
    parts = compose(ds, Scene(), INTERACTIVE).parts
    assert 0 < sum(part.body.n_cells for part in parts) <= INTERACTIVE.triangles


def test_what_cannot_be_shown_is_said():
    with pytest.raises(DatasetError, match=r"nowhere 9: it goes from .* to 1.732. Choose levels"):
        compose(ball(), Scene(levels=(9.0,)), POSTER)
    with pytest.raises(DatasetError, match="no field 'q' to draw; there are r"):
        compose(ball(), Scene(field="q"), POSTER)
    with pytest.raises(DatasetError, match="no scene 'warp'; it has isosurface"):
        compose(ball(), Scene(kind="warp"), POSTER)
    with pytest.raises(DatasetError, match="index 7: there are 4, from 0 to 3"):
        compose(waves(8), Scene(time=7), POSTER)
    with pytest.raises(DatasetError, match="All values of 'r' are missing"):
        compose(ball(8) * np.nan, Scene(), POSTER)
    with pytest.raises(ValidationError, match="between 0 and 1"):
        Scene(at=(0.0, 0.5, 1.5))
    with pytest.raises(ValidationError, match="must rise"):
        Scene(limits=(1.0, 1.0))


def test_a_description_can_be_stored():
    scene = Scene(kind="slices", field="u", at=(0.1, 0.2, 0.3), limits=(0.0, 1.0), theme="dark")
    assert Scene.model_validate_json(scene.model_dump_json()) == scene


def test_zero_is_the_middle_where_both_signs_occur():
    assert compose(waves(), Scene(field="u"), POSTER).scale.diverging
    assert not colour_scale([-0.001, 1.0]).diverging
    assert not compose(ball(), Scene(), POSTER).scale.diverging
    middle = colour_scale([-1.0, 0.5]).palette[128]
    assert min(int(middle[place : place + 2], 16) for place in (1, 3, 5)) > 0xD0


def test_axes_keep_their_proportions_where_they_have_any():
    assert lengths_of([(0.0, 2.0), (0.0, 1.0)], ["mm", "mm"]) == (1.0, 0.5)
    assert lengths_of([(0.0, 2.0), (0.0, 1.0)], ["mm", "s"]) == (1.0, 1.0)
    assert lengths_of([(0.0, 100.0), (0.0, 1.0)], ["mm", "mm"]) == (1.0, 1.0)
    assert even_ticks(0.0, 0.37) == pytest.approx((0.0, 0.1, 0.2, 0.3))


def test_thinning_keeps_both_ends():
    few = thin(xr.Dataset({"u": ("x", np.arange(100.0))}, {"x": np.arange(100.0)}), 7)
    assert few.sizes["x"] == 7
    assert (float(few.x[0]), float(few.x[-1])) == (0.0, 99.0)

"""A preview chooses what to show of any dataset, and shows what is in it."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest
import xarray as xr
from plots.fields import ball, tetrahedra, waves

from physforge.errors import DatasetError
from physforge.plots.preview import preview
from physforge.plots.scene import Scene


def moving_plane(times: int = 5, units: str | None = None) -> xr.Dataset:
    t, x, y = np.arange(float(times)), np.linspace(0.0, 1.0, 7), np.linspace(0.0, 2.0, 9)
    values = t[:, None, None] + x[:, None] + y
    return xr.Dataset(
        {"u": (("t", "x", "y"), values)}, {"t": ("t", t, {} if units is None else {"units": units}), "x": x, "y": y}
    )


def test_curves_are_drawn_with_their_bands_and_thinned():
    t = np.linspace(0.0, 1.0, 5001)
    ds = xr.Dataset({"a": ("t", t**2), "a_sd": ("t", np.full(5001, 0.1))}, {"t": t})
    shown = preview(ds)
    (curve,) = [one for one in shown.figure if isinstance(one, hv.Curve)]
    assert (shown.kind, shown.frames, len(curve)) == ("curves", 1, 2000)
    assert float(curve.dimension_values(1)[-1]) == 1.0
    assert any(isinstance(one, hv.Spread) for one in shown.figure)


def test_one_of_many_runs_is_drawn_before_the_others():
    t = np.linspace(0.0, 1.0, 11)
    ds = xr.Dataset({"a": (("trajectory", "t"), np.arange(90.0)[:, None] * t)}, {"t": t})
    shown = preview(ds, index=40)
    curves = list(shown.figure)
    assert (shown.kind, shown.frames, shown.index, shown.place) == ("curves", 90, 40, "run 41 of 90")
    assert len(curves) == 31
    np.testing.assert_allclose(curves[-1].dimension_values(1), 40 * t)


def test_space_and_time_are_a_picture():
    shown = preview(xr.Dataset({"u": (("t", "x"), np.eye(4))}, {"t": np.arange(4.0), "x": np.arange(4.0)}))
    assert shown.kind == "image"
    assert [str(one) for one in shown.figure.kdims] == ["x", "t"]
    assert shown.said == "u in colours over t and x."


def test_a_plane_over_time_is_gone_through_with_the_same_colours():
    ds = moving_plane(units="s")
    first, last = preview(ds, index=0), preview(ds)
    assert (first.frames, first.index, first.place) == (5, 0, "t = 0 s")
    assert (last.index, last.place) == (4, "t = 4 s")
    assert preview(ds, index=99).index == 4
    assert preview(ds, index=-5).index == 0
    np.testing.assert_allclose(last.figure.dimension_values(2, flat=False), ds.u[-1].transpose("y", "x"))
    limits = [one.figure.opts.get("plot").kwargs["clim"] for one in (first, last)]
    assert limits == [(0.0, 7.0)] * 2


def test_a_volume_is_a_poster_that_can_be_turned_later():
    shown = preview(waves(12), "v", 1, theme="dark")
    assert (shown.kind, shown.frames, shown.place) == ("poster", 4, "t = 0.3333")
    assert shown.picture[:4] == b"RIFF"
    assert shown.scene == Scene(kind="isosurface", field="v", time=1, theme="dark")
    other = preview(ball(12), scene=Scene(kind="slices"))
    assert other.said == "r in space: slices."
    assert other.frames == 1


def test_scattered_samples_are_points_and_a_mesh_is_a_poster():
    x = np.linspace(0.0, 1.0, 50)
    places = {"x": ("point", x), "t": ("point", x[::-1])}
    shown = preview(xr.Dataset({"u": ("point", x**2)}, places))
    assert shown.kind == "points"
    assert [str(one) for one in shown.figure.kdims] == ["x", "t"]
    np.testing.assert_allclose(shown.figure.dimension_values(2), x**2)
    assert preview(tetrahedra()).scene.kind == "surface"


def test_what_is_not_there_is_said():
    with pytest.raises(DatasetError, match="no field 'q' to draw; there are u"):
        preview(moving_plane(), "q")


def test_pictures_can_be_drawn_as_pages(tmp_path):
    for number, ds in enumerate([moving_plane(), xr.Dataset({"u": ("x", [1.0, 2.0])}, {"x": [0.0, 1.0]})]):
        hv.save(preview(ds).figure, tmp_path / f"{number}.html", resources="inline")
        assert (tmp_path / f"{number}.html").stat().st_size > 10_000

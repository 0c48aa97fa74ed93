"""Pictures of fields: of every kind of grid, true to the figures, and always the same bytes."""

import base64
import io
import re
import sys

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread
from plots.fields import tetrahedra

from physforge.reports.document import Document, Section
from physforge.reports.field_pictures import field_pictures
from physforge.reports.pdf import document_pdf


def grid(**sizes):
    axes = {dim: np.linspace(0.0, 1.0, size) for dim, size in sizes.items()}
    values = np.arange(float(np.prod(list(sizes.values())))).reshape(tuple(sizes.values()))
    return xr.Dataset({"u": (tuple(sizes), values)}, axes)


def image(picture):
    """Return the widest image in a picture; the narrow one is the scale of colours."""
    encoded = re.findall(r'xlink:href="data:image/png;base64,\s*([^"]+)"', picture.svg)
    return max((imread(io.BytesIO(base64.b64decode(one))) for one in encoded), key=lambda pixels: pixels.shape[1])


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"t": 9}, "u over time."),
        ({"t": 5, "x": 9}, "u, in colours over t and x."),
        ({"t": 3, "x": 5, "y": 4}, "u, at t = 1, in colours over x and y."),
        ({"t": 3, "x": 5, "y": 4, "z": 6}, "u, at t = 1, in colours on three planes through the middle of its volume."),
        ({"trajectory": 2, "t": 9}, "u, the first run over time."),
        ({"x": 5, "y": 4, "z": 6}, "u, in colours on three planes through the middle of its volume."),
    ],
)
def test_every_grid_is_drawn(sizes, said):
    (picture,) = field_pictures(grid(**sizes))
    assert picture.caption == said
    assert field_pictures(grid(**sizes))[0].svg == picture.svg
    assert document_pdf(Document("T", "", (Section("S", (), (picture,)),), ""))[:4] == b"%PDF"


def test_colours_follow_the_values_and_time_runs_to_the_right():
    ds = grid(t=40, x=30)
    ds["u"] = ds.u * 0.0 + ds.t  # the same at every x
    pixels = image(field_pictures(ds)[0])[..., :3]
    middle = pixels[pixels.shape[0] // 2]
    assert np.allclose(pixels[5], middle, atol=0.02)
    assert middle[5, 2] > middle[-5, 2]  # from violet
    assert middle[-5, 0] > 0.9  # to yellow


def test_a_volume_shows_its_last_moment():
    ds = xr.concat([grid(x=8, y=8, z=8), -grid(x=8, y=8, z=8)], "t").assign_coords(t=[0.0, 1.0])
    swapped = ds.isel(t=[1, 0]).assign_coords(t=[0.0, 1.0])
    last, first = (field_pictures(one)[0].svg for one in (ds, swapped))
    assert last != first
    assert last == field_pictures(ds.isel(t=[1, 1]).assign_coords(t=[0.0, 1.0]))[0].svg


def test_a_volume_is_drawn_without_pyvista_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvista", None)
    (picture,) = field_pictures(grid(x=5, y=4, z=6))
    assert picture.caption == "u, in colours on three faces of its volume."


def test_a_volume_is_one_image_that_holds_its_colours():
    (picture,) = field_pictures(grid(x=9, y=9, z=9))
    pixels = image(picture)[..., :3]
    assert pixels.shape[:2] == (640, 936)
    assert ((pixels.max(axis=2) - pixels.min(axis=2)) > 0.3).mean() > 0.05
    assert len(picture.svg) < 200_000


def test_a_mesh_is_drawn_by_its_outside():
    (picture,) = field_pictures(tetrahedra())
    assert picture.caption == "p, in colours on the outside of its mesh."
    assert field_pictures(tetrahedra() * np.nan) == ()


def test_scattered_and_missing_samples_are_not_drawn():
    assert field_pictures(xr.Dataset({"u": ("point", [1.0, 2.0])}, {"t": ("point", [0.0, 1.0])})) == ()
    assert field_pictures(grid(t=5, x=4) * np.nan) == ()


def test_names_are_no_formulas_and_no_markup():
    name = "$\\frac{$ <b>&-- 漢"
    ds = grid(t=5, x=4).rename(u=name)
    ds.x.attrs["units"] = name
    (picture,) = field_pictures(ds)
    assert "<b>" not in picture.svg

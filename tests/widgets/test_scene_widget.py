"""A field in space: drawn once it is asked for, turned without a server, and nothing comes from elsewhere."""

import numpy as np
import pytest
import xarray as xr

from physforge.widgets.bokeh_widget import script
from physforge.widgets.scene_widget import scene_document


@pytest.fixture
def space() -> xr.Dataset:
    t, x = np.arange(2.0), np.linspace(0.0, 3.0, 16)
    values = t[:, None, None, None] + np.sin(2 * x)[:, None, None] * np.cos(x)[:, None] + 0.1 * x
    return xr.Dataset({"u": (("t", "x", "y", "z"), values)}, {"t": t, "x": x, "y": x, "z": x})


def test_a_picture_is_drawn_when_its_tab_is_opened(sent, space):
    explorer = space.pf.explore()
    scene, tabs = explorer.scene, explorer.children[0].children[0]
    assert scene.picture.value == b""
    tabs.selected_index = 1
    first = scene.picture.value
    assert first[8:12] == b"WEBP"
    assert len(first) < 30_000
    scene.positions.sliders["t"].value = 0
    assert scene.picture.value != first
    light = scene.picture.value
    scene.scene.theme = "dark"
    assert scene.picture.value != light


def test_the_scene_goes_to_the_browser_once_it_is_asked_for(sent, space):
    scene = space.pf.explore().scene
    scene.begin()
    sent.clear()
    scene.turn.click()
    ((_, content, size),) = sent
    assert content["kind"] == "document"
    assert size < 1_400_000
    scene.kind.value = "slices"
    assert scene.scene.layout.display == "none"


def test_the_document_has_no_link(space):
    from physforge.plots import Scene

    text = str(scene_document(space, Scene(kind="slices")).to_json())
    assert "https://" not in text
    assert "http://" not in text


def test_what_turns_scenes_is_installed():
    for name in ("panel.min.js", "vtk.js", "bokeh-widgets.min.js", "bokeh-tables.min.js"):
        assert len(script(name)) > 50_000


def test_curves_have_no_tab_in_space(sent):
    t = np.arange(20.0)
    assert xr.Dataset({"u": ("t", np.sin(t))}, {"t": t}).pf.explore().scene is None

"""What a page is sent of a scene: little, complete, and no text of it is markup."""

from __future__ import annotations

import pytest
from plots.fields import ball, tetrahedra, turning, waves

from physforge.plots.interactive import browser_axes, colour_bar, interactive, payload_bytes
from physforge.plots.scene import Scene, scene_kinds
from physforge.plots.scene_plotter import POSTER, compose
from physforge.plots.theme import ColourScale

WICKED = '"><img src=x onerror="window.hit = 1"><script>window.hit = 1</script>'


@pytest.mark.parametrize("kind", scene_kinds(waves(8)))
def test_a_large_field_is_sent_in_less_than_a_megabyte(kind):
    view = interactive(waves(72, times=2), Scene(kind=kind))
    assert 20_000 < payload_bytes(view) < 1_000_000


@pytest.mark.parametrize(("ds", "kind"), [(turning(), "warp"), (turning(), "streamlines"), (tetrahedra(), "surface")])
def test_flat_fields_and_meshes_can_be_turned_too(ds, kind):
    assert 2_000 < payload_bytes(interactive(ds, Scene(kind=kind))) < 1_000_000


def test_the_scene_is_said_in_words():
    view = interactive(ball(16), Scene(kind="slices"))
    assert view.name == "r over x (mm), y (mm), z (mm): slices; colours from 0.1155 to 1.732."
    assert 'role="img" aria-label="r: colours from' in view[1].object


def test_axes_are_named_at_round_ticks():
    axes = browser_axes(compose(ball(16), Scene(), POSTER).frame)
    assert axes["xticker"]["labels"] == ["-1", "-0.5", "0", "0.5", "x (mm) = 1"]
    assert axes["yticker"]["ticks"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    flat = browser_axes(compose(turning(), Scene(kind="streamlines"), POSTER).frame)
    assert flat["zticker"] == {"ticks": [0.0], "labels": [""]}


def test_names_are_text():
    bar = colour_bar(ColourScale(0.0, 1.0, False), WICKED, "#000000")
    assert "<img" not in bar
    assert "<script" not in bar
    assert bar.count('"') % 2 == 0

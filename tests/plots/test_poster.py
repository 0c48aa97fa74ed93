"""Posters are small, quiet, the same each time, and show what there is."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plots.fields import ball, tetrahedra, turning, waves

from physforge.errors import DatasetError
from physforge.plots.animation import animation
from physforge.plots.poster import kept_poster, poster
from physforge.plots.scene import Scene, scene_kinds

SMALL = (320, 240)


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


@pytest.mark.parametrize("kind", scene_kinds(waves(8)))
def test_every_kind_is_drawn_small_and_the_same_each_time(kind):
    once, again = (poster(waves(), Scene(kind=kind)) for _ in range(2))
    assert once == again
    assert len(once) <= 30_000
    shown = pixels(once)
    assert shown.shape == (480, 640, 3)
    # Beside black, white and grey there are colours in the part without the bar.
    inside = shown[100:380, 100:500]
    assert ((inside.max(axis=2) - inside.min(axis=2)) > 60).mean() > 0.02


@pytest.mark.parametrize(("ds", "kind"), [(turning(), "warp"), (turning(), "streamlines"), (tetrahedra(), "surface")])
def test_flat_fields_and_meshes_are_drawn(ds, kind):
    assert pixels(poster(ds, Scene(kind=kind), size=SMALL)).std() > 5


def test_noise_does_not_make_a_poster_large():
    ds = ball(64)
    ds["r"] = (ds.r.dims, np.random.default_rng(0).normal(size=ds.r.shape))
    assert len(poster(ds, Scene(kind="surface"))) <= 30_000


def test_the_background_is_that_of_the_page():
    light, dark = (pixels(poster(ball(16), Scene(theme=theme), size=SMALL)) for theme in ("light", "dark"))
    assert light[2, 2].min() > 250
    assert dark[2, 2].max() < 40


def test_names_are_drawn_as_they_are(capfd):
    name = "$\\frac{$ <b>|&-- 漢"
    ds = ball(12).rename(r=name)
    ds.x.attrs["units"] = name
    assert poster(ds, Scene(kind="slices"), size=SMALL)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_nothing_is_said_on_the_terminal_without_a_display():
    program = (
        "from plots.fields import ball\nfrom physforge.plots.poster import poster\n"
        "assert len(poster(ball(8), size=(80, 60))) > 100"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_where_nothing_can_draw_it_is_said_and_the_process_goes_on():
    program = (
        "from plots.fields import ball\nfrom physforge.plots.poster import poster\n"
        "from physforge.errors import MissingExtraError\n"
        "try:\n    poster(ball(8), size=(80, 60))\nexcept MissingExtraError as error:\n    print(error)"
    )
    nothing = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere", "DISPLAY": ":97"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **nothing},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "apt-get install libegl1" in done.stdout or find_library("OSMesa")


def test_a_kept_poster_is_not_drawn_again(tmp_path):
    drawn = kept_poster(ball(12), Scene(), tmp_path, content="abc", size=SMALL)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"kept")
    assert kept_poster(ball(12), Scene(), tmp_path, content="abc", size=SMALL) == b"kept"
    assert kept_poster(ball(12), Scene(), tmp_path, content="other", size=SMALL) == drawn


def test_an_animation_has_a_frame_for_each_time_with_the_same_colours():
    moving = Image.open(io.BytesIO(animation(waves(16), Scene(kind="slices", field="u"), size=SMALL)))
    assert moving.n_frames == 4
    frames = []
    for number in range(4):
        moving.seek(number)
        frames.append(np.asarray(moving.convert("RGB")).astype(int))
    bar = (slice(20, 220), slice(270, 320))
    assert np.abs(frames[0][bar] - frames[3][bar]).mean() < 3
    assert np.abs(frames[0] - frames[3]).mean() > 1
    with pytest.raises(DatasetError, match="dim 't'"):
        animation(ball(8))

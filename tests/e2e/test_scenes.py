"""A scene in a real browser: it turns, asks for nothing from outside, and runs no name that somebody gave."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import panel as pn
import pytest
import xarray as xr
from PIL import Image
from playwright.sync_api import Browser, Page

from physforge.plots.interactive import interactive
from physforge.plots.preview import preview
from physforge.plots.scene import Scene

pytestmark = pytest.mark.e2e

WICKED = '"><img src=x onerror="window.hit = 1"><script>window.hit = 1</script><b>$$x$$'

ADDRESS = "127.0.0.1"


def field() -> xr.Dataset:
    axis = np.linspace(0.0, 3.0, 24)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    axes = {dim: (dim, axis, {"units": WICKED}) for dim in "xyz"}
    return xr.Dataset({WICKED: (("x", "y", "z"), np.sin(2 * x) * np.cos(y) + 0.1 * z, {"units": WICKED})}, axes)


@contextmanager
def served(views: dict[str, object]) -> Iterator[str]:
    pn.extension("vtk")
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        port = free.getsockname()[1]
    pages = {name: lambda view=view: view for name, view in views.items()}
    server = pn.serve(pages, port=port, address=ADDRESS, show=False, threaded=True, verbose=False)
    try:
        yield f"http://{ADDRESS}:{port}"
    finally:
        server.stop()


def picture(page: Page) -> np.ndarray:
    shot = page.locator(".axes-canvas").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def coloured(pixels: np.ndarray) -> float:
    return float(((pixels.max(axis=2) - pixels.min(axis=2)) > 50).mean())


def wait_for_colours(page: Page) -> np.ndarray:
    for _ in range(60):
        pixels = picture(page)
        if coloured(pixels) > 0.02:
            return pixels
        page.wait_for_timeout(500)
    raise AssertionError("The scene stayed empty.")


def drag_until_it_turns(page: Page, x: float, y: float, before: np.ndarray) -> np.ndarray:
    """Drag again and again: on a busy machine the scene leaves out a drag whose moves come too slowly."""
    for _ in range(20):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 80, y + 25, steps=6)
        page.mouse.up()
        page.wait_for_timeout(1000)
        pixels = picture(page)
        if np.abs(pixels - before).mean() > 2:
            return pixels
    raise AssertionError("The scene did not turn.")


def test_a_scene_turns_and_stays_within_its_origin(browser: Browser):
    asked: list[str] = []
    views = {"scene": interactive(field(), Scene(kind="slices", theme="dark"), height=300)}
    flat = field().isel(z=3, drop=True)
    views["flat"] = pn.pane.HoloViews(preview(flat).figure)
    with served(views) as origin:
        page = browser.new_page(viewport={"width": 390, "height": 500})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{origin}/scene")
        page.locator(".axes-canvas").wait_for(state="attached", timeout=60_000)
        before = wait_for_colours(page)
        assert before[3, 3].max() < 50  # dark, like the page
        assert (before.min(axis=2) > 200).sum() > 50  # letters of the axes are light
        box = page.locator(".axes-canvas").bounding_box()
        assert box is not None
        assert coloured(drag_until_it_turns(page, box["x"] + 100, box["y"] + 150, before)) > 0.02
        assert page.get_by_role("img", name="colours from").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("window.hit") is None
        page.goto(f"{origin}/flat")
        page.locator("canvas").first.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        page.mouse.move(180, 130)
        page.wait_for_timeout(1000)
        assert page.evaluate("window.hit") is None
        page.close()
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []

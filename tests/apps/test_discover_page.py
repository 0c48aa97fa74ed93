"""The page, with the work done in this process instead of a kernel elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import holoviews as hv
import panel as pn
import pytest

from physforge.apps import work
from physforge.apps.discover_page import DiscoverPage, drawn, shown
from physforge.errors import PhysForgeError


class Here:
    """Does the work at once, and keeps what is uploaded in a folder."""

    def __init__(self, folder) -> None:
        self.folder = folder

    async def run(self, request: Mapping[str, Any], said: Callable[[str], None]) -> dict[str, Any]:
        asked = dict(request)
        said("Working")
        try:
            return json.loads(json.dumps(work._ACTS[asked.pop("act")](**asked)))
        except PhysForgeError as error:
            return {"error": str(error)}

    async def upload(self, name: str, content: str, _said: Callable[[str], None]) -> str:
        import base64

        path = self.folder / name
        path.write_bytes(base64.b64decode(content))
        return str(path)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    pn.extension("katex")
    return tmp_path


def texts(page: DiscoverPage) -> str:
    return "\n".join(str(getattr(one, "object", "")) for one in (*page._picture, *page._found))


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30.0):
        while not condition():
            await asyncio.sleep(0.01)


def test_pick_look_discover(home):
    async def walk() -> None:
        page = DiscoverPage(Here(home))
        await page.begin()
        assert "lynx-hare" in page.data.options
        page.data.value = "lynx-hare"
        await until(lambda: not page.go.disabled)
        assert "Lynx and hare" in texts(page)
        assert isinstance(page._picture[-1].object, hv.Overlay)
        page.go.clicks += 1
        await until(lambda: "not settled" in texts(page))
        assert r"\mathrm{hare\_thousands} \cdot \mathrm{lynx\_thousands}" in texts(page)
        await until(lambda: not page._spinner.value and not page.go.disabled)

    asyncio.run(walk())


def test_an_upload_becomes_the_data_set(home):
    async def walk() -> None:
        page = DiscoverPage(Here(home))
        content = b"t,x\n" + b"".join(b"%d,%d\n" % (k, k * k) for k in range(40))
        page.upload.param.update(filename="run.csv", value=content)
        await until(lambda: not page.go.disabled)
        assert page.data.value == str(home / "run.csv")

    asyncio.run(walk())


def test_a_mistake_is_shown_and_nothing_is_lost(home):
    async def walk() -> None:
        page = DiscoverPage(Here(home))
        page.data.value = "<b>nothing</b>"
        await until(lambda: "&lt;b&gt;nothing" in texts(page))
        assert "<b>nothing" not in texts(page)
        assert page.data.value == "<b>nothing</b>"
        assert page.go.disabled

    asyncio.run(walk())


def test_fields_over_place_and_time_are_colours():
    picture = {"fields": {"u": [[0.0, 1.0, None], [1.0, 2.0, 3.0]]}, "axes": {"t": [0.0, 1.0], "x": [0.0, 1.0, 2.0]}}
    (image,) = drawn({**picture, "units": {"x": "mm"}})
    assert [str(dim) for dim in image.kdims] == ["x (mm)", "t"]
    assert image.dimension_values("u", flat=False)[-1].tolist() == [1.0, 2.0, 3.0]


def test_what_was_found_is_shown_with_the_same_in_python():
    found = {
        "status": "settled",
        "summary": "a <law>",
        "doubts": ["noise > signal"],
        "equations": [{"text": "u_t = u", "latex": "u_{t} = u"}],
        "intervals": [{"target": "u_t", "term": "u", "low": 0.9, "estimate": 1.0, "high": 1.1}],
        "candidates": [{"equation": "u_t = u", "misfit": 1.0}],
    }
    parts = shown(found, {"data": "run's.csv", "target": "u_t"})
    text = "\n".join(str(getattr(one, "object", "")) for one in parts)
    assert "a &lt;law&gt;" in text
    assert "noise &gt; signal" in text
    assert "$$u_{t} = u$$" in text
    assert parts[-1][0].object.splitlines()[3] == """r = pf.discover(pf.open_dataset("run's.csv"), target='u_t')"""

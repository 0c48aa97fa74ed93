"""What a kernel does for the app: answers that are JSON, mistakes among them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from physforge.apps import work
from physforge.problems import get_problem


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Answer a request as in a kernel, and return what it publishes."""
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    shell = InteractiveShell.instance()
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)

    def answered(request: dict) -> dict:
        work.answer(json.dumps(request))
        (message,) = publisher.outputs
        publisher.outputs.clear()
        return json.loads(json.dumps(message["data"][work.RESULT_TYPE], allow_nan=False))

    yield answered
    InteractiveShell.clear_instance()


def test_the_catalog_is_listed(published):
    names = [one["name"] for one in published({"act": "list"})["data"]]
    assert {"burgers", "lynx-hare"} <= set(names)


def test_a_data_set_is_looked_at(published):
    found = published({"act": "look", "data": "lynx-hare"})
    assert found["targets"][:2] == ["hare_thousands_t", "lynx_thousands_t"]
    assert any(line.startswith("units:") for line in found["findings"])
    assert found["picture"]["axes"]["t"][0] == 1900
    assert found["picture"]["units"]["t"] == "year"


def test_an_equation_is_found_with_its_intervals(published, tmp_path):
    path = tmp_path / "run.nc"
    get_problem("burgers").generate().to_netcdf(path)
    found = published({"act": "discover", "data": str(path)})
    assert found["status"] == "settled"
    intervals = {row["term"]: row for row in found["intervals"]}
    assert set(intervals) == {"u*u_x", "u_xx"}
    assert intervals["u_xx"]["low"] <= intervals["u_xx"]["estimate"] == pytest.approx(0.1, rel=0.01)
    assert "u_{t} = " in found["equations"][0]["latex"]
    assert found["candidates"][0]["chosen"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"act": "look", "data": "no-such-thing"}, "no-such-thing"),
        ({"act": "discover", "data": "lynx-hare", "target": "w_t"}, "w"),
    ],
)
def test_a_mistake_is_an_answer(published, request_, words):
    assert words in published(request_)["error"]


def test_pictures_are_small_and_keep_gaps():
    axis = np.linspace(0.0, 1.0, 1000)
    values = np.add.outer(axis, 2.0 * axis)
    values[0, 0] = np.nan
    picture = work.picture_of(xr.Dataset({"u": (("t", "x"), values)}, {"t": axis, "x": axis}))
    rows = picture["fields"]["u"]
    assert rows[0][0] is None
    assert len(rows) == len(picture["axes"]["t"]) == len(rows[0]) <= 160
    assert rows[3][5] == pytest.approx(picture["axes"]["t"][3] + 2.0 * picture["axes"]["x"][5])


def test_of_a_plane_the_middle_is_drawn():
    t, x, y = np.arange(3.0), np.arange(4.0), np.arange(5.0)
    field = t[:, None, None] + 10.0 * x[:, None] + 100.0 * y
    picture = work.picture_of(xr.Dataset({"u": (("t", "x", "y"), field)}, {"t": t, "x": x, "y": y}))
    assert picture["fields"]["u"][1] == [201.0, 211.0, 221.0, 231.0]


def test_scattered_samples_have_no_picture():
    scattered = {"t": ("point", np.arange(4.0)), "x": ("point", np.arange(4.0))}
    assert work.picture_of(xr.Dataset({"u": ("point", np.ones(4))}, scattered)) is None

"""What ds.pf.explore() shows, and what it sends."""

import json

import numpy as np
import pytest
import xarray as xr

import physforge as pf
from physforge.errors import DatasetError
from physforge.widgets.section_view import VALUES

#: Runs if it is read as HTML.
XSS = "<img src=x onerror=window.hacked=1>$$\\href{javascript:window.hacked=1}{x}$$"


def test_the_slider_of_time_changes_the_values_and_nothing_else(sent, plane):
    explorer = plane.pf.explore()
    assert [content["kind"] for _, content, _ in sent] == ["document"]
    sent.clear()
    explorer.view.positions.sliders["t"].value = 3
    ((_, content, size),) = sent
    assert content["kind"] == "patch"
    changed = json.loads(content["patch"])["events"]
    assert {one["attr"] for one in changed} - {"hold_render"} == {"data"}
    assert size < 6 * 8 * 4 + 1500
    assert "t = 3 s" in explorer.view.words.value


def test_axes_and_fields_are_picked(sent, plane):
    view = plane.pf.explore().view
    view.up.value = VALUES
    assert set(view.positions.sliders) == {"t", "y"}
    assert view.section.held == {"t": 0, "y": 3}
    view.positions.sliders["y"].value = 5
    view.across.value = "y"
    assert (view.section.across, view.section.up) == ("y", None)
    assert set(view.positions.sliders) == {"t", "x"}
    view.field.value = "v"
    assert view.section.field == "v"
    assert view.section.across == "y"
    assert view.figure.label == "v over y at t = 0 s, x = 0.5714"
    assert sent[-1][1]["kind"] == "document"


def test_a_page_that_comes_later_is_given_the_figure_of_now(sent, plane):
    view = plane.pf.explore().view
    view.positions.sliders["t"].value = 4
    sent.clear()
    view.figure._handle_custom_msg({"ask": "document"}, [])
    ((_, content, _),) = sent
    assert content["kind"] == "document"
    again = plane.isel(t=[4]).pf.explore().view
    assert _image(content) == pytest.approx(_image(sent[-1][1]))
    assert again.section.held == {"t": 0}


def test_bokeh_comes_from_the_installed_package_once_asked_for(sent, plane):
    view = plane.pf.explore().view
    sent.clear()
    view.figure._handle_custom_msg({"ask": "bokeh.min.js"}, [])
    ((_, content, size),) = sent
    assert content == {"answer": "bokeh.min.js"}
    assert 200_000 < size < 450_000


def test_findings_stand_beside_in_words(sent, plane):
    ds = plane.assign(u=plane.u.where(plane.t != 2))
    html = ds.pf.explore().findings.value
    for finding in ds.pf.check().findings:
        assert finding.sentence.split(";")[0].split("'")[0].split('"')[0] in html


def test_titles_are_no_html_and_no_formulas(sent, plane):
    plane.attrs["title"] = XSS
    html = plane.pf.explore().findings.value
    assert "<img" not in html
    assert "$$" not in html
    assert "&lt;img src=x" in html


def test_data_without_numbers_say_so(sent):
    with pytest.raises(DatasetError, match="nothing to explore"):
        xr.Dataset({"note": ("x", ["a", "b"])}).pf.explore()


def test_systems_without_space_are_curves(sent):
    for name in ("lynx-hare", "lorenz"):
        assert pf.open_dataset(name).pf.explore().view.section.up is None


def _image(content) -> list[float]:
    import base64
    import gzip

    text = content["document"]
    start = text.index('"image"')
    data = json.loads(text[text.index('"data":', start) + 7 :].split("}")[0])
    raw = base64.b64decode(data)
    return list(np.frombuffer(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw, dtype=np.float32))

"""The page of a report in a browser asks for nothing, runs no text of anybody's, and suits a phone at night."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physforge as pf
from physforge.reports import make_report
from physforge.reports.document import (
    Document,
    Facts,
    Formula,
    Heading,
    Items,
    Paragraph,
    Part,
    Section,
    Table,
    Words,
)
from physforge.reports.field_pictures import field_pictures
from physforge.reports.html import document_html
from physforge.tasks.dataset_result import SimulationResult

pytestmark = pytest.mark.e2e

#: Each would set a mark in the page, or fetch something, if it were markup.
WICKED = (
    "<script>window.hit = 1</script>",
    '"><img src="https://example.org/x" onerror="window.hit = 1">',
    "'><svg onload='window.hit = 1'>--><svg onload='window.hit = 1'>",
    "</title></style></pre></svg></math><script>window.hit = 1</script>",
    '<a href="javascript:window.hit = 1">$$</a><meta http-equiv="refresh" content="0;url=https://example.org">',
    "]]></desc></g><iframe srcdoc='<script>parent.hit = 1</script>'></iframe>",
)


def field(name: str) -> xr.Dataset:
    x = np.linspace(0.0, 1.0, 4)
    values = np.arange(64.0).reshape(4, 4, 4)
    axes = {dim: (dim, x, {"units": name}) for dim in "xyz"}
    return xr.Dataset(
        {name: (("x", "y", "z"), values, {"units": name}), f"{name}2": (("t",), [0.0, 1.0])}, {**axes, "t": [0.0, 1.0]}
    )


def everywhere(texts: Sequence[str]) -> Document:
    sections = tuple(Section(one, (one,), parts_of(one)) for one in texts)
    return Document(texts[0], texts[0], sections, texts[0], texts[0])


def parts_of(text: str) -> tuple[Part, ...]:
    return (
        Heading(text),
        Paragraph(text),
        Items([text]),
        Table(pd.DataFrame({text: [text], "number": [0.5]})),
        Words(text),
        Facts(text, {text: text, "list": [text]}),
        Formula(pf.Equation.parse("u_t = 0.1*u_xx")),
        *field_pictures(field(text)),
    )


@pytest.fixture(scope="module")
def results():
    x = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    wave = np.sin(x)[:, None, None] * np.cos(x)[None, :, None] + np.sin(2.0 * x)
    start = xr.Dataset({"u": (("x", "y", "z"), wave)}, {dim: (dim, x, {"period": 2.0 * np.pi}) for dim in "xyz"})
    box = pf.simulate("u_t = 0.1*u_xx + 0.1*u_yy + 0.1*u_zz", start, t=[0.0, 0.5])
    return [pf.discover(pf.open_dataset("heat")), SimulationResult(status="ok", dataset=box)]


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from its file, and say what it asked for."""
    contexts = []

    def open_page(text: str, **options):
        (tmp_path / "report.html").write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(**options))
        page, asked = contexts[-1].new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda _: pytest.fail("a dialog opened"))
        address = (tmp_path / "report.html").as_uri()
        page.goto(address, wait_until="networkidle")
        return page, [url for url in asked if url != address and not url.startswith("data:")]

    yield open_page
    for one in contexts:
        one.close()


def unguarded(text: str) -> str:
    """Take away the policy that forbids scripts, behind which unescaped text could hide."""
    found = text.index('<meta http-equiv="Content-Security-Policy"')
    return text[:found] + text[text.index(">", found) + 1 :]


def test_no_text_runs_or_fetches(opened):
    page, asked = opened(unguarded(document_html(everywhere(WICKED))))
    assert page.evaluate("window.hit") is None
    assert asked == []
    assert page.locator("script, iframe, h2 img, td a, pre a").count() == 0
    assert page.locator("h1").inner_text() == WICKED[0]
    assert page.locator("section h2").all_inner_texts()[:-1] == list(WICKED)
    assert page.locator("svg").count() == 2 * len(WICKED)


def test_it_asks_for_nothing_and_shows_no_raw_formula(opened, results):
    page, asked = opened(make_report(results).page)
    assert asked == []
    assert "$$" not in page.content()
    assert page.locator("math").count() == 2
    assert page.locator("svg image").count() >= 1
    loaded = "[...document.querySelectorAll('svg image')].some(one => one.getBoundingClientRect().width > 150)"
    assert page.evaluate(loaded)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_on_a_phone_by_day_and_by_night(opened, results, scheme):
    long = replace(results[0], diagnostics=("a_very_long_name_" * 12, *results[0].diagnostics))
    page, _ = opened(make_report([long, results[1]]).page, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for what in ("body", "pre", "td", ".doubts"):
        assert contrast(page, what) >= 7.0, what


def contrast(page, what: str) -> float:
    """Return the contrast of text, by the formula of WCAG 2."""
    ink, paper = page.locator(what).first.evaluate(
        """one => {
            const numbers = text => text.match(/[0-9.]+/g).map(Number);
            let under = one;
            const clear = node => { const c = numbers(getComputedStyle(node).backgroundColor); return c[3] === 0; };
            while (clear(under)) under = under.parentElement;
            return [numbers(getComputedStyle(one).color), numbers(getComputedStyle(under).backgroundColor)];
        }"""
    )
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    parts = [one / 255.0 for one in colour[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))

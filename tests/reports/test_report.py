"""A report says the doubts first, holds all it needs, and asks for nothing from anywhere."""

from html.parser import HTMLParser

import pytest

import physforge as pf
from physforge.errors import PhysForgeError
from physforge.reports import Report


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.addresses, self.scripts, self.text = [], 0, []

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data):
        self.text.append(data)


def outline(page):
    parser = Outline()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def lynx():
    return pf.discover(pf.open_dataset("lynx-hare"))


def test_a_report_holds_doubts_equations_intervals_and_origin(lynx, tmp_path):
    heat = pf.discover(pf.open_dataset("heat"))
    pf.report([lynx, heat], tmp_path / "out", title="Two <laws>")
    page = (tmp_path / "out" / "report.html").read_text()
    text = " ".join(outline(page).text)
    assert "<laws>" not in page
    assert "Two <laws>" in text
    assert text.index(lynx.diagnostics[0]) < text.index("Coefficients, with intervals")
    assert str(heat.equation) in text
    assert "<math" in page
    assert f"{heat.conf_int().high[0]:.5g}" in text
    assert heat.provenance["platform"] in text
    bib = (tmp_path / "out" / "citations.bib").read_text()
    assert "@article{messenger2021" in bib
    assert "messenger2021" in text


def test_a_report_asks_for_nothing_from_anywhere(lynx, tmp_path):
    found = outline(pf.report(lynx, tmp_path / "out").page)
    assert found.scripts == 0
    assert all(address.startswith("#") for address in found.addresses)


def test_a_report_comes_back(lynx, tmp_path):
    made = pf.report(lynx, tmp_path / "out")
    again = Report.load(tmp_path / "out")
    assert (again.page, again.pdf) == (made.page, made.pdf)
    (tmp_path / "out" / "report.pdf").unlink()  # as one is that was made before there were PDFs
    assert Report.load(tmp_path / "out").pdf is None


def test_nothing_and_other_things_are_refused(lynx, tmp_path):
    with pytest.raises(PhysForgeError, match="nothing"):
        pf.report([], tmp_path / "out")
    with pytest.raises(PhysForgeError, match="a Dataset"):
        pf.report([lynx, pf.open_dataset("lynx-hare")], tmp_path / "out")
    assert not (tmp_path / "out").exists()

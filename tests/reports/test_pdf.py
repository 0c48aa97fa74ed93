"""The PDF of a report: the same bytes wherever and whenever, all of its text, and no text of it a command."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pypdf
import pytest
import xarray as xr

import physforge as pf
from physforge.equations import Equation
from physforge.errors import MissingExtraError
from physforge.reports import make_report
from physforge.reports.document import Document, Facts, Formula, Heading, Items, Paragraph, Section, Table, Words
from physforge.reports.pdf import document_pdf, document_typst
from physforge.tasks.dataset_result import SimulationResult

#: Each would be code, markup or the end of a string in Typst.
WICKED = '#panic("x") $ *b* _i_ `r` \\u{0} " ] } // /* <label> @ref https://example.org\nsecond line'


def everywhere(text: str) -> Document:
    parts = (
        Heading(text),
        Paragraph(text),
        Items([text]),
        Table(pd.DataFrame({text: [text], "number": [0.123456789], "missing": [float("nan")]})),
        Words(text),
        Facts(text, {text: text, "list": [1, 2]}),
    )
    return Document(text, text, (Section(text, (text,), parts),), text)


def text_of(pdf: bytes, path) -> str:
    path.write_bytes(pdf)
    return " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


@pytest.fixture(scope="module")
def heat():
    return pf.discover(pf.open_dataset("heat"))


def test_it_says_what_the_page_says(heat, tmp_path):
    made = make_report([heat], title="Heat in a rod")
    said = text_of(made.pdf, tmp_path / "report.pdf")
    assert "Heat in a rod" in said
    assert str(heat.equation) in said
    assert f"{heat.conf_int().high[0]:.5g}" in said
    assert "Where it comes from" in said
    assert "$$" not in said
    assert pypdf.PdfReader(tmp_path / "report.pdf").metadata.title == "Heat in a rod"


def test_no_text_is_a_command(tmp_path):
    said = text_of(document_pdf(everywhere(WICKED)), tmp_path / "report.pdf")
    assert said.count('#panic("x")') >= 7
    assert "0.12346" in said
    assert "nan" not in said


def test_the_same_results_give_the_same_bytes_elsewhere(heat, tmp_path):
    x = np.linspace(0.0, 1.0, 12)
    values = np.random.default_rng(0).random((12, 12, 12))
    box = xr.Dataset({"u": (("x", "y", "z"), values)}, dict.fromkeys("xyz", x))
    drawn = SimulationResult(status="ok", dataset=box)
    kept = [str(one.save(tmp_path / f"kept-{number}")) for number, one in enumerate((heat, drawn))]
    program = (
        "import sys\n"
        "from physforge.jobs.loading import load_result\n"
        "from physforge.reports import make_report\n"
        "make_report([load_result(one) for one in sys.argv[2:]], title='Hitze é').save(sys.argv[1])"
    )
    home = tmp_path / "home"
    home.mkdir()
    elsewhere = {"TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "LC_ALL": "C", "HOME": str(home), "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-c", program, str(home / "out"), *kept], env={**os.environ, **elsewhere}, cwd=home, check=True
    )
    made = make_report([heat, drawn], title="Hitze é")
    assert (home / "out" / "report.pdf").read_bytes() == made.pdf
    assert (home / "out" / "report.html").read_bytes() == made.page.encode()
    assert (home / "out" / "report.ipynb").read_bytes() == made.notebook.encode()


def test_formulas_are_set_and_can_be_copied(tmp_path):
    law = Equation.from_terms("u_t", {"u*u_x": -1.0, "u_xx": 0.1}, stderr={"u_xx": 0.002})
    document = Document("Laws", "", (Section("One", (), (Formula(law),)),), "")
    assert "plus.minus" in document_typst(document)
    assert "u_t = -u*u_x + 0.1*u_xx" in text_of(document_pdf(document), tmp_path / "report.pdf")


def test_without_typst_there_is_a_page_and_a_sentence(heat, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtraError, match="physforge\\[reports\\]"):
        document_pdf(everywhere("x"))
    made = make_report([heat])
    assert made.pdf is None
    assert "physforge[reports]" in made.diagnostics[0]
    assert made.page

"""A report says what was asked, of which data, how, what else was considered, and how it was tried; warnings first."""

import dataclasses

import numpy as np
import pypdf
import pytest
import xarray as xr

import physforge as pf
from physforge.reports.contents import make_document
from physforge.reports.document import Facts, Heading, Items, Paragraph, Picture, Table
from physforge.reports.html import document_html
from physforge.tasks.dataset_result import DerivativesResult, SimulationResult


@pytest.fixture(scope="module")
def lynx():
    return pf.discover(
        pf.open_dataset("lynx-hare"),
        library=pf.CandidateLibrary(polynomial=2),
        known={"hare_thousands_t": {"hare_thousands": 0.5}},
        seed=3,
    )


def section(result):
    return make_document([result], "T").sections[0]


def under(parts, heading):
    """Return the parts below a heading, up to the next."""
    start = parts.index(Heading(heading)) + 1
    end = next((place for place in range(start, len(parts)) if isinstance(parts[place], Heading)), len(parts))
    return parts[start:end]


def test_the_parts_of_a_discovery_come_in_this_order(lynx):
    headings = [one.text for one in section(lynx).parts if isinstance(one, Heading)]
    assert headings == [
        "The question",
        "The data, and what their check found",
        "Method and settings",
        "What was found",
        "Coefficients, with intervals of 95 %",
        "How probable each term is",
        "What else was considered",
        "Validation",
        "In words",
        "Where it comes from",
    ]


def test_the_question_says_what_was_known_before(lynx):
    (asked,) = under(section(lynx).parts, "The question")
    assert "govern hare_thousands_t and lynx_thousands_t, out of 6 candidate terms?" in asked.text
    assert asked.text.endswith("Taken as known: hare_thousands of hare_thousands_t = 0.5.")


def test_the_data_are_those_of_the_run(lynx):
    named, variables, looked = under(section(lynx).parts, "The data, and what their check found")
    assert named.values["name in the catalog"] == "lynx-hare"
    assert len(named.values["SHA-256"]) == 64
    frame = variables.frame.set_index("variable")
    assert frame.loc["hare_thousands", "high"] == 77.4
    assert frame.loc["t", "unit"] == "year"
    assert list(looked.frame["verdict"]).count("note") == 2


def test_settings_and_seed_are_said_once(lynx):
    tables = [one for one in section(lynx).parts if isinstance(one, Facts)]
    said = [key for one in tables for key in one.values]
    assert {"polynomial", "derivatives", "known"} < set(said)
    assert said.count("seed") == 1
    assert not {"inputs", "library", "method"} & set(said)


def test_alternatives_and_trials_have_their_figures(lynx):
    (considered,) = under(section(lynx).parts, "What else was considered")
    assert considered.frame["chosen"].sum() == 2
    assert len(considered.frame) > 4
    tried = under(section(lynx).parts, "Validation")[0]
    assert isinstance(tried, Items)
    assert f"{lynx.findings[0].unexplained:.2%}" in tried.texts[0]


def test_a_problem_of_the_data_is_among_the_first_words():
    t = np.linspace(0.0, 1.0, 60)
    ds = xr.Dataset({"u": ("t", np.exp(-t)), "w": ("t", np.ones(60))}, {"t": t}, {"title": "Flat"})
    result = pf.discover(ds, target="u_t")
    problems = [one for one in ds.pf.check().findings if one.verdict == "problem"]
    assert problems
    page = document_html(make_document([result], "T"))
    assert 0 < page.index("Read this first") < page.index(problems[0].sentence[:40]) < page.index("The question")


def test_derivatives_and_simulations_are_told_and_drawn():
    ds = pf.open_dataset("heat")
    record = {"settings": {"names": ["u_x", "u_xx"]}}
    found = DerivativesResult(status="ok", provenance=record, dataset=pf.differentiate(ds, ["u_x", "u_xx"]))
    parts = section(found).parts
    assert under(parts, "The question") == (Paragraph("What are u_x and u_xx, and how sure are they?"),)
    (made,) = under(parts, "How each was made")
    assert made.frame.set_index("variable").loc["u_xx", "method"] == found.dataset.u_xx.attrs["method"]
    assert sum(isinstance(one, Picture) for one in parts) == 3
    run = SimulationResult(status="ok", dataset=pf.simulate("u_t = 0.1*u_xx", ds.isel(t=0), t=[0.0, 1.0]))
    parts = section(run).parts
    assert str(under(parts, "The laws")[0].equation) == "u_t = 0.1*u_xx"
    assert sum(isinstance(one, Picture) for one in parts) == 1


def test_a_result_without_a_record_is_still_told(lynx):
    bare = dataclasses.replace(lynx, provenance={})
    headings = [one.text for one in section(bare).parts if isinstance(one, Heading)]
    assert "What was found" in headings
    assert "The data, and what their check found" not in headings
    assert "Where it comes from" not in headings


def test_equations_are_tried_on_what_was_held_out():
    ds = pf.open_dataset("heat")
    early, late = ds.isel(t=slice(0, 60)), ds.isel(t=slice(60, None))
    result = pf.discover(early)
    parts = under(make_document([result], "T", holdout=late).sections[0].parts, "Validation")
    errors, rivals = [one.frame for one in parts if isinstance(one, Table)][:2]
    assert errors["relative_error"][0] == result.validate(late)["relative_error"][0]
    assert errors["relative_error"][0] < 1e-3
    assert len(rivals) == 5
    assert rivals["chosen"].sum() == 1
    said = [one.text for one in under(section(result).parts, "Validation") if isinstance(one, Paragraph)]
    assert "holdout=" in said[0]
    other = make_document([result], "T", holdout=late.rename(u="w")).sections[0].parts
    said = [one.text for one in under(other, "Validation") if isinstance(one, Paragraph)]
    assert "which have no u" in said[0]
    unlike = make_document([result], "T", holdout=late.isel(x=slice(0, 90)).drop_attrs()).sections[0].parts
    said = [one.text for one in under(unlike, "Validation") if isinstance(one, Paragraph)]
    assert "could not be tried" in said[0]


def test_the_question_in_the_author_s_words_comes_first(lynx, tmp_path):
    page = document_html(make_document([lynx], "T", question="Who eats <whom>?"))
    assert page.index("Who eats &lt;whom&gt;?") < page.index("Read this first")
    made = pf.report(lynx, tmp_path / "out", question="Who eats whom?")
    printed = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "out" / "report.pdf").pages)
    assert printed.index("Who eats whom?") < printed.index("Read this first")
    assert "$$" not in printed
    assert made.pdf

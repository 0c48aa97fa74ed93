"""What a discovery returns: tables, words, storage, and the test on held-out data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from physforge.citations import bibtex
from physforge.discovery import DiscoveryResult, discover
from physforge.discovery.holdout import compare_forecasts
from physforge.equations import Equation
from physforge.errors import DiscoveryError


@pytest.fixture(scope="module")
def found(lotka_volterra: xr.Dataset) -> DiscoveryResult:
    rng = np.random.default_rng(0)
    noisy = lotka_volterra.map(lambda f: f + 0.02 * float(f.std()) * rng.standard_normal(f.shape))
    return discover(noisy.isel(t=slice(0, 220)).assign_attrs(title="two species"), method="stlsq")


def test_equations_carry_their_standard_errors(found):
    equation = found.equations["hare_t"]
    assert equation.stderr.keys() == equation.terms.keys()
    assert 0 < equation.stderr["hare"] < 0.1
    assert found.system.targets == ("hare_t", "lynx_t")
    with pytest.raises(DiscoveryError, match=r"2 targets; take one of r.equations\[...\]: 'hare_t', 'lynx_t'"):
        _ = found.equation


def test_the_plot_shows_every_interval(found):
    intervals, *considered = found.plot(title="two species")
    table = found.conf_int()
    names = [f"{target}: {term}" for target, term in zip(table["target"], table["term"], strict=True)]
    assert list(intervals.get(0).dimension_values(0)) == names
    assert len(considered) == len(found.findings)


def test_conf_int_is_a_table_that_widens_with_the_level(found):
    narrow, wide = found.conf_int(0.5), found.conf_int(0.99)
    assert list(narrow.columns) == ["target", "term", "low", "estimate", "high"]
    assert (wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])).all()
    assert ((wide["low"] < wide["estimate"]) & (wide["estimate"] < wide["high"])).all()
    finding = found.findings[0]
    reach = (wide["high"] - wide["estimate"])[: len(finding.terms)]
    np.testing.assert_allclose(reach, stats.t.ppf(0.995, finding.blocks - 1) * finding.stderr)
    with pytest.raises(DiscoveryError, match="between 0 and 1, not 95"):
        found.conf_int(95)


def test_candidates_are_ranked_equations(found):
    for target, table in found.candidates.groupby("target"):
        assert table["criterion"].is_monotonic_increasing
        assert table["chosen"].tolist() == [True] + [False] * (len(table) - 1)
        for text, complexity in zip(table["equation"], table["complexity"], strict=True):
            assert len(Equation.parse(text, fields=found.fields).terms) == complexity
        assert f"{target} = 0" in set(table["equation"])
        assert "exchanges" in set(table["proposed_by"]) <= {"optimizer", "exchanges"}


def test_inclusion_probability_counts_resamples(found):
    table = found.inclusion_probability
    assert table["probability"].between(0, 1).all()
    chosen = table[(table["target"] == "hare_t") & table["term"].isin(["hare", "hare*lynx"])]
    assert (chosen["probability"] >= found.findings[0].probability).all()


def test_saved_and_loaded_it_says_the_same(found, tmp_path):
    loaded = DiscoveryResult.load(found.save(tmp_path / "result"))
    assert loaded.summary() == found.summary()
    assert loaded.equations == found.equations
    pd.testing.assert_frame_equal(loaded.conf_int(), found.conf_int(), check_exact=True)
    pd.testing.assert_frame_equal(loaded.candidates, found.candidates)
    pd.testing.assert_frame_equal(loaded.inclusion_probability, found.inclusion_probability)
    document = json.loads((tmp_path / "result" / "result.json").read_text())
    assert document["provenance"]["seed"] == 0
    assert document["provenance"]["data"] == {"title": "two species"}


def test_validate_forecasts_held_out_data(found, lotka_volterra):
    table = found.validate(lotka_volterra.isel(t=slice(220, None))).set_index("field")
    assert list(table.index) == ["hare", "lynx"]
    assert (table["relative_error"] < 0.1).all()
    assert (table["status"] == "ok").all()
    assert table.loc["hare", "horizon"] > 14.0


def test_validate_shows_where_a_wrong_law_fails(found, lotka_volterra):
    wrong = lotka_volterra.isel(t=slice(220, None)).assign(lynx=lambda ds: ds["lynx"] * 1.5)
    table = found.validate(wrong).set_index("field")
    assert (table["relative_error"] > 0.2).all()
    assert (table["horizon"] < 14.0).all()


def test_validate_a_periodic_pde(burgers):
    early, late = burgers.isel(t=slice(0, 40)), burgers.isel(t=slice(40, None))
    table = discover(early).validate(late)
    assert table.loc[0, "relative_error"] < 1e-3


def test_candidates_compete_in_simulating_held_out_data(burgers):
    early, late = burgers.isel(t=slice(0, 40)), burgers.isel(t=slice(40, None))
    found = discover(early)
    table = found.forecasts(late, most=3)
    assert len(table) == 3
    assert list(table["forecast_error"]) == sorted(table["forecast_error"])
    right = table.loc[table["chosen"], "forecast_error"].item()
    assert right < 1e-5
    # A heat equation does not see the wave steepen.
    poor = found.candidates.assign(equation="u_t = 0.1*u_xx").head(1)
    other = compare_forecasts(found.equations, poor, late, 1)
    assert other.loc[0, "forecast_error"] > 0.03
    with pytest.raises(DiscoveryError, match="most=0"):
        found.forecasts(late, most=0)


def test_summary_reads_like_a_letter(found):
    text = found.summary()
    words = " ".join(text.split())
    assert text.startswith("two species: hare, lynx at 220 samples in t.")
    assert "hare_t = " in text
    assert "±" in text
    assert "50 resamples" in text
    assert all(sentence.split(": ", 1)[1] in words for sentence in found.diagnostics)


def test_notebook_forms(found):
    latex = found._repr_latex_()
    assert latex.startswith(r"$\displaystyle \begin{aligned}")
    assert latex.count(r"\pm") == 4
    assert "<table" in found._repr_html_()
    assert "hare_t" in repr(found)


def test_citations_name_what_was_used(found):
    assert {"brunton2016", "kaptanoglu2022", "solin2020"} == set(found.citations)
    assert "Brunton" in bibtex(found.citations)

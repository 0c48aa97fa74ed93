"""The weak form as a second opinion on equations from smoothed derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.discovery.finding import Finding
from physforge.discovery.method import Question
from physforge.discovery.weak_opinion import against_weak_form
from physforge.features import CandidateLibrary
from physforge.problems import get_problem


@pytest.fixture(scope="module")
def spring() -> xr.Dataset:
    """A stiffening spring with a tenth of noise, whose crests smoothing flattens."""
    rng = np.random.default_rng(0)
    clean = get_problem("duffing", 103).generate()
    return clean.map(lambda field: field + 0.1 * float(np.sqrt((field**2).mean())) * rng.standard_normal(field.shape))


def found(target: str, terms: dict[str, float]) -> Finding:
    return Finding(
        target=target,
        terms=tuple(terms),
        estimates=np.array(list(terms.values())),
        covariance=1e-4 * np.eye(len(terms)),
        degrees=35.0,
        inclusion={},
        probability=1.0,
        resamples=50,
        unexplained=0.04,
        samples=1001,
        measured=1001,
        blocks=36,
        status="not settled",
    )


#: What smoothing makes of x_t = v.
FLATTENED = {"v": 1.032, "v*x**2": -0.255}


def asked(ds: xr.Dataset, library: CandidateLibrary | None = None, **known) -> Question:
    library = (library or CandidateLibrary(polynomial=3)).resolve(["x", "v"], ["t"])
    return Question((ds,), ("x_t", "v_t"), library, ("x", "v"), ("t",), 0, **known)


def test_a_term_that_smoothing_makes_is_contradicted(spring):
    (sentence,) = against_weak_form(asked(spring), found("x_t", FLATTENED))
    assert sentence.startswith("x_t: without derivatives of the data, in the weak form, the coefficient of v*x**2 is ")
    assert "not -0.255; smoothing may have made it." in sentence


def test_the_law_stands(spring):
    assert against_weak_form(asked(spring), found("x_t", {"v": 0.99})) == []
    assert against_weak_form(asked(spring), found("v_t", {"v": -0.1, "x": -1.0, "x**3": -5.0})) == []


def test_a_term_that_is_missing_is_seen(spring):
    (sentence,) = against_weak_form(asked(spring), found("v_t", {"x": -8.0}))
    assert "the terms " in sentence
    assert "x**3" in sentence
    assert sentence.endswith("are seen beside these.")


def test_what_the_weak_form_cannot_tell_is_left_alone(spring):
    library = CandidateLibrary(polynomial=1, functions=("v/(9 + x*v)",))
    assert against_weak_form(asked(spring, library), found("x_t", {"v/(9 + x*v)": 1.0})) == []
    # Beside a term that it cannot integrate, it judges the others.
    law = found("x_t", {"v": 1.0})
    assert against_weak_form(asked(spring, library), law) == []
    assert against_weak_form(asked(spring.isel(t=slice(0, 20))), law) == []


def test_known_coefficients_are_no_terms_to_doubt(spring):
    told = asked(spring, known={"x_t": {"v*x**2": -0.255}})
    sentences = against_weak_form(told, found("x_t", FLATTENED))
    assert not any("the coefficient of v*x**2" in sentence for sentence in sentences)

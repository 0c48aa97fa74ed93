"""When an equation is settled: each doubt alone, on either side of its threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from physforge.discovery.weak.choice import chance_of
from physforge.discovery.weak.verdict import Seen, doubts, rivalry

SURE = Seen(
    target="u_t",
    terms=("u_xx", "u*u_x"),
    misfit=12.0,
    freedom=14,
    ranked=[(("u_xx", "u*u_x"), 0.97), (("u_xx",), 0.02)],
    agreed=True,
    limits={"u": 0.002},
    least_share=0.01,
)


def test_an_equation_without_any_doubt_is_settled():
    assert doubts(SURE) == []


@pytest.mark.parametrize("freedom", [1, 8, 14, 40])
def test_misfits_are_doubted_where_chance_is_below_a_thousandth(freedom):
    likely, unlikely = chi2.isf([2e-3, 5e-4], freedom)
    assert doubts(replace(SURE, freedom=freedom, misfit=likely)) == []
    (sentence,) = doubts(replace(SURE, freedom=freedom, misfit=unlikely))
    assert "the noise does not explain what is left over" in sentence
    assert f"{freedom} degrees of freedom" in sentence


def test_an_equation_of_all_candidates_has_nothing_to_test_it():
    (sentence,) = doubts(replace(SURE, freedom=0, misfit=0.0))
    assert "nothing is left to test it with" in sentence


@pytest.mark.parametrize(("probability", "count"), [(0.91, 0), (0.89, 1)])
def test_nine_in_ten_is_sure(probability, count):
    found = doubts(replace(SURE, ranked=[(SURE.terms, probability), (("u_xx",), 0.08)]))
    assert len(found) == count
    assert all("89%" in one and "u_xx (8%)" in one for one in found)


def test_rivals_that_chance_does_not_exclude_are_named():
    assert rivalry(SURE, [(("u_x", "u_xxx"), 0.04)]) == []
    (sentence,) = rivalry(SURE, [(("u_x",), 1e-9), (("u_x", "u_xxx"), 0.06)])
    assert "u_x + u_xxx fits within the noise too" in sentence
    assert "6%" in sentence


def test_chance_of_a_chi_square():
    np.testing.assert_allclose([chance_of(float(one), 14) for one in chi2.isf([0.04, 0.06], 14)], [0.04, 0.06])
    # What cannot miss says nothing.
    assert chance_of(0.0, 0) == 0.0


def test_rivals_with_many_more_terms_do_not_count():
    many = tuple(f"u**{power}" for power in range(2, 7))
    assert rivalry(SURE, [(many, 1.0)]) == []
    assert len(rivalry(SURE, [(many[:3], 1.0)])) == 1


def test_a_choice_that_does_not_come_to_rest_is_doubted():
    (sentence,) = doubts(replace(SURE, agreed=False))
    assert sentence.startswith("u_t: the choice does not come to rest")

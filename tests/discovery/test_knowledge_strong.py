"""What is known beside the data, in the strong form: the same words and the same answers as in the weak form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import lsq_linear

from physforge.discovery import PySINDy, discover
from physforge.discovery.bounded import bounded_least_squares
from physforge.discovery.regression import Regression, fit, squared_misfits
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

LAW = {"u*u_x", "u_xx"}
SMALL = CandidateLibrary(polynomial=2, derivatives=2)


def noisy(ds: xr.Dataset, level: float, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


def strong(ds: xr.Dataset, **options):
    return discover(ds, library=SMALL, **{"method": "stlsq", **options})


@pytest.mark.parametrize("seed", range(30))
def test_a_fit_inside_bounds_is_the_best_there_is(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 7))
    table, values = rng.standard_normal((k + 3, k)), rng.standard_normal(k + 3)
    table[:, -1] += 3.0 * table[:, 0]
    low = np.where(rng.random(k) < 0.5, -np.inf, rng.normal(0.0, 0.3, k))
    high = np.where(rng.random(k) < 0.5, np.inf, np.maximum(low, -1.0) + rng.random(k))
    found = bounded_least_squares(table, values, low, high)
    best = lsq_linear(table, values, (low, high), method="bvls", tol=1e-14).x
    assert ((low <= found) & (found <= high)).all()
    np.testing.assert_allclose(found, best, atol=1e-8)


def test_all_coefficients_on_bounds_leave_nothing_to_fit():
    found = bounded_least_squares(np.eye(2), np.array([3.0, -4.0]), np.array([-1.0, -1.0]), np.array([1.0, 1.0]))
    np.testing.assert_array_equal(found, [1.0, -1.0])


def test_held_out_errors_are_those_of_fits_inside_bounds():
    rng = np.random.default_rng(0)
    theta = rng.standard_normal((200, 3)) * [1.0, 5.0, 0.2]
    y = theta @ [2.0, -1.0, 4.0] + 0.1 * rng.standard_normal(200)
    whole = Regression.build("u_t", ["a", "b", "c"], theta, y, np.arange(200) // 20)
    told = whole.knowing({1: -1.0}, {2}, {0: (-np.inf, 1.5)})
    assert told.terms == ("a", "c")
    assert told.needed == (1,)
    train, test = told.gather(np.arange(5)), told.gather(np.arange(5, 10))
    coefficients = told.physical((0, 1), fit(train, (0, 1), told.bounds))
    left = y[:100] + theta[:100, 1]
    expected = lsq_linear(theta[:100][:, [0, 2]], left, ([-np.inf] * 2, [1.5, np.inf])).x
    np.testing.assert_allclose(coefficients, expected, rtol=1e-6)
    error = (y[100:] + theta[100:, 1]) - theta[100:][:, [0, 2]] @ expected
    measured = squared_misfits(train, test, [(0, 1)], told.bounds)[0]
    assert measured == pytest.approx(np.mean(error**2) / np.mean(y**2), rel=1e-5)


def test_a_known_coefficient_is_taken_off_the_target(burgers):
    free, told = strong(burgers), strong(burgers, known={"u_xx": 0.2})
    assert free.candidates.loc[free.candidates["chosen"], "proposed_by"].tolist() == ["optimizer"]
    assert told.equation.terms["u_xx"] == 0.2
    assert set(told.equation.terms) == LAW
    assert told.equation.terms["u*u_x"] == pytest.approx(free.equation.terms["u*u_x"], rel=1e-2)
    row = told.conf_int().set_index("term").loc["u_xx"]
    assert row["low"] == row["high"] == 0.2
    assert "u_xx" not in set(told.inclusion_probability["term"])
    # Every equation of the table is a whole one, which can be simulated.
    assert told.candidates["equation"].str.contains("u_xx").all()
    # What is wrong with a wrong one, some other term must make up for.
    wrong = strong(burgers, known={"u_xx": 0.4})
    assert wrong.status == "not settled"


def test_known_coefficients_are_found_however_a_candidate_is_written(burgers):
    library = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)
    told = discover(burgers, library=library, method="stlsq", known={"u*u_x": -1.0})
    assert told.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.02)
    weak = discover(burgers, library=library, method="weak", known={"u*u_x": -1.0})
    assert weak.equation.matches(told.equation, rtol=0.02)
    assert weak.candidates["equation"].str.contains("u_x").all()


@pytest.mark.parametrize("method", ["stlsq", PySINDy(optimizer="SSR"), PySINDy(optimizer="STLSQ", refine=False)])
def test_fixed_terms_are_in_every_equation(burgers, method):
    result = strong(noisy(burgers, 0.01, 0), fixed=("u",), method=method)
    assert set(result.equation.terms) == {"u", *LAW}
    inclusion = result.inclusion_probability.set_index("term")["probability"]
    assert inclusion["u"] == 1.0
    assert result.candidates["equation"].str.contains(r"\*u(?: |$)", regex=True).all()
    assert any("u is in the equation because it was fixed; the data do not show it" in s for s in result.diagnostics)


def test_bounds_keep_the_coefficient_and_doubt_themselves(burgers):
    ds = noisy(burgers, 0.01, 0)
    free = strong(ds)
    inside = strong(ds, bounds={"u_xx": (0.1, 0.3), "u": (None, 0)})
    assert inside.equation.terms == pytest.approx(free.equation.terms, rel=1e-6)
    wrong = strong(ds, bounds={"u_xx": (0.25, None)})
    assert wrong.equation.terms["u_xx"] == pytest.approx(0.25)
    assert wrong.status == "not settled"
    assert any("u_xx would be 0." in s and "the data speak against the bounds" in s for s in wrong.diagnostics)
    # The estimate moves onto its bound with the spread that it has without.
    low, high = wrong.conf_int(by="bootstrap").set_index("term").loc["u_xx", ["low", "high"]]
    assert low < 0.25 < high
    negative = strong(ds, bounds={"u_xx": (None, 0)})
    assert "u_xx" not in set(negative.equation.terms)
    assert negative.status == "not settled"


def test_contradictions_are_refused_with_the_same_words(burgers):
    for method in ("weak", "stlsq"):
        for options, message in (
            ({"fixed": ("v_xx",)}, "fixed names 'v_xx', but no candidate is of that name; there are 1, u"),
            ({"fixed": ("u_xx",), "known": {"u_xx": 0.2}}, "'u_xx' is in fixed= and in known="),
            ({"bounds": {"u_xx": (0, 1)}, "known": {"u_xx": -0.1}}, "is outside its bounds, 0 to 1"),
        ):
            with pytest.raises(DiscoveryError, match=message):
                discover(burgers, method=method, **options)
    only = CandidateLibrary(polynomial=1, derivatives=2, terms=(), only=("u_xx",))
    for method in ("weak", "stlsq"):
        with pytest.raises(DiscoveryError, match="All candidates for 'u_t' are known or ruled out"):
            discover(burgers, method=method, library=only, known={"u_xx": 0.2})

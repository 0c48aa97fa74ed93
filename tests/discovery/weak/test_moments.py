"""Is the misfit of the true equation a chi-square, and are its standard errors honest? Draws of the noise tell."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.moments import Moments
from physforge.discovery.weak.rows import integrate, place_functions
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spread import Target

COLUMNS = (
    Column("u_t", 1.0, (1,), (1, 0)),
    Column("u_xx", 1.0, (1,), (0, 2)),
    Column("u*u_x", 0.5, (2,), (0, 1)),
    Column("1", 1.0, (0,), (0, 0)),
    Column("u", 1.0, (1,), (0, 0)),
    Column("u**2", 1.0, (2,), (0, 0)),
    Column("u_x", 1.0, (1,), (0, 1)),
    Column("u_xxx", 1.0, (1,), (0, 3)),
    Column("(u**2)_xx", 1.0, (2,), (0, 2)),
)
TARGET, TERMS = Target(0), range(1, len(COLUMNS))
DRAWS = 60
LAWS = {"heat": {0: 0.2}, "burgers": {0: 0.2, 1: -1.0}}
NOISE = {"heat": 0.1, "burgers": 0.02}


@pytest.fixture(scope="module")
def functions(grid):
    return place_functions(grid, (0.3, 1.1), 150)


@pytest.fixture(scope="module", params=["heat", "burgers"])
def drawn(request, functions, heat, burgers_field, noisy):
    """Return the law by term, and moments for many draws of the noise."""
    field = heat if request.param == "heat" else burgers_field
    sources = [noisy(field, NOISE[request.param], seed) for seed in range(DRAWS)]
    return LAWS[request.param], [Moments((integrate(one, functions, COLUMNS),), 0.0) for one in sources]


def scaled(moments, law):
    guess = np.zeros(len(TERMS))
    for term, value in law.items():
        guess[term] = value * moments.scales[1 + term] / moments.scales[0]
    return guess


def assert_mean_of_chi_squares(values, freedom):
    error = np.sqrt(2.0 * freedom / len(values))
    assert np.mean(values) == pytest.approx(freedom, abs=4.0 * error + 0.08 * freedom)


@pytest.mark.parametrize("weighting", ["ordinary", "generalised"])
def test_the_misfit_of_the_truth_is_a_chi_square_and_its_errors_are_honest(drawn, weighting):
    law, many = drawn
    support, truth = tuple(law), np.array(list(law.values()))
    misfits, scores = [], []
    for moments in many:
        information = getattr(moments, weighting)(TARGET, TERMS, scaled(moments, law))
        misfits.append(information.misfit([support])[0])
        estimates, covariance = information.fit(support)
        unit = information.target_scale / information.scales[list(support)]
        scores.append((estimates * unit - truth) / (np.sqrt(np.diag(covariance)) * unit))
    assert_mean_of_chi_squares(misfits, len(TERMS) - len(support))
    assert np.all(np.abs(np.mean(scores, axis=0)) < 4.0 / np.sqrt(DRAWS))
    rms = np.sqrt(np.mean(np.square(scores)))
    assert 0.8 < rms < 1.25


def test_a_wrong_equation_has_a_large_misfit(drawn):
    law, many = drawn
    for moments in many[:5]:
        information = moments.ordinary(TARGET, TERMS, scaled(moments, law))
        without = tuple(law)[1:]
        assert information.misfit([without])[0] > information.misfit([tuple(law)])[0] + 50.0


def test_generalised_least_squares_is_at_least_as_sharp(drawn):
    law, many = drawn
    support = tuple(law)
    for moments in many[:5]:
        guess = scaled(moments, law)
        plain = np.diag(moments.ordinary(TARGET, TERMS, guess).fit(support)[1])
        sharp = np.diag(moments.generalised(TARGET, TERMS, guess).fit(support)[1])
        assert np.all(sharp < 1.1 * plain)


@pytest.mark.parametrize("weighting", ["least squares", "ordinary", "generalised"])
def test_noise_in_the_terms_is_corrected_for(functions, heat, noisy, weighting):
    """As much noise as signal biases plain regression towards zero, and none of these."""
    corrected, plain = [], []
    for seed in range(DRAWS):
        rows = integrate(noisy(heat, 1.0, seed), functions, COLUMNS)
        moments = Moments((rows,), 0.0)
        if weighting == "least squares":
            information = moments.least_squares(TARGET, TERMS)
        else:
            information = getattr(moments, weighting)(TARGET, TERMS, scaled(moments, {0: 0.2}))
        corrected.append(information.fit((0,))[0][0] * information.target_scale / information.scales[0])
        plain.append(np.linalg.lstsq(rows.values[:, [1]], rows.values[:, 0], rcond=None)[0][0])
    error = np.std(corrected) / np.sqrt(DRAWS)
    assert abs(np.mean(corrected) - 0.2) < 4.0 * error
    assert np.mean(plain) < 0.2 - 8.0 * error


def test_two_runs_know_as_much_as_both(functions, heat, noisy):
    runs = [integrate(noisy(heat, 0.1, seed), functions, COLUMNS) for seed in (1, 2)]
    both = Moments(tuple(runs), 0.0)
    assert both.count == 2 * len(runs[0].values)
    guess = scaled(both, LAWS["heat"])
    sd = [
        np.sqrt(one.ordinary(TARGET, TERMS, guess).fit((0,))[1][0, 0]) * one.scales[0] / one.scales[1]
        for one in (both, *(Moments((run,), 0.0) for run in runs))
    ]
    assert sd[0] ** -2 == pytest.approx(sd[1] ** -2 + sd[2] ** -2, rel=0.1)


def test_an_error_of_the_model_widens_the_intervals(functions, grid, heat):
    rows = integrate(Source(grid, [heat], [1e-8]), functions, COLUMNS)
    guess = scaled(Moments((rows,), 0.0), LAWS["heat"])
    sds = [
        np.sqrt(Moments((rows,), floor).ordinary(TARGET, TERMS, guess).fit((0,))[1][0, 0])
        for floor in (1e-3, 1e-2, 1e-1)
    ]
    assert sds[1] / sds[0] == pytest.approx(10.0, rel=0.05)
    assert sds[2] / sds[1] == pytest.approx(10.0, rel=0.05)


@pytest.mark.parametrize("unit", [1e-6, 1e3])
def test_units_of_columns_cancel(functions, grid, heat, noisy, unit):
    source = noisy(heat, 0.1, 0)
    other = Source(grid, [source.fields[0] * unit], [source.variances[0] * unit**2])
    first, second = (Moments((integrate(one, functions, COLUMNS),), 1e-3) for one in (source, other))
    guess = scaled(first, LAWS["heat"])
    for weighting in ("ordinary", "generalised"):
        a, b = (getattr(one, weighting)(TARGET, TERMS, guess) for one in (first, second))
        supports = [(0,), (0, 1), (2, 4), ()]
        np.testing.assert_allclose(a.misfit(supports), b.misfit(supports), rtol=1e-6)

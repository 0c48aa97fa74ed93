"""Fits reach the least squares solution, with errors that cover; simplification finds the form within."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.discovery.symbolic.choice import held_out
from physforge.discovery.symbolic.fit import Problem, fit, fit_all
from physforge.discovery.symbolic.form import read_formula
from physforge.discovery.symbolic.simplify import simplifications

FIELDS = frozenset({"u"})


def problem(law, noise=0.0, seed=0, count=720) -> Problem:
    rng = np.random.default_rng(seed)
    u = rng.uniform(0.2, 5.0, count)
    clean = law(u)
    target = clean + noise * np.sqrt(np.mean(clean**2)) * rng.standard_normal(count)
    return Problem({"u": u}, target, np.ones(count), np.arange(count) * 36 // count, FIELDS)


def read(text: str):
    return read_formula(text, FIELDS, ("u",))


def test_constants_are_found_from_a_poor_start():
    found = fit(read("u/(1 + 0.05*u)"), problem(lambda u: 2 * u / (1 + 0.7 * u)))
    assert found.formula.coefficients == pytest.approx([2.0], rel=1e-6)
    assert found.formula.values == pytest.approx([0.7], rel=1e-6)


def test_errors_cover_the_truth():
    inside = np.zeros((100, 2))
    for seed in range(100):
        data = problem(lambda u: 2 * u / (1 + 0.7 * u), noise=0.05, seed=seed, count=360)
        found = fit(read("u/(1 + 0.5*u)"), data)
        errors = np.sqrt(np.diag(found.covariance(data)))
        estimates = np.concatenate([found.formula.coefficients, found.formula.values])
        inside[seed] = np.abs(estimates - [2.0, 0.7]) < 2.03 * errors  # Student's t of 35 degrees
    assert np.all(inside.mean(axis=0) >= 0.88)
    assert np.all(inside.mean(axis=0) <= 0.995)


def test_errors_that_are_alike_within_blocks_widen_the_intervals():
    data = problem(lambda u: 2 * u)
    rng = np.random.default_rng(1)
    shared = 0.1 * rng.standard_normal(36)[data.blocks]
    alike = Problem(data.values, data.target + shared * data.values["u"], data.weights, data.blocks, FIELDS)
    single = Problem(alike.values, alike.target, alike.weights, np.arange(len(alike.target)), FIELDS)
    found = fit(read("u"), alike)
    assert found.covariance(alike)[0, 0] > 5 * found.covariance(single)[0, 0]


def test_weights_decide_which_samples_count():
    data = problem(lambda u: 2 * u)
    wrong = np.where(data.values["u"] > 2.5, 100.0, 0.0)
    weights = np.where(data.values["u"] > 2.5, 1e-6, 1.0)
    found = fit(read("u"), Problem(data.values, data.target + wrong, weights, data.blocks, FIELDS))
    assert found.formula.coefficients == pytest.approx([2.0], rel=1e-6)


@pytest.mark.parametrize(
    ("bloated", "law", "form"),
    [
        ("0.3 + 1.01*u + 0.02*u**2 + 0.1*sin(1.1*u)", lambda u: 3 * u, ("u",)),
        ("9.7*sin(1.02*u) + 0.01*u", lambda u: 9.8 * np.sin(u), ("sin(u)",)),
        ("(2*u + 0.01)/(1.1 + 0.8*u + 0.01*u**2)", lambda u: 2 * u / (1 + 0.7 * u), ("u/(1 + c1*u)",)),
    ],
)
def test_the_form_lies_on_the_path_of_simplifications(bloated, law, form):
    path = list(simplifications(read(bloated), problem(law, noise=0.01), ()))
    assert form in [one.formula.form.terms for one in path]
    sizes = [len(one.formula.form.names) for one in path]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_negative_constants_of_odd_functions_are_written_one_way():
    found = fit_all([read("sin(2*u)"), read("sin(1.9*u)")], problem(lambda u: np.sin(-2 * u)))
    assert [one.formula.form.terms for one in found] == [("sin(c1*u)",)]
    assert found[0].formula.values[0] * found[0].formula.coefficients[0] == pytest.approx(-2.0, rel=1e-6)


def test_an_expression_without_a_value_somewhere_has_no_fit():
    assert fit(read("log(u - 1)"), problem(lambda u: u)) is None


def test_held_out_errors_are_those_of_a_fit_that_never_saw_the_block():
    data = problem(lambda u: 2 * u + np.sin(u), noise=0.1)
    found = fit(read("u + u**2"), data)
    folds = np.random.default_rng(3).permutation(36) % 9
    draws = np.random.default_rng(4).multinomial(36, np.full(36, 1 / 36), size=3)
    table = np.column_stack([data.values["u"], data.values["u"] ** 2])
    for one, draw in zip(held_out(found, data, folds, draws), draws, strict=True):
        squares, total = 0.0, 0.0
        for fold in range(9):
            held = folds[data.blocks] == fold
            times = np.sqrt(draw[data.blocks].astype(float))
            solved = np.linalg.lstsq((table * times[:, None])[~held], (data.target * times)[~held])[0]
            squares += np.sum((times * (data.target - table @ solved))[held] ** 2)
            total += np.sum((times * data.target)[held] ** 2)
        assert one == pytest.approx(np.sqrt(squares / total), rel=1e-6)

"""The search against all equations there are, on statistics with a known sparse truth."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from physforge.discovery.weak.information import Information
from physforge.discovery.weak.search import Table, backward, few_terms, probabilities, search, threshold_path

ROWS = 500


def random_information(
    seed: int, terms: int, truth: dict[int, float], correlated: float = 0.6
) -> tuple[Information, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((ROWS, 1))
    table = math.sqrt(1 - correlated) * rng.standard_normal((ROWS, terms)) + math.sqrt(correlated) * common
    target = sum(value * table[:, term] for term, value in truth.items()) + rng.standard_normal(ROWS)
    return from_table(table, target), table


def from_table(table: np.ndarray, target: np.ndarray) -> Information:
    return Information(
        table.T @ table, table.T @ target, float(target @ target), np.ones(table.shape[1]), 1.0, len(table)
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_sparse_truth_is_found(seed):
    rng = np.random.default_rng(100 + seed)
    truth = {int(one): float(rng.choice([-1, 1]) * rng.uniform(0.6, 2.0)) for one in rng.choice(16, 3, replace=False)}
    information, _ = random_information(seed, 16, truth)
    best = search(information).ranked()[0]
    assert set(best) == set(truth)
    coefficients, covariance = information.fit(best)
    expected = np.array([truth[term] for term in best])
    assert np.all(np.abs(coefficients - expected) < 4.5 * np.sqrt(np.diag(covariance)))


@pytest.mark.parametrize("seed", range(6))
def test_no_equation_of_all_is_better(seed):
    """Weak terms, some at the threshold, among strongly correlated columns."""
    information, _ = random_information(seed, 9, {0: 0.5, 3: -0.35, 4: 0.3, 8: 0.25}, correlated=0.8)
    everything = [one for size in range(10) for one in itertools.combinations(range(9), size)]
    table = Table(information)
    table.judge(everything)
    assert search(information).ranked()[0] == table.ranked()[0]


def test_a_pair_that_helps_only_together_is_found():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((ROWS, 8))
    table[:, 1] = table[:, 0] + 0.02 * rng.standard_normal(ROWS)
    target = 40.0 * (table[:, 0] - table[:, 1]) + rng.standard_normal(ROWS) * 0.3
    information = from_table(table / 0.3, target / 0.3)
    assert search(information).ranked()[0] == (0, 1)


def test_noise_alone_has_no_term():
    for seed in range(20):
        information, _ = random_information(seed, 12, {})
        assert search(information).ranked()[0] == ()


def test_a_term_costs_its_price():
    information, _ = random_information(0, 7, {2: 1.0})
    table = Table(information)
    assert table.price == pytest.approx(math.log(ROWS) + 2 * math.log(7))
    assert table.criterion((1, 2)) == pytest.approx(information.misfit([(1, 2)])[0] + 2 * table.price)
    assert table.criterion(()) == pytest.approx(information.total)
    assert set(table.misfits) == {(1, 2), ()}


def test_proposals_from_elsewhere_are_considered():
    information, _ = random_information(0, 7, {2: 1.0})
    assert (0, 1, 3, 4, 5) in search(information, [(0, 1, 3, 4, 5)]).misfits


def test_probabilities_are_those_of_schwarz():
    information, _ = random_information(1, 6, {0: 0.4, 2: 0.3})
    everything = [one for size in range(7) for one in itertools.combinations(range(6), size)]
    table = Table(information)
    table.judge(everything)
    found = probabilities(table)
    assert math.fsum(found.values()) == pytest.approx(1.0, rel=1e-12)
    assert list(found) == table.ranked()
    first, second = list(found)[:2]
    expected = math.exp(-0.5 * (table.criterion(second) - table.criterion(first)))
    assert found[second] / found[first] == pytest.approx(expected, rel=1e-9)
    assert all(0.0 <= share <= 1.0 for share in found.values())


def test_huge_criteria_do_not_overflow():
    information = from_table(1e8 * np.random.default_rng(0).standard_normal((ROWS, 4)), np.full(ROWS, 1e9))
    assert math.fsum(probabilities(search(information)).values()) == pytest.approx(1.0)


def test_elimination_passes_through_the_truth():
    information, _ = random_information(5, 14, {1: 1.0, 6: -1.5, 9: 0.8})
    assert (1, 6, 9) in backward(information)
    assert (1, 6, 9) in threshold_path(information)
    for path in (backward(information), threshold_path(information)):
        sizes = [len(one) for one in path]
        assert sizes == sorted(sizes, reverse=True)
        assert all(set(after) <= set(before) for before, after in itertools.pairwise(path))


@pytest.mark.parametrize("bounded", [False, True])
def test_one_term_more_is_judged_as_the_whole_equation(bounded):
    information, _ = random_information(3, 9, {0: 0.5, 3: -0.35, 8: 0.25}, correlated=0.8)
    if bounded:
        information = replace(information, bounds=np.tile([-0.3, 0.3], (9, 1)))
    bases = np.array([[0, 3], [2, 7], [3, 8]])
    misfits, more = information.misfit_with_one_more(bases)
    np.testing.assert_allclose(misfits, information.misfit([tuple(one) for one in bases]), rtol=1e-10)
    for base, found in zip(bases, more, strict=True):
        absent = [term for term in range(9) if term not in base]
        expected = information.misfit([tuple(sorted((*base, term))) for term in absent])
        np.testing.assert_allclose(found[absent], expected, rtol=1e-10)
        assert np.isinf(found[base]).all()


def test_a_term_that_depends_on_the_others_gains_nothing():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((ROWS, 3))
    table[:, 2] = table[:, 0] - 2.0 * table[:, 1]
    information = from_table(table, table[:, 0] + rng.standard_normal(ROWS))
    misfits, more = information.misfit_with_one_more(np.array([[0, 1]]))
    assert more[0, 2] == pytest.approx(misfits[0], rel=1e-3)


def test_few_terms_that_no_step_leads_to_are_found():
    """Two columns that nearly cancel, beside one that looks like their sum: no single term is a start."""
    rng = np.random.default_rng(1)
    table = rng.standard_normal((ROWS, 12))
    table[:, 5] = table[:, 4] + 0.05 * rng.standard_normal(ROWS)
    information = from_table(table, 30.0 * (table[:, 4] - table[:, 5]) + 0.5 * rng.standard_normal(ROWS))
    found = few_terms(information, 2)
    every = [tuple(one) for size in (1, 2) for one in itertools.combinations(range(12), size)]
    misfits = dict(zip(every, information.misfit(every), strict=True))
    for size in (1, 2):
        best = sorted((one for one in every if len(one) == size), key=misfits.__getitem__)[:2]
        assert [one for one in found if len(one) == size][:2] == best
    assert (4, 5) in found


def test_equations_of_few_terms_hold_those_that_are_needed():
    information, _ = random_information(2, 7, {1: 0.5, 4: 1.0})
    for one in few_terms(replace(information, needed=(2,)), 2):
        assert 2 in one
        assert len(one) in (2, 3)
    assert few_terms(replace(information, needed=tuple(range(7))), 2) == []

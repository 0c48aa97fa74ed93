"""The answers of the reference problems are themselves tested."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from physforge.citations import BIBTEX
from physforge.datasets.conventions import period_of, validate
from physforge.errors import DatasetError, UnknownDatasetError
from physforge.problems import get_problem, names
from physforge.problems.reader import read_problem
from physforge.simulation import simulate

#: Samples of each problem that are integrated anew: first, and one after last.
_STRETCHES = {"heat": (0, 101), "burgers": (0, 101), "kdv": (90, 106), "kuramoto-sivashinsky": (100, 126)}


@pytest.mark.parametrize("name", names())
def test_the_data_obey_the_equation_to_the_stated_accuracy(name: str) -> None:
    problem = get_problem(name)
    first, end = _STRETCHES[name]
    ds = problem.generate().isel(t=slice(first, end))
    again = simulate(problem.equation, ds.isel(t=0), ds.t, rtol=1e-10 if name in ("heat", "burgers") else 1e-9)
    error = float(abs(again.u - ds.u).max() / abs(ds.u).max())
    assert error < problem.accuracy
    # A law that is off by one part in a hundred is told apart.
    wrong = problem.equation.from_terms("u_t", {term: 1.01 * value for term, value in problem.equation.terms.items()})
    other = simulate(wrong, ds.isel(t=0), ds.t, rtol=1e-4)
    assert float(abs(other.u - ds.u).max() / abs(ds.u).max()) > 1e-3


@pytest.mark.parametrize("name", names())
def test_the_data_follow_the_conventions(name: str) -> None:
    problem = get_problem(name)
    start = time.process_time()
    ds = read_problem(name)
    assert time.process_time() - start < 6.0
    validate(ds, name)
    assert ds.u.dims == ("t", "x")
    assert ds.u.dtype == np.float64
    assert period_of(ds, "x") == pytest.approx(problem.x.stop - problem.x.start)
    assert ds.attrs.keys() == {"title", "equation", "licence", "source"}
    assert problem.equation.matches(ds.attrs["equation"], rtol=1e-12)
    assert problem.citation in BIBTEX
    assert ds.identical(problem.generate())


def test_the_seams_are_found_without_being_told() -> None:
    for name in names():
        ds = read_problem(name)
        period = ds.x.attrs.pop("period")
        assert period_of(ds, "x") == pytest.approx(period), name


def test_solitons_keep_their_mass_and_momentum() -> None:
    ds = read_problem("kdv")
    mass, momentum = ds.u.sum("x"), (ds.u**2).sum("x")
    assert float(abs(mass / mass[0] - 1).max()) < 1e-10
    assert float(abs(momentum / momentum[0] - 1).max()) < 1e-10


def test_chaos_is_developed_from_the_first_sample() -> None:
    u = read_problem("kuramoto-sivashinsky").u
    energy = (u**2).mean("x")
    assert 1.0 < float(energy[:50].mean()) < 2.5
    assert float(energy[:50].mean()) == pytest.approx(float(energy[-50:].mean()), rel=0.2)


def test_noise_is_a_fraction_of_the_field_and_reproducible() -> None:
    problem = get_problem("heat")
    clean = problem.generate()
    noisy = problem.generate(noise=0.1, rng=np.random.default_rng(3))
    assert float((noisy.u - clean.u).std() / clean.u.std()) == pytest.approx(0.1, rel=0.02)
    assert noisy.identical(problem.generate(noise=0.1, rng=np.random.default_rng(3)))
    with pytest.raises(DatasetError, match="generator"):
        problem.generate(noise=0.1)
    with pytest.raises(DatasetError, match="negative"):
        problem.generate(noise=-0.1)


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(UnknownDatasetError, match="did you mean burgers"):
        get_problem("burger")
    with pytest.raises(UnknownDatasetError, match="heat"):
        read_problem("zzz")


def test_the_published_burgers_field_is_ours() -> None:
    folder = os.environ.get("PHYSFORGE_DATA_CACHE")
    file = Path(folder or ".") / "fields" / "burgers.mat"
    if not folder or not file.is_file():
        pytest.skip("PHYSFORGE_DATA_CACHE does not hold fields/burgers.mat")
    from scipy.io import loadmat

    published = loadmat(file)
    x, t = published["x"].ravel(), published["t"].ravel()
    ours = get_problem("burgers").solution(x, t)
    assert np.abs(published["usol"].real.T - ours).max() < 1e-7

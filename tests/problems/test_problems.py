"""What all reference problems have in common."""

from __future__ import annotations

import time

import numpy as np
import pytest

from physforge.citations import BIBTEX
from physforge.datasets.conventions import period_of, validate
from physforge.equations import Equation, System
from physforge.errors import DatasetError, UnknownDatasetError
from physforge.problems import get_problem, names
from physforge.problems.problem import Axis
from physforge.problems.reader import read_problem


@pytest.mark.parametrize("name", names())
def test_the_data_follow_the_conventions(name: str) -> None:
    problem = get_problem(name)
    start = time.process_time()
    ds = read_problem(name)
    assert time.process_time() - start < 6.0
    validate(ds, name)
    places = [name for name in ("x", "y") if isinstance(getattr(problem, name, None), Axis)]
    dims = ("t", *places)
    for field in ds.data_vars:
        assert ds[field].dims == dims
        assert ds[field].dtype == np.float64
        assert np.isfinite(ds[field]).all()
    assert ds.attrs.keys() == {"title", "equation", "licence", "source"}
    assert System.parse(ds.attrs["equation"], fields=list(ds.data_vars)).matches(
        as_system(problem.equation), rtol=1e-12
    )
    assert problem.citation in BIBTEX
    assert problem.name == name
    assert set(as_system(problem.equation).fields) == set(ds.data_vars)
    assert not as_system(problem.equation).free_symbols
    assert ds.identical(problem.generate())
    for dim in places:
        axis = getattr(problem, dim)
        assert period_of(ds, dim) == pytest.approx(axis.stop - axis.start)
        # The seam is found without being told.
        assert period_of(ds, dim) == pytest.approx(period_of(ds.assign_coords({dim: ds[dim].values}), dim))


@pytest.mark.parametrize("name", ["heat", "lorenz"])
def test_a_seed_is_a_whole_number(name: str) -> None:
    with pytest.raises(DatasetError, match="seed is -1"):
        get_problem(name, -1)
    assert read_problem(name, 3).identical(get_problem(name, 3).generate())


def as_system(law: Equation | System) -> System:
    return law if isinstance(law, System) else System((law,))


def test_noise_is_a_fraction_of_the_field_and_reproducible() -> None:
    problem = get_problem("heat")
    clean = problem.generate()
    noisy = problem.generate(noise=0.1, rng=np.random.default_rng(3))
    assert float((noisy.u - clean.u).std() / clean.u.std()) == pytest.approx(0.1, rel=0.02)
    assert noisy.identical(problem.generate(noise=0.1, rng=np.random.default_rng(3)))
    pair = get_problem("lotka-volterra")
    spread = pair.generate(noise=0.2, rng=np.random.default_rng(0)) - pair.generate()
    for field in ("prey", "predator"):
        assert float(spread[field].std() / pair.generate()[field].std()) == pytest.approx(0.2, rel=0.1)
    with pytest.raises(DatasetError, match="generator"):
        problem.generate(noise=0.1)
    with pytest.raises(DatasetError, match="negative"):
        problem.generate(noise=-0.1)


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(UnknownDatasetError, match="did you mean burgers"):
        get_problem("burger")
    with pytest.raises(UnknownDatasetError, match="heat"):
        read_problem("zzz")

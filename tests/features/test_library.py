"""The candidate library: which terms, under which names."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from physforge.equations import evaluate_term
from physforge.features import CandidateLibrary


def test_defaults_depend_on_the_data():
    library = CandidateLibrary()
    assert library.resolve(["u"], ["t", "x"]) == CandidateLibrary(polynomial=3, derivatives=4)
    assert library.resolve(["u", "v"], ["t", "x"]) == CandidateLibrary(polynomial=2, derivatives=4)
    assert library.resolve(["u"], ["t", "x", "y"]) == CandidateLibrary(polynomial=3, derivatives=2)
    assert library.resolve(["u", "v"], ["t"]) == CandidateLibrary(polynomial=2, derivatives=0)


@pytest.mark.parametrize(("fields", "dims", "order"), [(1, 1, 4), (2, 1, 3), (1, 2, 3), (2, 3, 2)])
def test_number_of_terms_is_that_of_combinatorics(fields, dims, order):
    library = CandidateLibrary(polynomial=2, derivatives=order)
    names = library.term_names(["u", "v"][:fields], ["t", "x", "y", "z"][: dims + 1])
    monomials = comb(fields + 2, 2)
    derivatives = fields * (comb(dims + order, order) - 1)
    assert len(names) == len(set(names)) == monomials * (1 + derivatives)


def test_options_leave_terms_out():
    library = CandidateLibrary(polynomial=1, derivatives=1, include_constant=False, include_interactions=False)
    assert library.term_names(["u"], ["t", "x"]) == ["u", "u_x"]


@pytest.mark.parametrize(
    ("fields", "dims"),
    [(["hare_thousands", "lynx"], ["t"]), (["u"], ["t", "x"]), (["u", "v_x"], ["t", "x", "y"]), (["u"], list("txyz"))],
)
def test_every_term_has_the_values_that_its_name_says(fields, dims):
    library = CandidateLibrary(derivatives=3)
    shape = (4, 5, 6, 3)[: len(dims)]
    rng = np.random.default_rng(0)
    values = {name: rng.standard_normal(shape) for name in fields + library.derivative_names(fields, dims)}
    names, theta = library.evaluate_arrays({name: array.reshape(-1) for name, array in values.items()}, fields, dims)
    assert names == library.term_names(fields, dims)
    for index, name in enumerate(names):
        expected = np.ones(shape) if name == "1" else evaluate_term(name, values)
        np.testing.assert_allclose(theta[:, index], expected.reshape(-1), err_msg=name)


def test_the_library_is_immutable_and_storable():
    library = CandidateLibrary(polynomial=2)
    with pytest.raises(ValueError, match="frozen"):
        library.polynomial = 3
    assert CandidateLibrary.model_validate_json(library.model_dump_json()) == library
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        CandidateLibrary(polynomial=0)
    with pytest.raises(ValueError, match="Extra inputs"):
        CandidateLibrary(degree=2)

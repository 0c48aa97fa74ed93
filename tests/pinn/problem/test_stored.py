"""A problem that was written and read again evaluates the same."""

import json

import numpy as np
import pytest
import torch
from pinn.problem.jets_by_autograd import residual_of

from physforge.equations import CoordinateFunction
from physforge.errors import PinnError
from physforge.pinn import Data, Dirichlet, Initial, Periodic, Problem
from physforge.pinn.stored import from_document, to_document


def test_law_form_and_names_come_back():
    problem = Problem(
        "u_t = c(x)*u_xx + a*v; v_t = v_x",
        domain={"x": (-1, 1), "t": (0, 2)},
        conditions=[Initial({"u": "1 - x**2", "v": 0.0}), Dirichlet({"u": 0.0, "v": 0.0}),
                    Data({"x": [0.0], "t": [1.0], "u": [0.5]})],
        parameters={"c": CoordinateFunction("x", (1.0, 0.5))},
        unknown={"a": 2.0},
    )  # fmt: skip
    document = json.loads(json.dumps(to_document(problem)))
    again = from_document(document)
    assert (again.coordinates, again.fields, dict(again.unknown)) == (("t", "x"), ("u", "v"), {"a": 2.0})
    assert again.names == tuple(block.name for block in problem.blocks)
    assert to_document(again) == document

    points = problem.blocks[0].region.sample(9, np.random.default_rng(0))

    def fields(place, one):
        zero = (0, 0)
        made = {zero: torch.stack([torch.sin(place.sum(1)), torch.cos(place[:, 1])])}
        return one.ansatz.apply(made, place, [zero])[zero]

    first, second = (
        residual_of(one.blocks[0], lambda place, one=one: fields(place, one), points, dict(one.unknown))
        for one in (problem, again)
    )
    assert np.array_equal(first, second)


def test_a_problem_without_a_form_has_none():
    problem = Problem(
        "u_t = u_xx", domain={"x": (0, 1), "t": (0, 1)}, conditions=[Initial(lambda x: np.sin(x)), Periodic("x")]
    )
    again = from_document(to_document(problem))
    assert (again.ansatz, again.periodic) == (None, (1,))


@pytest.mark.parametrize("change", [{"box": "none"}, {"ansatz": {"parts": [{"base": "sin("}]}}, {"system": {}}])
def test_a_document_of_something_else_is_refused(change):
    problem = Problem("u_t = u_xx", domain={"x": (0, 1), "t": (0, 1)}, conditions=[Initial(0.0), Periodic("x")])
    with pytest.raises(PinnError, match="does not hold a problem"):
        from_document({**to_document(problem), **change})

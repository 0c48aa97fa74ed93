"""Which terms a library has, under which names, and the structure that a weak form needs."""

from __future__ import annotations

import numpy as np
import pytest

from physforge.equations import canonical_term, evaluate_term
from physforge.equations.calculus import differentiate_expression, partial_derivative
from physforge.equations.expression import Derivative, Symbol
from physforge.equations.parser import parse_expression
from physforge.equations.text import expression_text
from physforge.errors import LibraryError
from physforge.features import BSpline, CandidateLibrary, Fourier, Legendre, Powers
from physforge.features.limits import MAX_TERMS


def names(library, fields=("u",), dims=("t", "x")):
    return library.term_names(list(fields), list(dims))


def test_terms_that_are_multiples_of_each_other_occur_once():
    library = CandidateLibrary(polynomial=1, derivatives=1, terms=("u_x*v", "3*u*v_x", "(u**2)_x", "u*v - v*u + u"))
    made = names(library, ["u", "v"])
    assert made == names(CandidateLibrary(polynomial=1, derivatives=1), ["u", "v"])


def test_conservative_form_adds_derivatives_of_products():
    options = {"polynomial": 2, "derivatives": 2, "conservative": True}
    assert names(CandidateLibrary(**options, include_interactions=False)) == [
        *("1", "u", "u**2", "u_x", "u_xx"),
        *("(u**2)_x", "(u**2)_xx"),
    ]
    # (u**2)_x is a multiple of u*u_x, but (u**2)_xx is a sum of two terms.
    assert names(CandidateLibrary(**options))[-1] == "(u**2)_xx"
    assert "(u**2)_x" not in names(CandidateLibrary(**options))
    for name in names(CandidateLibrary(**options), ["u", "v"], ["t", "x", "y"]):
        assert canonical_term(name, fields=["u", "v"])


def test_products_of_derivatives_and_time_derivatives():
    library = CandidateLibrary(polynomial=1, derivatives=2, derivative_degree=2, include_interactions=False)
    assert names(library) == ["1", "u", "u_x", "u_xx", "u_x**2", "u_x*u_xx", "u_xx**2"]
    damped = CandidateLibrary(polynomial=2, time_derivatives=1)
    assert names(damped, ["u"], ["t"]) == ["1", "u", "u**2", "u_t", "u*u_t", "u**2*u_t"]
    assert damped.derivative_names(["u"], ["t"]) == ["u_t"]


def test_functions_are_applied_to_fields_or_taken_as_written():
    library = CandidateLibrary(polynomial=1, fourier=2, functions=("exp", "u/(1 + u**2)", "sin"))
    assert names(library, ["u"], ["t"])[2:] == ["sin(u)", "cos(u)", "sin(2*u)", "cos(2*u)", "exp(u)", "u/(1 + u**2)"]


def test_forcing_enters_but_has_no_derivatives():
    library = CandidateLibrary(polynomial=2, derivatives=1, forcing=("f",), conservative=True)
    made = names(library, ["u", "f"])
    assert {"f", "f*u", "f**2", "f*u_x"} <= set(made)
    assert not [name for name in made if "f_x" in name]
    assert library.derivative_names(["u", "f"], ["t", "x"]) == ["u_x"]
    assert library.resolve(["u", "f"], ["t"]).polynomial == 2


def test_only_and_exclude_take_any_spelling():
    library = CandidateLibrary(polynomial=2, derivatives=2)
    assert names(library.model_copy(update={"only": ("u_xx", "u_x*u")})) == ["u_xx", "u*u_x"]
    assert library.model_copy(update={"only": ("u_x*u",)}).derivative_names(["u"], ["t", "x"]) == ["u_x"]
    assert names(library.model_copy(update={"exclude": ("u_x*u**2", "1")})) == [
        *("u", "u**2", "u_x", "u_xx"),
        *("u*u_x", "u*u_xx", "u**2*u_xx"),
    ]
    with pytest.raises(LibraryError, match=r"only names 'u_xxx', which is not a term of the library: 1, u, u\*\*2"):
        names(library.model_copy(update={"only": ("u_xxx",)}))
    with pytest.raises(LibraryError, match="no term left"):
        names(library.model_copy(update={"only": ("u",), "exclude": ("u",)}))


def test_varying_coefficients_multiply_the_terms_chosen():
    library = CandidateLibrary(polynomial=1, derivatives=1, varying={"x": Legendre(degree=2, terms=("u_x",))})
    assert names(library) == ["1", "u", "u_x", "u*u_x", "legendre1(x)*u_x", "legendre2(x)*u_x"]
    splines = CandidateLibrary(polynomial=1, derivatives=1, varying={"x": BSpline(pieces=2, degree=0, terms=("u_x",))})
    assert names(splines) == ["1", "u", "u*u_x", "bspline0(x)*u_x", "bspline1(x)*u_x"]
    both = CandidateLibrary(polynomial=1, derivatives=0, varying={"x": Powers(degree=1), "t": Powers(degree=1)})
    assert names(both) == ["1", "u", "x", "u*x", "t", "t*u", "t*x", "t*u*x"]
    with pytest.raises(LibraryError, match="which is a field"):
        names(CandidateLibrary(varying={"x": Powers()}), ["x", "y"], ["t"])


def test_derivatives_in_written_terms_are_asked_for():
    library = CandidateLibrary(polynomial=1, derivatives=1, terms=("x*u_xt", "(u**2)_xx"))
    assert library.derivative_names(["u"], ["t", "x"]) == ["u_x", "u_tx", "u_xx"]


@pytest.mark.parametrize(
    ("options", "fields", "dims"),
    [
        ({}, ["u"], ["t", "x"]),
        ({"conservative": True, "derivative_degree": 2, "fourier": 2}, ["u", "v"], ["t", "x", "y"]),
        ({"functions": ("exp",), "terms": ("u**7",), "forcing": ("f",)}, ["u", "v", "f"], ["t", "x"]),
        ({"varying": {"x": Fourier(order=2, period=1.0)}, "polynomial": 1}, ["u"], ["t", "x"]),
    ],
)
def test_the_count_bounds_the_terms_closely(options, fields, dims):
    library = CandidateLibrary(**options)
    made, counted = len(names(library, fields, dims)), library.count(fields, dims)
    assert made <= counted <= 1.25 * made


def test_a_library_that_explodes_is_refused_before_it_is_made():
    with pytest.raises(LibraryError, match=r"21000 terms \(16.8 GB for 100000 samples\)") as refused:
        names(CandidateLibrary(polynomial=6, derivatives=6), ["u", "v", "w"], ["t", "x", "y", "z"])
    assert str(MAX_TERMS) in str(refused.value)


@pytest.mark.parametrize(("text", "flux", "outer"), [
    ("u*u_x", "0.5*u**2", "x"),
    ("u**2*u_y", "0.333333333333*u**3", "y"),
    ("u_xx", "u", "xx"),
    ("(u*v)_xy", "u*v", "xy"),
    ("u**2", "u**2", ""),
    ("x*u*u_x", "0.5*u**2", "x"),
])  # fmt: skip
def test_a_divergence_is_equal_to_its_term(text, flux, outer):
    library = CandidateLibrary(polynomial=1, terms=(text,), only=(text,))
    (term,) = library.make_terms(["u", "v"], ["t", "x", "y"])
    moved = term.divergence()
    assert moved is not None
    assert moved.is_polynomial
    assert moved.outer == outer
    (((_, factor),), ((_, expected),)) = moved.flux.items, parse_expression(flux, {}, ["u", "v"]).items
    assert factor == pytest.approx(expected)
    # Carrying out the outer derivative again gives the term back, coefficient and all.
    carried_out = differentiate_expression(moved.flux, moved.outer, ["u", "v"])
    rng = np.random.default_rng(0)
    values = {
        name: rng.uniform(0.5, 1.5, 7) for name in ["x", "u", "v", "u_x", "u_y", "v_x", "v_y", "u_xx", "u_xy", "v_xy"]
    }
    weight = values["x"] if term.coefficient else 1.0
    whole = evaluate_term(expression_text(carried_out), values, fields=["u", "v"]) * weight
    np.testing.assert_allclose(whole, evaluate_term(text, values, fields=["u", "v"]), rtol=1e-9)
    np.testing.assert_allclose(whole, evaluate_term(moved.name, values, fields=["u", "v"]), rtol=1e-9)


@pytest.mark.parametrize("text", ["u*u_xx", "u_x**2", "v*u_x", "u_x/u", "sin(u)*u_x"])
def test_what_is_no_derivative_is_not_called_one(text):
    (term,) = CandidateLibrary(terms=(text,), only=(text,)).make_terms(["u", "v"], ["t", "x"])
    assert term.divergence() is None
    assert not term.is_polynomial


def test_the_parts_of_a_term():
    text = "x**2*cos(t)*u**2*v_x*exp(u)"
    (term,) = CandidateLibrary(terms=(text,), only=(text,)).make_terms(["u", "v"], ["t", "x"])
    assert term.powers == {"u": 2, "v_x": 1}
    assert term.functions == ("exp(u)",)
    assert {factor for factor, _ in term.coefficient} == {
        *(factor for factor, _ in parse_expression("x**2*cos(t)", {}, ["u"]).items[0][0])
    }
    assert term.latex == r"u^{2} x^{2} v_{x} \cos\left(t\right) e^{u}"


def test_partial_derivatives_hold_the_other_variables_fixed():
    def partial(text, variable):
        return expression_text(partial_derivative(parse_expression(text, {}, ["u"]), variable))

    assert partial("3*u**2*u_x + u_x", Derivative("u", "x")) == "1 + 3*u**2"
    assert partial("u_x*sin(2*u)", Symbol("u")) == "2*u_x*cos(2*u)"
    assert partial("1/(1 + u**2)", Symbol("u")) == "-2*u/(1 + u**2)**2"
    assert partial("u_xx", Symbol("u")) == "0"


def test_a_library_is_stored_and_read_back():
    library = CandidateLibrary(
        functions=("exp",),
        terms=("(u*v)_x",),
        varying={"x": Legendre(degree=2), "t": Fourier(period=2.0)},
        exclude=("1",),
    )
    assert CandidateLibrary.model_validate_json(library.model_dump_json()) == library
    with pytest.raises(ValueError, match="Python callables, which cannot be stored with a job"):
        CandidateLibrary(functions={"drag": np.tanh}).model_dump_json()
    with pytest.raises(ValueError, match=r"Unexpected '\*' at column 4"):
        CandidateLibrary(terms=("u +* 2",))


def test_a_sum_in_conservative_form_keeps_its_pieces():
    text = "(u**2)_xx + (u**2)_yy"
    library = CandidateLibrary(polynomial=1, derivatives=2, terms=(text,), only=(text, "u"))
    term, _ = library.make_terms(["u"], ["t", "x", "y"])
    assert term.name == text
    assert [(piece.name, piece.outer) for piece in term.pieces] == [("(u**2)_xx", "xx"), ("(u**2)_yy", "yy")]
    assert len(term.expression.items) == 4

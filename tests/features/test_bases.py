"""Coefficients that vary: each basis has the values, the span and the names it claims."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from numpy.polynomial import chebyshev, legendre

from physforge.derivatives import differentiate
from physforge.equations import Equation
from physforge.errors import LibraryError
from physforge.features import BSpline, CandidateLibrary, Chebyshev, Fourier, Legendre, Powers

X = np.linspace(2.0, 5.0, 61)
BASES = [
    Powers(degree=3),
    Fourier(order=2, period=3.0),
    Legendre(degree=4, domain=(2.0, 5.0)),
    Chebyshev(degree=4, domain=(2.0, 5.0)),
]


def matrix(basis):
    return np.stack([basis.evaluate(index, X) for index in range(basis.size)], axis=1)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.kind)
def test_fitted_coefficients_make_a_coordinate_function_of_the_same_values(basis):
    coefficients = np.random.default_rng(0).standard_normal(basis.size)
    function = basis.coordinate_function("x", coefficients)
    law = Equation.parse("u_t = c(x)*u_xx", parameters={"c": function})
    np.testing.assert_allclose(law.evaluate({"x": X, "u_xx": np.ones_like(X)}), matrix(basis) @ coefficients, rtol=1e-9)
    with pytest.raises(LibraryError, match="coefficients were given"):
        basis.coordinate_function("x", [1.0])


def test_the_polynomials_are_those_of_the_textbook():
    scaled = (X - 3.5) / 1.5
    np.testing.assert_allclose(matrix(BASES[2])[:, 3], legendre.legval(scaled, [0, 0, 0, 1]), atol=1e-14)
    np.testing.assert_allclose(matrix(BASES[3])[:, 4], np.cos(4 * np.arccos(np.clip(scaled, -1, 1))), atol=1e-12)
    np.testing.assert_allclose(matrix(BASES[3])[:, 2], chebyshev.chebval(scaled, [0, 0, 1]), atol=1e-14)


@pytest.mark.parametrize("degree", [0, 1, 3])
def test_splines_add_up_to_one_and_span_the_polynomials_of_their_degree(degree):
    basis = BSpline(pieces=5, degree=degree, domain=(2.0, 5.0))
    made = matrix(basis)
    assert made.shape[1] == 5 + degree
    assert (made >= 0).all()
    np.testing.assert_allclose(made.sum(axis=1), 1.0, rtol=1e-12)
    polynomial = X**degree
    fitted = np.linalg.lstsq(made, polynomial, rcond=None)[0]
    np.testing.assert_allclose(made @ fitted, polynomial, rtol=1e-10)
    with pytest.raises(LibraryError, match="cannot write a B-spline"):
        basis.coordinate_function("x", [1.0] * basis.size)


@pytest.mark.parametrize("basis", [*BASES, BSpline(pieces=3, degree=1)], ids=lambda basis: basis.kind)
def test_a_diffusivity_that_varies_is_in_the_span_of_the_columns(basis):
    open_basis = basis.model_copy(update={"domain": None}) if hasattr(basis, "domain") else basis
    t = np.linspace(0.0, 1.0, 20)
    u = np.sin(np.outer(1.0 + t, X))
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": X})
    d = differentiate(ds, ["u_x", "u_xx"], method="finite-difference")
    diffusion = open_basis.model_copy(update={"terms": ("u_xx",)})
    library = CandidateLibrary(polynomial=1, derivatives=2, varying={"x": diffusion})
    theta = library.evaluate(d)
    own = [index for index, name in enumerate(theta.names) if "u_xx" in name and "u*" not in name]
    assert len(own) == basis.size
    truth = np.random.default_rng(1).standard_normal(basis.size)
    coefficient = (
        np.stack([library.complete(d, ["u"]).varying["x"].evaluate(i, X) for i in range(basis.size)], 1) @ truth
    )
    target = (coefficient * d["u_xx"].to_numpy()).reshape(-1)
    np.testing.assert_allclose(theta.values[:, own] @ truth, target, atol=1e-8 * np.abs(target).max())


def test_domains_and_periods_come_from_the_data():
    x = np.linspace(0.0, 4.0, 32, endpoint=False)
    ds = xr.Dataset({"u": (("t", "x"), np.tile(np.sin(np.pi * x / 2), (3, 1)))}, {"t": [0.0, 1.0, 2.0], "x": x})
    library = CandidateLibrary(varying={"x": Fourier(terms=("1",)), "t": Legendre(terms=("1",))})
    completed = library.complete(ds, ["u"]).varying
    assert completed["x"].period == pytest.approx(4.0)
    assert completed["t"].domain == (0.0, 2.0)
    with pytest.raises(LibraryError, match=r"give Fourier\(period"):
        CandidateLibrary(varying={"t": Fourier(terms=("1",))}).units(ds)
    with pytest.raises(LibraryError, match="'y', which is no coordinate"):
        CandidateLibrary(varying={"y": Powers()}).units(ds)


def test_a_coefficient_may_vary_with_a_parameter_of_the_run():
    runs = xr.Dataset(
        {"u": (("trajectory", "t"), np.arange(6.0).reshape(2, 3) + 1)},
        {"t": [0.0, 1.0, 2.0], "length": ("trajectory", [0.5, 2.0])},
    )
    theta = CandidateLibrary(polynomial=1, varying={"length": Powers(degree=1, terms=("u",))}).evaluate(runs)
    assert theta.names == ("1", "u", "length*u")
    assert theta.dims == ("trajectory", "t")
    np.testing.assert_allclose(theta.column("length*u"), [0.5, 1.0, 1.5, 8.0, 10.0, 12.0])

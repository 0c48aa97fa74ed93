"""The only file that knows PySINDy: its libraries evaluated, its optimizer run.

PySINDy (MIT licence) supplies the candidate libraries and sequentially thresholded
least squares. Its derivatives are not used: the PDE library is given those of
`physforge.derivatives`. PySINDy's own names never leave this file.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from physforge.derivatives.axis import Float
from physforge.equations import derivative_name
from physforge.features import CandidateLibrary
from physforge.features.library import product_name

#: One factor of a PySINDy term: field number, spatial axes, exponent.
_FACTOR = re.compile(r"x(?P<field>\d+)(?:_(?P<axes>\d+))?(?:\^(?P<exponent>\d+))?")


def evaluate_library(
    library: CandidateLibrary, values: Mapping[str, Float], fields: Sequence[str], dims: Sequence[str]
) -> tuple[list[str], Float]:
    """Evaluate the candidate terms at every sample.

    Parameters
    ----------
    library : CandidateLibrary
        Which terms.
    values : mapping of str to numpy.ndarray
        The fields and every one of ``library.derivative_names(fields, dims)``, each of
        one shape, with the axes in the order of `dims`.
    fields : sequence of str
        Names of the fields.
    dims : sequence of str
        ``t`` first, then the spatial dims.

    Returns
    -------
    names : list of str
        Canonical names of the terms.
    theta : numpy.ndarray of shape (..., n_terms)
        The terms on the grid of `values`.
    """
    # Fields last, time before them, space first: PySINDy's order of axes.
    stacked = np.stack([np.moveaxis(values[field], 0, -1) for field in fields], axis=-1)
    resolved = library.resolve(fields, dims)
    space = list(dims[1:])
    made = _pde_library(resolved, values, fields, space) if resolved.derivatives else _ode_library(resolved)
    theta = np.asarray(made.fit_transform(stacked), dtype=np.float64)
    names = [_translate(name, fields, space) for name in made.get_feature_names()]
    return names, np.moveaxis(theta, -2, 0)


def sparse_support(matrix: Float, target: Float, *, threshold: float, alpha: float) -> tuple[int, ...]:
    """Run sequentially thresholded least squares once.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (n, p)
        Columns of unit norm.
    target : numpy.ndarray of shape (n,)
        Of unit norm.
    threshold : float
        Coefficients smaller than this are dropped, repeatedly.
    alpha : float
        Weight of the ridge penalty.

    Returns
    -------
    tuple of int
        Indices of the columns that stay.
    """
    import pysindy

    # The singular values are used directly: forming the normal equations would square
    # the condition number of a library whose columns nearly depend on each other.
    optimizer = pysindy.STLSQ(threshold=threshold, alpha=alpha, ridge_kw={"solver": "svd"}, unbias=False)
    with warnings.catch_warnings():
        # An empty support is an outcome here, and twenty rounds without convergence end
        # in a support like any other; both are judged by their misfit afterwards.
        warnings.filterwarnings("ignore", message="Sparsity parameter is too big")
        warnings.filterwarnings("ignore", message="STLSQ did not converge")
        optimizer.fit(matrix, target[:, None])
    return tuple(int(index) for index in np.flatnonzero(optimizer.coef_[0]))


def _ode_library(library: CandidateLibrary) -> Any:
    import pysindy

    return pysindy.PolynomialLibrary(degree=library.polynomial, include_bias=library.include_constant)


def _pde_library(
    library: CandidateLibrary, values: Mapping[str, Float], fields: Sequence[str], space: Sequence[str]
) -> Any:
    import pysindy

    shape = next(iter(values.values())).shape[1:]
    grid = np.stack(np.meshgrid(*(np.arange(float(size)) for size in shape), indexing="ij"), axis=-1)
    known = _KnownDerivatives(values, fields, space)
    return pysindy.PDELibrary(
        function_library=pysindy.PolynomialLibrary(degree=library.polynomial, include_bias=False),
        derivative_order=library.derivatives,
        spatial_grid=grid,
        include_bias=library.include_constant,
        include_interaction=library.include_interactions,
        differentiation_method=known.method,
    )


class _KnownDerivatives:
    """Hands PySINDy's PDE library the derivatives that are known already.

    The library differentiates axis by axis, and passes the result of one axis to the
    next; what has been done to an array so far is remembered with the array.
    """

    def __init__(self, values: Mapping[str, Float], fields: Sequence[str], space: Sequence[str]) -> None:
        self._values = values
        self._fields = fields
        self._space = space
        self._done: dict[int, tuple[str, Float | None]] = {}

    def method(self, *, d: int, axis: int) -> _KnownDerivative:
        """Make the object that PySINDy asks for; the arguments' names are PySINDy's."""
        return _KnownDerivative(self, self._space[axis] * d)

    def differentiate(self, array: Float, axes: str) -> Float:
        """Return the derivative of `array` along `axes`."""
        total = self._done.get(id(array), ("", None))[0] + axes
        names = [derivative_name(field, total) for field in self._fields]
        result = np.stack([np.moveaxis(self._values[name], 0, -1) for name in names], axis=-1)
        # Keeping the array alive keeps its id from being used again.
        self._done[id(result)] = (total, result)
        return result


class _KnownDerivative:
    def __init__(self, known: _KnownDerivatives, axes: str) -> None:
        self._known = known
        self._axes = axes

    def _differentiate(self, array: Float, grid: Float) -> Float:  # noqa: ARG002
        return self._known.differentiate(array, self._axes)


def _translate(name: str, fields: Sequence[str], space: Sequence[str]) -> str:
    if name == "1":
        return name
    factors = []
    for factor in _FACTOR.finditer(name):
        field = fields[int(factor["field"])]
        axes = "".join(space[int(digit) - 1] for digit in factor["axes"] or "")
        factors.append(f"{derivative_name(field, axes)}**{factor['exponent'] or 1}")
    return product_name("*".join(factors), fields)

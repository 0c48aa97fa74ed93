"""The candidate terms evaluated at every sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from physforge.equations import split_derivative
from physforge.errors import LibraryError
from physforge.features.term import Term
from physforge.features.term_units import VariableUnits

if TYPE_CHECKING:
    from pint import Unit

    from physforge.features.library import CandidateLibrary


@dataclass(frozen=True, eq=False)
class Theta:
    """What `CandidateLibrary.evaluate` returns.

    Parameters
    ----------
    values : numpy.ndarray or dask.array.Array of shape (n_samples, n_terms)
        The terms. Samples follow `dims`, the last running fastest.
    terms : tuple of Term
        The columns.
    fields : tuple of str
        Names of the fields.
    dims : tuple of str
        Axes of the data, in the order trajectory, t, x, y, z, point.
    shape : tuple of int
        Their lengths.
    units : dict of str to pint.Unit or None
        Of each term; None where a field or coordinate has none, or the term makes no
        sense.
    problems : dict of str to str
        Why a term makes no sense in its units, such as a sine of a length.
    column_sd : array of shape (n_terms,) or None
        Root mean square, over the finite samples, of the standard deviation of each
        term; None where the dataset has no ``_sd``.
    sd : array of shape (n_samples, n_terms) or None
        Standard deviation of each term at each sample, where it was asked for.
    library : CandidateLibrary
        The library, with what it took from the data.
    variables : VariableUnits
        The units of fields and coordinates.
    """

    values: Any
    terms: tuple[Term, ...]
    fields: tuple[str, ...]
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    units: dict[str, Unit | None]
    problems: dict[str, str]
    column_sd: Any
    sd: Any
    library: CandidateLibrary
    variables: VariableUnits

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical names of the terms."""
        return tuple(term.name for term in self.terms)

    @property
    def latex(self) -> tuple[str, ...]:
        """Labels for plots, without dollar signs."""
        return tuple(term.latex for term in self.terms)

    @property
    def is_lazy(self) -> bool:
        """Whether the values are Dask's, not computed yet."""
        return not isinstance(self.values, np.ndarray)

    @property
    def finite(self) -> Any:
        """Which samples have a finite value of every term: array of bool of shape (n_samples,)."""
        return _isfinite(self.values).all(axis=1)

    def column(self, name: str) -> Any:
        """Return one term at every sample.

        Parameters
        ----------
        name : str
            A canonical name.

        Returns
        -------
        array of shape (n_samples,)
            A view.

        Raises
        ------
        LibraryError
            If there is no such term.
        """
        if name not in self.names:
            raise LibraryError(f"There is no term {name!r}; the terms are {', '.join(self.names)}.")
        return self.values[:, self.names.index(name)]

    def coefficient_units(self, target: str) -> dict[str, Unit | None]:
        """Return the units of each term's coefficient.

        Parameters
        ----------
        target : str
            What the terms add up to, such as ``"u_t"``.

        Returns
        -------
        dict of str to pint.Unit or None
            Units of the target over those of the term; None where either has none.

        Raises
        ------
        LibraryError
            If `target` is no field of the data or derivative of one.
        """
        field, axes = split_derivative(target, self.fields)
        if field not in self.fields:
            raise LibraryError(f"{target!r} is no derivative of a field; the fields are {', '.join(self.fields)}.")
        whole = self.variables.of_derivative(field, axes)
        return {name: None if whole is None or unit is None else whole / unit for name, unit in self.units.items()}

    def to_xarray(self) -> xr.DataArray:
        """Return the values on the axes of the data.

        Returns
        -------
        xarray.DataArray
            Over `dims` and ``term``; lazy if the values are.
        """
        values = self.values.reshape((*self.shape, len(self.terms)))
        return xr.DataArray(values, dims=(*self.dims, "term"), coords={"term": list(self.names)}, name="theta")

    def compute(self) -> Theta:
        """Evaluate whatever is lazy.

        Returns
        -------
        Theta
            With NumPy arrays.
        """
        if not self.is_lazy:
            return self
        from dask.base import compute

        values, column_sd, sd = compute(  # type: ignore[no-untyped-call]
            self.values, self.column_sd, self.sd
        )
        return replace(self, values=values, column_sd=column_sd, sd=sd)


def _isfinite(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return np.isfinite(values)
    import dask.array as da

    return da.isfinite(values)

"""From a dataset to flat arrays of samples, in one documented order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import DIM_ORDER, SD_SUFFIX, field_names
from physforge.equations import split_derivative
from physforge.errors import LibraryError

#: Aim for this size of a chunk of theta, in bytes.
_CHUNK = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Samples:
    """Every variable at every sample, as arrays of one dimension.

    The samples follow the dims in the order trajectory, t, x, y, z, point, the last
    running fastest.

    Parameters
    ----------
    values : mapping of str to array of shape (n,)
        NumPy arrays, or Dask arrays with equal chunks.
    sd : mapping of str to array of shape (n,)
        Standard deviations, where the dataset has them.
    dims : tuple of str
        Names of the axes that were flattened.
    shape : tuple of int
        Their lengths.
    lazy : bool
        Whether the arrays are Dask's.
    """

    values: Mapping[str, Any]
    sd: Mapping[str, Any]
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    lazy: bool

    @property
    def size(self) -> int:
        """Number of samples."""
        return prod(self.shape)


def measured_fields(d: xr.Dataset) -> list[str]:
    """List the fields of a dataset that also holds derivatives.

    Parameters
    ----------
    d : xarray.Dataset
        What `physforge.differentiate` returns.

    Returns
    -------
    list of str
        Variables that are no derivative of another one, and no standard deviation.
    """
    names = field_names(d)
    return [name for name in names if split_derivative(name, [one for one in names if one != name])[1] == ""]


def gather(d: xr.Dataset, names: Sequence[str], fields: Sequence[str], columns: int) -> Samples:
    """Flatten variables and coordinates.

    Parameters
    ----------
    d : xarray.Dataset
        Fields and derivatives.
    names : sequence of str
        Which variables and coordinates.
    fields : sequence of str
        Names of the fields, whose dims are flattened.
    columns : int
        Number of terms, which decides how many samples a chunk holds.

    Returns
    -------
    Samples
        Lazy if any of the variables is.

    Raises
    ------
    LibraryError
        If a variable is missing, or over other dims than the fields.
    """
    _check_present(d, names, fields)
    over = dict.fromkeys(str(dim) for field in fields for dim in d[field].dims)
    dims = (*(dim for dim in DIM_ORDER if dim in over), *(dim for dim in over if dim not in DIM_ORDER))
    sizes = {dim: d.sizes[dim] for dim in dims}
    arrays = {name: _variable(d, name, sizes) for name in names}
    spread = {name: _variable(d, name + SD_SUFFIX, sizes) for name in names if name + SD_SUFFIX in d}
    lazy = any(one.chunks is not None for one in (*arrays.values(), *spread.values()))
    shape = tuple(sizes.values())

    def flat(one: xr.Variable) -> Any:
        return _lazy_flat(one, sizes, columns) if lazy else _spread_out(one, sizes).to_numpy().reshape(-1)

    return Samples(
        {name: flat(one) for name, one in arrays.items()},
        {name: flat(one) for name, one in spread.items()},
        dims,
        shape,
        lazy,
    )


def _check_present(d: xr.Dataset, names: Sequence[str], fields: Sequence[str]) -> None:
    absent = [name for name in names if name not in d.variables]
    if not absent:
        return
    derivatives = [name for name in absent if split_derivative(name, fields)[1]]
    if derivatives:
        listed = ", ".join(repr(name) for name in derivatives)
        raise LibraryError(
            f"The library needs {listed}, which the dataset does not have; take derivatives first: "
            f"d = physforge.differentiate(ds, [{listed}])."
        )
    raise LibraryError(
        f"A term of the library contains {absent[0]!r}, which is neither a field nor a coordinate of the dataset; it "
        f"has {', '.join(map(str, d.variables))}."
    )


def _variable(d: xr.Dataset, name: str, sizes: Mapping[str, int]) -> xr.Variable:
    variable = d[name].variable.to_base_variable()
    strange = [str(dim) for dim in variable.dims if dim not in sizes]
    if strange:
        raise LibraryError(f"{name!r} is over {strange[0]!r}, which the fields are not; select with ds.isel(...).")
    return variable.astype(np.float64, copy=False)


def _spread_out(variable: xr.Variable, sizes: Mapping[str, int]) -> xr.Variable:
    whole: xr.Variable = variable.set_dims(dict(sizes))  # type: ignore[no-untyped-call]
    return whole.transpose(*sizes)


def _lazy_flat(variable: xr.Variable, sizes: Mapping[str, int], columns: int) -> Any:
    whole = _spread_out(variable.chunk(), sizes).data
    wanted = max(1, _CHUNK // (8 * max(1, columns)))
    first, *others = sizes.values()
    # Whole trailing axes keep the order of samples without moving data between chunks.
    along = max(1, min(first, wanted // max(1, prod(others))))
    chunked = whole.rechunk({0: along, **dict.fromkeys(range(1, len(sizes)), -1)})
    return chunked.reshape(-1).rechunk(min(wanted, along * prod(others)))

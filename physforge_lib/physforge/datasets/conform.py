"""Bring what a reader found to the conventions of a dataset."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import DIM_ORDER, MESH_DIMS, validate
from physforge.datasets.lazy import is_lazy
from physforge.errors import DatasetError

#: An imaginary part below this fraction of the field is round-off of the solver that wrote it.
IMAGINARY_RTOL = 1e-5


def conform(ds: xr.Dataset, *, where: str, units: Mapping[str, str] | None = None) -> xr.Dataset:
    """Return the dataset in float64, with conventional axes, units and real fields.

    Parameters
    ----------
    ds : xarray.Dataset
        What a reader found.
    where : str
        Named in messages.
    units : mapping of str to str, optional
        Variable or coordinate -> unit; goes before what the file says.

    Returns
    -------
    xarray.Dataset
        Dims in the order trajectory, t, x, y, z, point. Times become seconds (days
        where all fall on midnight) since the first; a complex field ``h`` becomes
        ``h_re`` and ``h_im``, or ``h`` where its imaginary part is round-off. What
        stays on disk (dask arrays) is not computed, so its imaginary part is always
        kept. The attribute ``equation`` is carried and never used.

    Raises
    ------
    DatasetError
        If the result breaks the conventions (see `conventions.validate`).
    """
    ds = _with_plain_names(ds, where)
    coords = {name: _numeric(ds.coords[name].variable) for name in ds.coords}
    fields: dict[Hashable, xr.Variable] = {}
    for name, variable in ds.data_vars.items():
        fields.update(_real(str(name), _numeric(variable.variable)))
    # Built from transposed variables, since a dataset lists its dims in the order it meets them.
    order = [dim for dim in DIM_ORDER if dim in ds.dims]
    conformed = xr.Dataset(
        {name: field.transpose(*order, ..., missing_dims="ignore") for name, field in fields.items()}
    )
    conformed = conformed.assign_coords(coords).assign_attrs(ds.attrs)
    _set_units(conformed, units or {}, where)
    validate(conformed, where)
    return conformed


def _with_plain_names(ds: xr.Dataset, where: str) -> xr.Dataset:
    """Spell names in one way (NFC), without signs that cannot be seen, and refuse those that then are the same."""
    names: dict[str, str] = {}
    for name in map(str, [*ds.variables, *(dim for dim in ds.dims if dim not in ds.variables)]):
        # Cf are signs that turn the direction of writing, or join and part letters, and cannot be seen.
        spelt = "".join(sign for sign in unicodedata.normalize("NFC", name) if unicodedata.category(sign) != "Cf")
        if not spelt or spelt in names:
            other = f"{names[spelt]!a} and {name!a}" if spelt else f"{name!a}"
            raise DatasetError(f"{where}: the names {other} could not be told apart when read; rename one.")
        names[spelt] = name
    return ds.rename({name: spelt for spelt, name in names.items() if name != spelt})


def _numeric(variable: xr.Variable) -> xr.Variable:
    kind = variable.dtype.kind
    if kind in "iu" and variable.dims and set(variable.dims) <= set(MESH_DIMS):
        return variable.astype(np.int64)
    if kind in "Mm":
        return _elapsed(variable)
    if kind in "biuf":
        return variable.astype(np.float64)
    return variable.astype(np.complex128) if kind == "c" else variable


def _elapsed(variable: xr.Variable) -> xr.Variable:
    values = variable.to_numpy()
    attrs: dict[str, Any] = dict(variable.attrs)
    if values.dtype.kind == "M":
        start = values.ravel()[0]
        attrs["origin"] = str(np.datetime_as_string(start, unit="auto"))
        values = values - start
    day = np.timedelta64(1, "D")
    whole_days = bool((values % day == np.timedelta64(0)).all())
    step, attrs["units"] = (day, "day") if whole_days else (np.timedelta64(1, "s"), "s")
    return xr.Variable(variable.dims, values / step, attrs)


def _real(name: str, variable: xr.Variable) -> dict[Hashable, xr.Variable]:
    if variable.dtype.kind != "c":
        return {name: variable}
    if variable.chunks is not None:
        return {f"{name}_re": variable.real, f"{name}_im": variable.imag}
    if is_lazy(variable):
        parts = {"re": variable.data.real, "im": variable.data.imag}
        return {f"{name}_{part}": xr.Variable(variable.dims, data, variable.attrs) for part, data in parts.items()}
    values = variable.to_numpy()
    real, imaginary = np.ascontiguousarray(values.real), np.ascontiguousarray(values.imag)
    largest = float(np.nanmax(np.abs(imaginary)))
    if largest <= IMAGINARY_RTOL * float(np.nanmax(np.abs(real))):
        attrs = {**variable.attrs, "dropped_imaginary": largest} if largest else variable.attrs
        return {name: xr.Variable(variable.dims, real, attrs)}
    return {
        f"{name}_re": xr.Variable(variable.dims, real, variable.attrs),
        f"{name}_im": xr.Variable(variable.dims, imaginary, variable.attrs),
    }


def _set_units(ds: xr.Dataset, units: Mapping[str, str], where: str) -> None:
    for name, unit in units.items():
        targets = [part for part in (name, f"{name}_re", f"{name}_im") if part in ds.variables]
        if not targets:
            raise DatasetError(
                f"{where}: units names {name!r}, but the dataset has {', '.join(map(str, ds.variables))}."
            )
        for target in targets:
            ds[target].attrs["units"] = unit

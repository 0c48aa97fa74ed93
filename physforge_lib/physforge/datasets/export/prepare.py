"""Bring a dataset to what every file format can hold."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import TRAJECTORY
from physforge.errors import DatasetError

#: Attributes by which netCDF and xarray mean something of their own; as plain notes they would change the data.
RESERVED = frozenset(
    {"_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned", "dtype", "coordinates", "calendar"}
)


def prepare(ds: xr.Dataset, path: str | os.PathLike[str]) -> xr.Dataset:
    """Return a dataset of real numbers, with attributes of text and numbers.

    Parameters
    ----------
    ds : xarray.Dataset
        To be written. Nothing in it is computed here.
    path : str or path-like
        Where to; named in messages.

    Returns
    -------
    xarray.Dataset
        A complex field ``h`` is ``h_re`` and ``h_im``. How an earlier file stored
        the data (chunks, scales, compression) is forgotten.

    Raises
    ------
    DatasetError
        For no field, an object that is no number, a name with a slash, or an
        attribute that is neither text nor numbers.
    """
    where = os.fspath(path)
    if not isinstance(ds, xr.Dataset):
        raise DatasetError(f"{where}: a {type(ds).__name__} is not written; make it a Dataset, as da.to_dataset().")
    if not ds.data_vars:
        raise DatasetError(f"{where}: the dataset has no field, so there is nothing to write.")
    fields: dict[Hashable, xr.Variable] = {}
    for name, field in ds.data_vars.items():
        for part, variable in _real(str(name), field.variable).items():
            if part in fields or (part != name and part in ds.variables):
                raise DatasetError(f"{where}: the parts of {name!r} need the name {part!r}, which is taken; rename it.")
            fields[part] = variable
    plain = xr.Dataset(fields, coords=ds.coords, attrs=_attributes(ds.attrs, "the dataset", where)).drop_encoding()
    # Names of runs, once read from a file, are an array of objects.
    if TRAJECTORY in plain.coords and _is_text(plain[TRAJECTORY].variable):
        plain = plain.assign_coords({TRAJECTORY: plain[TRAJECTORY].astype(str)})
    for key, variable in plain.variables.items():
        _check_variable(str(key), variable, where)
        variable.attrs = _attributes(variable.attrs, repr(key), where)
    return plain


def _real(name: str, variable: xr.Variable) -> dict[str, xr.Variable]:
    if variable.dtype.kind != "c":
        return {name: variable.copy(deep=False)}
    parts = {f"{name}_re": variable.real, f"{name}_im": variable.imag}
    return {part: xr.Variable(variable.dims, values.data, variable.attrs) for part, values in parts.items()}


def _is_text(variable: xr.Variable) -> bool:
    return variable.dtype.kind in "OT" and all(isinstance(item, str) for item in variable.to_numpy().ravel())


def _check_variable(name: str, variable: xr.Variable, where: str) -> None:
    if "/" in name or not name or name.startswith("."):
        raise DatasetError(f"{where}: a file cannot hold a variable called {name!r}; rename it.")
    if variable.dtype.kind not in "biufMm" and not (name == TRAJECTORY and variable.dtype.kind == "U"):
        raise DatasetError(f"{where}: variable {name!r} is not numeric (dtype {variable.dtype}); leave it out.")


def _attributes(attrs: Mapping[Any, Any], owner: str, where: str) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in attrs.items():
        if not isinstance(key, str) or not key or key in RESERVED:
            raise DatasetError(f"{where}: {owner} has an attribute {key!r}, which a file cannot hold; remove it.")
        plain[key] = _attribute(value)
        if plain[key] is None:
            raise DatasetError(
                f"{where}: the attribute {key!r} of {owner} is a {type(value).__name__}; "
                "only text, numbers and lists of one of them are written."
            )
    return plain


def _attribute(value: Any) -> Any:
    """Return an attribute as text, number or array of numbers, or None if it is neither."""
    if isinstance(value, str):
        return None if "\0" in value else value
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, Real):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        return list(value)
    if isinstance(value, list | tuple | np.ndarray):
        array = np.asarray(value)
        return array if array.dtype.kind in "iuf" and array.ndim == 1 and array.size else None
    return None

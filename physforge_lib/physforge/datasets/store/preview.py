"""A small picture of a data set: enough samples to draw it, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, TRAJECTORY, field_names

#: Most samples along the axis of a line, and along each axis of an image.
LINE, IMAGE = 512, 64

#: Most fields that are shown.
FIELDS = 12

_DIGITS = 6


def preview(ds: xr.Dataset) -> dict[str, Any]:
    """Thin a dataset out until it can be drawn from a few thousand numbers.

    Parameters
    ----------
    ds : xarray.Dataset
        Following the conventions. Only the samples shown are computed.

    Returns
    -------
    dict
        JSON-serialisable: ``title``; ``fields``, each with ``name``, ``units``, ``dims``
        and ``values`` of what is shown, ``axes`` (name -> units and values), the
        ``shape`` of the whole field, and ``at``: the place on the axes that are not
        shown; and the names of fields ``omitted``. Values are nested lists with six
        digits, null where missing.

    Examples
    --------
    >>> ds = xr.Dataset({"u": ("t", [1.0, np.nan])}, {"t": [0.0, 0.5]})
    >>> preview(ds)["fields"][0]["values"]
    [1.0, None]
    """
    shown = [_field(ds, name) for name in field_names(ds)[:FIELDS]]
    return {
        "title": str(ds.attrs.get("title", "")),
        "fields": shown,
        "omitted": field_names(ds)[FIELDS:],
    }


def _field(ds: xr.Dataset, name: str) -> dict[str, Any]:
    field = ds[name]
    dims = [str(dim) for dim in field.dims]
    axes = [dim for dim in dims if dim != TRAJECTORY][:2]
    most = LINE if len(axes) < 2 else IMAGE
    # The middle of what is not shown; of several runs the first.
    at = {dim: 0 if dim == TRAJECTORY else field.sizes[dim] // 2 for dim in dims if dim not in axes}
    thin = {dim: slice(None, None, -(-field.sizes[dim] // most)) for dim in axes}
    small = field.isel({**at, **thin}).compute()
    names = [str(key) for key in ds.coords if ds[key].dims == (POINT,)] if POINT in axes else axes
    return {
        "name": name,
        "units": _text(field.attrs.get("units")),
        "dims": axes,
        "shape": list(field.shape),
        "at": {dim: _place(ds, dim, index) for dim, index in at.items()},
        "axes": {
            key: {"units": _text(ds[key].attrs.get("units")), "values": _numbers(small[key].to_numpy())}
            for key in names
            if key in small.coords
        },
        "values": _numbers(small.to_numpy()),
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _place(ds: xr.Dataset, dim: str, index: int) -> float | str:
    if dim not in ds.coords:
        return float(index)
    value = ds[dim][index].item()
    return float(value) if isinstance(value, int | float) else str(value)


def _numbers(values: Any) -> Any:
    if values.dtype.kind not in "biuf":
        return [str(value) for value in values.ravel()]
    return _rounded(np.asarray(values, dtype=np.float64).tolist())


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None

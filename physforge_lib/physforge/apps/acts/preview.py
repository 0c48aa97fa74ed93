"""Thin a version of a data set out to pictures: curves, one plane, or planes to go through."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from physforge.apps.acts.opening import opened

if TYPE_CHECKING:
    import xarray as xr

#: Samples of a curve, along each axis of one plane and of many, planes, scattered points, and fields of curves.
_CURVE, _PLANE, _SMALL_PLANE, _PLANES, _POINTS, _FIELDS = 2000, 240, 96, 40, 3000, 8


def preview(
    data: str,
    version: int | None = None,
    field: str | None = None,
    through: str | None = None,
    at: float = 0.5,
) -> dict[str, Any]:
    """Thin a version out.

    Parameters
    ----------
    data : str
        Id of the data set, or a name of the catalog.
    version : int, optional
        By default the newest.
    field : str, optional
        By default the first.
    through : str, optional
        The dim along which planes follow each other; by default time.
    at : float, default 0.5
        Where along the dim that is neither shown nor gone through, from 0 to 1.

    Returns
    -------
    dict
        ``kind`` (``"curves"``, ``"plane"``, ``"planes"``, ``"points"`` or ``"none"``), ``fields`` and ``sizes`` of
        the data set, ``units``, and for the kind ``dims``, ``axes``, ``names``, ``shape`` and ``values`` (float32 in
        base64); ``fixed``: the dim that is cut and where; ``said``: what was left out, in words.
    """
    from physforge.datasets.conventions import field_names

    ds = opened(data, version)
    names = field_names(ds)
    about = {
        "title": str(ds.attrs.get("title", "")),
        "fields": names,
        "sizes": {str(dim): int(size) for dim, size in ds.sizes.items()},
        "units": {str(name): str(one.attrs["units"]) for name, one in ds.variables.items() if "units" in one.attrs},
    }
    chosen = field if field in names else (names[0] if names else "")
    return about | {"field": chosen} | (_picture(ds, names, chosen, through, at) if chosen else _none("no field"))


def _picture(ds: xr.Dataset, names: list[str], field: str, through: str | None, at: float) -> dict[str, Any]:
    dims = [str(dim) for dim in ds[field].dims]
    if "point" in dims:
        return _points(ds, field)
    if any(dim not in ("t", "x", "y", "z", "trajectory") for dim in dims) or not dims:
        return _none("such a mesh is seen in 3D alone")
    if set(dims) <= {"t", "trajectory"} or len(dims) == 1:
        return _curves(ds, names, field)
    if len(dims) == 2:
        return _planes(ds[field], dims, [], at)
    order = ["trajectory", "t", "z", "y", "x"]
    first = through if through in dims else next(dim for dim in order if dim in dims)
    rest = [dim for dim in dims if dim != first]
    cut = [dim for dim in order if dim in rest][: len(rest) - 2]
    return _planes(ds[field], [first, *(dim for dim in rest if dim not in cut)], cut, at)


def _curves(ds: xr.Dataset, names: list[str], field: str) -> dict[str, Any]:
    (along, *runs) = sorted(map(str, ds[field].dims), key=lambda dim: dim == "trajectory")
    thin = _thinned(ds[[name for name in names if ds[name].dims == ds[field].dims]], {along: _CURVE})
    if runs:
        lines = thin[field].transpose("trajectory", along).to_numpy()[:_FIELDS]
        labels = [f"{field}, run {k + 1}" for k in range(len(lines))]
    else:
        labels = [str(name) for name in thin.data_vars][:_FIELDS]
        lines = np.stack([thin[name].to_numpy() for name in labels])
    said = _left_out(ds, thin)
    return {"kind": "curves", "dims": [along], "axes": _axes(thin, [along]), "names": labels, "said": said} | _packed(
        lines
    )


def _planes(field: xr.DataArray, dims: list[str], cut: list[str], at: float) -> dict[str, Any]:
    """Take planes over the last two of `dims`, in the middle of `cut` or elsewhere along it."""
    places = {dim: round(min(max(at, 0.0), 1.0) * (field.sizes[dim] - 1)) for dim in cut}
    whole = field.isel(places)
    most = {dims[-1]: _PLANE, dims[-2]: _PLANE} if len(dims) == 2 else {dims[0]: _PLANES}
    thin = _thinned(whole, dict.fromkeys(dims[-2:], _SMALL_PLANE) | most).transpose(*dims)
    return {
        "kind": "plane" if len(dims) == 2 else "planes",
        "dims": dims,
        "axes": _axes(thin, dims),
        "names": [str(field.name)],
        "fixed": [{"dim": dim, "value": _at(field, dim, place)} for dim, place in places.items()],
        "said": _left_out(whole, thin),
    } | _packed(thin.to_numpy())


def _points(ds: xr.Dataset, field: str) -> dict[str, Any]:
    axes = [str(name) for name in ds.coords if ds[name].dims == ("point",)][:2]
    if len(axes) < 2:
        return _none("the samples have one coordinate alone")
    thin = _thinned(ds, {"point": _POINTS})
    values = np.stack([thin[name].to_numpy() for name in (*axes, field)])
    said = _left_out(ds, thin)
    return {"kind": "points", "dims": axes, "axes": {}, "names": [field], "said": said} | _packed(values)


def _thinned(ds: Any, most: dict[str, int]) -> Any:
    """Take equally spaced samples with both ends."""
    chosen = {}
    for dim, count in most.items():
        size = ds.sizes[dim]
        if size > count:
            chosen[dim] = np.unique(np.linspace(0, size - 1, count).round().astype(int))
    return ds.isel(chosen)


def _left_out(whole: Any, thin: Any) -> str:
    fewer = [
        f"{thin.sizes[dim]} of {whole.sizes[dim]} along {dim}"
        for dim in thin.dims
        if thin.sizes[dim] < whole.sizes[dim]
    ]
    return f"Shown are {', '.join(fewer)}." if fewer else ""


def _axes(ds: Any, dims: list[str]) -> dict[str, list[float]]:
    return {
        dim: ds[dim].to_numpy().astype(float).tolist()
        if dim in ds.coords and dim != "trajectory"
        else list(map(float, range(1, ds.sizes[dim] + 1)))
        for dim in dims
    }


def _at(field: xr.DataArray, dim: str, place: int) -> float:
    return float(field[dim][place]) if dim in field.coords else float(place + 1)


def _packed(values: Any) -> dict[str, Any]:
    array = np.ascontiguousarray(values, dtype="<f4")
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)
    limits = [low, high] if finite.size else None
    return {"shape": list(array.shape), "values": base64.b64encode(array.tobytes()).decode("ascii"), "limits": limits}


def _none(why: str) -> dict[str, Any]:
    return {"kind": "none", "said": f"There is no flat picture: {why}."}

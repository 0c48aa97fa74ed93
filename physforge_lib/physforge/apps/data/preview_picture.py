"""Draw what a kernel sent of a data set."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label, field_image, plot_curves

_HEIGHT = 360


def values_of(found: Mapping[str, Any]) -> Any:
    """Return the numbers of a preview.

    Parameters
    ----------
    found : mapping
        From `physforge.apps.acts.preview`.

    Returns
    -------
    ndarray of float32
        Of the shape that it says.
    """
    return np.frombuffer(base64.b64decode(found["values"]), dtype="<f4").reshape(found["shape"])


def picture(found: Mapping[str, Any], plane: Callable[[], int] = lambda: 0, streams: Any = ()) -> Any:
    """Draw a preview.

    Parameters
    ----------
    found : mapping
        From `physforge.apps.acts.preview`, of any kind but ``"none"``.
    plane : callable, optional
        Returns which of the planes is shown.
    streams : sequence of holoviews.streams.Stream, optional
        That say when it is another one.

    Returns
    -------
    holoviews object
        As wide as there is room.
    """
    hv = holoviews()
    if found["kind"] == "curves":
        return _curves(found)
    if found["kind"] == "points":
        return _points(found)
    values = values_of(found)
    if found["kind"] == "plane":
        return _image(found, values)

    def draw(**_given: Any) -> Any:
        return _image(found, values[min(plane(), len(values) - 1)])

    return hv.DynamicMap(draw, streams=list(streams))


def place_of(found: Mapping[str, Any], plane: int) -> str:
    """Say which plane is shown.

    Parameters
    ----------
    found : mapping
        Of the kind ``"planes"``.
    plane : int
        Which.

    Returns
    -------
    str
        Such as ``"t = 0.5 s"``.
    """
    dim = found["dims"][0]
    value = found["axes"][dim][plane]
    return f"{dim} = {value:.4g} {found['units'].get(dim, '')}".rstrip()


def _curves(found: Mapping[str, Any]) -> Any:
    (dim,) = found["dims"]
    ds = xr.Dataset({name: ("t", row) for name, row in zip(found["names"], values_of(found), strict=True)})
    ds = ds.assign_coords(t=_axis(found, dim, "t"))
    return plot_curves(ds, found["names"], title="").opts(responsive=True, width=None, height=_HEIGHT).relabel("")


def _image(found: Mapping[str, Any], values: Any) -> Any:
    up, across = found["dims"][-2:]
    if up != "t" and across == "t":
        up, across = across, up
        values = values.T
    field = xr.DataArray(
        values, dims=(up, across), coords={dim: _axis(found, dim, dim) for dim in (up, across)}, name=found["names"][0]
    )
    if not {up, across} & {"t"}:
        field = field.transpose(across, up)
    options = {} if found["limits"] is None else {"clim": tuple(found["limits"])}
    return field_image(field, "", **options, responsive=True, width=None, height=_HEIGHT)


def _points(found: Mapping[str, Any]) -> Any:
    hv = holoviews()
    across, up, values = values_of(found)
    labels = [axis_label(_axis(found, dim, dim)) for dim in found["dims"]]
    points = hv.Points((across, up, values), labels, found["names"][0])
    return points.opts(
        color=found["names"][0], cmap="viridis", colorbar=True, size=5, responsive=True, height=_HEIGHT, tools=["hover"]
    )


def _axis(found: Mapping[str, Any], dim: str, name: str) -> xr.DataArray:
    units = found["units"].get(dim)
    axis = found["axes"].get(dim, [])
    return xr.DataArray(axis, dims=(name,), name=dim, attrs={"units": units} if units else {})

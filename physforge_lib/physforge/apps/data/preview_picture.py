"""Draw what a kernel sent of a data set."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import is_uniform
from physforge.plots.backend import holoviews
from physforge.plots.dataset import axis_label

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
    hv = holoviews()
    (dim,) = found["dims"]
    axis = _axis(found, dim, dim)
    label = axis_label(axis)
    curves = [
        hv.Curve((axis.values, row), label, "value", label=name)
        for name, row in zip(found["names"], values_of(found), strict=True)
    ]
    sized = {"responsive": True, "height": _HEIGHT, "show_grid": True, "tools": ["hover"]}
    drawn = hv.Overlay([one.opts(**sized) for one in curves])
    return drawn.opts(responsive=True, height=_HEIGHT, legend_position="top", show_legend=len(curves) > 1)


def _image(found: Mapping[str, Any], values: Any) -> Any:
    """Draw a plane: time goes up, and of two dims of space the first goes across."""
    hv = holoviews()
    across, up = sorted(found["dims"][-2:], key=lambda dim: dim in ("t", "trajectory"))
    if (across, up) == tuple(found["dims"][-2:]):
        values = values.T
    axes = [_axis(found, dim, dim) for dim in (across, up)]
    kind = hv.Image if all(is_uniform(one) for one in axes) else hv.QuadMesh
    drawn = kind((axes[0].values, axes[1].values, values), [axis_label(one) for one in axes], found["names"][0])
    limits = {} if found["limits"] is None else {"clim": tuple(found["limits"])}
    sized = {"responsive": True, "height": _HEIGHT, "tools": ["hover"]}
    return drawn.opts(cmap="viridis", colorbar=True, **sized, **limits)


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

"""Draw the fields of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX, field_names, is_uniform, spatial_dims
from physforge.errors import DatasetError
from physforge.plots.backend import holoviews

WIDTH, HEIGHT = 380, 280


def plot_dataset(ds: xr.Dataset, *, fields: Sequence[str] | None = None, title: str | None = None) -> Any:
    """Draw fields of `ds`: curves over time, or colours over x and t.

    Parameters
    ----------
    ds : xarray.Dataset
        With dims ``(t)`` or ``(t, x)``.
    fields : sequence of str, optional
        Which ones; by default all.
    title : str, optional
        Above the figure; by default the dataset's own title for curves, and the
        fields' names for colours.

    Returns
    -------
    holoviews.Overlay or holoviews.Layout
        Shown by a notebook as it is; save it with ``holoviews.save``.

    Raises
    ------
    DatasetError
        If the dataset has no such field, or more than one spatial dimension.
    """
    names = _chosen(ds, fields)
    space = spatial_dims(ds)
    if len(space) > 1:
        raise DatasetError(f"A dataset with dims {tuple(ds.dims)} has no flat picture; select a slice first.")
    if not space:
        return plot_curves(ds, names, title=title)
    panels = [field_image(ds[name], title or name) for name in names]
    return holoviews().Layout(panels).cols(2)


def plot_curves(ds: xr.Dataset, names: Sequence[str], *, title: str | None = None) -> Any:
    """Draw fields of an ODE dataset as curves over time, with bands of two sd where these are known.

    Parameters
    ----------
    ds : xarray.Dataset
        With the one dim ``t``.
    names : sequence of str
        The fields.
    title : str, optional
        By default the dataset's own.

    Returns
    -------
    holoviews.Overlay
        One curve a field, with a legend.
    """
    hv = holoviews()
    time, label = ds["t"].values, axis_label(ds["t"])
    bands = [
        hv.Spread((time, ds[name].values, 2.0 * ds[name + SD_SUFFIX].values), label, ["value", "two sd"], label=name)
        for name in names
        if name + SD_SUFFIX in ds
    ]
    curves = [hv.Curve((time, ds[name].values), label, "value", label=name) for name in names]
    return hv.Overlay([*(band.opts(alpha=0.25, line_alpha=0.0) for band in bands), *curves]).opts(
        title=title if title is not None else str(ds.attrs.get("title", "")),
        width=2 * WIDTH,
        height=HEIGHT,
        legend_position="right",
        show_grid=True,
    )


def _chosen(ds: xr.Dataset, fields: Sequence[str] | None) -> list[str]:
    known = field_names(ds)
    unknown = [name for name in fields or () if name not in known]
    if unknown:
        raise DatasetError(f"There is no field {unknown[0]!r} to draw; there are {', '.join(known)}.")
    return list(fields) if fields is not None else known


def field_image(field: xr.DataArray, title: str, **options: Any) -> Any:
    """Draw one field over space (across) and time (up), or over two dims of space.

    Parameters
    ----------
    field : xarray.DataArray
        With dims ``(t, x)``, or two of space: the first across, the second up.
    title : str
        Above the picture.
    **options
        Passed on to HoloViews, for example ``clim`` or ``cmap``.

    Returns
    -------
    holoviews.Image or holoviews.QuadMesh
        Coloured, with a colour bar; a mesh where the grid is not uniform.
    """
    hv = holoviews()
    across, up = sorted(field.dims, key=lambda dim: dim == "t")
    # A mesh draws each cell with its own edges, which shimmer; an image has none.
    kind = hv.Image if is_uniform(field[across]) and is_uniform(field[up]) else hv.QuadMesh
    picture = kind(
        (field[across].values, field[up].values, field.transpose(up, across).values),
        [axis_label(field[across]), axis_label(field[up])],
        str(field.name or "value"),
    )
    chosen = {"cmap": "viridis", "colorbar": True, "width": WIDTH, "height": HEIGHT, "tools": ["hover"], **options}
    return picture.opts(title=title, **chosen)


def axis_label(coordinate: xr.DataArray) -> str:
    """Return an axis label: the coordinate's name and, where known, its unit."""
    units = coordinate.attrs.get("units")
    return f"{coordinate.name} ({units})" if units else str(coordinate.name)

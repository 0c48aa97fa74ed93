"""Pictures of fields: curves over time, colours over a plane, and planes through a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, SD_SUFFIX, SPACE, TIME, TRAJECTORY, field_names
from physforge.datasets.mesh import has_mesh
from physforge.reports.document import Picture
from physforge.reports.pictures import picture
from physforge.reports.space_pictures import space_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

#: Variables of a dataset that are drawn.
_MOST_FIELDS = 6

#: Samples of each axis that are drawn: of curves, of images, and of the faces of a volume.
_CURVE, _IMAGE, _FACE, _SOLID = 2000, 400, 64, 256

_COLOURS = "viridis"


def field_pictures(ds: xr.Dataset) -> tuple[Picture, ...]:
    """Draw the fields of a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        In memory, on a grid. Fields in two and three dimensions are drawn at the last time.

    Returns
    -------
    tuple of Picture
        One for each of the first six fields; none for scattered samples without the cells of a mesh, or
        where there is nothing to draw with.
    """
    if POINT in ds.dims:
        names = field_names(ds)[:_MOST_FIELDS] if has_mesh(ds) and set(SPACE) <= set(ds.coords) else ()
        return tuple(one for name in names for one in _body(ds, name))
    return tuple(one for name in field_names(ds)[:_MOST_FIELDS] for one in _drawn(ds, name))


def _drawn(ds: xr.Dataset, name: str) -> tuple[Picture, ...]:
    field, said = ds[name], name
    if TRAJECTORY in field.dims:
        field, said = field.isel({TRAJECTORY: 0}), f"{name}, the first run"
    space = [dim for dim in SPACE if dim in field.dims]
    if not np.isfinite(field).any():
        return ()
    if len(space) > 1 and TIME in field.dims:
        field = field.isel({TIME: -1})
        said += f", at t = {float(field[TIME]):.5g}"
    match len(space):
        case 0 if field.dims == (TIME,):
            return _curve(field, ds.get(f"{name}{SD_SUFFIX}"), said)
        case 1 if set(field.dims) == {TIME, space[0]}:
            return _image(field.transpose(space[0], TIME), said)
        case 2:
            return _image(field.transpose(space[1], space[0]), said)
        case 3:
            shown = _thinned(field.transpose(*SPACE), _SOLID).to_dataset(name=name)
            caption = f"{said}, in colours on three planes through the middle of its volume."
            return space_picture(shown, name, caption, "slices") or _faces(field.transpose(*SPACE), said)
    return ()


def _body(ds: xr.Dataset, name: str) -> tuple[Picture, ...]:
    said = f"{name}, at t = {float(ds[TIME][-1]):.5g}" if TIME in ds[name].dims else name
    if not np.isfinite(ds[name].isel({TIME: -1}, missing_dims="ignore")).any():
        return ()
    return space_picture(ds, name, f"{said}, in colours on the outside of its mesh.", "surface")


def _thinned(field: xr.DataArray, most: int) -> xr.DataArray:
    return field.isel({dim: slice(None, None, max(1, -(-size // most))) for dim, size in field.sizes.items()})


def _label(field: xr.DataArray, dim: str) -> str:
    unit = field[dim].attrs.get("units") if dim in field.coords else None
    return f"{dim} ({unit})" if unit else dim


def _value_label(field: xr.DataArray) -> str:
    unit = field.attrs.get("units")
    return f"{field.name} ({unit})" if unit else str(field.name)


def _curve(field: xr.DataArray, sd: xr.DataArray | None, said: str) -> tuple[Picture, ...]:
    shown = _thinned(field, _CURVE)
    times = shown[TIME].to_numpy()

    def draw(axes: Axes) -> None:
        if sd is not None and sd.dims == field.dims:
            reach = 2.0 * _thinned(sd, _CURVE).to_numpy()
            axes.fill_between(times, shown.to_numpy() - reach, shown.to_numpy() + reach, color="#c6dbef", linewidth=0)
        axes.plot(times, shown.to_numpy(), color="#1b5e9b")
        axes.set_xlabel(_label(field, TIME))
        axes.set_ylabel(_value_label(field))
        axes.grid(visible=True, color="#dddddd")

    band = ", with a band of two standard deviations" if sd is not None else ""
    return picture(draw, 2.6, f"{said} over time{band}.")


def _image(field: xr.DataArray, said: str) -> tuple[Picture, ...]:
    shown = _thinned(field, _IMAGE)
    down, across = map(str, shown.dims)

    def draw(axes: Axes) -> None:
        places = (shown[across].to_numpy(), shown[down].to_numpy())
        drawn = axes.pcolormesh(*places, shown.to_numpy(), cmap=_COLOURS, shading="nearest", rasterized=True)
        axes.set_xlabel(_label(field, across))
        axes.set_ylabel(_label(field, down))
        if TIME not in (across, down):
            axes.set_aspect("equal")
        axes.figure.colorbar(drawn, ax=axes, label=_value_label(field))

    height = 2.8 if TIME in (across, down) else 4.2
    return picture(draw, height, f"{said}, in colours over {across} and {down}.")


def _faces(field: xr.DataArray, said: str) -> tuple[Picture, ...]:
    shown = _thinned(field, _FACE)
    low, high = float(shown.min()), float(shown.max())

    def draw(axes: Any) -> None:
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        scale = ScalarMappable(Normalize(low, high), colormaps[_COLOURS])
        for fixed, end in (("x", -1), ("y", 0), ("z", -1)):  # those that one sees from there
            _draw_face(axes, shown.isel({fixed: end}), scale.to_rgba)
        axes.view_init(elev=25, azim=-50)
        axes.set_box_aspect([float(np.ptp(shown[dim].to_numpy())) or 1.0 for dim in SPACE])
        for dim in SPACE:
            getattr(axes, f"set_{dim}label")(_label(field, dim))
        axes.figure.colorbar(scale, ax=axes, label=_value_label(field), shrink=0.7, pad=0.12)

    return picture(draw, 4.4, f"{said}, in colours on three faces of its volume.", projection="3d")


def _draw_face(axes: Any, face: xr.DataArray, colour: Callable[[Any], Any]) -> None:
    """Draw a face, each of whose patches has the colour of the corner nearest to the origin."""
    one, other = map(str, face.dims)
    places = dict(
        zip((one, other), np.meshgrid(face[one].to_numpy(), face[other].to_numpy(), indexing="ij"), strict=True)
    )
    (fixed,) = set(SPACE) - {one, other}
    places[fixed] = np.full(face.shape, float(face[fixed]))
    axes.plot_surface(
        *(places[dim] for dim in SPACE),
        facecolors=colour(face.to_numpy()),
        rstride=1,
        cstride=1,
        shade=False,
        linewidth=0,
        antialiased=False,
        rasterized=True,
    )

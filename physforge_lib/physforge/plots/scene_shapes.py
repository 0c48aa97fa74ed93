"""The surfaces of a scene: where a field has a value, planes through it, its outside, and fields as heights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from physforge.errors import DatasetError
from physforge.plots.rendering import pyvista
from physforge.plots.scene_grid import Array, Box
from physforge.plots.theme import ColourScale, number_text

#: Of surfaces that lie around others.
_VEIL = 0.35

VALUES = "values"


@dataclass(frozen=True)
class Detail:
    """How much is drawn.

    Parameters
    ----------
    samples : int
        Along each axis, of what fills the space.
    plane : int
        Along each axis of a plane.
    triangles : int
        Of all surfaces together.
    beads : int
        Points of all streamlines together.
    """

    samples: int
    plane: int
    triangles: int
    beads: int


@dataclass(frozen=True, eq=False)
class Part:
    """One body of a scene.

    Parameters
    ----------
    body : pyvista.DataSet
        With the values to colour, if any, as ``"values"``.
    colour : str, optional
        Of all of it, where it has no values.
    opacity : float, default 1
        Less than one lets through what is behind.
    cloud : bool, default False
        Whether it is a volume.
    """

    body: Any
    colour: str | None = None
    opacity: float = 1.0
    cloud: bool = False


def default_levels(values: Array, scale: ColourScale) -> tuple[float, ...]:
    """Choose values of isosurfaces.

    Parameters
    ----------
    values : ndarray
        The field.
    scale : ColourScale
        Its colours.

    Returns
    -------
    tuple of float
        Half way from zero to either end of a field with two signs; else two between the ends.
    """
    known = values[np.isfinite(values)]
    low, high = float(known.min()), float(known.max())
    if scale.diverging:
        return tuple(one for one in (low / 2, high / 2) if one != 0.0)
    return (low + 0.35 * (high - low), low + 0.7 * (high - low))


def isosurfaces(box: Box, name: str, levels: tuple[float, ...], scale: ColourScale, detail: Detail) -> list[Part]:
    """Draw where a field has given values.

    Parameters
    ----------
    box : Box
        In three dimensions.
    name : str
        The field.
    levels : tuple of float
        The values.
    scale : ColourScale
        Of the field.
    detail : Detail
        How many triangles there may be.

    Returns
    -------
    list of Part
        One for each level that occurs, those nearest to the median translucent.

    Raises
    ------
    DatasetError
        If no level occurs.
    """
    values = box.values[name]
    known = np.isfinite(values)
    grid = pyvista().RectilinearGrid(*box.axes)
    grid.point_data[VALUES] = np.where(known, values, values[known].mean()).ravel(order="F")
    grid.point_data["missing"] = (~known).astype(np.float32).ravel(order="F")
    found = {level: surface for level in levels if (surface := _isosurface(grid, level)).n_cells}
    if not found:
        low, high = (number_text(float(end)) for end in (values[known].min(), values[known].max()))
        wanted = ", ".join(map(number_text, levels))
        raise DatasetError(f"{name!r} is nowhere {wanted}: it goes from {low} to {high}. Choose levels in between.")
    middle = float(np.median(values[known]))
    outer = {max(side, key=lambda one: abs(one - middle)) for side in _sides(list(found), middle)}
    share = detail.triangles // len(found)
    return [
        Part(decimated(surface, share), _colour(scale, level), 1.0 if level in outer else _VEIL)
        for level, surface in found.items()
    ]


def _isosurface(grid: Any, level: float) -> Any:
    surface = grid.contour([level], scalars=VALUES, compute_normals=False)
    if surface.n_cells and np.asarray(surface["missing"]).any():
        corners = surface.faces.reshape(-1, 4)[:, 1:]
        gone = (np.asarray(surface["missing"])[corners] > 0).any(axis=1)
        surface = surface.remove_cells(gone) if not gone.all() else pyvista().PolyData()
    surface.clear_data()
    return surface


def _sides(levels: list[float], middle: float) -> list[list[float]]:
    sides = [[one for one in levels if one <= middle], [one for one in levels if one > middle]]
    return [one for one in sides if one]


def _colour(scale: ColourScale, value: float) -> str:
    share = (value - scale.low) / (scale.high - scale.low)
    return scale.palette[int(np.clip(share * 255, 0, 255))]


def decimated(surface: Any, most: int) -> Any:
    """Return a surface of at most so many triangles, with normals.

    Parameters
    ----------
    surface : pyvista.PolyData
        Of triangles.
    most : int
        Triangles.

    Returns
    -------
    pyvista.PolyData
        The same shape, coarser where it is flat.
    """
    if surface.n_cells > most:
        surface = surface.decimate_pro(1.0 - most / surface.n_cells, preserve_topology=False)
    return surface.compute_normals(cell_normals=False, split_vertices=False, consistent_normals=False)


def slices(box: Box, name: str, at: tuple[float, float, float]) -> list[Part]:
    """Draw three planes through a field.

    Parameters
    ----------
    box : Box
        In three dimensions.
    name : str
        The field.
    at : tuple of float
        Where, as shares of the axes; the nearest samples are shown.

    Returns
    -------
    list of Part
        The planes; without the places where a value is missing.
    """
    places = [round(share * (axis.size - 1)) for share, axis in zip(at, box.axes, strict=True)]
    return _planes(box, name, list(enumerate(places)))


def outside(box: Box, name: str) -> list[Part]:
    """Draw the six sides of a box.

    Parameters
    ----------
    box : Box
        In three dimensions.
    name : str
        The field.

    Returns
    -------
    list of Part
        The sides.
    """
    return _planes(box, name, [(axis, end) for axis in range(3) for end in (0, -1)])


def _planes(box: Box, name: str, places: list[tuple[int, int]]) -> list[Part]:
    drawn = []
    for axis, place in places:
        axes = list(box.axes)
        axes[axis] = axes[axis][[place]]
        corners = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        plane = tuple(0 if one == axis else slice(None) for one in range(3))
        drawn.append(sheet(corners[plane], np.take(box.values[name], place, axis=axis)))
    return [Part(one) for one in drawn if one.n_cells]


def heights(box: Box, name: str, scale: ColourScale) -> list[Part]:
    """Draw a field over a plane as a surface as high as its values.

    Parameters
    ----------
    box : Box
        In two dimensions, with the values along the third axis of its frame.
    name : str
        The field.
    scale : ColourScale
        Of the field.

    Returns
    -------
    list of Part
        The surface; without the places where the value is missing.
    """
    values = box.values[name][:, :, 0]
    across, along = np.meshgrid(box.axes[0], box.axes[1], indexing="ij")
    shares = (values - scale.low) / (scale.high - scale.low)
    surface = sheet(np.stack([across, along, shares * box.frame.lengths[2]], axis=-1), values)
    return [Part(surface.compute_normals(cell_normals=False, split_vertices=False))]


def sheet(corners: Array, values: Array) -> Any:
    """Return a surface of four-cornered faces.

    Parameters
    ----------
    corners : ndarray, shape (m, n, 3)
        Where the samples are.
    values : ndarray, shape (m, n)
        What they are; a face with a missing corner is left out.

    Returns
    -------
    pyvista.PolyData
        With the values as ``"values"``.
    """
    number = np.arange(values.size).reshape(values.shape)
    faces = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    known = np.isfinite(values).ravel()
    faces = faces[known[faces].all(axis=1)]
    cells = np.insert(faces, 0, 4, axis=1)
    points = np.nan_to_num(corners.reshape(-1, 3)).astype(np.float32)
    surface = pyvista().PolyData(points, cells.ravel())
    surface.point_data[VALUES] = np.nan_to_num(values).ravel().astype(np.float32)
    return surface.clean(point_merging=False) if not known.all() else surface

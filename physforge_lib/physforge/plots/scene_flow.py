"""Streamlines of a vector field, and a field as a cloud."""

from __future__ import annotations

from typing import Any

import numpy as np

from physforge.errors import DatasetError
from physforge.plots.rendering import pyvista
from physforge.plots.scene_grid import Array, Box
from physforge.plots.scene_shapes import VALUES, Detail, Part
from physforge.plots.theme import ColourScale

#: Seeds along each axis, in space and in the plane; beads of one line; and how thick its tube is.
_SEEDS, _SEEDS_FLAT, _BEADS, _THICK = 5, 9, 40, 0.005

#: How much of the light the densest place of a cloud takes, over a tenth of the box.
_DENSE = 0.9


def speed(box: Box, names: tuple[str, ...]) -> Array:
    """Return the length of the vectors.

    Parameters
    ----------
    box : Box
        With the components.
    names : tuple of str
        Of the components.

    Returns
    -------
    ndarray, shape (nx, ny, nz)
        NaN where a component is missing.
    """
    return np.sqrt(sum(box.values[name].astype(np.float64) ** 2 for name in names))


def streamlines(box: Box, names: tuple[str, ...], detail: Detail) -> list[Part]:
    """Draw lines along a vector field, from seeds that are spread evenly.

    Parameters
    ----------
    box : Box
        With the components.
    names : tuple of str
        One component for each axis.
    detail : Detail
        How many points the lines may have.

    Returns
    -------
    list of Part
        Tubes, coloured by the length of the vectors.

    Raises
    ------
    DatasetError
        If nothing flows.
    """
    lines = _resampled(_traced(box, names), min(_BEADS, detail.beads), detail.beads)
    if lines is None:
        raise DatasetError(f"There is no flow to follow: {', '.join(names)} are zero or missing at every seed.")
    tubes = lines.tube(radius=_THICK, n_sides=5, capping=False)
    for name in [one for one in tubes.point_data if one not in (VALUES, "TubeNormals", "Normals")]:
        del tubes.point_data[name]
    return [Part(tubes)]


def _traced(box: Box, names: tuple[str, ...]) -> Any:
    pv = pyvista()
    grid = pv.RectilinearGrid(*box.axes)
    moved = np.zeros((grid.n_points, 3))
    for axis, name in enumerate(names):
        # What is drawn longer than it is flows faster there.
        low, high = box.frame.ranges[axis]
        stretch = box.frame.lengths[axis] / (high - low or 1.0)
        moved[:, axis] = np.nan_to_num(box.values[name]).ravel(order="F") * stretch
    grid.point_data["flow"] = moved
    grid.point_data[VALUES] = np.nan_to_num(speed(box, names)).ravel(order="F").astype(np.float32)
    seeds = pv.PolyData(_seeds(box))
    return grid.streamlines_from_source(
        seeds,
        vectors="flow",
        integration_direction="both",
        max_length=1.5,
        initial_step_length=0.5,
        step_unit="cl",
        max_steps=1000,
        terminal_speed=1e-9 * float(np.abs(moved).max() or 1.0),
        compute_vorticity=False,
    )


def _seeds(box: Box) -> Array:
    flat = box.axes[2].size == 1
    shares = (np.arange(_SEEDS_FLAT if flat else _SEEDS) + 0.5) / (_SEEDS_FLAT if flat else _SEEDS)
    places = [shares * length if length else np.zeros(1) for length in box.frame.lengths]
    return np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 3)


def _resampled(traced: Any, each: int, most: int) -> Any:
    """Return lines of even beads, the longest ones first if there are too many."""
    lines = [line for line in _lines(traced) if line.size > 1]
    points, values = np.asarray(traced.points), np.asarray(traced.point_data[VALUES] if lines else [])
    paths = []
    for line in lines:
        way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points[line], axis=0), axis=1))])
        if way[-1] > 4 * _THICK:
            paths.append((way[-1], line, way))
    paths = sorted(paths, key=lambda one: -one[0])[: max(1, most // each)]
    if not paths:
        return None
    beads, colours = [], []
    for length, line, way in paths:
        count = max(2, round(each * min(1.0, length)))
        at = np.linspace(0.0, length, count)
        beads.append(np.stack([np.interp(at, way, points[line][:, axis]) for axis in range(3)], axis=1))
        colours.append(np.interp(at, way, values[line]))
    counts = [len(one) for one in beads]
    starts = np.cumsum([0, *counts[:-1]])
    cells = np.concatenate([[count, *range(start, start + count)] for start, count in zip(starts, counts, strict=True)])
    drawn = pyvista().PolyData(np.concatenate(beads).astype(np.float32), lines=cells)
    drawn.point_data[VALUES] = np.concatenate(colours).astype(np.float32)
    drawn.set_active_scalars(VALUES)
    return drawn


def _lines(traced: Any) -> list[Array]:
    if not traced.n_points:
        return []
    cells, lines, place = np.asarray(traced.lines), [], 0
    while place < cells.size:
        count = int(cells[place])
        lines.append(cells[place + 1 : place + 1 + count])
        place += 1 + count
    return lines


def cloud(box: Box, name: str, scale: ColourScale) -> list[Part]:
    """Draw a field as a cloud.

    Parameters
    ----------
    box : Box
        In three dimensions.
    name : str
        The field.
    scale : ColourScale
        Of the field.

    Returns
    -------
    list of Part
        One, with values from 0 to 255 over the colours; missing values are at the clear place of them.
    """
    values = box.values[name]
    shares = np.clip((values - scale.low) / (scale.high - scale.low), 0.0, 1.0)
    clear = 0.5 if scale.diverging else 0.0
    steps = np.round(np.where(np.isfinite(shares), shares, clear) * 255).astype(np.uint8)
    sides = [length / max(count - 1, 1) for length, count in zip(box.frame.lengths, steps.shape, strict=True)]
    body = pyvista().ImageData(dimensions=steps.shape, spacing=sides)
    body.point_data[VALUES] = steps.ravel(order="F")
    return [Part(body, cloud=True)]


def cloud_opacity(scale: ColourScale) -> Array:
    """Return how dense a cloud is for each of its colours.

    Parameters
    ----------
    scale : ColourScale
        Of the field.

    Returns
    -------
    ndarray, shape (256,)
        Clear at zero, or at the low end where the field has one sign.
    """
    shares = np.linspace(0.0, 1.0, 256)
    away = np.abs(2.0 * shares - 1.0) if scale.diverging else shares
    dense: Array = _DENSE * away**2.5
    return dense

"""Meshes and scattered samples as bodies that PyVista can draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import CELL, POINT, SPACE
from physforge.datasets.mesh import CONNECTIVITY, OFFSETS, TYPES, has_mesh
from physforge.errors import DatasetError
from physforge.plots.rendering import pyvista
from physforge.plots.scene_grid import Array, Box, Frame, at_time, check_known, label_of, lengths_of

#: Samples along the longest axis of a mesh: each of them is looked for among the cells.
_SAMPLES = 56


def mesh_frame(ds: xr.Dataset) -> Frame:
    """Return the box around scattered samples.

    Parameters
    ----------
    ds : xarray.Dataset
        With dim ``point``.

    Returns
    -------
    Frame
        Of those of x, y, z that there are.
    """
    names = [name for name in SPACE if name in ds.coords]
    ends = [(float(ds[name].min()), float(ds[name].max())) for name in names]
    lengths = lengths_of(ends, [ds[name].attrs.get("units") for name in names])
    spare = 3 - len(names)
    return Frame(
        (*(label_of(ds[name]) for name in names), *[""] * spare),  # type: ignore[arg-type]
        (*ends, *[(0.0, 0.0)] * spare),
        (*lengths, *[0.0] * spare),
    )


def body_of(ds: xr.Dataset, names: Sequence[str], time: int) -> tuple[Frame, Any]:
    """Return scattered samples, or a mesh with its cells, as a body.

    Parameters
    ----------
    ds : xarray.Dataset
        With dim ``point``.
    names : sequence of str
        The fields.
    time : int
        Index of the time.

    Returns
    -------
    tuple
        The box around it, and a ``pyvista.UnstructuredGrid`` (``PolyData`` of points without cells).

    Raises
    ------
    DatasetError
        If there are no values at that time.
    """
    pv = pyvista()
    shown = at_time(ds, names, time).load()
    frame = mesh_frame(ds)
    places = [name for name in SPACE if name in ds.coords]
    points = np.zeros((ds.sizes[POINT], 3), dtype=np.float32)
    for axis, name in enumerate(places):
        points[:, axis] = frame.place(axis, ds[name].to_numpy())
    check_known({name: shown[name].to_numpy() for name in names})
    if not has_mesh(ds):
        known = np.isfinite(np.stack([shown[name].to_numpy() for name in names])).all(axis=0)
        body = pv.PolyData(points[known])
        for name in names:
            body.point_data[name] = shown[name].to_numpy()[known].astype(np.float32)
        return frame, body
    body = pv.UnstructuredGrid(_cells(ds), ds[TYPES].to_numpy().astype(np.uint8), points)
    for name in names:
        kept = body.cell_data if CELL in shown[name].dims else body.point_data
        kept[name] = shown[name].to_numpy().astype(np.float32)
    return frame, body


def _cells(ds: xr.Dataset) -> Array:
    """Return the corners of all cells, each cell after the number of its corners, as VTK has them."""
    ends = ds[OFFSETS].to_numpy()
    counts = np.diff(ends, prepend=0)
    cells: Array = np.insert(ds[CONNECTIVITY].to_numpy(), ends - counts, counts)
    return cells


def sampled_box(ds: xr.Dataset, names: Sequence[str], time: int, most: int) -> Box:
    """Sample a mesh on a grid.

    Parameters
    ----------
    ds : xarray.Dataset
        A mesh.
    names : sequence of str
        The fields.
    time : int
        Index of the time.
    most : int
        Samples along the longest axis.

    Returns
    -------
    Box
        Missing where there is no cell.

    Raises
    ------
    DatasetError
        If the points have no cells, or there are no values at that time.
    """
    if not has_mesh(ds):
        raise DatasetError("Scattered samples without the cells of a mesh have no inside; show them as a 'surface'.")
    frame, body = body_of(ds, names, time)
    most = min(most, _SAMPLES)
    counts = [max(2, round(most * length)) if length else 1 for length in frame.lengths]
    axes = [np.linspace(0.0, length, count) for length, count in zip(frame.lengths, counts, strict=True)]
    grid = pyvista().RectilinearGrid(*axes)
    sampled = grid.sample(body.cell_data_to_point_data() if body.cell_data.keys() else body)
    inside = np.asarray(sampled["vtkValidPointMask"], dtype=bool)
    values = {}
    for name in names:
        # A cell without a volume gives any value; what lies between samples is never beyond them.
        between = np.clip(sampled[name], np.nanmin(body[name]), np.nanmax(body[name]))
        values[name] = np.where(inside, between, np.nan).astype(np.float32).reshape(counts, order="F")
    check_known(values)
    return Box(frame, (axes[0], axes[1], axes[2]), values)

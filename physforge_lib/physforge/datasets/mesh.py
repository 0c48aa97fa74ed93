"""Meshes: a `point` dataset whose points are the corners of cells.

Three coordinates hold the cells, as VTK does, and survive netCDF: ``mesh_connectivity``
(dim ``corner``: the points of all cells, one cell after another), ``mesh_offsets``
(dim ``cell``: where in it each cell ends) and ``mesh_types`` (dim ``cell``: VTK's
number of its shape, 5 for a triangle). Fields on the dim ``cell`` have one value a cell.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import CELL, CORNER, POINT, SPACE
from physforge.errors import DatasetError

CONNECTIVITY = "mesh_connectivity"
OFFSETS = "mesh_offsets"
TYPES = "mesh_types"

Indices = npt.NDArray[np.int64]


def mesh_coords(connectivity: Indices, offsets: Indices, types: Indices) -> dict[str, tuple[str, Indices]]:
    """Return the coordinates that hold the cells of a mesh.

    Parameters
    ----------
    connectivity : ndarray of int, shape (corners,)
        Points of all cells.
    offsets : ndarray of int, shape (cells,)
        Where each cell ends in `connectivity`.
    types : ndarray of int, shape (cells,)
        VTK's numbers of their shapes.

    Returns
    -------
    dict of str to tuple
        For `xarray.Dataset.assign_coords`.
    """
    return {CONNECTIVITY: (CORNER, connectivity), OFFSETS: (CELL, offsets), TYPES: (CELL, types)}


def has_mesh(ds: xr.Dataset) -> bool:
    """Say whether a dataset holds the cells of a mesh.

    Parameters
    ----------
    ds : xarray.Dataset
        Any.

    Returns
    -------
    bool
        True if all three coordinates are there.
    """
    return {CONNECTIVITY, OFFSETS, TYPES} <= set(ds.coords)


def at_centres(ds: xr.Dataset) -> xr.Dataset:
    """Return the values in cells as scattered samples at the centres of the cells.

    Parameters
    ----------
    ds : xarray.Dataset
        A mesh with fields on ``cell``.

    Returns
    -------
    xarray.Dataset
        On ``point``, of which there is one a cell, at the mean of its corners;
        without the mesh. Fields at the corners are left out.

    Raises
    ------
    DatasetError
        If it is no mesh, or has no values in cells.

    Examples
    --------
    >>> corners = {"x": ("point", [0.0, 1.0, 1.0, 0.0]), "y": ("point", [0.0, 0.0, 3.0, 3.0])}
    >>> cells = mesh_coords(np.array([0, 1, 2, 0, 2, 3]), np.array([3, 6]), np.array([5, 5]))
    >>> ds = xr.Dataset({"p": ("cell", [1.0, 2.0])}, {**corners, **cells})
    >>> at_centres(ds)["y"].values.tolist()
    [1.0, 2.0]
    """
    fields = [name for name in ds.data_vars if CELL in ds[name].dims]
    if not has_mesh(ds) or not fields:
        raise DatasetError(f"The dataset has {'no values in cells' if has_mesh(ds) else 'no mesh'}; it has {list(ds)}.")
    offsets = ds[OFFSETS].to_numpy()
    counts = np.diff(offsets, prepend=0)
    cell_of = np.repeat(np.arange(offsets.size), counts)
    points = ds[CONNECTIVITY].to_numpy()
    centres = {}
    for dim in SPACE:
        if dim in ds.coords:
            sums = np.bincount(cell_of, ds[dim].to_numpy()[points], minlength=offsets.size)
            centres[dim] = (POINT, sums / counts, ds[dim].attrs)
    inner = ds[fields].drop_vars([*ds.coords], errors="ignore").rename({CELL: POINT})
    kept = {name: coord for name, coord in ds.coords.items() if not {POINT, CELL, CORNER} & set(coord.dims)}
    return inner.assign_coords({**kept, **centres}).assign_attrs(ds.attrs)

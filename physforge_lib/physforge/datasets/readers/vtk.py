"""VTK's XML formats: image (.vti), rectilinear (.vtr) and unstructured (.vtu) data, and time series of them (.pvd)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import CELL, POINT, SPACE, TIME
from physforge.datasets.lazy import Choice
from physforge.datasets.limits import check_size
from physforge.datasets.mesh import Indices, mesh_coords
from physforge.datasets.names import field_of
from physforge.datasets.readers.vtk_xml import VtkDocument, parse_vtk
from physforge.errors import DatasetError

if TYPE_CHECKING:
    # The type alone; defusedxml parses.
    from xml.etree.ElementTree import Element  # nosec B405

Axes = dict[str, npt.NDArray[np.float64]]
Association = Literal["point", "cell"]

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def read(
    path: Path,
    *,
    fields: Sequence[str] | None = None,
    data: Association | None = None,
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read a VTK file.

    Parameters
    ----------
    path : pathlib.Path
        In ASCII or binary, inline or appended, uncompressed, by zlib, lz4 or lzma. A .pvd file
        names one file for each time, beside it or in folders below.
    fields : sequence of str, optional
        Arrays to take; all by default.
    data : {"point", "cell"}, optional
        Whether to take the values at the points or those in the cells, by default
        those at points if there are any. Cells of a grid have their values at their
        centres; those of a mesh on the dim ``cell``
        (see `physforge.datasets.mesh.at_centres`).
    lazy : bool, optional
        Whether the files of a series stay on disk, one block of a dask array a time;
        by default where they take more than `physforge.datasets.lazy.LAZY_BYTES`.
        Only the first file is read, and the others are compared with it when they are.

    Returns
    -------
    xarray.Dataset
        On a grid over those of x, y, z along which there is more than one sample; for
        unstructured data, scattered samples (``point``) with the cells of the mesh as
        coordinates (see `physforge.datasets.mesh`). A vector ``v`` becomes
        ``v1, v2, ...``, without a component that is zero along an axis the data do
        not have. The attribute ``time`` is the file's TimeValue.

    Raises
    ------
    DatasetError
        If the file is damaged, of another type, in several pieces, or a series
        changes its grid or leads out of its folder.
    """
    document = _parse(path)
    if document.kind != "Collection":
        return _snapshot(document, fields, data)
    series = _series(document, path.parent)
    times = xr.Variable(TIME, [time for time, _ in series])
    load = partial(_load, fields=fields, data=data)
    first = load(series[0][1])
    if Choice(lazy)(first.nbytes * len(series)):
        return _on_disk(series, first, load, path.name).assign_coords({TIME: times})
    snapshots = [first, *(_like(load(part), first, time, path.name) for time, part in series[1:])]
    return xr.concat(snapshots, times, coords="minimal", compat="override", join="override")


def _load(path: Path, fields: Sequence[str] | None, data: Association | None) -> xr.Dataset:
    return _snapshot(_parse(path), fields, data).drop_attrs()


def _like(snapshot: xr.Dataset, first: xr.Dataset, time: float, where: str) -> xr.Dataset:
    same = set(snapshot.data_vars) == set(first.data_vars)
    if not same or not xr.Dataset(snapshot.coords).identical(xr.Dataset(first.coords)):
        raise DatasetError(f"{where}: at t={time:g} its fields or its grid are not those of the first file.")
    return snapshot


def _on_disk(
    series: list[tuple[float, Path]], first: xr.Dataset, load: Callable[[Path], xr.Dataset], where: str
) -> xr.Dataset:
    """Return a series as dask arrays, one block a file."""
    import dask.array as da
    from dask.delayed import delayed

    def values(time: float, part: Path) -> dict[str, npt.NDArray[Any]]:
        snapshot = _like(load(part), first, time, where)
        return {str(name): field.to_numpy() for name, field in snapshot.data_vars.items()}

    # One task a file, which all of its fields share.
    files = [delayed(values, pure=False)(time, part) for time, part in series]
    fields = {}
    for name, field in first.data_vars.items():
        blocks = [da.from_delayed(file[name], field.shape, field.dtype) for file in files]  # type: ignore[no-untyped-call]
        fields[name] = ((TIME, *field.dims), da.stack(blocks))  # type: ignore[no-untyped-call]
    return xr.Dataset(fields, first.coords)


def _parse(path: Path) -> VtkDocument:
    size = path.stat().st_size
    check_size(size, size, path.name)
    return parse_vtk(path.read_bytes(), path.name)


def _series(document: VtkDocument, folder: Path) -> list[tuple[float, Path]]:
    parts = []
    for element in document.body().iter("DataSet"):
        name = element.get("file", "")
        relative = PurePosixPath(name)
        path = folder / relative
        outside = relative.is_absolute() or ".." in relative.parts or "\\" in name or ":" in name
        if not name or outside or not path.resolve().is_relative_to(folder.resolve()):
            raise DatasetError(f"{document.where}: it names {name!r}; only files in its own folder are opened.")
        if not path.is_file():
            raise DatasetError(f"{document.where}: there is no file {name!r} beside it.")
        if element.get("part", "0") != "0":
            raise DatasetError(f"{document.where}: data in several parts are not read; merge the parts of each time.")
        parts.append((_numbers(element, "timestep", 1, document.where)[0], path))
    if not parts:
        raise DatasetError(f"{document.where}: it names no files.")
    return parts


def _snapshot(document: VtkDocument, fields: Sequence[str] | None, data: Association | None) -> xr.Dataset:
    layouts: dict[str, Callable[[VtkDocument, Element, bool], tuple[Axes, bool]]] = {
        "ImageData": _image_axes,
        "RectilinearGrid": _rectilinear_axes,
        "UnstructuredGrid": _scattered_axes,
    }
    if document.kind not in layouts:
        raise DatasetError(
            f"{document.where}: VTK data of type {document.kind!r} are not read; {', '.join(layouts)} are."
        )
    pieces = document.body().findall("Piece")
    if len(pieces) != 1:
        raise DatasetError(f"{document.where}: it is in {len(pieces)} pieces; write it as one.")
    sections = {"point": pieces[0].find("PointData"), "cell": pieces[0].find("CellData")}
    if data not in (None, *sections):
        raise DatasetError(f"{document.where}: data={data!r}; it is 'point' or 'cell'.")
    found = [key for key, section in sections.items() if section is not None and section.find("DataArray") is not None]
    chosen = data or (found[0] if found else "point")
    section = sections[chosen]
    if section is None or chosen not in found:
        raise DatasetError(f"{document.where}: it has no {chosen} data{f', only {found[0]} data' if found else ''}.")
    axes, is_grid = layouts[document.kind](document, pieces[0], chosen == "cell")
    wanted = _wanted(section, fields, document.where)
    if is_grid:
        ds = _dataset(document, axes, True, wanted, math.prod(values.size for values in axes.values()))
    else:
        points = next(iter(axes.values())).size
        cells = _cells(document, pieces[0], points)
        tuples = points if chosen == "point" else len(cells[1]) if cells else 0
        ds = _dataset(document, axes, False, wanted, tuples, CELL if chosen == "cell" else POINT)
        ds = ds.assign_coords(mesh_coords(*cells)) if cells else ds
    time = document.body().find("FieldData/DataArray[@Name='TimeValue']")
    return ds.assign_attrs(time=float(document.array(time, 1)[0])) if time is not None else ds


def _wanted(section: Element, fields: Sequence[str] | None, where: str) -> dict[str, Element]:
    arrays = {element.get("Name", ""): element for element in section.findall("DataArray")}
    for name in fields or ():
        if name not in arrays:
            raise DatasetError(f"{where}: there is no array {name!r}; it has {', '.join(arrays)}.")
    return arrays if fields is None else {name: arrays[name] for name in fields}


def _dataset(
    document: VtkDocument, axes: Axes, is_grid: bool, arrays: dict[str, Element], tuples: int, scattered: str = POINT
) -> xr.Dataset:
    if is_grid:
        kept = {dim: values for dim, values in axes.items() if values.size > 1}
        dims = tuple(reversed(kept))  # x varies fastest
    else:
        kept = {dim: values for dim, values in axes.items() if np.ptp(values) > 0}
        dims = (scattered,)
    if not kept:
        raise DatasetError(f"{document.where}: all its samples are at one place.")
    shape = tuple(kept[dim].size for dim in dims) if is_grid else (tuples,)
    placed: dict[str, Any] = {}
    for name, element in arrays.items():
        values = document.array(element, tuples)
        columns = values[:, None] if values.ndim == 1 else values
        for k in range(columns.shape[1]):
            flat_axis = columns.shape[1] == len(SPACE) and SPACE[k] not in kept
            if flat_axis and not columns[:, k].any():
                continue
            label = f"{name}{k + 1}" if columns.shape[1] > 1 else name
            placed[field_of(label, arrays)] = (dims, columns[:, k].reshape(shape))
    coords = kept if is_grid else {dim: (POINT, values) for dim, values in kept.items()}
    return xr.Dataset(placed, coords)


def _image_axes(document: VtkDocument, piece: Element, cells: bool) -> tuple[Axes, bool]:
    body, where = document.body(), document.where
    origin, spacing = _numbers(body, "Origin", 3, where), _numbers(body, "Spacing", 3, where)
    if body.get("Direction") is not None and tuple(_numbers(body, "Direction", 9, where)) != _IDENTITY:
        raise DatasetError(f"{where}: its axes are turned (Direction is not the identity); resample it to x, y, z.")
    axes = {}
    for k, (low, high) in enumerate(_extent(document, piece)):
        axes[SPACE[k]] = origin[k] + spacing[k] * np.arange(low, high + 1, dtype=np.float64)
    return _centred(axes, cells), True


def _rectilinear_axes(document: VtkDocument, piece: Element, cells: bool) -> tuple[Axes, bool]:
    elements = piece.findall("Coordinates/DataArray")
    if len(elements) != len(SPACE):
        raise DatasetError(f"{document.where}: it has {len(elements)} coordinates where 3 are needed.")
    axes = {}
    for dim, element, (low, high) in zip(SPACE, elements, _extent(document, piece), strict=True):
        axes[dim] = document.array(element, high - low + 1).astype(np.float64)
    return _centred(axes, cells), True


def _cells(document: VtkDocument, piece: Element, points: int) -> tuple[Indices, Indices, Indices] | None:
    """Return connectivity, offsets and types of the cells, or None if there are none."""
    count = int(_numbers(piece, "NumberOfCells", 1, document.where)[0]) if piece.get("NumberOfCells") else 0
    found = {element.get("Name"): element for element in piece.findall("Cells/DataArray")}
    if count < 1 or not {"connectivity", "offsets", "types"} <= set(found):
        return None
    offsets = document.array(found["offsets"], count).astype(np.int64)
    types = document.array(found["types"], count).astype(np.int64)
    rising = offsets.ndim == 1 and offsets[0] > 0 and (np.diff(offsets) > 0).all()
    corners = document.array(found["connectivity"], int(offsets[-1])).astype(np.int64) if rising else offsets
    if not rising or types.ndim != 1 or corners.ndim != 1 or corners.min() < 0 or corners.max() >= points:
        raise DatasetError(f"{document.where}: its cells are not made of its {points} points; the file is damaged.")
    return corners, offsets, types


def _scattered_axes(document: VtkDocument, piece: Element, _cells: bool) -> tuple[Axes, bool]:
    element = piece.find("Points/DataArray")
    count = int(_numbers(piece, "NumberOfPoints", 1, document.where)[0])
    if element is None or count < 1:
        raise DatasetError(f"{document.where}: it has no points.")
    points = document.array(element, count)
    if points.ndim != 2 or points.shape[1] != len(SPACE):
        raise DatasetError(f"{document.where}: its points do not have 3 coordinates.")
    return {dim: points[:, k].astype(np.float64) for k, dim in enumerate(SPACE)}, False


def _centred(axes: Axes, cells: bool) -> Axes:
    if not cells:
        return axes
    return {dim: (values[1:] + values[:-1]) / 2 if values.size > 1 else values for dim, values in axes.items()}


def _extent(document: VtkDocument, piece: Element) -> list[tuple[int, int]]:
    """Return the first and last index along x, y and z."""
    whole = [int(end) for end in _numbers(document.body(), "WholeExtent", 6, document.where)]
    if [int(end) for end in _numbers(piece, "Extent", 6, document.where)] != whole:
        raise DatasetError(f"{document.where}: its piece is not the whole; write it as one.")
    extent = list(zip(whole[0::2], whole[1::2], strict=True))
    if any(high < low for low, high in extent):
        raise DatasetError(f"{document.where}: its extent {whole} is empty.")
    # Asked before an axis is made, which a hostile extent would fill the memory with.
    samples = math.prod(high - low + 1 for low, high in extent)
    check_size(8 * samples, document.size, document.where)
    return extent


def _numbers(element: Element, attribute: str, count: int, where: str) -> list[float]:
    text = element.get(attribute, "")
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise DatasetError(f"{where}: {element.tag} has {attribute}={text[:60]!r} where {count} number(s) are needed.")
    return numbers

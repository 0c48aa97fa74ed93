"""Text tables (.csv, .tsv): one row a sample, one column an axis or a field."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import CELL, CORNER, DIM_ORDER, POINT
from physforge.datasets.export.atomic import staged
from physforge.datasets.export.csv_note import Attribute, CsvNote, Kind, VariableNote
from physforge.datasets.export.prepare import prepare
from physforge.errors import DatasetError

#: Rows that are computed and written at a time.
BLOCK_ROWS = 2**21

#: A table of more rows than this, and than so many times the samples of the largest field, repeats itself for ever.
WIDE_ROWS = 2**20
REPEATS = 16

_KINDS: dict[str, Kind] = {"M": "datetime64[ns]", "m": "timedelta64[ns]", "U": "label"}
_PLAIN = re.compile(r"[^\w .*^/%°-]")
_UNIT = re.compile(r"[^\w .*^/%°-]|^[-]")


def write_csv(ds: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset as a text table.

    Parameters
    ----------
    ds : xarray.Dataset
        A system of ODEs becomes a row a time; a grid a row a sample, with a column
        for each axis; scattered samples a row a point. Dask arrays are computed
        some rows at a time.
    path : str or path-like
        Where to. Ending in ``.tsv`` the columns are separated by tabs, else by commas.

    Returns
    -------
    pathlib.Path
        The file, as an absolute path.

    Raises
    ------
    DatasetError
        If the dataset holds something that the format cannot, or the disk refuses.

    Notes
    -----
    Numbers are written with as many digits as it takes to read them back exactly; a
    missing sample is an empty cell. The first line is a comment with the attributes
    and dims; programs that know nothing of it skip lines that begin with ``#``, and
    find units in the header, as ``u [m/s]``. No cell is a formula to a spreadsheet:
    cells are numbers and dates, and names lose every sign that could begin one.

    Examples
    --------
    >>> import tempfile
    >>> ds = xr.Dataset({"u": ("t", [1.0, 2.5], {"units": "m/s"})}, {"t": [0.0, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(write_csv(ds, f"{folder}/run.csv").read_text().split("\\n", 1)[1])
    t,u [m/s]
    0.0,1.0
    0.1,2.5
    """
    plain = prepare(ds, path)
    table = _Table(plain, os.fspath(path))
    delimiter = "\t" if Path(path).suffix.lower() == ".tsv" else ","
    with staged(path) as hidden, hidden.open("w", encoding="utf-8", newline="") as stream:
        stream.write(table.note().line() + "\n" + delimiter.join(table.header()) + "\n")
        for block in _blocks(table.sizes, table.chunks, BLOCK_ROWS):
            table.write(block, stream, delimiter)
    return Path(path).expanduser().absolute()


class _Table:
    """A dataset seen as rows and columns."""

    def __init__(self, ds: xr.Dataset, where: str) -> None:
        self._ds = ds
        known = [dim for dim in DIM_ORDER if dim in ds.dims]
        dims = [*known, *(str(dim) for dim in ds.dims if dim not in known)]
        self.sizes = {dim: ds.sizes[dim] for dim in dims}
        self.chunks = {str(dim): max(sizes) for dim, sizes in ds.chunksizes.items()}
        others = [str(name) for name in (*ds.coords, *ds.data_vars) if name not in dims]
        self.columns = [*(dim for dim in dims if dim in ds.coords or dim != POINT), *others]
        if len(self.columns) < 2:
            raise DatasetError(f"{where}: a table needs an axis beside its field; give the dataset a coordinate.")
        self._check_rows(where)

    def _check_rows(self, where: str) -> None:
        if {CELL, CORNER} & self.sizes.keys():
            raise DatasetError(
                f"{where}: a table has no place for the cells of a mesh; write .nc, .h5 or .zarr, or leave the cells "
                "out, as ds.drop_dims(['corner', 'cell'], errors='ignore')."
            )
        rows = math.prod(self.sizes.values())
        largest = max(variable.size for variable in self._ds.variables.values())
        if rows > max(WIDE_ROWS, REPEATS * largest):
            raise DatasetError(
                f"{where}: its fields have different axes, and a table of all of them ({', '.join(self.sizes)}) has "
                f"{rows} rows, where no field has more than {largest} samples; write .nc, .h5 or .zarr, or one field "
                "at a time."
            )

    def note(self) -> CsvNote:
        return CsvNote(
            columns=self.columns,
            sizes=self.sizes,
            coords=[str(name) for name in self._ds.coords],
            variables={str(name): _note(variable) for name, variable in self._ds.variables.items()},
            attrs=_plain(self._ds.attrs),
        )

    def header(self) -> list[str]:
        labels: list[str] = []
        for name in self.columns:
            unit = str(self._ds[name].attrs.get("units", "")) if name in self._ds.variables else ""
            label = re.sub(r"^[-+=@\s]", "_", _PLAIN.sub("_", name))
            while label in labels:
                label += "_"
            labels.append(label)
            if unit and not _UNIT.search(unit):
                labels[-1] += f" [{unit}]"
        return labels

    def write(self, block: Mapping[str, slice], stream: TextIO, delimiter: str) -> None:
        import pandas as pd

        part = self._ds.isel(block).compute()
        sizes = {dim: len(range(self.sizes[dim])[block[dim]]) for dim in self.sizes}
        columns = {}
        for index, name in enumerate(self.columns):
            if name in part.variables:
                variable = part.variables[name]
                values = _cells(variable, self._ds.variables[name])
                dims = variable.dims
            else:
                values, dims = np.arange(self.sizes[name])[block[name]], (name,)
            columns[index] = _spread(xr.Variable(dims, values), sizes)
        frame = pd.DataFrame(columns)
        frame.to_csv(stream, sep=delimiter, header=False, index=False, lineterminator="\n")


def _spread(variable: xr.Variable, sizes: Mapping[str, int]) -> npt.NDArray[Any]:
    """Repeat values along the dims that they lack, a row a cell of the grid."""
    ordered = variable.transpose(*(dim for dim in sizes if dim in variable.dims)).to_numpy()
    shape = [sizes[dim] if dim in variable.dims else 1 for dim in sizes]
    return np.broadcast_to(ordered.reshape(shape), tuple(sizes.values())).ravel()


def _blocks(sizes: Mapping[str, int], chunks: Mapping[str, int], limit: int) -> Iterator[dict[str, slice]]:
    """Cut the grid into parts of at most `limit` rows, in the order of the rows."""
    if not sizes:
        yield {}
        return
    (dim, size), *rest = sizes.items()
    inner = math.prod(length for _, length in rest)
    step = max(1, limit // max(inner, 1))
    chunk = chunks.get(dim, 1)
    # Whole chunks, so that none is computed twice.
    step -= step % chunk if step >= chunk else 0
    for start in range(0, size, step):
        here = {dim: slice(start, min(start + step, size))}
        for part in _blocks(dict(rest), chunks, limit) if step == 1 else [{other: slice(None) for other, _ in rest}]:
            yield {**here, **part}


def _note(variable: xr.Variable) -> VariableNote:
    kind = _KINDS.get(variable.dtype.kind, "number")
    labels = _labels(variable) if kind == "label" else []
    dims = [str(dim) for dim in variable.dims]
    return VariableNote(dims=dims, kind=kind, labels=labels, attrs=_plain(variable.attrs))


def _labels(variable: xr.Variable) -> list[str]:
    return [str(label) for label in np.unique(variable.to_numpy())]


def _cells(part: xr.Variable, whole: xr.Variable) -> Any:
    values = part.to_numpy()
    if values.dtype.kind == "U":
        return np.searchsorted(_labels(whole), values)
    if values.dtype.kind == "m":
        return values.astype("timedelta64[ns]").astype(np.int64)
    if values.dtype.kind == "M":
        return np.datetime_as_string(values.astype("datetime64[ns]"))
    return values.astype(np.int8) if values.dtype.kind == "b" else values


def _plain(attrs: Mapping[Any, Any]) -> dict[str, Attribute]:
    return {
        key: value.tolist() if isinstance(value, np.ndarray | np.generic) else value for key, value in attrs.items()
    }

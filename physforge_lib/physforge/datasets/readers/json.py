"""JSON: columns ``{"t": [...], "u": [...]}``, records ``[{"t": 0, "u": 1}, ...]``, or named arrays over axes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.matching import match_arrays
from physforge.datasets.readers.table import Cells, check_labels, from_cells
from physforge.datasets.readers.text_table import decode
from physforge.errors import DatasetError

#: Largest file, in bytes; as Python objects its numbers take some ten times as much.
MAX_BYTES = 64 * 2**20

_SHAPES = 'columns as {"t": [...], "u": [...]} or records as [{"t": 0, "u": 1}, ...]'


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    fields: Sequence[str] | None = None,
    trajectory: str | None = None,
    run: float | None = None,
) -> xr.Dataset:
    """Read the columns or arrays of a JSON file.

    Parameters
    ----------
    path : pathlib.Path
        A mapping of names to lists (nested lists are arrays over the axes t, x, y,
        z beside them), or a list of records. ``null`` is a missing sample; what is
        no list in a mapping is left out.
    dims : sequence of str, optional
        Columns that are axes, or the axes of an array
        (see `physforge.datasets.matching.match_arrays`).
    t : str, optional
        The time column of a table; by default one called t, time, date, year, ....
    fields : sequence of str, optional
        Arrays to take as fields, where lists are nested; all by default.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.

    Returns
    -------
    xarray.Dataset
        A table is arranged as one in text is.

    Raises
    ------
    DatasetError
        If the file is too large, no JSON, repeats a name, or is of another shape.
    """
    where = path.name
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DatasetError(
            f"{where}: JSON of {size / 2**20:.0f} MiB; at most {MAX_BYTES / 2**20:.0f} MiB are read, since it takes "
            "many times its size in memory; save it as CSV, npz or netCDF."
        )
    lists = _lists(_parse(decode(path.read_bytes(), where), where), where)
    if any(isinstance(values[0], list) for values in lists.values() if values):
        if t is not None or trajectory is not None or run is not None:
            raise DatasetError(f"{where}: t, trajectory and run are about a table, and it holds nested lists.")
        arrays = {name: _array(name, values, where) for name, values in lists.items()}
        return match_arrays(arrays, where=where, dims=dims, fields=fields)
    return from_cells(_table(lists, fields, where), dims=dims, t=t, trajectory=trajectory, run=run)


def _parse(text: str, where: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        check_labels([name for name, _ in pairs], where)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise DatasetError(f"{where}, line {error.lineno}: it is not JSON ({error.msg}).") from error
    except RecursionError as error:
        raise DatasetError(f"{where}: its lists are nested too deeply to be data.") from error
    except ValueError as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{where}: it holds a number that cannot be read ({error}).") from error


def _lists(document: Any, where: str) -> dict[str, list[Any]]:
    if isinstance(document, list) and document and all(isinstance(record, dict) for record in document):
        names = list(dict.fromkeys(name for record in document for name in record))
        return {name: [record.get(name) for record in document] for name in names}
    if isinstance(document, dict):
        lists = {name: values for name, values in document.items() if isinstance(values, list)}
        if lists:
            return lists
    raise DatasetError(f"{where}: it holds no table; it needs {_SHAPES}.")


def _table(lists: dict[str, list[Any]], fields: Sequence[str] | None, where: str) -> Cells:
    import pandas as pd

    if fields is not None:
        raise DatasetError(f"{where}: fields names arrays among nested lists, and it holds a table.")
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{name} ({len(values)})" for name, values in lists.items())
        raise DatasetError(f"{where}: its columns differ in length: {sizes}.")
    for name, values in lists.items():
        for row, value in enumerate(values, start=1):
            if isinstance(value, list | dict):
                raise DatasetError(f"{where}, line {row}: column {name!r} holds a list among numbers.")
    columns = {
        name: pd.Series([np.nan if value is None else value for value in values]) for name, values in lists.items()
    }
    return Cells(pd.DataFrame(columns), np.arange(1, lengths.pop() + 1, dtype=np.int64), where)


def _array(name: str, values: list[Any], where: str) -> Any:
    try:
        return np.array(_without_null(values), dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DatasetError(f"{where}: {name!r} is not an array of numbers with equally long rows ({error}).") from error


def _without_null(values: Any) -> Any:
    # None becomes NaN, and text stays text, which NumPy would otherwise read as a number.
    if isinstance(values, list):
        return [_without_null(value) for value in values]
    if values is None:
        return np.nan
    if isinstance(values, bool) or not isinstance(values, int | float):
        raise TypeError(f"it holds {str(values)[:40]!r}")
    return values

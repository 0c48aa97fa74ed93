"""Parquet files: columns, as in a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import TIME
from physforge.datasets.lazy import Choice
from physforge.datasets.limits import check_chunk, check_ratio, check_size
from physforge.datasets.readers.table import Cells, check_labels, from_cells, name_columns
from physforge.errors import DatasetError, MissingExtraError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

#: Columns more than this are no variables.
MAX_COLUMNS = 10_000

#: Parquet's dictionaries and run lengths pack repeated values far better than compression does, so a file may
#: unpack freely to this many bytes only.
FREE_BYTES = 2**27


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    trajectory: str | None = None,
    run: float | None = None,
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read a Parquet file.

    Parameters
    ----------
    path : pathlib.Path
        One file; its columns are numbers, dates or times.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.
    lazy : bool, optional
        Whether the columns of a system of ODEs (rows in the order of time, no x, y,
        z) stay on disk, as dask arrays of a row group a block; by default where they
        take more than `physforge.datasets.lazy.LAZY_BYTES`. Grids and scattered
        samples are read, since their rows have to be put in order.

    Returns
    -------
    xarray.Dataset
        Arranged as a table of text is.

    Raises
    ------
    DatasetError
        If the file is damaged or encrypted, holds other columns than numbers and
        times, or more than memory should take.
    MissingExtraError
        If pyarrow is not installed.
    """
    with _open(path) as file:
        labels = _check(file, path)
        plain = dims is None and trajectory is None and run is None
        if plain and Choice(lazy)(8 * file.metadata.num_rows * len(labels)):
            ds = _system(path, file, labels, t)
            if ds is not None:
                return ds
        check_size(8 * file.metadata.num_rows * len(labels), path.stat().st_size, path.name, FREE_BYTES)
        cells = _cells(file, path.name)
    return from_cells(cells, dims=dims, t=t, trajectory=trajectory, run=run)


def _open(path: Path) -> ParquetFile:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtraError(
            "Reading Parquet needs pyarrow, which is not installed; install physforge[parquet]."
        ) from error
    try:
        # Without a memory map: a mapped file cut short kills the process.
        return ParquetFile(path, memory_map=False, arrow_extensions_enabled=False)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DatasetError(f"{path.name}: it is not a readable Parquet file ({error}).") from error


def _check(file: ParquetFile, path: Path) -> list[str]:
    """Refuse what is no table of numbers, and return the names of the columns."""
    facts, where = file.metadata, path.name
    if facts.num_columns > MAX_COLUMNS:
        raise DatasetError(f"{where}: {facts.num_columns} columns; at most {MAX_COLUMNS} are read.")
    labels = [field.name for field in file.schema_arrow]
    check_labels(labels, where)
    for field in file.schema_arrow:
        if not _is_readable(field.type):
            raise DatasetError(
                f"{where}: column {field.name!r} holds {field.type}; only numbers, dates and times are read, so leave "
                "it out or write it as numbers."
            )
    rows = 0
    for k in range(facts.num_row_groups):
        group = facts.row_group(k)
        check_chunk(8 * group.num_rows * len(labels), f"{where}, row group {k + 1}")
        rows += group.num_rows
    if rows != facts.num_rows:
        raise DatasetError(f"{where}: it announces {facts.num_rows} rows and its groups {rows}; the file is damaged.")
    check_ratio(8 * facts.num_rows * len(labels), path.stat().st_size, where, FREE_BYTES)
    return labels


def _is_readable(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_timestamp, types.is_date)
    return types.is_null(kind) or any(test(kind) for test in tests)


def _columns(file: ParquetFile, where: str, group: int | None, labels: Sequence[str] | None = None) -> Any:
    """Return rows as a pandas.DataFrame of numbers and of dates as text."""
    import pyarrow as pa
    from pyarrow import types

    names = None if labels is None else list(labels)
    try:
        read = file.read(names) if group is None else file.read_row_group(group, names)
        for k, field in enumerate(read.schema):
            if types.is_timestamp(field.type) or types.is_date(field.type):
                dated = read.column(k).cast(pa.timestamp("us")).cast(pa.string())
                read = read.set_column(k, field.name, dated)
            elif types.is_decimal(field.type):
                read = read.set_column(k, field.name, read.column(k).cast(pa.float64()))
        return read.to_pandas(ignore_metadata=True)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise DatasetError(f"{where}: it cannot be read; the file is damaged or encrypted ({error}).") from error


def _cells(file: ParquetFile, where: str) -> Cells:
    frame = _columns(file, where, None)
    return Cells(frame, np.arange(1, len(frame) + 1, dtype=np.int64), where)


def _system(path: Path, file: ParquetFile, labels: list[str], t: str | None) -> xr.Dataset | None:
    """Return a system of ODEs whose columns stay on disk, or None if the table is something else."""
    import dask.array as da
    from pyarrow import types

    names = name_columns(labels, t, None, path.name)
    times = [label for label, name in names.items() if name == TIME]
    kinds = {field.name: field.type for field in file.schema_arrow}
    others = [label for label in labels if label not in times]
    if not times or {"x", "y", "z"} & set(names.values()):
        return None
    if not all(types.is_integer(kinds[label]) or types.is_floating(kinds[label]) for label in others):
        return None
    frame = _columns(file, path.name, None, times)
    small = from_cells(
        Cells(frame.assign(row=0.0), np.arange(1, len(frame) + 1, dtype=np.int64), path.name), t=times[0], dims=(TIME,)
    )
    counts = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
    fields = {}
    for label in others:
        blocks = [
            da.from_delayed(_block(path, label, k), (count,), dtype=np.float64)  # type: ignore[no-untyped-call]
            for k, count in enumerate(counts)
        ]
        facts = {"original_name": label} if names[label] != label else {}
        fields[names[label]] = (TIME, da.concatenate(blocks), facts)  # type: ignore[no-untyped-call]
    return xr.Dataset(fields, {TIME: small[TIME]})


def _block(path: Path, label: str, group: int) -> Any:
    from dask.delayed import delayed

    return delayed(_read_block, pure=False)(path, label, group)


def _read_block(path: Path, label: str, group: int) -> npt.NDArray[np.float64]:
    with _open(path) as file:
        numbers: npt.NDArray[np.float64] = _columns(file, path.name, group, [label])[label].to_numpy(dtype=np.float64)
        return numbers

"""Columns of a Parquet file, some rows at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from physforge.datasets.lazy import block_shape
from physforge.errors import DatasetError, MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    from pyarrow.parquet import ParquetFile

#: A time column of dates is gone through as whole numbers of this unit.
DATE_UNIT: Literal["us"] = "us"


def open_parquet(path: Path) -> ParquetFile:
    """Open a file, and read what it says of itself.

    Parameters
    ----------
    path : pathlib.Path
        One file.

    Returns
    -------
    pyarrow.parquet.ParquetFile
        To be closed.

    Raises
    ------
    DatasetError
        If it is no Parquet file, or damaged.
    MissingExtraError
        If pyarrow is not installed.
    """
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


def read_columns(
    file: ParquetFile, where: str, group: int | None = None, labels: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read rows.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
        Open.
    where : str
        Named in messages.
    group : int, optional
        The row group; all by default.
    labels : sequence of str, optional
        Names of the columns; all by default.

    Returns
    -------
    pandas.DataFrame
        Numbers, and dates as text.

    Raises
    ------
    DatasetError
        If the file is damaged or encrypted.
    """
    import pyarrow as pa

    read = _read(file, where, group, labels)
    try:
        for k, field in enumerate(read.schema):
            if is_date(field.type):
                dated = read.column(k).cast(pa.timestamp(DATE_UNIT)).cast(pa.string())
                read = read.set_column(k, field.name, dated)
            elif pa.types.is_decimal(field.type):
                read = read.set_column(k, field.name, read.column(k).cast(pa.float64()))
        frame: pd.DataFrame = read.to_pandas(ignore_metadata=True)
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise _damaged(where, error) from error
    return frame


def scan(file: ParquetFile, where: str, labels: Sequence[str]) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Go through columns, one row group after another.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
        Open.
    where : str
        Named in messages.
    labels : sequence of str
        Names of the columns.

    Yields
    ------
    dict of str to ndarray
        As `read_group` reads a row group.

    Raises
    ------
    DatasetError
        If the file is damaged or encrypted.
    """
    for group in range(file.metadata.num_row_groups):
        yield read_group(file, where, group, labels)


def read_group(file: ParquetFile, where: str, group: int, labels: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """Read columns of a row group.

    Parameters
    ----------
    file : pyarrow.parquet.ParquetFile
        Open.
    where : str
        Named in messages.
    group : int
        The row group.
    labels : sequence of str
        Names of the columns.

    Returns
    -------
    dict of str to ndarray
        Numbers as float64, dates as int64 in `DATE_UNIT`; where one is missing, a
        float column with NaN.

    Raises
    ------
    DatasetError
        If the file is damaged or encrypted.
    """
    import pyarrow as pa

    read = _read(file, where, group, labels)
    found: dict[str, npt.NDArray[Any]] = {}
    try:
        for k, field in enumerate(read.schema):
            dated = is_date(field.type)
            column = read.column(k).cast(pa.timestamp(DATE_UNIT)).cast(pa.int64()) if dated else read.column(k)
            values = column.to_numpy()
            found[field.name] = values if dated else values.astype(np.float64, copy=False)
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise _damaged(where, error) from error
    return found


def is_date(kind: Any) -> bool:
    """Say whether a column of this type holds dates.

    Parameters
    ----------
    kind : pyarrow.DataType
        Of the column.

    Returns
    -------
    bool
        True for days and for moments.
    """
    from pyarrow import types

    return bool(types.is_timestamp(kind) or types.is_date(kind))


def stays_on_disk(path: Path, file: ParquetFile, label: str, shape: tuple[int, ...]) -> Any:
    """Make a dask array of a column.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : pyarrow.parquet.ParquetFile
        The same, open.
    label : str
        Name of a column of numbers.
    shape : tuple of int
        What its rows are arranged to, the last axis fastest.

    Returns
    -------
    dask.array.Array
        Of float64; in blocks that read about one row group each.
    """
    import dask.array as da
    from dask.array.core import normalize_chunks

    counts = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
    stored, room = [1] * len(shape), max(counts, default=1)
    for axis in reversed(range(len(shape))):
        stored[axis] = max(1, min(shape[axis], room))
        room //= shape[axis]
    # Blocks are whole in their last axes, so that each is rows that follow one another.
    blocks = block_shape(shape, np.dtype(np.float64).itemsize, tuple(stored))
    return da.map_blocks(  # type: ignore[no-untyped-call]
        _read_block,
        path=path,
        label=label,
        edges=tuple(accumulate(counts, initial=0)),
        shape=shape,
        chunks=normalize_chunks(blocks, shape),  # type: ignore[no-untyped-call]
        dtype=np.float64,
        meta=np.empty((0,) * len(shape)),
    )


def _read(file: ParquetFile, where: str, group: int | None, labels: Sequence[str] | None) -> Any:
    import pyarrow as pa

    names = None if labels is None else list(labels)
    try:
        return file.read(names) if group is None else file.read_row_group(group, names)
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise _damaged(where, error) from error


def _damaged(where: str, error: Exception) -> DatasetError:
    return DatasetError(f"{where}: it cannot be read; the file is damaged or encrypted ({error}).")


def _read_block(
    path: Path, label: str, edges: tuple[int, ...], shape: tuple[int, ...], block_info: Any = None
) -> npt.NDArray[np.float64]:
    """Read the rows of one block out of the row groups that begin and end at these edges."""
    ranges = block_info[None]["array-location"]
    sizes = [stop - start for start, stop in ranges]
    first = int(np.ravel_multi_index([start for start, _ in ranges], shape))
    end = first + math.prod(sizes)
    parts = []
    with open_parquet(path) as file:
        for group in range(int(np.searchsorted(edges, first, side="right")) - 1, len(edges) - 1):
            if edges[group] >= end:
                break
            numbers = read_columns(file, path.name, group, [label])[label].to_numpy(dtype=np.float64)
            parts.append(numbers[max(0, first - edges[group]) : end - edges[group]])
    return np.concatenate(parts).reshape(sizes)

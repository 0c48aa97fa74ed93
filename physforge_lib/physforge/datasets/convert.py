"""Make a Parquet file of a text table of any size, some rows at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from physforge.datasets.export.atomic import staged
from physforge.datasets.export.csv_note import find_note
from physforge.datasets.names import TIME_COLUMNS, axis_of, split_unit
from physforge.datasets.readers.csv import MAX_NOTED_BYTES, check_delimiter
from physforge.datasets.readers.parquet_columns import DATE_UNIT
from physforge.datasets.readers.table import read_dates, read_numbers
from physforge.datasets.readers.text_blocks import BLOCK, read_tables
from physforge.datasets.readers.text_cells import column_labels, decimal_sign, parse_rows
from physforge.datasets.readers.text_table import TextTable
from physforge.datasets.readers.wide import FIELD, is_wide, wide_blocks
from physforge.errors import DatasetError, MissingExtraError
from physforge.progress import track

#: Bytes of the numbers that become a row group.
GROUP_BYTES = 32 * 2**20

SUFFIXES = (".parquet", ".pq")

Columns = dict[str, Any]


def text_to_parquet(
    path: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    dims: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    names: Sequence[str] | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> Path:
    """Write a text table as Parquet, of which any size is opened.

    Parameters
    ----------
    path : str or path-like
        The text table. Delimiter, decimal sign, header and encoding are found as
        `physforge.datasets.readers.csv.read` finds them.
    to : str or path-like
        The file to write; replaced where it exists.
    dims : sequence of str, optional
        The two axes of a wide table whose corner does not name them. Of other tables
        they are said on opening.
    units : mapping of str to str, optional
        Column -> unit, written into its name, as ``u [m/s]``.
    delimiter, names, decimal, encoding : optional
        As for `physforge.datasets.readers.csv.read`.

    Returns
    -------
    pathlib.Path
        The Parquet file, as an absolute path.

    Raises
    ------
    DatasetError
        Naming line and column of what is no table of numbers, as reading it would;
        then nothing is written. For a small table with the attributes that
        `physforge.datasets.export.write_csv` notes, which Parquet would lose.
    MissingExtraError
        If pyarrow is not installed.

    Notes
    -----
    Numbers are float64, dates moments in UTC to the microsecond. A wide table becomes
    a long one, of a row a sample. Nothing is compressed but the axes, so that numbers are
    read as fast as the disk gives them. Some 150 MB of memory are used.
    """
    source = Path(path).expanduser()
    if not source.is_file():
        raise DatasetError(f"There is no file {source}; check the path (the current folder is {Path.cwd()}).")
    check_delimiter(delimiter, source.name)
    blocks = read_tables(source, encoding, delimiter)
    text, first = next(blocks)
    _refuse_note(text, source)
    total = -(-source.stat().st_size // BLOCK)
    tables = track(chain([first], (table for _, table in blocks)), f"Converting {source.name}", total=total)
    sign = decimal_sign(first, decimal, source.name)
    if names is None and is_wide(first.header, dims):
        parts = _long(tables, sign, dims, source.name)
    elif dims is not None:
        raise DatasetError(
            f"{source.name}: its header is no numbers, so its axes are columns; say dims={tuple(dims)} when you open "
            "the Parquet file."
        )
    else:
        parts = _numbers(tables, column_labels(first, names, source.name), sign, source.name)
    with staged(to) as hidden:
        rows = _write(_with_units(parts, units or {}, source.name), hidden)
        if rows < 2:
            raise DatasetError(f"{source.name}: it has {rows} row(s) of data; at least 2 are needed.")
    return Path(to).expanduser().absolute()


def _refuse_note(text: str, path: Path) -> None:
    if find_note(text) is not None and path.stat().st_size <= MAX_NOTED_BYTES:
        raise DatasetError(
            f"{path.name}: its first line holds dims and attributes, which Parquet would lose; convert it to netCDF "
            f"({path.stem}.nc) or zarr."
        )


def _numbers(tables: Iterable[TextTable], labels: list[str], sign: str, where: str) -> Iterator[Columns]:
    """Yield the columns of a table with names in its header."""
    dated: set[str] | None = None
    for table in tables:
        frame = parse_rows(table, labels, sign)
        lines = np.asarray(table.lines, dtype=np.int64)
        if dated is None:
            dated = {label for label in labels if _is_dated(frame[label], label)}
        yield {
            label: read_dates(frame[label], label, lines, where).to_numpy(dtype=f"datetime64[{DATE_UNIT}]")
            if label in dated
            else read_numbers(frame[label], label, False, lines, where)[0]
            for label in labels
        }


def _is_dated(series: Any, label: str) -> bool:
    import pandas as pd

    if split_unit(label)[0].lower() not in TIME_COLUMNS or pd.api.types.is_numeric_dtype(series.dtype):
        return False
    return bool(pd.to_numeric(series, errors="coerce").isna().all())


def _long(tables: Iterable[TextTable], sign: str, dims: Sequence[str] | None, where: str) -> Iterator[Columns]:
    """Yield the samples of a wide table as columns."""
    for block in wide_blocks(tables, sign, dims, where):
        label = block.facts.get("original_name", block.down)
        label += f" [{block.facts['units']}]" if "units" in block.facts else ""
        yield {
            label: np.repeat(block.places, block.along.size),
            block.across: np.tile(block.along, block.places.size),
            FIELD: block.body.ravel(),
        }


def _with_units(parts: Iterator[Columns], units: Mapping[str, str], where: str) -> Iterator[Columns]:
    for part in parts:
        known = {name: label for label in part for name in (label, split_unit(label)[0])}
        unknown = [name for name in units if name not in known]
        if unknown:
            raise DatasetError(f"{where}: units names {unknown[0]!r}, but the columns are {', '.join(part)}.")
        new = {known[name]: f"{split_unit(known[name])[0]} [{unit}]" for name, unit in units.items()}
        yield {new.get(label, label): values for label, values in part.items()}


def _write(parts: Iterator[Columns], path: Path) -> int:
    """Write columns in row groups of about the same size, and return the number of rows."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(
            "Writing Parquet needs pyarrow, which is not installed; install physforge[parquet]."
        ) from error
    first = pa.table(next(parts))
    axes = [name for name in first.column_names if axis_of(split_unit(name)[0])]
    rows, held = 0, [first]
    with parquet.ParquetWriter(path, first.schema, compression="NONE", use_dictionary=axes or False) as writer:
        for part in parts:
            held.append(pa.table(part, schema=first.schema))
            if sum(table.nbytes for table in held) >= GROUP_BYTES:
                rows += _flush(writer, held)
                held = []
        return rows + _flush(writer, held)


def _flush(writer: Any, held: list[Any]) -> int:
    import pyarrow as pa

    if not held:
        return 0
    table = pa.concat_tables(held)
    writer.write_table(table, row_group_size=max(1, table.num_rows))
    return int(table.num_rows)

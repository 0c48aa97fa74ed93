"""Text tables (.csv, .tsv, .txt, .dat): a system of ODEs in columns, a grid in long or wide form, scattered samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import xarray as xr

from physforge.datasets.export.csv_note import find_note, restore
from physforge.datasets.readers.table import Cells, from_cells
from physforge.datasets.readers.text_blocks import MAX_BYTES, read_tables
from physforge.datasets.readers.text_cells import column_labels, decimal_sign, parse_rows
from physforge.datasets.readers.text_table import TextTable
from physforge.datasets.readers.wide import is_wide, read_wide
from physforge.errors import DatasetError

#: Of a larger table, what `physforge.datasets.export` noted of it is not used, since its rows would fill the memory.
MAX_NOTED_BYTES = 32 * 2**20

#: What numbers, comments and quoted cells are written with, and so cannot stand between columns.
_NO_DELIMITERS = frozenset('+-.#%"\r\n')


def is_delimiter(text: str) -> bool:
    """Say whether a text can stand between the columns of a table.

    Parameters
    ----------
    text : str
        As the caller names it.

    Returns
    -------
    bool
        True for one character that no number, comment or quoted cell is written with.

    Examples
    --------
    >>> is_delimiter(";"), is_delimiter("\\t"), is_delimiter("||"), is_delimiter(".")
    (True, True, False, False)
    """
    return len(text) == 1 and not text.isalnum() and text not in _NO_DELIMITERS


def check_delimiter(text: str | None, where: str) -> None:
    """Refuse a delimiter that would be taken for a pattern, or for a part of a number.

    Parameters
    ----------
    text : str or None
        None leaves it to be found.
    where : str
        Named in the message.

    Raises
    ------
    DatasetError
        If it is not one character that can stand between numbers.
    """
    if text is not None and not (isinstance(text, str) and is_delimiter(text)):
        raise DatasetError(
            f"{where}: delimiter is one character that can stand between numbers, such as ';' or '|', with '\\t' for a "
            f"tab and ' ' for white space; it got {text!r}."
        )


def read(
    path: Path,
    *,
    dims: Sequence[str] | None = None,
    t: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    trajectory: str | None = None,
    run: float | None = None,
    field: str | None = None,
) -> xr.Dataset:
    """Read a text table.

    Parameters
    ----------
    path : pathlib.Path
        The file. Its delimiter (comma, semicolon, tab, white space), its decimal
        sign and its header are found. A header such as ``height [m]`` gives a unit.
    dims : sequence of str, optional
        Columns that are axes (see `physforge.datasets.columns.from_columns`).
    t : str, optional
        The time column; by default one called t, time, date, year, ..., in any case.
    delimiter : str, optional
        The one character between columns (a space for any white space), where guessing
        it goes wrong.
    names : sequence of str, optional
        Column names, for a table without a header.
    decimal : {".", ","}, optional
        The decimal sign, where guessing it goes wrong.
    encoding : str, optional
        By default UTF-8, or UTF-16 where the file starts with its mark or shows
        its pattern of zero bytes.
    trajectory : str, optional
        The column that numbers the runs (see `physforge.datasets.readers.table.from_cells`).
    run : float, optional
        The one run to take; all by default.
    field : str, optional
        What to call the field of a wide table (the axes down the first column and
        along the header, see `physforge.datasets.readers.wide.read_wide`); ``u`` by
        default.

    Returns
    -------
    xarray.Dataset
        The time column is ``t`` and keeps its name as ``original_name``. Empty
        cells and NA are NaN. A table that `physforge.datasets.export.write_csv`
        wrote comes back as it was, unless an option says how to read it or it is
        larger than `MAX_NOTED_BYTES`.

    Raises
    ------
    DatasetError
        Naming file, line and column: for rows of unequal length, text among
        numbers, repeated or unordered times, fewer than two rows; for a delimiter that
        is a part of numbers or longer than one character; for a file of
        more than `physforge.datasets.readers.text_blocks.MAX_BYTES`, which
        ``physforge dataset convert run.csv run.parquet`` makes a Parquet file that
        is opened whatever its size (`physforge.datasets.convert`).
    """
    where = path.name
    check_delimiter(delimiter, where)
    blocks = read_tables(path, encoding, delimiter, limit=MAX_BYTES)
    text, table = next(blocks)
    note = find_note(text)
    plain = path.stat().st_size > MAX_NOTED_BYTES
    if (
        note is not None
        and not plain
        and all(option is None for option in (dims, t, names, decimal, trajectory, run, field))
    ):
        rows = [*table.rows, *(row for _, block in blocks for row in block.rows)]
        ds = restore(note, rows, table.delimiter)
        if ds is not None:
            return ds
        blocks = islice(read_tables(path, encoding, delimiter, limit=MAX_BYTES), 1, None)
    tables = chain([table], (block for _, block in blocks))
    sign = decimal_sign(table, decimal, where)
    if names is None and is_wide(table.header, dims):
        return read_wide(tables, sign, dims, field, where)
    if field is not None:
        raise DatasetError(f"{where}: field={field!r} names the field of a wide table, and its header is no numbers.")
    return from_cells(
        _cells(tables, column_labels(table, names, where), sign, where), dims=dims, t=t, trajectory=trajectory, run=run
    )


def _cells(tables: Iterable[TextTable], labels: list[str], sign: str, where: str) -> Cells:
    import pandas as pd

    frames, lines = [], []
    for table in tables:
        frames.append(parse_rows(table, labels, sign))
        lines.append(np.asarray(table.lines, dtype=np.int64))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    return Cells(frame, np.concatenate(lines), where)

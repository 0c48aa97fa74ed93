"""Wide tables: a field over two axes, one of them down the first column, the other along the header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import DIM_ORDER, TIME
from physforge.datasets.names import TIME_COLUMNS, axis_of, split_unit
from physforge.datasets.readers.text_table import TextTable, is_number, split
from physforge.errors import DatasetError

#: ``t\\x`` in the corner of a table names both axes.
_BOTH = re.compile(r"\s*[\\/|]\s*")

#: What the field of a wide table is called.
FIELD = "u"

_MISSING = {"": "nan", "na": "nan", "n/a": "nan"}


def is_wide(labels: Sequence[str], dims: Sequence[str] | None) -> bool:
    """Say whether the header of a table holds coordinates, and no names.

    Parameters
    ----------
    labels : sequence of str
        The header.
    dims : sequence of str or None
        What the caller says of the axes.

    Returns
    -------
    bool
        True for numbers behind the first cell, unless the caller names one axis
        only, and so takes them for names.

    Examples
    --------
    >>> is_wide(["t", "0.0", "0.5"], None), is_wide(["t", "u", "v"], None), is_wide(["t", "0", "1"], ("t",))
    (True, False, False)
    """
    if len(labels) < 3 or (dims is not None and len(dims) != 2):
        return False
    return all(label.strip() and is_number(label) for label in labels[1:]) and (not labels[0] or not _is_value(labels))


def read_wide(
    tables: Iterable[TextTable], decimal: str, dims: Sequence[str] | None, field: str | None, where: str
) -> xr.Dataset:
    """Read a wide table.

    Parameters
    ----------
    tables : iterable of TextTable
        Blocks of it; the header is that of the first.
    decimal : {".", ","}
        The decimal sign.
    dims : sequence of str, optional
        The axis down the first column, and that along the header; by default as the
        corner says: ``t`` (then the header is x), ``x`` (then it is t), or both, as
        in ``t/x``.
    field : str, optional
        What to call the field, ``u`` by default.
    where : str
        Named in messages.

    Returns
    -------
    xarray.Dataset
        One field over two axes.

    Raises
    ------
    DatasetError
        If the corner does not say which axes these are, or a cell is no number.
    """
    parts = list(wide_blocks(tables, decimal, dims, where))
    body = np.concatenate([part.body for part in parts])
    if len(body) < 2:
        raise DatasetError(f"{where}: it has {len(body)} row(s) of data; at least 2 are needed.")
    first = parts[0]
    coords = {first.down: np.concatenate([part.places for part in parts]), first.across: first.along}
    ds = xr.Dataset({field or FIELD: ((first.down, first.across), body)}, coords)
    ds[first.down].attrs.update(first.facts)
    return ds


@dataclass(frozen=True)
class WideBlock:
    """Some rows of a wide table.

    Parameters
    ----------
    down, across : str
        The axis down the first column, and that along the header.
    facts : dict of str to str
        What the corner says of the first.
    places, along : ndarray of float
        Their values, shape (rows,) and (columns,).
    body : ndarray of float, shape (rows, columns)
        The field.
    """

    down: str
    across: str
    facts: dict[str, str]
    places: npt.NDArray[np.float64]
    along: npt.NDArray[np.float64]
    body: npt.NDArray[np.float64]


def wide_blocks(
    tables: Iterable[TextTable], decimal: str, dims: Sequence[str] | None, where: str
) -> Iterator[WideBlock]:
    """Go through a wide table.

    Parameters
    ----------
    tables : iterable of TextTable
        Blocks of it; the header is that of the first.
    decimal : {".", ","}
        The decimal sign.
    dims : sequence of str or None
        As for `read_wide`.
    where : str
        Named in messages.

    Yields
    ------
    WideBlock
        The numbers of a block.

    Raises
    ------
    DatasetError
        As `read_wide`.
    """
    seen = None
    for table in tables:
        if seen is None:
            along = _numbers(table.header[1:], decimal, f"{where}, line 1")
            seen = (*_axes(table.header[0], along, dims, where), along)
        down, across, facts, along = seen
        rows = [
            _numbers(split(line, table.delimiter), decimal, f"{where}, line {number}")
            for number, line in zip(table.lines, table.rows, strict=True)
        ]
        cells = np.stack(rows) if rows else np.empty((0, along.size + 1))
        yield WideBlock(down, across, facts, cells[:, 0], along, cells[:, 1:])


def _is_value(labels: Sequence[str]) -> bool:
    return is_number(labels[0])


def _axes(
    corner: str, along: npt.NDArray[np.float64], dims: Sequence[str] | None, where: str
) -> tuple[str, str, dict[str, str]]:
    """Return the axis of the rows, that of the columns, and what is known of the first."""
    name, unit = split_unit(corner)
    facts = {"units": unit} if unit else {}
    if dims is not None:
        unknown = [dim for dim in dims if dim not in DIM_ORDER]
        if unknown or dims[0] == dims[1]:
            raise DatasetError(
                f"{where}: dims={tuple(dims)} for a table with coordinates in its header; use t, x, y, z."
            )
        return dims[0], dims[1], facts
    found = [_axis(part) for part in _BOTH.split(name)] if name else []
    seen = f"its header is numbers ({along[0]:g}, {along[1]:g}, ...)"
    counted = np.array_equal(along, np.arange(along.size) + along[0]) and along[0] in (0, 1)
    if len(found) == 2 and None not in found and found[0] != found[1]:
        return str(found[0]), str(found[1]), {}
    partner = {TIME: "x", "x": TIME}.get(found[0] or "") if len(found) == 1 else None
    if counted and partner:
        raise DatasetError(
            f"{where}: {seen}, which may be places or may count columns; say dims=({found[0]!r}, {partner!r}) for a "
            f"field over both, or dims=({found[0]!r},) for one variable a column."
        )
    if partner is None:
        raise DatasetError(
            f"{where}: {seen}, so it is a field over two axes, and its corner {corner!r} does not name them; say "
            "dims=('t', 'x') if rows are times and columns are places, or dims=('x', 't')."
        )
    if name != found[0]:
        facts = {"original_name": name, **facts}
    return str(found[0]), partner, facts


def _axis(name: str) -> str | None:
    return TIME if name.lower() in TIME_COLUMNS else axis_of(name)


def _numbers(cells: Sequence[str], decimal: str, where: str) -> npt.NDArray[np.float64]:
    plain = [cell.strip().strip('"') for cell in cells]
    if decimal == ",":
        plain = [cell.replace(",", ".") for cell in plain]
    plain = [_MISSING.get(cell.lower(), cell) for cell in plain] if not all(plain) or "NA" in plain else plain
    try:
        return np.array(plain, dtype=np.float64)
    except ValueError as error:
        for column, cell in enumerate(plain, start=1):
            if not is_number(cell):
                raise DatasetError(
                    f"{where}: column {column} holds {cell[:40]!r}, which is not a number; correct it, or leave the "
                    "cell empty."
                ) from error
        raise DatasetError(f"{where}: it holds what is not a number ({error}).") from error

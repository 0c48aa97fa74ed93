"""What a table cannot say of its columns, as one comment line in front of it.

A row of numbers knows neither dims nor attributes. The line ``# physforge-csv: {...}``
holds them as JSON. Without it, or when the rows no longer fit it (a line removed, a
table sorted anew in a spreadsheet), the table is read like any other.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

#: How the line begins.
MARK = "# physforge-csv: "

Kind = Literal["number", "datetime64[ns]", "timedelta64[ns]", "label"]
Attribute = str | float | list[str] | list[float]

_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# A spreadsheet splits the line at delimiters, and computes a cell that begins with one of the others.
_RISKY = re.compile(r"[,;=+\-@|]")


class VariableNote(BaseModel):
    """What a column means.

    Parameters
    ----------
    dims : list of str
        Its dims; along the others its values repeat.
    kind : str, default "number"
        What its cells stand for; a label is stored as its index.
    labels : list of str
        The labels, where it is a column of them.
    attrs : dict
        Attributes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dims: list[str]
    kind: Kind = "number"
    labels: list[str] = Field(default_factory=list)
    attrs: dict[str, Attribute] = Field(default_factory=dict)


class CsvNote(BaseModel):
    """What a table means.

    Parameters
    ----------
    version : int
        Of this layout.
    columns : list of str
        Name of each column; one that is no variable counts along an axis.
    sizes : dict
        Dim -> length, slowest first; their product is the number of rows.
    coords : list of str
        Which variables are coordinates.
    variables : dict
        Variable -> what its column means.
    attrs : dict
        Attributes of the dataset.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    columns: list[str]
    sizes: dict[str, int]
    coords: list[str]
    variables: dict[str, VariableNote]
    attrs: dict[str, Attribute] = Field(default_factory=dict)

    def line(self) -> str:
        """Return the comment line.

        Returns
        -------
        str
            Without a line end. No part of it is a formula to a spreadsheet,
            whatever the attributes say.
        """
        text = json.dumps(self.model_dump(exclude_defaults=True) | {"version": self.version})
        return MARK + _JSON_STRING.sub(lambda string: _RISKY.sub(_escaped, string[0]), text)


def find_note(text: str) -> CsvNote | None:
    """Find the note in front of a table.

    Parameters
    ----------
    text : str
        Content of the file.

    Returns
    -------
    CsvNote or None
        None if the first line is anything else.
    """
    if not text.startswith(MARK):
        return None
    try:
        return CsvNote.model_validate_json(text[len(MARK) : text.index("\n")])
    except (ValidationError, ValueError):
        return None


def restore(note: CsvNote, rows: Sequence[str], delimiter: str) -> xr.Dataset | None:
    """Build the dataset that was written.

    Parameters
    ----------
    note : CsvNote
        What the columns mean.
    rows : sequence of str
        The lines of data.
    delimiter : str
        Between their cells.

    Returns
    -------
    xarray.Dataset or None
        None if the rows are not those that were written with the note.
    """
    import pandas as pd

    shape = tuple(note.sizes.values())
    if math.prod(shape) != len(rows) or not set(note.variables) <= set(note.columns):
        return None
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(rows)),
            sep=delimiter,
            header=None,
            names=note.columns,
            index_col=False,
            skip_blank_lines=False,
        )
        found = {name: _variable(one, frame[name], note.sizes) for name, one in note.variables.items()}
    except (ValueError, LookupError, TypeError):
        return None
    if any(variable is None for variable in found.values()):
        return None
    whole = xr.Dataset({name: variable for name, variable in found.items() if variable is not None})
    return whole.set_coords(note.coords).assign_attrs(note.attrs)


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


def _variable(note: VariableNote, series: Any, sizes: dict[str, int]) -> xr.Variable | None:
    """Return a column over its own dims, or None if it does not repeat along the others."""
    cells = _values(note, series).reshape(tuple(sizes.values()))
    own = cells[tuple(slice(None) if dim in note.dims else slice(0, 1) for dim in sizes)]
    if not ((cells == own) | (_missing(cells) & _missing(own))).all():
        return None
    kept = [dim for dim in sizes if dim in note.dims]
    values = own.reshape([sizes[dim] for dim in kept])
    if note.kind == "label":
        values = np.asarray(note.labels)[values.astype(int)]
    return xr.Variable(kept, values, note.attrs).transpose(*note.dims)


def _missing(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isnan(values) if values.dtype.kind == "f" else np.isnat(values), dtype=np.bool_)


def _values(note: VariableNote, series: Any) -> npt.NDArray[Any]:
    if note.kind in ("number", "label"):
        numbers: npt.NDArray[Any] = series.to_numpy(dtype=np.float64)
        return numbers
    return np.asarray(series.to_numpy(), dtype=note.kind)

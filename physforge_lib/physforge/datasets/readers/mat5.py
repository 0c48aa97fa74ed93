"""Arrays of numbers in MATLAB's version 5 format (what ``save`` writes unless told ``-v7.3`` or ``-v4``).

SciPy reads this format as well, but its compiled reader trusts the tags in the
file: one changed bit can end the process. Here every tag is checked against what
is left of the file, so that a damaged or hostile file is an error and no more.

The format is MathWorks' "MAT-File Format" (version 5, level 1).
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.limits import check_size
from physforge.errors import DatasetError

_HEADER = 128
_COMPLEX_FLAG = 0x0800

_MATRIX, _COMPRESSED = 14, 15
_TEXT = (1, 2, 16)
_CELL, _OPAQUE = 1, 17

#: Cell arrays: name -> the arrays in them.
Cells = dict[str, list[npt.NDArray[Any]]]

#: Storage type of a data element -> NumPy code.
_STORAGE = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}

#: Array class -> NumPy code of its values. Values may be stored in a smaller type.
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}

_OTHER_CLASSES = {1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 16: "function", 17: "opaque"}


def read_mat5(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Read the arrays of numbers of a version 5 file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    arrays : dict of str to ndarray
        At least two-dimensional, in MATLAB's index order.
    others : dict of str to str
        Variables left out, and their kind (cell, struct, char, ...).

    Raises
    ------
    DatasetError
        If the file is cut off, damaged, or unpacks to more than memory should take.
    """
    content = path.read_bytes()
    order = _order(content, path.name)
    arrays: dict[str, npt.NDArray[Any]] = {}
    others: dict[str, str] = {}
    for body in _matrices(_Reader(content, _HEADER, order, path.name)):
        name, kind, values = _matrix(body)
        if values is None:
            others[name] = kind
        else:
            arrays[name] = values
    return arrays, others


def read_cells(path: Path) -> Cells:
    """Read the cell arrays of a version 5 file whose cells are arrays of numbers.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict of str to list of ndarray
        The cells in MATLAB's order; cell arrays of anything else are left out.

    Raises
    ------
    DatasetError
        See `read_mat5`.
    """
    content = path.read_bytes()
    order = _order(content, path.name)
    found: Cells = {}
    for body in _matrices(_Reader(content, _HEADER, order, path.name)):
        flags, shape, name = _opening(body)
        if flags & 0xFF != _CELL:
            continue
        cells = [values for _, _, values in map(_matrix, _matrices(body))]
        if len(cells) != math.prod(shape):
            raise body.fail(f"{len(cells)} cells for the shape {shape}")
        if cells and all(values is not None for values in cells):
            found[name] = [values for values in cells if values is not None]
    return found


def _order(content: bytes, where: str) -> str:
    order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEADER])
    if order is None:
        raise DatasetError(f"{where}: it is not a MATLAB file of version 5, or it is damaged.")
    return order


@dataclass
class _Reader:
    """A cursor over data elements that never runs past its end."""

    content: bytes
    position: int
    order: str
    where: str

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.content)

    def fail(self, what: str) -> DatasetError:
        return DatasetError(f"{self.where}: it is cut off or damaged ({what} at byte {self.position}).")

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.content):
            raise self.fail(f"{size} bytes announced")
        taken = self.content[self.position : end]
        self.position = end
        return taken

    def element(self) -> tuple[int, bytes]:
        """Return the storage type and the bytes of the next element."""
        tag = self.take(4)
        (first,) = struct.unpack(f"{self.order}I", tag)
        if first >> 16:
            kind, size = first & 0xFFFF, first >> 16
            if size > 4:
                raise self.fail(f"a small element of {size} bytes")
            return kind, self.take(4)[:size]
        (size,) = struct.unpack(f"{self.order}I", self.take(4))
        data = self.take(size)
        if first != _COMPRESSED:
            self.position += -size % 8
        return first, data

    def numbers(self) -> npt.NDArray[Any]:
        kind, data = self.element()
        code = _STORAGE.get(kind)
        if code is None or len(data) % int(code[1]):
            raise self.fail(f"a data element of type {kind} and {len(data)} bytes")
        return np.frombuffer(data, dtype=f"{self.order}{code}")


def _matrices(reader: _Reader) -> Iterator[_Reader]:
    """Go through the variables of the file, unpacking those that are compressed."""
    unpacked = 0
    while not reader.at_end:
        kind, data = reader.element()
        if kind == _COMPRESSED:
            body = _unpack(data, reader)
            unpacked += len(body)
            check_size(unpacked, len(reader.content), reader.where)
            kind, data = _Reader(body, 0, reader.order, reader.where).element()
        if kind != _MATRIX:
            raise reader.fail(f"an element of type {kind} where a variable should be")
        yield _Reader(data, 0, reader.order, reader.where)


def _unpack(data: bytes, reader: _Reader) -> bytes:
    """Decompress a variable, no further than the size that its own tag announces."""
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(data, 8)
        if len(head) < 8:
            raise reader.fail("an empty compressed variable")
        (size,) = struct.unpack(f"{reader.order}I", head[4:])
        check_size(size, len(data), reader.where)
        body = head + stream.decompress(stream.unconsumed_tail, max(size, 1))
    except zlib.error as error:
        raise reader.fail(f"compressed data, {error},") from error
    return body


def _matrix(reader: _Reader) -> tuple[str, str, npt.NDArray[Any] | None]:
    """Return name, class and values of a variable; no values if it is not of numbers."""
    flags, shape, name = _opening(reader)
    kind = flags & 0xFF
    code = _CLASSES.get(kind)
    if code is None:
        return name, _OTHER_CLASSES.get(kind, f"class {kind}"), None
    values = _values(reader, shape, code)
    if flags & _COMPLEX_FLAG:
        whole = np.empty(shape, dtype=np.complex128)
        whole.real, whole.imag = values, _values(reader, shape, code)
        return name, code, whole
    return name, code, values


def _opening(reader: _Reader) -> tuple[int, tuple[int, ...], str]:
    """Return flags, shape and name of a variable."""
    flags = reader.numbers()
    if flags.dtype.kind != "u" or flags.size != 2:
        raise reader.fail("array flags")
    if int(flags[0]) & 0xFF == _OPAQUE:  # an opaque object has no shape
        return int(flags[0]), (), _text(reader)
    shape = tuple(int(length) for length in reader.numbers())
    return int(flags[0]), shape, _text(reader)


def _values(reader: _Reader, shape: tuple[int, ...], code: str) -> npt.NDArray[Any]:
    flat = reader.numbers()
    size = 1
    for length in shape:
        size *= length
    if any(length < 0 for length in shape) or flat.size != size:
        raise reader.fail(f"{flat.size} values for the shape {shape}")
    return flat.astype(code).reshape(shape, order="F")


def _text(reader: _Reader) -> str:
    kind, data = reader.element()
    if kind not in _TEXT:
        raise reader.fail(f"a name of type {kind}")
    return data.decode("utf-8", errors="replace")

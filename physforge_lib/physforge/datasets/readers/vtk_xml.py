"""The arrays in a VTK file of the XML formats, believing nothing that it announces about their sizes."""

from __future__ import annotations

import binascii
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from physforge.datasets.limits import check_size
from physforge.errors import DatasetError

if TYPE_CHECKING:
    # The type alone; defusedxml parses.
    from xml.etree.ElementTree import Element  # nosec B405

_TYPES = {
    **{f"Int{8 * size}": f"i{size}" for size in (1, 2, 4, 8)},
    **{f"UInt{8 * size}": f"u{size}" for size in (1, 2, 4, 8)},
    "Float32": "f4",
    "Float64": "f8",
}


def _inflate(packed: bytes, most: int) -> bytes:
    return zlib.decompressobj().decompress(packed, most)


def _unxz(packed: bytes, most: int) -> bytes:
    # VTK's blocks are small; a dictionary that needs more memory than this is none of its own.
    return lzma.LZMADecompressor(memlimit=2**28).decompress(packed, most)


def _unlz4(packed: bytes, most: int) -> bytes:
    """Unpack a bare block, which does not say how long it becomes."""
    from lz4.block import LZ4BlockError, decompress

    try:
        # The memory is taken beforehand, so no more of it than the bytes could become.
        unpacked: bytes = decompress(packed, uncompressed_size=min(most, _LZ4_RATIO * len(packed)))
    except LZ4BlockError as error:
        raise ValueError(f"a block is no LZ4 of {most - 1} bytes") from error
    return unpacked


#: A byte of LZ4 stands for at most so many.
_LZ4_RATIO = 255

_UNPACK = {"vtkZLibDataCompressor": _inflate, "vtkLZ4DataCompressor": _unlz4, "vtkLZMADataCompressor": _unxz}
_TAG = b"<AppendedData"


@dataclass(frozen=True)
class VtkDocument:
    """A VTK file: its elements, and the bytes appended to them.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element
        The element ``VTKFile``.
    appended : bytes
        What follows the underscore of ``AppendedData``; empty without one.
    is_base64 : bool
        Whether these are base64 text.
    size : int
        Bytes of the whole file.
    where : str
        Named in messages.
    """

    root: Element
    appended: bytes
    is_base64: bool
    size: int
    where: str

    @property
    def kind(self) -> str:
        """For example ``"ImageData"``."""
        return self.root.get("type", "")

    def body(self) -> Element:
        """Return the element with the data, called as the file's type.

        Returns
        -------
        xml.etree.ElementTree.Element
            For example ``ImageData``.

        Raises
        ------
        DatasetError
            If there is none.
        """
        body = self.root.find(self.kind)
        if body is None:
            raise DatasetError(f"{self.where}: it has no element {self.kind!r}; the file is damaged.")
        return body

    def array(self, element: Element, tuples: int) -> npt.NDArray[Any]:
        """Read one array.

        Parameters
        ----------
        element : xml.etree.ElementTree.Element
            A ``DataArray``.
        tuples : int
            How many entries it must have.

        Returns
        -------
        ndarray, shape (tuples,) or (tuples, components)
            In the machine's byte order.

        Raises
        ------
        DatasetError
            If it is of unknown type, damaged, or not as long as it must be.
        """
        where = f"{self.where}, array {element.get('Name', '')!r}"
        dtype = self._dtype(element.get("type", ""), where)
        try:
            components = int(element.get("NumberOfComponents") or 1)
            count = tuples * components
            if components < 1 or tuples < 0:
                raise ValueError(f"{components} components of {tuples} entries")
            check_size(count * dtype.itemsize, self.size, where)
            values = self._values(element, dtype, count, where)
        except (ValueError, OverflowError, zlib.error, lzma.LZMAError, EOFError, IndexError) as error:
            if isinstance(error, DatasetError):
                raise
            raise DatasetError(f"{where}: it is damaged ({error}).") from error
        values = values.astype(dtype.newbyteorder("="))
        return values if components == 1 else values.reshape(tuples, components)

    def _dtype(self, name: str, where: str) -> np.dtype[Any]:
        if name not in _TYPES:
            raise DatasetError(f"{where}: arrays of type {name!r} are not read; numbers are.")
        order = ">" if self.root.get("byte_order") == "BigEndian" else "<"
        return np.dtype(order + _TYPES[name])

    def _values(self, element: Element, dtype: np.dtype[Any], count: int, where: str) -> npt.NDArray[Any]:
        layout = element.get("format", "ascii")
        if layout == "ascii":
            words = (element.text or "").split()
            _check_length(len(words), count, "values", where)
            return np.array(words, dtype=dtype)
        if layout == "appended":
            start = int(element.get("offset", "-1"))
            if not 0 <= start < len(self.appended):
                raise ValueError(f"its offset {start} is outside the appended data")
            stream = _Stream(self.appended, start, self.is_base64)
        else:
            stream = _Stream(b"".join((element.text or "").encode("ascii", "replace").split()), 0, True)
        size = self._dtype(self.root.get("header_type", "UInt32"), where)
        if size.kind != "u":
            raise ValueError("its header type is no unsigned integer")
        compressor = self.root.get("compressor")
        if compressor is None:
            content = stream.read_counted(size, count * dtype.itemsize, where)
        elif compressor in _UNPACK:
            content = _unpack(stream, size, count * dtype.itemsize, where, _UNPACK[compressor])
        else:
            raise DatasetError(
                f"{where}: it is compressed by {compressor}; write it with ZLib, LZ4, LZMA or uncompressed."
            )
        return np.frombuffer(content, dtype=dtype)


def parse_vtk(content: bytes, where: str) -> VtkDocument:
    """Take a VTK file of an XML format apart.

    Parameters
    ----------
    content : bytes
        The whole file.
    where : str
        Named in messages.

    Returns
    -------
    VtkDocument
        Without having read any array.

    Raises
    ------
    DatasetError
        If it is no XML, defines entities, or is not a VTK file.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    head, appended, is_base64 = content, b"", False
    start = content.find(_TAG)
    if start >= 0:
        # Raw bytes are no XML, so they are cut out before it is parsed.
        opening = content.find(b">", start)
        end = content.rfind(b"</AppendedData>")
        mark = content.find(b"_", opening)
        if not start < opening < mark < end:
            raise DatasetError(f"{where}: its appended data have no end; the file is cut off or damaged.")
        head, appended = content[:start] + b"</VTKFile>", content[mark + 1 : end]
        is_base64 = b"base64" in content[start:opening]
    try:
        root = fromstring(head, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DatasetError(f"{where}: it is not a readable VTK file in XML ({error}).") from error
    if root.tag != "VTKFile":
        raise DatasetError(f"{where}: its outermost element is {root.tag!r}, not 'VTKFile'.")
    return VtkDocument(root, appended, is_base64, len(content), where)


class _Stream:
    """Bytes one after another, perhaps as pieces of base64 that each have their own padding."""

    def __init__(self, content: bytes, start: int, is_base64: bool) -> None:
        self._content = content
        self._position = start
        self._is_base64 = is_base64

    def peek(self, count: int) -> bytes:
        stop = self._position + self._stored(count)
        piece = self._content[self._position : stop]
        data = binascii.a2b_base64(piece, strict_mode=True)[:count] if self._is_base64 else piece
        if len(data) < count:
            raise ValueError("it is cut off")
        return data

    def read(self, count: int) -> bytes:
        data = self.peek(count)
        self._position += self._stored(count)
        return data

    def read_counted(self, size: np.dtype[Any], expected: int, where: str) -> bytes:
        """Read bytes that their number goes before, in one piece of base64 (as most write it) or in two."""
        counted = int(np.frombuffer(self.peek(size.itemsize), size)[0])
        _check_length(counted, expected, "bytes", where)
        end = self._position + self._stored(size.itemsize)
        if self._is_base64 and self._content[end - 1 : end] != b"=":
            return self.read(size.itemsize + counted)[size.itemsize :]
        self.read(size.itemsize)
        return self.read(counted)

    def _stored(self, count: int) -> int:
        return 4 * ((count + 2) // 3) if self._is_base64 else count


def _unpack(
    stream: _Stream, size: np.dtype[Any], expected: int, where: str, unpack: Callable[[bytes, int], bytes]
) -> bytes:
    """Read compressed blocks: their number, size, the size of the last, and their sizes when packed."""
    blocks = int(np.frombuffer(stream.peek(size.itemsize), size)[0])
    if blocks == 0:
        _check_length(0, expected, "bytes", where)
        return b""
    header = np.frombuffer(stream.read(size.itemsize * (3 + blocks)), size)
    full, last, packed = int(header[1]), int(header[2]), [int(length) for length in header[3:]]
    lengths = [full] * (blocks - 1) + [last or full]
    _check_length(sum(lengths), expected, "bytes", where)
    content = stream.read(sum(packed))
    parts, position = [], 0
    for length, taken in zip(lengths, packed, strict=True):
        # One byte more than announced would show a block that unpacks to more.
        part = unpack(content[position : position + taken], length + 1)
        _check_length(len(part), length, "bytes", where)
        parts.append(part)
        position += taken
    return b"".join(parts)


def _check_length(found: int, expected: int, unit: str, where: str) -> None:
    if found != expected:
        raise DatasetError(f"{where}: it has {found} {unit} where {expected} are announced; the file is damaged.")

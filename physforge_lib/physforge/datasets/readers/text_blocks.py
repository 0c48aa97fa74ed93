"""A text table in blocks of whole lines, so that a large one takes little more memory than its numbers."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from physforge.datasets.readers.text_table import TextTable, clean, decode, encoding_of, go_on, scan
from physforge.errors import DatasetError

#: Largest text table that is opened, in bytes; as numbers and while they are arranged it may take nine times as much.
MAX_BYTES = 96 * 2**20

#: Characters read at once; a file that is not larger is read as a whole.
BLOCK = 8 * 2**20


def read_tables(
    path: Path, encoding: str | None, delimiter: str | None, *, limit: int | None = None
) -> Iterator[tuple[str, TextTable]]:
    """Go through a text table.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    encoding : str or None
        Found by default.
    delimiter : str or None
        Found in the first block by default.
    limit : int, optional
        Bytes of the largest file that is read; any by default.

    Yields
    ------
    str
        Text of a block.
    TextTable
        Its rows; header and delimiter are those of the first block.

    Raises
    ------
    DatasetError
        If the file is too large, or as `physforge.datasets.readers.text_table.scan`.
    """
    where = path.name
    size = path.stat().st_size
    if limit is not None and size > limit:
        raise DatasetError(
            f"{where}: a text table of {size / 2**30:.2g} GiB; at most {limit // 2**20} MiB of text are read, since "
            "numbers in text cannot be found without reading all before them. Convert it to Parquet, of which any size "
            f"is opened: physforge dataset convert {_in_shell(where)} {_in_shell(f'{path.stem}.parquet')}"
        )
    if size <= BLOCK:
        text = decode(path.read_bytes(), where, encoding)
        yield text, scan(text, where, delimiter)
        return
    first = None
    lines = 0
    for text in _texts(path, encoding):
        if first is None:
            first = scan(text, where, delimiter)
            yield text, first
        else:
            table = go_on(text, first, where, lines)
            if table.rows:
                yield text, replace(table, header=first.header)
        lines += text.count("\n")


def _in_shell(name: str) -> str:
    """Quote a file's name for the command line, which takes what begins with a dash for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _texts(path: Path, encoding: str | None) -> Iterator[str]:
    with path.open("rb") as stream:
        start = stream.read(400)
        stream.seek(0)
        name = encoding or encoding_of(start)
        try:
            reader = io.TextIOWrapper(stream, encoding=name)
        except LookupError as error:
            raise DatasetError(f"{path.name}: there is no encoding {name!r}; for example encoding='cp1252'.") from error
        lines = 0
        while True:
            try:
                text = reader.read(BLOCK)
                # To the end of the line, and past the header and a row where lines are very long.
                text += "".join(islice(reader, 1 if text.count("\n") > 2 else 3))
            except UnicodeDecodeError as error:
                raise DatasetError(
                    f"{path.name}, after line {lines + 1}: it is not text in {name.upper()}; say which, for example "
                    "encoding='cp1252' for a file from an older Windows."
                ) from error
            if not text:
                return
            yield clean(text, path.name, lines)
            lines += text.count("\n")

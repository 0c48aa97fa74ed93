"""Find the shape of a text table: encoding, comments, delimiter, header, and which line each row is on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from physforge.errors import DatasetError

#: Tried in this order; a table that two would split equally well belongs to the first.
DELIMITERS = {";": "semicolon", "\t": "tab", ",": "comma", " ": "white space"}

_COMMENTS = ("#", "%")
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eEdD][+-]?\d+)?|[+-]?(nan|inf|infinity)|NA|N/A|", re.IGNORECASE)

_EXCEL_DELIMITER = re.compile(r"\Asep=.(?=\r?\n)", re.IGNORECASE)

#: Lines looked at to guess the delimiter.
_SAMPLE = 50


@dataclass(frozen=True)
class TextTable:
    """A table as text.

    Parameters
    ----------
    header : list of str
        Column names; empty if the first row is data.
    rows : list of str
        Lines with data.
    lines : list of int
        Line of the file (from 1) of each row.
    delimiter : str
        One of `DELIMITERS`, or the caller's.
    """

    header: list[str]
    rows: list[str]
    lines: list[int]
    delimiter: str


def decode(content: bytes, where: str, encoding: str | None = None) -> str:
    """Return the text of a file.

    Parameters
    ----------
    content : bytes
        Of a text file.
    where : str
        Named in messages.
    encoding : str, optional
        By default UTF-8, or UTF-16 if the file starts with its byte order mark or
        every other of its first bytes is zero.

    Returns
    -------
    str
        Without the mark.

    Raises
    ------
    DatasetError
        For any other encoding, naming the line.
    """
    encoding = encoding or encoding_of(content)
    try:
        text = content.decode(encoding)
    except LookupError as error:
        raise DatasetError(f"{where}: there is no encoding {encoding!r}; for example encoding='cp1252'.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        cure = "say which, for example encoding='cp1252' for a file from an older Windows"
        raise DatasetError(f"{where}, line {line}: it is not text in {encoding.upper()}; {cure}.") from error
    return clean(text, where)


def clean(text: str, where: str, before: int = 0) -> str:
    """Take away what editors put in front of a text, and refuse what is no text.

    Parameters
    ----------
    text : str
        A file, or a part of it.
    where : str
        Named in messages.
    before : int, default 0
        Lines of the file before the text.

    Returns
    -------
    str
        Without a byte order mark.

    Raises
    ------
    DatasetError
        If it holds a zero byte.
    """
    if not before:
        text = text.removeprefix("\ufeff")
        # Excel's own first line, which names the delimiter; the line stays, so that lines keep their numbers.
        text = _EXCEL_DELIMITER.sub(r"# \g<0>", text, count=1)
    if "\0" in text:
        line = before + text[: text.index("\0")].count("\n") + 1
        raise DatasetError(f"{where}, line {line}: it is not a text table; name its format with format='...'.")
    return text


def encoding_of(content: bytes) -> str:
    """Guess the encoding of a text from its first bytes.

    Parameters
    ----------
    content : bytes
        At least the first 400 of the file.

    Returns
    -------
    str
        UTF-8 unless there is a byte order mark or a pattern of zero bytes.
    """
    for mark, name in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return name
    # The digits and signs of a table are one zero byte each in UTF-16.
    start = content[:400]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if len(start) % 2 == 0 and odd > 0.8 * len(start) / 2 and not even:
        return "utf-16-le"
    return "utf-16-be" if len(start) % 2 == 0 and even > 0.8 * len(start) / 2 and not odd else "utf-8"


def scan(text: str, where: str, delimiter: str | None = None) -> TextTable:
    """Split a text into header and rows, all with the same number of columns.

    Parameters
    ----------
    text : str
        Lines that start with ``#`` or ``%`` are comments; the last one before the
        data is the header if it has as many words as there are columns.
    where : str
        Named in messages.
    delimiter : str, optional
        Found by trying by default.

    Returns
    -------
    TextTable
        At least two columns.

    Raises
    ------
    DatasetError
        For an empty file, a single column, or a row with a different number of
        columns, naming the line.
    """
    numbered, comment = _content(text, 0)
    if not numbered:
        raise DatasetError(f"{where}: the file is empty.")
    sample = [line for _, line in numbered[:_SAMPLE]]
    found = delimiter or _guess(sample)
    if found is None or len(split(sample[0], found)) < 2:
        tried = f"{delimiter!r}" if delimiter else "comma, semicolon, tab or white space"
        raise DatasetError(
            f"{where}, line {numbered[0][0]}: {sample[0][:60]!r} is one column when split at {tried}; "
            "name the character between the columns with delimiter='...'."
        )
    header = [cell.strip().strip('"') for cell in split(sample[0], found)]
    # A table of numbers with an empty corner has coordinates in its first row.
    if all(is_number(cell) for cell in header) and (header[0] or len(header) < 3 or comment):
        words = [word.strip() for word in split(comment, found)] if comment else []
        header = words if len(words) == len(header) else []
    else:
        numbered = numbered[1:]
    _refuse_ragged(numbered, found, len(split(sample[0], found)), where)
    return TextTable(header, [line for _, line in numbered], [number for number, _ in numbered], found)


def go_on(text: str, first: TextTable, where: str, before: int) -> TextTable:
    """Split a further part of a text into rows.

    Parameters
    ----------
    text : str
        Whole lines.
    first : TextTable
        What the first part was found to be.
    where : str
        Named in messages.
    before : int
        Lines of the file before the text.

    Returns
    -------
    TextTable
        Without a header.

    Raises
    ------
    DatasetError
        For a row with a different number of columns, naming the line.
    """
    numbered, _ = _content(text, before)
    _refuse_ragged(numbered, first.delimiter, len(split(first.rows[0], first.delimiter)), where)
    return TextTable([], [line for _, line in numbered], [number for number, _ in numbered], first.delimiter)


def split(line: str, delimiter: str) -> list[str]:
    """Split a line into cells.

    Parameters
    ----------
    line : str
        One line.
    delimiter : str
        A space stands for any run of white space.

    Returns
    -------
    list of str
        Quoted cells keep delimiters inside them.

    Examples
    --------
    >>> split('1;"a;b";', ";")
    ['1', '"a;b"', '']
    """
    if delimiter == " ":
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    cells, quoted = [""], False
    for character in line:
        quoted ^= character == '"'
        if character == delimiter and not quoted:
            cells.append("")
        else:
            cells[-1] += character
    return cells


def is_number(cell: str) -> bool:
    """Say whether a cell reads as a number, or as a missing one.

    Parameters
    ----------
    cell : str
        For example ``"1.5e-3"``, ``"1,5"``, ``"NA"`` or ``""``.

    Returns
    -------
    bool
        False for any other text.
    """
    return _NUMBER.fullmatch(cell.strip().strip('"')) is not None


def _content(text: str, before: int) -> tuple[list[tuple[int, str]], str]:
    """Return the numbered lines with content, and the last comment before them."""
    lines = text.splitlines()
    if not any(mark in text for mark in _COMMENTS) and all(map(str.strip, lines)):
        # As nearly every block of a large table: each line is a row.
        return list(enumerate(lines, start=before + 1)), ""
    numbered: list[tuple[int, str]] = []
    comment = ""
    for number, line in enumerate(lines, start=before + 1):
        stripped = line.strip()
        if stripped.startswith(_COMMENTS):
            comment = stripped.lstrip("#% ") if not numbered else comment
        elif stripped:
            numbered.append((number, line))
    return numbered, comment


def _guess(sample: Sequence[str]) -> str | None:
    best, best_score = None, 0.0
    for delimiter in DELIMITERS:
        counts = [len(split(line, delimiter)) for line in sample]
        columns = max(set(counts), key=counts.count)
        score = counts.count(columns) / len(counts)
        if columns > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _refuse_ragged(numbered: Sequence[tuple[int, str]], delimiter: str, columns: int, where: str) -> None:
    if delimiter != " " and {-1 if '"' in line else line.count(delimiter) for _, line in numbered} == {columns - 1}:
        return
    for number, line in numbered:
        cells = len(split(line, delimiter))
        if cells != columns:
            raise DatasetError(
                f"{where}, line {number}: it has {cells} columns where the first line has {columns} "
                f"(split at {DELIMITERS.get(delimiter, repr(delimiter))}); complete the row or remove it."
            )

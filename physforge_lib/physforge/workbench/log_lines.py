"""Keep lines of the hub's log short, and free of signs that hide or forge others."""

from __future__ import annotations

import logging

#: Bytes of a line's text; with time, level and place before it, it stays below 4 KB.
LONGEST_LINE = 3500
_MOST_LINES = 60


class ShortLines(logging.Filter):
    """Cut what strangers make too long: an address of 60 KB is a line of the log, too.

    Every record passes; its text is what changes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record in place.

        Parameters
        ----------
        record : logging.LogRecord
            About to be written.

        Returns
        -------
        bool
            Always True.
        """
        text = record.getMessage()
        short = shortened(text)
        if short != text:
            record.msg, record.args = short, ()
        return True


def shortened(text: str) -> str:
    """Return a message with short lines and without control characters.

    Parameters
    ----------
    text : str
        A message; it may have several lines.

    Returns
    -------
    str
        The same where nothing is wrong with it.

    Examples
    --------
    >>> shortened("a\\rb" + "x" * 10_000)[-20:]
    'xxx... (10003 bytes)'
    >>> shortened("GET /hub/\\x1b[2J")
    'GET /hub/\\\\x1b[2J'
    """
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"... ({len(lines)} lines)"]
    return "\n".join(_short_line(line) for line in lines)


def _short_line(line: str) -> str:
    visible = "".join(sign if sign.isprintable() or sign == "\t" else _escaped(sign) for sign in line)
    data = visible.encode("utf-8", "backslashreplace")
    if len(data) <= LONGEST_LINE:
        return visible
    return f"{data[:LONGEST_LINE].decode('utf-8', 'ignore')}... ({len(line.encode('utf-8', 'backslashreplace'))} bytes)"


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")

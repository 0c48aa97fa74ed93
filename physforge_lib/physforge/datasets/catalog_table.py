"""A catalog as a table, in text and in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from physforge.datasets.entry import Entry

#: Characters of a title that a line of text has room for.
TITLE = 60


def text_table(entries: Iterable[Entry]) -> str:
    """Return one line an entry: name, axes, title.

    Parameters
    ----------
    entries : iterable of Entry
        What to list.

    Returns
    -------
    str
        In columns; long titles are cut.
    """
    rows = [(entry.name, " ".join(entry.dims), _cut(entry.title)) for entry in entries]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    return "\n".join(f"{name:{widths[0]}}  {axes:{widths[1]}}  {title}".rstrip() for name, axes, title in rows)


def html_table(entries: Iterable[Entry], caption: str = "") -> str:
    """Return a table of names, titles, axes, fields, claimed equations and whereabouts.

    Parameters
    ----------
    entries : iterable of Entry
        What to list.
    caption : str, default ""
        Above the table.

    Returns
    -------
    str
        HTML; every text in it is escaped.
    """
    head = ("name", "title", "axes", "fields", "equation claimed", "at hand")
    rows = [
        (
            entry.name,
            entry.title,
            ", ".join(entry.dims),
            ", ".join(entry.fields),
            entry.equation or "",
            "yes" if entry.find().at_hand else "no",
        )
        for entry in entries
    ]
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{above}{_row('th', head)}{''.join(_row('td', row) for row in rows)}</table>"


def _row(tag: str, cells: Sequence[str]) -> str:
    inside = "".join(f'<{tag} style="text-align: left">{escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inside}</tr>"


def _cut(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= TITLE else f"{line[: TITLE - 3]}..."

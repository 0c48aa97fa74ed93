"""Sentences as HTML, with every sign as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_CELL = "style='text-align: left; vertical-align: top; padding: 0 0.8em 0.2em 0'"


def paragraph(text: str) -> str:
    """Return a paragraph.

    Parameters
    ----------
    text : str
        Plain; line ends stay.

    Returns
    -------
    str
        HTML, empty for no text.
    """
    return f"<div style='white-space: pre-wrap; line-height: 1.4'>{as_text(text)}</div>" if text else ""


def as_text(text: str) -> str:
    """Write text so that neither HTML nor mathematics is read into it.

    Parameters
    ----------
    text : str
        Plain.

    Returns
    -------
    str
        HTML. Dollar signs and backslashes are written as entities between empty elements, since JupyterLab looks
        for formulas in the text of a node.
    """
    return escape(text).replace("$", "<span>&#36;</span>").replace("\\", "<span>&#92;</span>")


def bullets(sentences: Iterable[str]) -> str:
    """Return a list.

    Parameters
    ----------
    sentences : iterable of str
        Plain.

    Returns
    -------
    str
        HTML, empty for no sentence.
    """
    items = "".join(f"<li>{as_text(one)}</li>" for one in sentences)
    return f"<ul style='margin: 0.3em 0; padding-left: 1.2em; line-height: 1.4'>{items}</ul>" if items else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """Return a table.

    Parameters
    ----------
    heads : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Text or numbers; numbers are shown with four digits.
    caption : str, default ""
        Above the table.

    Returns
    -------
    str
        HTML.
    """
    above = f"<caption>{as_text(caption)}</caption>" if caption else ""
    head = "".join(f"<th {_CELL} scope='col'>{as_text(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td {_CELL}>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table style='line-height: 1.4'>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def formula(latex: str) -> str:
    r"""Return a formula that JupyterLab typesets.

    Parameters
    ----------
    latex : str
        Without dollar signs.

    Returns
    -------
    str
        HTML.
    """
    return f"<div style='overflow-x: auto'>$$\\displaystyle {escape(latex)}$$</div>"


def _shown(cell: Any) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else as_text(str(cell))

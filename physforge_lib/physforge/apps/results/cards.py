"""The parts of the page: each a sheet with its heading."""

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import STYLE, text

_HEADING = """
:host { width: 100%; }
h1, h2, h3 { margin: 4px 0 12px; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; } h3 { font-size: 1rem; }
"""

_CODE = "pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 8px; font: 13px/1.5 monospace; }"


def heading(words: str, level: int = 2) -> Any:
    """Return a heading.

    Parameters
    ----------
    words : str
        Any text.
    level : int, default 2
        From 1, of which a page has one, to 3.

    Returns
    -------
    panel.pane.HTML
        To be shown.
    """
    return pn.pane.HTML(f"<h{level}>{text(words)}</h{level}>", stylesheets=[_HEADING], margin=0)


def sheet(title: str, *parts: Any) -> Any:
    """Return a part of the page with its heading.

    Parameters
    ----------
    title : str
        Any text.
    *parts : object
        What is in it.

    Returns
    -------
    panel_material_ui.Paper
        As wide as the page.
    """
    return pmui.Paper(
        heading(title),
        *parts,
        sx={"padding": "16px", "overflow": "hidden"},
        elevation=1,
        margin=8,
        sizing_mode="stretch_width",
    )


def words(html: str = "") -> Any:
    """Return a place for HTML made by `physforge.apps.markup`."""
    return pn.pane.HTML(html, stylesheets=[STYLE, _CODE], sizing_mode="stretch_width", margin=(0, 4))


def paragraph(sentence: str) -> str:
    """Return a sentence as HTML, with every sign as it is."""
    return f"<p>{text(sentence)}</p>"


def code(source: str) -> str:
    """Return source text as HTML, with every sign as it is."""
    return f"<pre>{text(source)}</pre>"


def number(value: Any, digits: int = 4) -> str:
    """Write a number for a table.

    Parameters
    ----------
    value : float or None
        None where there is none.
    digits : int, default 4
        That are shown.

    Returns
    -------
    str
        Short.
    """
    return "-" if value is None else f"{float(value):.{digits}g}"

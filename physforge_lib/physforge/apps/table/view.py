"""The table, as pages use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import param
from panel.custom import JSComponent

from physforge.apps.markup import Link

_STYLE = """
:host { display: block; width: 100%; }
.rows { overflow-x: auto; } .rows:focus-visible { outline: 2px solid var(--mui-palette-primary-main, #0b5a8f); }
table { border-collapse: collapse; width: 100%; font: inherit; }
th, td { text-align: left; padding: 2px 16px 2px 0; vertical-align: middle; height: 44px; box-sizing: border-box; }
td { overflow-wrap: anywhere; min-width: 5rem; } th { font-weight: 600; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
tbody tr { border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
tr.chosen { background: color-mix(in srgb, var(--mui-palette-primary-main, #0b5a8f) 14%, transparent); }
a { color: var(--mui-palette-primary-main, #0b5a8f); display: inline-flex; align-items: center; min-height: 44px;
  white-space: nowrap; }
button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; min-height: 44px;
  min-width: 44px; text-align: inherit; cursor: pointer; text-decoration: underline dotted; }
button:focus-visible, input:focus-visible, a:focus-visible {
  outline: 2px solid var(--mui-palette-primary-main, #0b5a8f); outline-offset: 2px; }
th.choose, td.choose { width: 44px; min-width: 44px; padding: 0 8px 0 0; }
.choose label { display: grid; place-items: center; width: 44px; height: 44px; }
.choose input { width: 20px; height: 20px; margin: 0; accent-color: var(--mui-palette-primary-main, #0b5a8f); }
.mark { padding: 2px 10px; border-radius: 999px; border: 1px solid currentColor; white-space: nowrap; }
.good { background: color-mix(in srgb, #2e7d32 18%, transparent); }
.bad { background: color-mix(in srgb, #c62828 18%, transparent); }
.busy { background: color-mix(in srgb, #0b6fb8 18%, transparent); }
.progress { display: grid; gap: 2px; min-width: 120px; } progress { width: 100%; }
@media (max-width: 600px) {
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  tbody tr { display: grid; grid-template-columns: 44px 1fr; padding: 8px 0; }
  td { display: block; padding: 2px 0; height: auto; grid-column: 2; text-align: left; }
  td.choose { grid-column: 1; grid-row: 1 / span 3; } td:not(.choose)::before { content: attr(data-label) ": "; }
  td.number { text-align: left; } td, th { min-width: 0; }
}
"""

Tone = str


class Column(NamedTuple):
    """A column of a table.

    Parameters
    ----------
    name : str
        By which rows are ordered.
    title : str
        Above it.
    sortable : bool, default False
        Whether its head is a button.
    numeric : bool, default False
        Whether numbers stand in it.
    """

    name: str
    title: str
    sortable: bool = False
    numeric: bool = False


class Mark(NamedTuple):
    """A word that has a colour, too.

    Parameters
    ----------
    text : str
        Shown.
    tone : {"good", "bad", "busy", "quiet"}
        Of its ground.
    """

    text: str
    tone: Tone


class Share(NamedTuple):
    """How far something is.

    Parameters
    ----------
    fraction : float
        From 0 to 1.
    text : str
        Below it.
    """

    fraction: float
    text: str


Cell = str | Link | Mark | Share


class Row(NamedTuple):
    """A row.

    Parameters
    ----------
    id : str
        Unlike all others.
    name : str
        For screen readers.
    cells : sequence of (str, Link, Mark or Share)
        One for each column.
    """

    id: str
    name: str
    cells: Sequence[Cell]


class RowTable(JSComponent):
    """Shows rows; a person chooses some, and by which column they are ordered.

    Parameters
    ----------
    **params : object
        Of the component.
    """

    label = param.String(default="Table", doc="What it is, for a screen reader.")
    nothing = param.String(default="Nothing.", doc="Said where there are no rows.")
    content = param.Dict(default={}, doc="Columns and rows as mappings, and how often they were drawn; see `put`.")
    selected = param.List(default=[], doc="Ids of chosen rows, those of other pages of the table among them.")
    order = param.String(default="", doc="Name of a column; a minus sign before it: the largest first.")
    selectable = param.Boolean(default=False, doc="Whether rows can be chosen.")

    _esm = Path(__file__).with_name("table.js")
    _stylesheets = [_STYLE]  # noqa: RUF012 - Panel's own way

    def __init__(self, **params: Any) -> None:
        self._heads: list[dict[str, Any]] = []
        self._shown: dict[str, Any] = {}
        self._is_drawn = False
        super().__init__(**{"sizing_mode": "stretch_width", **params})

    def put(self, columns: Sequence[Column], rows: Sequence[Row], **others: Any) -> None:
        """Show rows; those that were there before are changed in place, and only what changed is sent.

        Parameters
        ----------
        columns : sequence of Column
            From left to right.
        rows : sequence of Row
            From top to bottom.
        **others : object
            Parameters that change at the same moment.
        """
        heads = [column._asdict() for column in columns]
        now = {row.id: _document(row) for row in rows}
        heads_before, before = self._heads, self._shown
        self._heads, self._shown = heads, now
        if self._is_drawn and heads == heads_before and list(now) == list(before) and not others:
            changed = [row for key, row in now.items() if row != before[key]]
            if changed:
                self._send_msg({"changed": changed})
            return
        # Counted, so that the same rows once more are news to the browser, which knows of changes since.
        content = {"serial": self.content.get("serial", 0) + 1, "columns": heads, "rows": list(now.values())}
        self.param.update(content=content, **others)

    @property
    def texts(self) -> list[list[str]]:
        """What stands in the cells, row by row."""
        return [[one if isinstance(one, str) else one["text"] for one in row["cells"]] for row in self._shown.values()]

    def _handle_msg(self, data: Any) -> None:
        """Hear from the browser that there is something to be changed."""
        self._is_drawn = self._is_drawn or data == "ready"


def _document(row: Row) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "cells": [_cell(one) for one in row.cells]}


def _cell(cell: Cell) -> str | Mapping[str, Any]:
    if isinstance(cell, str):
        return cell
    return {"text": cell.text, "to": cell.to} if isinstance(cell, Link) else cell._asdict()

"""A table that is sorted by its heads, and of which one row is picked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class TableWidget(anywidget.AnyWidget):
    """Shows rows of texts and numbers.

    Parameters
    ----------
    label : str
        What the table shows, for screen readers.
    heads : sequence of str
        Names of the columns.
    rows : sequence of sequence
        Texts, numbers and None.
    picked : int, default 0
        Which row is picked at first, in the order of `rows`.
    """

    _esm = Path(__file__).parent / "static" / "table.js"
    _css = Path(__file__).parent / "static" / "table.css"

    label = traitlets.Unicode("").tag(sync=True)
    heads = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.List()).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)

    def __init__(self, label: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], picked: int = 0) -> None:
        super().__init__(label=label, heads=list(heads), rows=[list(row) for row in rows], picked=picked)

    @traitlets.validate("picked")
    def _is_a_row(self, proposal: dict[str, Any]) -> int:
        # It comes from a browser.
        return min(max(int(proposal["value"]), 0), max(len(self.rows) - 1, 0))

"""A notebook, before it is a file: its cells, and how they are written to the same bytes at any time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    kind : {"markdown", "code"}
        What it holds.
    source : str
        Its text.
    """

    kind: Literal["markdown", "code"]
    source: str


def notebook_text(cells: Sequence[Cell]) -> str:
    """Write cells as a Jupyter notebook.

    Parameters
    ----------
    cells : sequence of Cell
        In order.

    Returns
    -------
    str
        JSON of the format 4.5, without outputs. Cells are numbered, so that the same ones make
        the same text.

    Examples
    --------
    >>> json.loads(notebook_text([Cell("code", "1 + 1")]))["cells"][0]["id"]
    'cell-1'
    """
    document = {
        "cells": [_cell(number, one) for number, one in enumerate(cells, start=1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, cell: Cell) -> dict[str, object]:
    facts: dict[str, object] = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}}
    if cell.kind == "code":
        facts |= {"execution_count": None, "outputs": []}
    return facts | {"source": cell.source.splitlines(keepends=True)}

"""A table of rows that are chosen, sorted and kept up to date; every text in it stays a text."""

from __future__ import annotations

from physforge.apps.table.view import Column, RowTable

__all__ = ["Column", "RowTable"]

"""One data set of a catalog."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from physforge.datasets.registry import RemoteFile


class Entry(BaseModel):
    """What a catalog knows about a data set, before it is opened.

    Parameters
    ----------
    name : str
        For `physforge.open_dataset`.
    title : str
        One line.
    description : str
        A few sentences.
    driver : str
        The reader: a file format, or ``"problem"`` for a data set computed when opened.
    arguments : dict
        The reader's options, as in the catalog file.
    licence : str
        Short name of the terms of use.
    source : str
        Where the data come from.
    equation : str or None
        The equation that its author claims; shown, and never used by a method.
    dims : tuple of str
        The axes of its fields.
    units : dict
        Variable or coordinate -> unit.
    period : dict
        Spatial dim -> period of the fields, where their authors say so.
    sha256 : str or None
        Of the file, where it is known beforehand.
    files : dict
        Each file the data set needs: a path, or a registered remote file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    title: str
    description: str
    driver: str
    arguments: dict[str, Any]
    licence: str
    source: str
    equation: str | None = None
    dims: tuple[str, ...]
    units: dict[str, str] = Field(default_factory=dict)
    period: dict[str, float] = Field(default_factory=dict)
    sha256: str | None = None
    files: dict[str, Path | RemoteFile] = Field(default_factory=dict, repr=False)

    def matches(self, text: str) -> bool:
        """Say whether every word of a text is in the entry.

        Parameters
        ----------
        text : str
            Words; case does not matter.

        Returns
        -------
        bool
            True for an empty text.
        """
        content = " ".join((self.name, self.title, self.description, self.source, self.equation or "")).lower()
        return all(word in content for word in text.lower().split())

    def _repr_html_(self) -> str:
        rows = {
            "title": self.title,
            "description": self.description,
            "axes": ", ".join(self.dims),
            "equation claimed": self.equation or "none",
            "licence": self.licence,
            "source": self.source,
        }
        cells = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in rows.items())
        return f"<table><caption>{escape(self.name)}</caption>{cells}</table>"

"""One data set of a catalog."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from physforge.citations import BIBTEX
from physforge.datasets.catalog_source import EntryHome, Whereabouts
from physforge.datasets.registry import RemoteFile
from physforge.errors import CatalogError


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
    citation : str or None
        What to cite: a key of `physforge.citations.BIBTEX`, or text.
    tags : tuple of str
        Words to find it by.
    dims : tuple of str
        The axes of its fields.
    fields : tuple of str
        The names of its fields, where they are known before it is opened.
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
    citation: str | None = None
    tags: tuple[str, ...] = ()
    dims: tuple[str, ...]
    fields: tuple[str, ...] = ()
    units: dict[str, str] = Field(default_factory=dict)
    period: dict[str, float] = Field(default_factory=dict)
    sha256: str | None = None
    files: dict[str, Path | RemoteFile] = Field(default_factory=dict, repr=False)

    _home: EntryHome | None = PrivateAttr(default=None)

    def at_home(self, home: EntryHome) -> Entry:
        """Return the entry with what can open it.

        Parameters
        ----------
        home : EntryHome
            What keeps its data.

        Returns
        -------
        Entry
            A copy.
        """
        entry = self.model_copy()
        entry._home = home
        return entry

    @property
    def has_home(self) -> bool:
        """Whether it can be opened by itself."""
        return self._home is not None

    def open(self, /, **options: Any) -> xr.Dataset:
        """Open the data set.

        Parameters
        ----------
        **options
            As for `physforge.open_dataset`; they go before the entry's.

        Returns
        -------
        xarray.Dataset
            With the entry's title, licence, source and claimed equation as attributes.

        Raises
        ------
        DatasetError
            If the data cannot be had, or are not as promised.
        """
        return self._at().open(self, **options)

    def find(self) -> Whereabouts:
        """Say whether the data are at hand, so that they open without a network.

        Returns
        -------
        Whereabouts
            As it is now; nothing is fetched.
        """
        return self._at().find(self)

    def facts(self) -> dict[str, str]:
        """Return what is known, as words.

        Returns
        -------
        dict
            Heading -> text, in the order in which it is shown. A data set of a store
            is looked at the first time.
        """
        full, here = self._at().describe(self), self.find()
        units = full.units
        size = f"{here.size} bytes, " if here.size is not None else ""
        return {
            "title": full.title,
            "description": full.description,
            "axes": ", ".join(_with_unit(dim, units) for dim in full.dims) or "not known before it is opened",
            "fields": ", ".join(_with_unit(name, units) for name in full.fields) or "not known before it is opened",
            "equation claimed": full.equation or "none",
            "licence": full.licence,
            "source": full.source,
            "cite": BIBTEX.get(full.citation, full.citation) if full.citation else "nothing in particular",
            "tags": ", ".join(full.tags) or "none",
            "at hand": f"{'yes' if here.at_hand else 'no'}: {size}{here.place}",
        }

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
        content = " ".join(self._texts()).lower()
        return all(word in content for word in text.lower().split())

    def words(self) -> set[str]:
        """Return the words that it is found by.

        Returns
        -------
        set of str
            In lower case, without signs.
        """
        text = "".join(sign if sign.isalnum() or sign in "-_" else " " for sign in " ".join(self._texts()))
        return set(text.lower().split())

    def _texts(self) -> tuple[str, ...]:
        texts = (self.name, self.title, self.description, self.source, self.equation or "", self.citation or "")
        return (*texts, *self.fields, *self.tags)

    def _at(self) -> EntryHome:
        if self._home is None:
            raise CatalogError(f"The entry {self.name!r} belongs to no catalog; take it from one, as pf.catalog[...].")
        return self._home

    def __str__(self) -> str:
        facts = self.facts()
        title, description = facts.pop("title"), facts.pop("description")
        return "\n".join((f"{self.name}: {title}", description, *(f"{key}: {text}" for key, text in facts.items())))

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<tr><th>{escape(key)}</th><td style="text-align: left">{escape(text)}</td></tr>'
            for key, text in self.facts().items()
        )
        return f"<table><caption>{escape(self.name)}</caption>{cells}</table>"


def _with_unit(name: str, units: dict[str, str]) -> str:
    return f"{name} [{units[name]}]" if name in units else name

"""Data sets by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

import xarray as xr

from physforge.datasets.catalog_files import CatalogFiles
from physforge.datasets.catalog_loader import load_catalog
from physforge.datasets.catalog_source import EntrySource
from physforge.datasets.catalog_table import html_table, text_table
from physforge.datasets.entry import Entry
from physforge.errors import UnknownDatasetError
from physforge.settings import Settings
from physforge.share import shared_folder

T = TypeVar("T")

#: The catalog that comes with PhysForge.
SHIPPED = "physforge.yaml"


class Catalog(Mapping[str, Entry]):
    """Data sets by name, a mapping of name to `Entry`.

    Parameters
    ----------
    entries : iterable of Entry
        What it lists. Those without a home are opened as entries of a catalog file.
    settings : Settings
        Where remote files are looked for and kept.
    sources : sequence of EntrySource, optional
        What else keeps data sets, such as a store; asked anew each time. Where two
        have one name, the first counts.
    asked : str, default ""
        The search that the entries are the answer to.

    Examples
    --------
    >>> from physforge.settings import Settings
    >>> catalog = Catalog.shipped(Settings.from_environment())
    >>> "lynx-hare" in catalog, catalog["burgers-published"].dims
    (True, ('t', 'x'))
    >>> catalog.search("pelts lynx")
    Catalog of 1 data set
    lynx-hare  t  Lynx and hare pelts of the Hudson's Bay Company
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        settings: Settings,
        *,
        sources: Sequence[EntrySource] = (),
        asked: str = "",
    ) -> None:
        home = CatalogFiles(settings)
        homed = [entry if entry.has_home else entry.at_home(home) for entry in entries]
        self._entries = {entry.name: entry for entry in homed}
        self._settings = settings
        self._sources = tuple(sources)
        self._asked = asked

    @classmethod
    def from_file(cls, path: str | Path, settings: Settings) -> Catalog:
        """Read a catalog file, without opening or fetching what it lists.

        Parameters
        ----------
        path : str or pathlib.Path
            A YAML file in the layout of an intake catalog.
        settings : Settings
            Where remote files are looked for and kept.

        Returns
        -------
        Catalog
            Its entries.

        Raises
        ------
        CatalogError
            If the file asks for anything that `catalog_schema` does not know.
        """
        return cls(load_catalog(Path(path)), settings)

    @classmethod
    def shipped(cls, settings: Settings) -> Catalog:
        """Read the catalog that comes with PhysForge.

        Parameters
        ----------
        settings : Settings
            Where remote files are looked for and kept.

        Returns
        -------
        Catalog
            Reference problems and published data sets.
        """
        return cls.from_file(shared_folder("catalogs") / SHIPPED, settings)

    def including(self, *sources: EntrySource) -> Catalog:
        """Return a catalog that also lists what other sources keep.

        Parameters
        ----------
        *sources : EntrySource
            Such as a store.

        Returns
        -------
        Catalog
            This one stays as it is.
        """
        return Catalog(self._entries.values(), self._settings, sources=(*self._sources, *sources))

    def _all(self) -> dict[str, Entry]:
        found = dict(self._entries)
        for source in self._sources:
            for entry in source.entries():
                found.setdefault(entry.name, entry)
        return found

    def __getitem__(self, name: str) -> Entry:
        entry = self.get(name)
        if entry is None:
            near = self.nearest(name)
            hint = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(self)}"
            raise UnknownDatasetError(f"The catalog has no data set {name!r}; {hint}.")
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._all()

    @overload
    def get(self, name: str, default: None = None, /) -> Entry | None: ...

    @overload
    def get(self, name: str, default: Entry | T, /) -> Entry | T: ...

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return an entry, or a default where there is none of that name.

        Parameters
        ----------
        name : str
            Name of the entry.
        default : object, optional
            None by default.

        Returns
        -------
        Entry or object
            The entry or the default.
        """
        # Shipped names are found without asking a store.
        return self._entries[name] if name in self._entries else self._all().get(name, default)

    def values(self) -> Any:
        """Return the entries.

        Returns
        -------
        view of Entry
            In the order of the names.
        """
        return self._all().values()

    def items(self) -> Any:
        """Return the names with their entries.

        Returns
        -------
        view of (str, Entry)
            Those of the catalog file first.
        """
        return self._all().items()

    def __repr__(self) -> str:
        entries = list(self.values())
        if not entries:
            return f"Catalog of no data sets{self._miss()}"
        count = f"{len(entries)} data set{'s' if len(entries) != 1 else ''}"
        return f"Catalog of {count}\n{text_table(entries)}"

    def _repr_html_(self) -> str:
        entries = list(self.values())
        return html_table(entries, "" if entries else f"No data sets{self._miss()}")

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def search(self, text: str) -> Catalog:
        """Return the entries in which every word of a text occurs.

        Parameters
        ----------
        text : str
            Words in any case, looked for in names, titles, descriptions, fields, tags,
            sources, citations and equations.

        Returns
        -------
        Catalog
            Possibly empty; then it says which words are close.
        """
        found = {entry.name: entry for entry in self._entries.values() if entry.matches(text)}
        for source in self._sources:
            for entry in source.search(text):
                if entry.name not in self._entries:
                    found.setdefault(entry.name, entry)
        asked = "" if found else f"{text!r}{_close(text, self.values())}"
        return Catalog(found.values(), self._settings, asked=asked)

    @property
    def miss(self) -> str:
        """What to try instead, where a search found nothing; else empty."""
        return f"Nothing in the catalog mentions {self._asked}." if self._asked else ""

    def _miss(self) -> str:
        return f": nothing mentions {self._asked}" if self._asked else ""

    def nearest(self, name: str) -> list[str]:
        """List the names that are spelt most like a name.

        Parameters
        ----------
        name : str
            Perhaps misspelt.

        Returns
        -------
        list of str
            At most three, the most similar first.
        """
        return difflib.get_close_matches(str(name).lower(), self, n=3, cutoff=0.4)

    def describe(self, name: str) -> str:
        """Describe a data set in a few lines of text.

        Parameters
        ----------
        name : str
            Name of the entry.

        Returns
        -------
        str
            Title, description, axes and fields with units, claimed equation, licence,
            source, citation, tags, size, and whether it is at hand.

        Raises
        ------
        UnknownDatasetError
            If there is no such entry.
        """
        return str(self[name])

    def read(self, name: str, /, **options: Any) -> xr.Dataset:
        """Open a data set.

        Parameters
        ----------
        name : str
            Name of the entry.
        **options
            As for `physforge.datasets.files.open_file`; they go before the entry's.

        Returns
        -------
        xarray.Dataset
            With the entry's title, licence, source and claimed equation as attributes.

        Raises
        ------
        UnknownDatasetError
            If there is no such entry.
        DatasetError
            If a remote file cannot be had, or its content is not as promised.
        """
        return self[name].open(**options)


def _close(text: str, entries: Iterable[Entry]) -> str:
    """Return the words of the entries that are spelt most like those of a search."""
    vocabulary = sorted(set().union(*(entry.words() for entry in entries)))
    near = {word: difflib.get_close_matches(word, vocabulary, n=2, cutoff=0.7) for word in text.lower().split()}
    close = [other for word, others in near.items() if word not in vocabulary for other in others]
    return f"; close are {', '.join(dict.fromkeys(close))}" if close else ""

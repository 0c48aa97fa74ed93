"""Data sets by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, TypeVar, overload

import xarray as xr

from physforge.datasets.catalog_loader import load_catalog
from physforge.datasets.conform import conform
from physforge.datasets.entry import Entry
from physforge.datasets.files import find_reader, open_file, sha256_of
from physforge.datasets.registry import RemoteFile
from physforge.datasets.remote import fetch
from physforge.errors import CatalogError, UnknownDatasetError
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
        What it lists.
    settings : Settings
        Where remote files are looked for and kept.

    Examples
    --------
    >>> from physforge.settings import Settings
    >>> catalog = Catalog.shipped(Settings.from_environment())
    >>> "lynx-hare" in catalog, catalog["burgers-published"].dims
    (True, ('t', 'x'))
    """

    def __init__(self, entries: list[Entry], settings: Settings) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._settings = settings

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

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            near = self.nearest(name)
            hint = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(self)}"
            raise UnknownDatasetError(f"The catalog has no data set {name!r}; {hint}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

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
        return self._entries.get(name, default)

    def __repr__(self) -> str:
        return f"Catalog({', '.join(self)})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(entry.title)}</td><td>{escape(', '.join(entry.dims))}</td>"
            f"<td>{escape(entry.equation or '')}</td></tr>"
            for name, entry in self.items()
        )
        return f"<table><tr><th>name</th><th>title</th><th>axes</th><th>equation claimed</th></tr>{rows}</table>"

    def search(self, text: str) -> Catalog:
        """Return the entries in which every word of a text occurs.

        Parameters
        ----------
        text : str
            Looked for in names, titles, descriptions, sources and equations.

        Returns
        -------
        Catalog
            Possibly empty.
        """
        return Catalog([entry for entry in self.values() if entry.matches(text)], self._settings)

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
        return difflib.get_close_matches(str(name).lower(), self._entries, n=3, cutoff=0.4)

    def describe(self, name: str) -> str:
        """Describe a data set in a few lines of text.

        Parameters
        ----------
        name : str
            Name of the entry.

        Returns
        -------
        str
            Title, description, axes, claimed equation, licence and source.

        Raises
        ------
        UnknownDatasetError
            If there is no such entry.
        """
        entry = self[name]
        return "\n".join(
            (
                f"{entry.name}: {entry.title}",
                entry.description,
                f"axes: {', '.join(entry.dims)}",
                f"equation claimed: {entry.equation or 'none'}",
                f"licence: {entry.licence}",
                f"source: {entry.source}",
            )
        )

    def read(self, name: str, **options: Any) -> xr.Dataset:
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
        entry = self[name]
        units = {**entry.units, **(options.pop("units", None) or {})}
        if entry.driver == "problem":
            ds = find_reader("problem")(entry.arguments["name"], **options)
            ds = conform(ds, where=f"problem {name!r}", units=units)
        else:
            ds = self._open(entry, units, options)
        facts = {"title": entry.title, "licence": entry.licence, "source": entry.source, "catalog_name": name}
        ds.attrs.update(facts)
        if entry.equation is not None:
            ds.attrs.setdefault("equation", entry.equation)
        for dim, period in entry.period.items():
            ds[dim].attrs.setdefault("period", period)
        return ds

    def _open(self, entry: Entry, units: Mapping[str, str], options: Mapping[str, Any]) -> xr.Dataset:
        paths = {key: self._local(file) for key, file in entry.files.items()}
        arguments: dict[str, Any] = {key: value for key, value in entry.arguments.items() if key != "urlpath"}
        if "coords" in arguments:
            arguments["coords"] = {dim: paths[f"coords.{dim}"] for dim in arguments["coords"]}
        ds = open_file(paths["urlpath"], **{"format": entry.driver, **arguments, **options, "units": units})
        # Data that stay on disk come without the sum of their file.
        found = ds.attrs.get("sha256") or (sha256_of(paths["urlpath"]) if entry.sha256 else None)
        if entry.sha256 is not None and found != entry.sha256:
            raise CatalogError(
                f"{paths['urlpath']} is not the file that the catalog means: its SHA-256 is {found}, "
                f"not {entry.sha256}."
            )
        return ds

    def _local(self, file: Path | RemoteFile) -> Path:
        return fetch(file, self._settings) if isinstance(file, RemoteFile) else file

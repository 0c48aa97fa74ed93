"""Open what a catalog file lists: files beside it, registered remote files, and reference problems."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.catalog_source import Whereabouts
from physforge.datasets.conform import conform
from physforge.datasets.entry import Entry
from physforge.datasets.files import find_reader, open_file, sha256_of
from physforge.datasets.registry import RemoteFile
from physforge.datasets.remote import fetch, find_copy
from physforge.errors import CatalogError, DatasetError
from physforge.settings import Settings


class CatalogFiles:
    """The home of the entries of catalog files.

    Parameters
    ----------
    settings : Settings
        Where remote files are looked for and kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, entry: Entry, /, **options: Any) -> xr.Dataset:
        """Open the data of an entry.

        Parameters
        ----------
        entry : Entry
            Of a catalog file.
        **options
            As for `physforge.datasets.files.open_file`; they go before the entry's.

        Returns
        -------
        xarray.Dataset
            With the entry's title, licence, source and claimed equation as attributes.

        Raises
        ------
        DatasetError
            If the entry's reader has no such option, a remote file cannot be had, or
            its content is not as promised.
        """
        units = {**entry.units, **(options.pop("units", None) or {})}
        ds = _compute(entry, units, options) if entry.driver == "problem" else self._open(entry, units, options)
        facts = {"title": entry.title, "licence": entry.licence, "source": entry.source, "catalog_name": entry.name}
        ds.attrs.update(facts)
        if entry.equation is not None:
            ds.attrs.setdefault("equation", entry.equation)
        for dim, period in entry.period.items():
            ds[dim].attrs.setdefault("period", period)
        return ds

    def describe(self, entry: Entry) -> Entry:
        """Return the entry as it is, since the catalog file says all that is known.

        Parameters
        ----------
        entry : Entry
            Of a catalog file.

        Returns
        -------
        Entry
            The same.
        """
        return entry

    def find(self, entry: Entry) -> Whereabouts:
        """Say whether the files of an entry are at hand.

        Parameters
        ----------
        entry : Entry
            Of a catalog file.

        Returns
        -------
        Whereabouts
            Nothing is fetched, and no sum is checked.
        """
        if entry.driver == "problem":
            return Whereabouts(True, "computed when opened")
        copies = {file: self._copy(file) for file in entry.files.values()}
        missing = [file for file, copy in copies.items() if copy is None]
        if missing:
            first = missing[0]
            address = first.address if isinstance(first, RemoteFile) else str(first)
            is_remote = isinstance(first, RemoteFile)
            return Whereabouts(False, f"fetched when opened, from {address}" if is_remote else f"missing: {address}")
        is_remote = any(isinstance(file, RemoteFile) for file in copies)
        size = sum(_size(copy) for copy in copies.values() if copy is not None)
        return Whereabouts(True, "on this machine" if is_remote else "beside the catalog", size)

    def _copy(self, file: Path | RemoteFile) -> Path | None:
        if isinstance(file, RemoteFile):
            return find_copy(file, self._settings)
        return file if file.exists() else None

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


def _compute(entry: Entry, units: Mapping[str, str], options: Mapping[str, Any]) -> xr.Dataset:
    """Generate a reference problem; there is no file whose reader could refuse an option."""
    reader = find_reader("problem")
    taken = [*list(inspect.signature(reader).parameters)[1:], "units"]
    for option in options:
        if option not in taken:
            raise DatasetError(
                f"{entry.name}: it is a reference problem, computed when opened, and has no option {option!r}; "
                f"it has {', '.join(taken)}."
            )
    ds = reader(entry.arguments["name"], **options)
    return conform(ds, where=f"problem {entry.name!r}", units=units)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size

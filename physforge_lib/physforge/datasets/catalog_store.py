"""The data sets of a store as entries of a catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from physforge.datasets.catalog_source import Whereabouts
from physforge.datasets.entry import Entry

if TYPE_CHECKING:
    from physforge.datasets.store import DatasetStore, StoredDataset


class StoreEntries:
    """What a store keeps, for a catalog to list.

    Parameters
    ----------
    store : callable
        Returns the store, or None as long as there is none; asked each time, so
        that listing a catalog does not make a store.
    """

    def __init__(self, store: Callable[[], DatasetStore | None]) -> None:
        self._store = store

    def entries(self) -> Sequence[Entry]:
        """List the heads of the data sets that are not in the trash.

        Returns
        -------
        sequence of Entry
            By name, without a look at the data.
        """
        store = self._store()
        return [self._entry(one) for one in store.list()] if store is not None else []

    def search(self, text: str) -> Sequence[Entry]:
        """List the data sets in which every word of a text occurs.

        Parameters
        ----------
        text : str
            Words; looked for where `DatasetStore.search` says, and in the entries.

        Returns
        -------
        sequence of Entry
            By name.
        """
        store = self._store()
        if store is None:
            return []
        found = {one.name for one in store.search(text)}
        return [entry for entry in self.entries() if entry.name in found or entry.matches(text)]

    def open(self, entry: Entry, /, **options: Any) -> xr.Dataset:
        """Open the head of a data set.

        Parameters
        ----------
        entry : Entry
            Of this store.
        **options
            ``units``, ``version`` and what else `DatasetStore.open` takes.

        Returns
        -------
        xarray.Dataset
            Following the conventions.
        """
        return self._here().open(entry.name, **options)

    def describe(self, entry: Entry) -> Entry:
        """Return the entry with its axes, fields and units, looking at the data the first time.

        Parameters
        ----------
        entry : Entry
            Of this store.

        Returns
        -------
        Entry
            Of the head.
        """
        found = self._here().describe(entry.name)
        axes = [one for one in found.fields if one.role == "axis"]
        fields = [one for one in found.fields if one.role == "field"]
        facts = {str(key): str(value) for key, value in found.attributes.items()}
        return entry.model_copy(
            update={
                "title": facts.get("title", entry.title),
                "equation": facts.get("equation", entry.equation),
                "dims": tuple(one.name for one in axes) or (fields[0].dims if fields else ()),
                "fields": tuple(one.name for one in fields),
                "units": {one.name: one.units for one in found.fields if one.units},
            }
        )

    def find(self, entry: Entry) -> Whereabouts:
        """Say where the bytes are.

        Parameters
        ----------
        entry : Entry
            Of this store.

        Returns
        -------
        Whereabouts
            Always at hand.
        """
        return Whereabouts(True, "in the store", self._here().get(entry.name).size)

    def _here(self) -> DatasetStore:
        store = self._store()
        if store is None:  # pragma: no cover - an entry of a store outlives it only if its folder is deleted
            raise LookupError("the store is gone")
        return store

    def _entry(self, stored: StoredDataset) -> Entry:
        head = stored.head
        facts = {str(key): str(value) for key, value in head.attributes.items()}
        added = f"added by {head.author} on {head.created:%Y-%m-%d}, version {head.number}"
        entry = Entry(
            name=stored.name,
            title=facts.get("title", head.original_name or stored.name),
            description=head.message or "A data set of the store.",
            driver=head.format,
            arguments=dict(head.options),
            licence=facts.get("licence", "not stated"),
            source=facts.get("source", added),
            equation=facts.get("equation"),
            citation=facts.get("citation"),
            tags=("stored",),
            dims=tuple(head.options.get("dims") or ()),
            units=dict(head.options.get("units") or {}),
            sha256=head.sha256,
        )
        return entry.at_home(self)

"""The data sets of a workbench as a store, over its REST API."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.client import adding
from physforge.client.cache import Cache
from physforge.client.calls import Calls
from physforge.client.finding import Finder, Record, VersionFinder
from physforge.client.kept import KeptSummaries
from physforge.client.login import Login
from physforge.client.records import as_dataset, as_lineage, as_version
from physforge.client.remote_blobs import RemoteBlobs
from physforge.client.uploads import send
from physforge.datasets.lazy import is_lazy
from physforge.datasets.store.crate import Item, write_crate
from physforge.datasets.store.exporting import export_version
from physforge.datasets.store.intake_catalog import write_intake_catalog
from physforge.datasets.store.interface import GRACE_S, DatasetStore
from physforge.datasets.store.lineage import Lineage
from physforge.datasets.store.names import as_id, name_for, normalise_name, split_reference
from physforge.datasets.store.opening import open_version
from physforge.datasets.store.records import (
    Derivation,
    Description,
    Garbage,
    StoredDataset,
    Version,
    as_derivations,
)
from physforge.datasets.store.register import as_json
from physforge.datasets.store.summaries import Summary, look_at
from physforge.datasets.store.tree import read_manifest
from physforge.errors import DatasetError, StoreError


class RemoteStore(DatasetStore):
    """The data sets that a user of a workbench may see.

    Parameters
    ----------
    login : Login
        Where, and who.
    cache : Cache
        What was downloaded is kept there.
    is_reserved : callable, optional
        Says of a name whether new data sets may not have it.

    Notes
    -----
    A name means the user's own data set, and else the one of that name that is shared
    with them. What may be done with it, the workbench decides.
    """

    def __init__(self, login: Login, cache: Cache, *, is_reserved: Callable[[str], bool] | None = None) -> None:
        self._calls = Calls(login)
        self._cache = cache
        self._is_reserved = is_reserved or (lambda _name: False)
        self._finder = VersionFinder(self._calls) if login.is_for_one_job else Finder(self._calls)
        self._kept = KeptSummaries(cache.folder)

    def __repr__(self) -> str:
        return f"RemoteStore({self._calls.url!r})"

    @property
    def url(self) -> str:
        """Address of the workbench."""
        return self._calls.url

    def close(self) -> None:
        """Close the connection; what was opened lazily is read no more."""
        self._calls.close()

    def has(self, name: str, *, again: bool = True) -> bool:
        """Say whether there is a data set of a name.

        Parameters
        ----------
        name : str
            Or a reference.
        again : bool, default True
            Whether to try again if the workbench does not answer.

        Returns
        -------
        bool
            Also True if several could be meant.
        """
        bare, _ = split_reference(name)
        if as_id(bare) is not None:
            found = self._finder.find_id(bare)
            return found is not None and found["removed"] is None
        return bool(self._calls.get("/datasets", name=bare, limit=1, again=again)["items"])

    def add(
        self,
        data: str | os.PathLike[str] | xr.Dataset,
        *,
        name: str | None = None,
        message: str = "",
        author: str | None = None,
        parents: Sequence[str | int] | None = None,
        derived_from: str | Derivation | Sequence[str | Derivation] = (),
        branch: bool = False,
        format: str | None = None,  # noqa: A002
        attributes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Version:
        """Register a file, a zarr folder or a dataset (see `DatasetStore.add`).

        Only what the workbench does not have yet of a folder is sent, and an upload that
        was cut off goes on when this is called again. The author is always the user. To
        what somebody shares, a version is added only where `parents` are named.
        """
        if author is not None and author != self._finder.me["name"]:
            raise DatasetError(
                f"The workbench notes who adds a version: you are {self._finder.me['name']!r}; leave author out."
            )
        kept = {"options": as_json(options, "options"), "attributes": as_json(attributes or {}, "attributes")}
        chosen = name_for(data, name)
        sources = adding.sources_of(self._finder, as_derivations(derived_from))
        target = self._finder.named(chosen)
        if target is None and self._is_reserved(chosen):
            raise DatasetError(f"The catalog has a data set {chosen!r} already; choose another name.")
        numbers = adding.parents_of(self._finder, target, chosen, parents)
        head = None if target is None else as_version(target["head"])
        if target is not None:
            adding.check_may_be_meant(target, self._finder, parents)
            adding.check_not_stale(head, chosen, numbers, branch=branch)
        is_explicit = bool(numbers or sources)
        sources = sources or adding.source_in(self._finder, data, target)
        known = self._known(target, numbers)
        thing = data if isinstance(data, xr.Dataset) else Path(data).expanduser()
        with adding.content_of(thing, format, known) as content:
            new = (content.sha256, content.format, kept["options"], kept["attributes"])
            if head is not None and not is_explicit and new == _facts(head):
                return head
            about = {
                "name": chosen if target is None else None,
                "dataset_id": None if target is None else target["id"],
                "message": message or None,
                "parents": numbers or None,
                "branch": branch or None,
                "derived_from": sources or None,
                "format": None if content.is_folder else content.format,
                "folder": content.is_folder or None,
                "unchanged_from": (numbers or [target["head"]["number"]])[0] if known and target else None,
                **kept,
            }
            return as_version(send(self._calls, content.source, content.file_name, about))

    def get(self, reference: str, version: int | None = None) -> Version:
        """Find a version (see `DatasetStore.get`)."""
        return as_version(self._finder.version(reference, version)[1])

    def open(
        self,
        reference: str,
        version: int | None = None,
        *,
        units: Mapping[str, str] | None = None,
        verify: bool = True,
        **options: Any,
    ) -> xr.Dataset:
        """Open a version (see `DatasetStore.open`).

        It is downloaded first, unless the cache has it; of a zarr folder only the chunks
        that are computed with, when they are.
        """
        return self._open(self._finder.version(reference, version)[1], options, units=units, verify=verify)

    def list(self) -> Sequence[StoredDataset]:
        """List the data sets that the user may see (see `DatasetStore.list`)."""
        return [as_dataset(one) for one in self._own_first()]

    def search(self, text: str) -> Sequence[StoredDataset]:
        """List the data sets in which every word occurs (see `DatasetStore.search`).

        Names of fields are known of versions that were described from here.
        """
        fields = self._kept.fields()
        if not any(word in names.casefold() for names in fields.values() for word in text.casefold().split()):
            return [as_dataset(one) for one in self._own_first(search=text)]
        return [one for one in self.list() if one.mentions(text, fields.get(one.head.id, ""))]

    def describe(self, reference: str, version: int | None = None) -> Description:
        """Describe what is in a version (see `DatasetStore.describe`)."""
        found = self._finder.version(reference, version)[1]
        summary = self._summary(found)
        return Description(as_version(found), summary.fields, summary.findings, summary.attributes)

    def preview(self, reference: str, version: int | None = None) -> dict[str, Any]:
        """Return a thinned-out version that can be drawn (see `DatasetStore.preview`)."""
        return self._summary(self._finder.version(reference, version)[1]).preview

    def versions(self, reference: str) -> Sequence[Version]:
        """List the versions of a data set (see `DatasetStore.versions`)."""
        dataset = self._finder.dataset(reference)
        return [as_version(one) for one in self._calls.get(f"/datasets/{dataset['id']}/versions")["items"]]

    def lineage(self, reference: str, version: int | None = None) -> Lineage:
        """Say where a version comes from (see `DatasetStore.lineage`).

        Of data sets that the user may not see, only that there is one.
        """
        found = self._finder.version(reference, version)[1]
        return as_lineage(self._calls.get(f"/datasets/{found['dataset_id']}/versions/{found['number']}/lineage"))

    def remove(self, reference: str) -> StoredDataset:
        """Put a data set into the trash (see `DatasetStore.remove`)."""
        dataset = self._finder.dataset(reference)
        return as_dataset(self._calls.send("DELETE", f"/datasets/{dataset['id']}"))

    def restore(self, reference: str, *, name: str | None = None) -> StoredDataset:
        """Take a data set out of the trash (see `DatasetStore.restore`)."""
        wanted = None if name is None else normalise_name(name)
        dataset = self._finder.in_trash(reference)
        return as_dataset(self._calls.send("POST", f"/datasets/{dataset['id']}/restore", json={"name": wanted}))

    def trash(self) -> Sequence[StoredDataset]:
        """List what is in the user's trash (see `DatasetStore.trash`)."""
        found = sorted(self._finder.all(trash=True), key=lambda one: str(one["removed"]), reverse=True)
        return [as_dataset(one) for one in found]

    def empty_trash(self, reference: str | None = None) -> Sequence[StoredDataset]:
        """Delete what is in the user's trash (see `DatasetStore.empty_trash`)."""
        found = [*self._finder.all(trash=True)] if reference is None else [self._finder.in_trash(reference)]
        for one in found:
            self._calls.send("POST", f"/datasets/{one['id']}/purge")
        return [as_dataset(one) for one in found]

    def collect_garbage(self, *, grace_s: float = GRACE_S) -> Garbage:  # noqa: ARG002
        """Refuse: the bytes of deleted data sets are the operator's business.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            f"The space of deleted data sets is freed by whoever runs the workbench at {self.url}, not from a session."
        )

    def export(
        self,
        reference: str,
        path: str | os.PathLike[str],
        format: str = "original",  # noqa: A002
        *,
        version: int | None = None,
    ) -> Path:
        """Write a version to a file (see `DatasetStore.export`)."""
        found = self._finder.version(reference, version)[1]
        with self._blobs(found) as blobs:
            return export_version(as_version(found), found["layout"], blobs, path, format)

    def export_rocrate(self, references: Sequence[str], path: str | os.PathLike[str]) -> Path:
        """Write versions with their history as an RO-Crate (see `DatasetStore.export_rocrate`)."""
        found = [self._finder.version(reference)[1] for reference in dict.fromkeys(references)]
        items = [Item(self.describe(one["id"]), one["layout"], self.lineage(one["id"])) for one in found]
        with self._blobs(*found) as blobs:
            return write_crate(items, blobs, path)

    def export_intake_catalog(self, path: str | os.PathLike[str], references: Sequence[str] | None = None) -> Path:
        """Write data sets and a catalog for intake (see `DatasetStore.export_intake_catalog`)."""
        names = [one.id for one in self.list()] if references is None else list(references)
        found = (self._finder.version(name)[1] for name in names)
        return write_intake_catalog(((as_version(one), self._open(one, {})) for one in found), path)

    def _own_first(self, **query: Any) -> Sequence[Record]:
        """List by name; of one name the user's own first, as it is the one that the name means."""
        found = list(self._finder.all(**query))
        return sorted(found, key=lambda one: (one["name"], not self._finder.is_mine(one))) if found else found

    def _open(
        self,
        found: Record,
        options: Mapping[str, Any],
        *,
        units: Mapping[str, str] | None = None,
        verify: bool = True,
    ) -> xr.Dataset:
        with self._blobs(found) as blobs:
            ds = open_version(as_version(found), found["layout"], blobs, options, units=units, verify=verify)
            if found["layout"] == "file" and is_lazy(ds):
                self._cache.hold(found["sha256"])
            return ds

    def _blobs(self, *versions: Record) -> RemoteBlobs:
        return RemoteBlobs(self._calls, self._cache, versions)

    def _summary(self, found: Record) -> Summary:
        return self._kept.get(found["id"], lambda: look_at(self._open(found, {})))

    def _known(self, target: Record | None, numbers: Sequence[int]) -> frozenset[str]:
        """Return what the workbench has of the folder that a version goes on from."""
        if target is None:
            return frozenset()
        before = self._finder.version(target["id"], numbers[0] if numbers else None)[1]
        if before["layout"] != "tree":
            return frozenset()
        return frozenset(read_manifest(self._blobs(before).read(before["sha256"])).values())


def _facts(head: Version) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    return head.sha256, head.format, dict(head.options), dict(head.attributes)

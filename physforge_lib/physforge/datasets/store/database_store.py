"""Data sets in a database and a blob store."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import xarray as xr
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.scopes import enter_scope
from physforge.database.tables import DatasetRow, FieldRow, VersionRow
from physforge.database.tables.base import now
from physforge.database.tables.identity import DEFAULT_PROJECT, LOCAL_PRINCIPAL
from physforge.datasets.store import summaries
from physforge.datasets.store.blobs import BlobStore
from physforge.datasets.store.capture import Content, capture
from physforge.datasets.store.crate import Item, write_crate
from physforge.datasets.store.exporting import export_version
from physforge.datasets.store.garbage import collect
from physforge.datasets.store.intake_catalog import write_intake_catalog
from physforge.datasets.store.interface import GRACE_S, DatasetStore
from physforge.datasets.store.lineage import Lineage, trace
from physforge.datasets.store.names import name_for, normalise_name
from physforge.datasets.store.opening import open_version
from physforge.datasets.store.packing import ReceivedFolder, capture_received
from physforge.datasets.store.queries import Scope, as_datasets, as_versions, find_dataset, find_version
from physforge.datasets.store.records import Derivation, Description, Garbage, StoredDataset, Version, as_derivations
from physforge.datasets.store.register import Note, Plan, Source, as_json, enter, is_unchanged, make_plan
from physforge.datasets.store.serialise import serialise
from physforge.datasets.store.writing import LOCK, BlobWriting, writing_blobs
from physforge.errors import DatasetError, StaleVersionError


class DatabaseStore(DatasetStore):
    """Data sets whose bytes are blobs, and whose history is rows.

    Parameters
    ----------
    database : Database
        SQLite or PostgreSQL.
    blobs : BlobStore
        A folder, or an address of fsspec.
    principal : str, default "local"
        Hub name of the owner; entered if it is new.
    project : str, default "default"
        Name of a project of theirs; made if it is new.
    is_reserved : callable, optional
        Says of a name whether new data sets may not have it.

    Examples
    --------
    >>> import tempfile
    >>> from physforge.datasets.store.blobs import open_blobs
    >>> ds = xr.Dataset({"u": ("t", [1.0, 2.0, 4.0])}, {"t": [0.0, 1.0, 2.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     database = Database.open(f"sqlite:///{folder}/physforge.sqlite")
    ...     store = DatabaseStore(database, open_blobs(f"{folder}/store"))
    ...     first = store.add(ds, name="run", message="raw")
    ...     second = store.add(2 * ds, name="run", message="calibrated")
    ...     store.open("run")["u"].values.tolist(), store.open("run@1")["u"].values.tolist()
    ...     database.close()
    ([2.0, 4.0, 8.0], [1.0, 2.0, 4.0])
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        *,
        principal: str = LOCAL_PRINCIPAL,
        project: str = DEFAULT_PROJECT,
        is_reserved: Callable[[str], bool] | None = None,
    ) -> None:
        self._database, self._blobs = database, blobs
        self._principal = principal
        self._is_reserved = is_reserved or (lambda _name: False)
        entered = enter_scope(database, principal, project)
        self._scope = Scope(entered.owner_id, entered.project_id)

    def __repr__(self) -> str:
        return f"DatabaseStore({self._database!r}, {self._blobs!r})"

    def add(
        self,
        data: str | os.PathLike[str] | xr.Dataset | ReceivedFolder,
        *,
        name: str | None = None,
        message: str = "",
        author: str | None = None,
        parents: Sequence[str | int] | None = None,
        derived_from: str | Derivation | Sequence[str | Derivation] = (),
        branch: bool = False,
        format: str | None = None,  # noqa: A002
        attributes: Mapping[str, Any] | None = None,
        original_name: str | None = None,
        sources: Sequence[Source] = (),
        **options: Any,
    ) -> Version:
        """Register a file, a zarr folder or a dataset (see `DatasetStore.add`).

        `original_name` is what the user's file is called, where `data` is a copy of it.
        `sources` are derivations by id that somebody else has seen to be allowed, of the
        data sets of others too.
        """
        note = Note(
            author or self._author(), message, as_json(options, "options"), as_json(attributes or {}, "attributes")
        )
        chosen = name_for(Path(data.name) if isinstance(data, ReceivedFolder) else data, name)
        with self._database.reading() as session:
            plan = make_plan(
                session,
                self._scope,
                chosen,
                parents,
                as_derivations(derived_from),
                branch,
            )
            if sources:
                plan = replace(plan, sources=(*plan.sources, *sources), is_explicit=True)
            if isinstance(data, xr.Dataset) and not plan.sources:
                plan = self._with_source(session, plan, data)
        if plan.head is None and self._is_reserved(plan.name):
            raise DatasetError(f"The catalog has a data set {plan.name!r} already; choose another name.")
        with writing_blobs(self._database, self._blobs) as writing:
            if isinstance(data, ReceivedFolder):
                content = capture_received(data, writing, self._blobs)
            else:
                content = _capture(data, writing, format, original_name)
            if is_unchanged(plan, content, note):
                return self.get(str(plan.head.id if plan.head else ""))
            return self._enter(plan, content, note, writing)

    def _enter(self, plan: Plan, content: Content, note: Note, writing: BlobWriting) -> Version:
        try:
            with self._database.writing(lock=LOCK, shared=True) as session:
                row = enter(session, self._scope, plan, content, note)
                (version,) = as_versions(session, [row], {row.dataset_id: plan.name})
                writing.settle(session)
        except sa.exc.IntegrityError as error:
            raise StaleVersionError(
                f"Somebody else has just made a data set {plan.name!r}; look at it, and add yours on top."
            ) from error
        return version

    def get(self, reference: str, version: int | None = None) -> Version:
        """Find a version (see `DatasetStore.get`)."""
        return self._find(reference, version)[0]

    def open(
        self,
        reference: str,
        version: int | None = None,
        *,
        units: Mapping[str, str] | None = None,
        verify: bool = True,
        **options: Any,
    ) -> xr.Dataset:
        """Open a version (see `DatasetStore.open`)."""
        found, layout = self._find(reference, version)
        return open_version(found, layout, self._blobs, options, units=units, verify=verify)

    def list(self) -> Sequence[StoredDataset]:
        """List the data sets that are not in the trash (see `DatasetStore.list`)."""
        with self._database.reading() as session:
            return as_datasets(session, session.scalars(self._scope.datasets("present")).all())

    def search(self, text: str) -> Sequence[StoredDataset]:
        """List the data sets in which every word occurs (see `DatasetStore.search`)."""
        found = self.list()
        with self._database.reading() as session:
            rows = session.execute(
                sa.select(FieldRow.version_id, FieldRow.name)
                .join(VersionRow, VersionRow.id == FieldRow.version_id)
                .where(VersionRow.owner_id == self._scope.owner_id, VersionRow.project_id == self._scope.project_id)
            )
            fields: dict[str, str] = {}
            for key, name in rows:
                fields[str(key)] = f"{fields.get(str(key), '')} {name}"
        return [one for one in found if one.mentions(text, fields.get(one.head.id, ""))]

    def describe(self, reference: str, version: int | None = None) -> Description:
        """Describe what is in a version (see `DatasetStore.describe`)."""
        found, summary = self._summary(reference, version)
        return Description(found, summary.fields, summary.findings, summary.attributes)

    def preview(self, reference: str, version: int | None = None) -> dict[str, Any]:
        """Return a thinned-out version that can be drawn (see `DatasetStore.preview`)."""
        return self._summary(reference, version)[1].preview

    def versions(self, reference: str) -> Sequence[Version]:
        """List the versions of a data set (see `DatasetStore.versions`)."""
        with self._database.reading() as session:
            dataset = find_dataset(session, self._scope, reference)
            rows = session.scalars(
                sa.select(VersionRow).where(VersionRow.dataset_id == dataset.id).order_by(VersionRow.number)
            ).all()
            return as_versions(session, rows, {dataset.id: dataset.name})

    def lineage(self, reference: str, version: int | None = None) -> Lineage:
        """Say where a version comes from (see `DatasetStore.lineage`)."""
        with self._database.reading() as session:
            _, row = find_version(session, self._scope, reference, version)

            def look_up(key: str) -> tuple[Version, bool]:
                found = session.get_one(VersionRow, UUID(key))
                dataset = session.get_one(DatasetRow, found.dataset_id)
                (record,) = as_versions(session, [found], {dataset.id: dataset.name})
                return record, dataset.purged_at is not None

            return trace(str(row.id), look_up)

    def remove(self, reference: str) -> StoredDataset:
        """Put a data set into the trash (see `DatasetStore.remove`)."""
        with self._database.writing() as session:
            dataset = find_dataset(session, self._scope, reference)
            dataset.removed_at = now()
            session.flush()
            return as_datasets(session, [dataset])[0]

    def restore(self, reference: str, *, name: str | None = None) -> StoredDataset:
        """Take a data set out of the trash (see `DatasetStore.restore`)."""
        wanted = None if name is None else normalise_name(name)
        try:
            with self._database.writing() as session:
                dataset = find_dataset(session, self._scope, reference, "removed")
                wanted = wanted or dataset.name
                dataset.removed_at, dataset.name = None, wanted
                session.flush()
                return as_datasets(session, [dataset])[0]
        except sa.exc.IntegrityError as error:
            raise DatasetError(
                f"There is another data set {wanted!r} now; restore this one under a new name."
            ) from error

    def trash(self) -> Sequence[StoredDataset]:
        """List what is in the trash (see `DatasetStore.trash`)."""
        with self._database.reading() as session:
            return as_datasets(session, session.scalars(self._scope.datasets("removed")).all())

    def empty_trash(self, reference: str | None = None) -> Sequence[StoredDataset]:
        """Delete what is in the trash (see `DatasetStore.empty_trash`)."""
        with self._database.writing() as session:
            if reference is None:
                rows = session.scalars(self._scope.datasets("removed")).all()
            else:
                rows = [find_dataset(session, self._scope, reference, "removed")]
            for row in rows:
                row.purged_at = now()
            return as_datasets(session, rows)

    def collect_garbage(self, *, grace_s: float = GRACE_S) -> Garbage:
        """Delete bytes that nothing refers to (see `DatasetStore.collect_garbage`)."""
        return collect(self._database, self._blobs, timedelta(seconds=grace_s))

    def export(
        self,
        reference: str,
        path: str | os.PathLike[str],
        format: str = "original",  # noqa: A002
        *,
        version: int | None = None,
    ) -> Path:
        """Write a version to a file (see `DatasetStore.export`)."""
        found, layout = self._find(reference, version)
        return export_version(found, layout, self._blobs, path, format)

    def export_rocrate(self, references: Sequence[str], path: str | os.PathLike[str]) -> Path:
        """Write versions with their history as an RO-Crate (see `DatasetStore.export_rocrate`)."""
        items = [
            Item(self.describe(reference), self._find(reference, None)[1], self.lineage(reference))
            for reference in dict.fromkeys(references)
        ]
        return write_crate(items, self._blobs, path)

    def export_intake_catalog(self, path: str | os.PathLike[str], references: Sequence[str] | None = None) -> Path:
        """Write data sets and a catalog for intake (see `DatasetStore.export_intake_catalog`)."""
        names = [one.name for one in self.list()] if references is None else list(references)
        return write_intake_catalog(((self.get(name), self.open(name)) for name in names), path)

    def _find(self, reference: str, version: int | None) -> tuple[Version, str]:
        with self._database.reading() as session:
            dataset, row = find_version(session, self._scope, reference, version)
            return as_versions(session, [row], {dataset.id: dataset.name})[0], row.layout

    def _summary(self, reference: str, version: int | None) -> tuple[Version, summaries.Summary]:
        found, layout = self._find(reference, version)
        with self._database.reading() as session:
            summary = summaries.load(session, UUID(found.id))
        if summary is None:
            summary = summaries.look_at(open_version(found, layout, self._blobs, {}))
            with self._database.writing(lock=f"summary {found.id}") as session:
                summaries.keep(session, UUID(found.id), summary)
        return found, summary

    def _with_source(self, session: Session, plan: Plan, ds: xr.Dataset) -> Plan:
        """Note the version that a dataset was opened from, unless it is one of the data set's own."""
        try:
            source = session.get(VersionRow, UUID(str(ds.attrs.get("store_version", ""))))
        except ValueError:
            return plan
        is_own = source is not None and plan.head is not None and source.dataset_id == plan.head.dataset_id
        if source is None or is_own or source.owner_id != self._scope.owner_id:
            return plan
        return Plan(plan.name, plan.head, plan.parents, (Source(source.id, "", {}),), plan.branch, plan.is_explicit)

    def _author(self) -> str:
        if self._principal != LOCAL_PRINCIPAL:
            return self._principal
        try:
            return getpass.getuser()
        except (KeyError, OSError, ImportError):
            # A process whose user has no name, as in many containers.
            return LOCAL_PRINCIPAL


def _capture(
    data: str | os.PathLike[str] | xr.Dataset,
    writing: BlobWriting,
    format: str | None,  # noqa: A002
    original_name: str | None,
) -> Content:
    if not isinstance(data, xr.Dataset):
        return capture(Path(data).expanduser(), writing, format, original_name)
    if format is not None:
        raise DatasetError("The format of a dataset in memory is chosen by its size; leave format out.")
    with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
        return capture(serialise(data, Path(folder)), writing)

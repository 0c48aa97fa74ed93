"""Find data sets and versions in the database, as one owner sees them in one project."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, DerivationRow, ParentRow, VersionRow
from physforge.datasets.store.names import (
    as_id,
    name_in_trash,
    split_reference,
    two_numbers,
    unknown_name,
    unknown_version,
)
from physforge.datasets.store.records import Derivation, StoredDataset, Version
from physforge.errors import UnknownDatasetError

State = Literal["present", "removed"]


@dataclass(frozen=True)
class Scope:
    """Whose data sets are seen.

    Parameters
    ----------
    owner_id, project_id : uuid.UUID
        Rights attach to ids.
    """

    owner_id: uuid.UUID
    project_id: uuid.UUID

    def datasets(self, state: State) -> sa.Select[DatasetRow]:
        """Select the data sets in a state.

        Parameters
        ----------
        state : {"present", "removed"}
            In the lists, or in the trash.

        Returns
        -------
        sqlalchemy.Select
            Of `DatasetRow`.
        """
        rows = sa.select(DatasetRow).where(
            DatasetRow.owner_id == self.owner_id,
            DatasetRow.project_id == self.project_id,
            DatasetRow.purged_at.is_(None),
        )
        if state == "present":
            return rows.where(DatasetRow.removed_at.is_(None)).order_by(DatasetRow.name)
        return rows.where(DatasetRow.removed_at.is_not(None)).order_by(DatasetRow.removed_at.desc())


def find_dataset(session: Session, scope: Scope, reference: str, state: State = "present") -> DatasetRow:
    """Find a data set.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    scope : Scope
        Whose data sets are seen.
    reference : str
        Name, or id of the data set or of one of its versions.
    state : {"present", "removed"}, default "present"
        Where to look.

    Returns
    -------
    DatasetRow
        Of several in the trash the one removed last.

    Raises
    ------
    UnknownDatasetError
        If there is none; the nearest names are listed.
    """
    rows = scope.datasets(state)
    name, _ = split_reference(reference)
    key = as_id(name)
    if key is not None:
        of_version = sa.select(VersionRow.dataset_id).where(VersionRow.id == key).scalar_subquery()
        found = session.scalars(rows.where(sa.or_(DatasetRow.id == key, DatasetRow.id == of_version))).first()
    else:
        found = session.scalars(rows.where(DatasetRow.name == name)).first()
    if found is None:
        raise _unknown(session, scope, name, state)
    return found


def find_version(
    session: Session, scope: Scope, reference: str, number: int | None = None
) -> tuple[DatasetRow, VersionRow]:
    """Find a version of a data set that is not in the trash.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    scope : Scope
        Whose data sets are seen.
    reference : str
        Name, name and number, or id.
    number : int, optional
        The head by default.

    Returns
    -------
    dataset : DatasetRow
        The data set.
    version : VersionRow
        The version.

    Raises
    ------
    UnknownDatasetError
        If there is none.
    DatasetError
        If `number` is not the one in the reference.
    """
    name, named = split_reference(reference)
    if number is not None and named is not None and number != named:
        raise two_numbers(reference, named, number)
    dataset = find_dataset(session, scope, reference)
    wanted = named if number is None else number
    versions = sa.select(VersionRow).where(VersionRow.dataset_id == dataset.id)
    if wanted is not None:
        found = session.scalars(versions.where(VersionRow.number == wanted)).one_or_none()
    else:
        key = as_id(name)
        of_id = session.scalars(versions.where(VersionRow.id == key)).one_or_none() if key else None
        found = of_id or session.get_one(VersionRow, dataset.head_id)
    if found is None:
        count = session.scalar(sa.select(sa.func.max(VersionRow.number)).where(VersionRow.dataset_id == dataset.id))
        raise unknown_version(dataset.name, wanted, count)
    return dataset, found


def as_versions(session: Session, rows: Sequence[VersionRow], names: dict[uuid.UUID, str]) -> list[Version]:
    """Turn rows into records.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    rows : sequence of VersionRow
        The versions.
    names : dict
        Id of a data set -> name.

    Returns
    -------
    list of Version
        In the same order.
    """
    ids = [row.id for row in rows]
    parents: dict[uuid.UUID, list[str]] = {}
    sources: dict[uuid.UUID, list[Derivation]] = {}
    for some in _parts(ids):
        query = sa.select(ParentRow).where(ParentRow.version_id.in_(some)).order_by(ParentRow.position)
        for parent in session.scalars(query):
            parents.setdefault(parent.version_id, []).append(str(parent.parent_id))
        derived = sa.select(DerivationRow).where(DerivationRow.version_id.in_(some)).order_by(DerivationRow.position)
        for one in session.scalars(derived):
            derivation = Derivation(str(one.source_id), one.operation, one.settings)
            sources.setdefault(one.version_id, []).append(derivation)
    return [
        _as_version(row, names[row.dataset_id], tuple(parents.get(row.id, ())), tuple(sources.get(row.id, ())))
        for row in rows
    ]


def as_datasets(session: Session, rows: Sequence[DatasetRow]) -> list[StoredDataset]:
    """Turn rows into records.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    rows : sequence of DatasetRow
        The data sets.

    Returns
    -------
    list of StoredDataset
        In the same order.
    """
    names = {row.id: row.name for row in rows}
    heads: dict[str, Version] = {}
    counts: dict[uuid.UUID, int] = {}
    for some in _parts([row.head_id for row in rows]):
        found = session.scalars(sa.select(VersionRow).where(VersionRow.id.in_(some))).all()
        heads |= {version.id: version for version in as_versions(session, found, names)}
    for some in _parts(list(names)):
        grouped = sa.select(VersionRow.dataset_id, sa.func.count()).where(VersionRow.dataset_id.in_(some))
        found_counts = session.execute(grouped.group_by(VersionRow.dataset_id)).all()
        counts |= {row[0]: row[1] for row in found_counts}
    return [
        StoredDataset(str(row.id), row.name, heads[str(row.head_id)], counts[row.id], row.created_at, row.removed_at)
        for row in rows
    ]


def _parts(ids: list[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    # Databases take a limited number of parameters.
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]


def _as_version(row: VersionRow, name: str, parents: tuple[str, ...], derived_from: tuple[Derivation, ...]) -> Version:
    return Version(
        id=str(row.id),
        dataset_id=str(row.dataset_id),
        name=name,
        number=row.number,
        parents=parents,
        derived_from=derived_from,
        author=row.author,
        message=row.message,
        created=row.created_at,
        sha256=row.sha256,
        size=row.size,
        format=row.format,
        original_name=row.original_name,
        options=row.options,
        attributes=row.attributes,
    )


def _unknown(session: Session, scope: Scope, name: str, state: State) -> UnknownDatasetError:
    if state == "present":
        removed = sa.select(sa.func.count()).select_from(
            scope.datasets("removed").where(DatasetRow.name == name).subquery()
        )
        if session.scalar(removed):
            return name_in_trash(name)
    known = [row.name for row in session.scalars(scope.datasets(state))]
    return unknown_name(name, known, "store" if state == "present" else "trash")

"""Decide what a new version goes on from, and enter it in one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, DerivationRow, ParentRow, VersionBlobRow, VersionRow
from physforge.datasets.store.capture import Content
from physforge.datasets.store.queries import Scope, find_version
from physforge.datasets.store.records import Derivation, Version
from physforge.errors import DatasetError, StaleVersionError


@dataclass(frozen=True)
class Source:
    """A resolved derivation.

    Parameters
    ----------
    version_id : uuid.UUID
        What it was computed from.
    operation : str
        How.
    settings : dict
        What the operation was told.
    """

    version_id: uuid.UUID
    operation: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Where a new version is to be entered.

    Parameters
    ----------
    name : str
        Of the data set.
    head : VersionRow or None
        Its head when the plan was made; None for a new data set.
    parents : tuple of uuid.UUID
        What the version goes on from.
    sources : tuple of Source
        What it was computed from.
    branch : bool
        Whether the head may be another one.
    is_explicit : bool
        Whether the user named parents or sources, so that the version is wanted even
        if nothing in it is new.
    """

    name: str
    head: VersionRow | None
    parents: tuple[uuid.UUID, ...]
    sources: tuple[Source, ...]
    branch: bool
    is_explicit: bool


@dataclass(frozen=True)
class Note:
    """What the user says of a version.

    Parameters
    ----------
    author, message : str
        Who, and what is new.
    options, attributes : dict
        JSON-serialisable.
    """

    author: str
    message: str
    options: dict[str, Any]
    attributes: dict[str, Any]


def make_plan(
    session: Session,
    scope: Scope,
    name: str,
    parents: Sequence[str | int] | None,
    derived_from: Sequence[Derivation],
    branch: bool,
) -> Plan:
    """Find out what a new version goes on from.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    scope : Scope
        Whose data sets are seen.
    name : str
        Of the data set.
    parents : sequence of str or int or None
        Numbers or references; the head if None.
    derived_from : sequence of Derivation
        By reference.
    branch : bool
        Whether the parents may be other than the head.

    Returns
    -------
    Plan
        To be carried out by `enter`.

    Raises
    ------
    DatasetError
        If parents or sources do not exist, or parents are another data set's.
    StaleVersionError
        If the parents are not the head, and `branch` is False.
    """
    sources = tuple(
        Source(find_version(session, scope, one.source)[1].id, one.operation, as_json(one.settings, "settings"))
        for one in derived_from
    )
    is_explicit = bool(parents) or bool(sources)
    dataset = session.scalars(scope.datasets("present").where(DatasetRow.name == name)).one_or_none()
    if dataset is None:
        if parents:
            raise DatasetError(f"There is no data set {name!r} yet, so it has no versions to go on from.")
        return Plan(name, None, (), sources, branch, is_explicit)
    head = session.get_one(VersionRow, dataset.head_id)
    if not parents:
        return Plan(name, head, (head.id,), sources, branch, is_explicit)
    ids = tuple(dict.fromkeys(_parent(session, scope, dataset, parent) for parent in parents))
    if head.id not in ids and not branch:
        raise stale(name, head)
    return Plan(name, head, ids, sources, branch, is_explicit)


def is_unchanged(plan: Plan, content: Content, note: Note) -> bool:
    """Say whether a version would be the head once more.

    Parameters
    ----------
    plan : Plan
        Where it would be entered.
    content : Content
        What was copied.
    note : Note
        What the user says of it.

    Returns
    -------
    bool
        False where parents or sources were named.
    """
    head = plan.head
    if head is None or plan.is_explicit:
        return False
    old = (head.sha256, head.format, head.options, head.attributes)
    return old == (content.sha256, content.format, note.options, note.attributes)


def enter(session: Session, scope: Scope, plan: Plan, content: Content, note: Note) -> VersionRow:
    """Enter a version, as part of a transaction.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a writing transaction.
    scope : Scope
        Whose it is.
    plan : Plan
        Where to.
    content : Content
        What was copied.
    note : Note
        What the user says of it.

    Returns
    -------
    VersionRow
        The version, in the database.

    Raises
    ------
    StaleVersionError
        If the head moved since the plan was made.
    """
    key = uuid.uuid4()
    dataset_id, number = _claim_number(session, scope, plan, key)
    version = VersionRow(
        id=key,
        dataset_id=dataset_id,
        owner_id=scope.owner_id,
        project_id=scope.project_id,
        number=number,
        author=note.author,
        message=note.message,
        sha256=content.sha256,
        size=content.size,
        layout=content.layout,
        format=content.format,
        original_name=content.original_name,
        options=note.options,
        attributes=note.attributes,
    )
    session.add(version)
    session.flush()
    session.add_all(
        ParentRow(version_id=key, position=position, parent_id=parent) for position, parent in enumerate(plan.parents)
    )
    session.add_all(
        DerivationRow(
            version_id=key,
            position=position,
            source_id=source.version_id,
            operation=source.operation,
            settings=source.settings,
        )
        for position, source in enumerate(plan.sources)
    )
    rows = [{"version_id": key, "sha256": sha256} for sha256 in sorted(content.blobs)]
    session.execute(sa.insert(VersionBlobRow), rows)
    return version


def as_json(value: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return a mapping as the database keeps it.

    Parameters
    ----------
    value : mapping
        Text, numbers, and lists and mappings of these.
    what : str
        Named in the message.

    Returns
    -------
    dict
        Tuples are lists.

    Raises
    ------
    DatasetError
        If it holds anything else.
    """
    try:
        kept: dict[str, Any] = json.loads(json.dumps(dict(value), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DatasetError(
            f"The {what} {dict(value)} cannot be kept: only text, numbers and lists can ({error})."
        ) from error
    return kept


def _claim_number(session: Session, scope: Scope, plan: Plan, key: uuid.UUID) -> tuple[uuid.UUID, int]:
    """Make the data set or move its head, and return its id and the version's number."""
    if plan.head is None:
        dataset = DatasetRow(
            id=uuid.uuid4(), owner_id=scope.owner_id, project_id=scope.project_id, name=plan.name, head_id=key
        )
        session.add(dataset)
        session.flush()
        return dataset.id, 1
    locked = sa.select(DatasetRow).where(DatasetRow.id == plan.head.dataset_id).with_for_update()
    dataset = session.scalars(locked).one()
    if dataset.removed_at is not None:
        raise StaleVersionError(f"The data set {plan.name!r} was removed in the meantime; restore it first.")
    if dataset.head_id in plan.parents:
        dataset.head_id = key
    elif not plan.branch:
        raise stale(plan.name, session.get_one(VersionRow, dataset.head_id))
    highest = sa.select(sa.func.max(VersionRow.number)).where(VersionRow.dataset_id == dataset.id)
    return dataset.id, (session.scalar(highest) or 0) + 1


def _parent(session: Session, scope: Scope, dataset: DatasetRow, parent: str | int) -> uuid.UUID:
    if isinstance(parent, int):
        return find_version(session, scope, str(dataset.id), parent)[1].id
    owner, version = find_version(session, scope, parent)
    if owner.id != dataset.id:
        raise other_data_set(parent, owner.name, dataset.name)
    return version.id


def stale(name: str, head: VersionRow | Version) -> StaleVersionError:
    """Return the error for a version that does not go on from the newest.

    Parameters
    ----------
    name : str
        Of the data set.
    head : VersionRow or Version
        The newest.

    Returns
    -------
    StaleVersionError
        Saying what to do.
    """
    return StaleVersionError(
        f"{name!r} has a newer version {head.number}, by {head.author} ({head.message or 'no message'}). "
        "Look at it and add yours on top, or say branch=True to keep both."
    )


def other_data_set(parent: str, owner: str, name: str) -> DatasetError:
    """Return the error for a parent that is another data set's version.

    Parameters
    ----------
    parent : str
        As given.
    owner, name : str
        Whose version it is, and whose it should be.

    Returns
    -------
    DatasetError
        Saying how to tell of it.
    """
    return DatasetError(f"{parent!r} is a version of {owner!r}, not of {name!r}; say derived_from={parent!r}.")

"""Find data sets in the database, as a caller may see them."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.database.tables import DatasetRow, VersionRow
from physforge.service.identity import Caller
from physforge.service.models import DatasetRecord, Page
from physforge.service.pagination import read_cursor, write_cursor
from physforge.service.records import dataset_records
from physforge.service.rights import visible_datasets

_MAX_WORDS = 20


def find_datasets(
    session: Session,
    caller: Caller,
    *,
    search: str,
    name: str | None,
    project: uuid.UUID | None,
    trash: bool,
    limit: int,
    cursor: str | None,
) -> Page[DatasetRecord]:
    """Return a part of the list of data sets.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who may see them.
    search : str
        Words that must all occur in name, file name, message, author or attributes.
    name : str or None
        Exactly so.
    project : uuid.UUID or None
        Only in this one.
    trash : bool
        The caller's own in the trash instead.
    limit : int
        How many at most.
    cursor : str or None
        Where the part begins.

    Returns
    -------
    Page of DatasetRecord
        By name, then id.
    """
    query = sa.select(DatasetRow).where(DatasetRow.purged_at.is_(None))
    if trash:
        query = query.where(DatasetRow.owner_id == caller.principal_id, DatasetRow.removed_at.is_not(None))
    else:
        query = query.where(visible_datasets(caller), DatasetRow.removed_at.is_(None))
    if name is not None:
        query = query.where(DatasetRow.name == name.replace("\0", ""))
    if project is not None:
        query = query.where(DatasetRow.project_id == project)
    if search.strip():
        query = query.join(VersionRow, VersionRow.id == DatasetRow.head_id).where(*_mentions(search))
    if cursor is not None:
        last, key = read_cursor(cursor)
        query = query.where(sa.or_(DatasetRow.name > last, sa.and_(DatasetRow.name == last, DatasetRow.id > key)))
    rows = session.scalars(query.order_by(DatasetRow.name, DatasetRow.id).limit(limit + 1)).all()
    items = dataset_records(session, caller, rows[:limit])
    more = write_cursor(items[-1].name, items[-1].id) if len(rows) > limit else None
    return Page[DatasetRecord](items=items, next=more)


def _mentions(search: str) -> list[sa.ColumnElement[bool]]:
    places = (
        DatasetRow.name,
        VersionRow.original_name,
        VersionRow.message,
        VersionRow.author,
        sa.cast(VersionRow.attributes, sa.Text),
    )
    return [
        sa.or_(*(sa.func.lower(place).contains(word, autoescape=True) for place in places))
        for word in search.replace("\0", " ").lower().split()[:_MAX_WORDS]
    ]

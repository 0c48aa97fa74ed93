"""Find jobs in the database, as a caller may see them."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from physforge.jobs import State
from physforge.jobs.sql.rows import BATCHES, JOBS, MEMBERS, as_uuid, record_of
from physforge.service.identity import Caller
from physforge.service.jobs.models import JobModel
from physforge.service.jobs.records import job_model
from physforge.service.jobs.rights import role_on_jobs, visible_jobs
from physforge.service.models import Page
from physforge.service.problems import not_found

_ID = re.compile(r"[0-9a-f]{1,32}")


@dataclass(frozen=True)
class Wanted:
    """Which jobs are meant.

    Parameters
    ----------
    states : list of State
        Any of these; all if empty, as in what follows.
    kinds : list of str
        Names of tasks.
    batch : str or None
        Name or id of a batch.
    executor : str or None
        Who is to run them.
    project : uuid.UUID or None
        In which project.
    begins : str or None
        First characters of their ids.
    mine : bool, default False
        Only the caller's own.
    text : str or None, default None
        Part of their kind, settings, names of inputs, progress or error, in letters of either case.
    """

    states: list[State]
    kinds: list[str]
    batch: str | None = None
    executor: str | None = None
    project: uuid.UUID | None = None
    begins: str | None = None
    mine: bool = False
    text: str | None = None

    def condition(self, caller: Caller) -> sa.ColumnElement[bool]:
        """Return the condition that a caller may see a job, and that it is meant.

        Parameters
        ----------
        caller : Caller
            Who calls.

        Returns
        -------
        sqlalchemy.ColumnElement
            On `JOBS`.
        """
        parts = [JOBS.c.owner_id == caller.principal_id if self.mine else visible_jobs(caller)]
        if self.states:
            parts.append(JOBS.c.state.in_([str(one) for one in self.states]))
        if self.kinds:
            parts.append(JOBS.c.kind.in_([one.replace("\0", "") for one in self.kinds]))
        if self.batch is not None:
            parts.append(_in_batch(self.batch.replace("\0", "")))
        if self.executor is not None:
            parts.append(JOBS.c.executor == self.executor.replace("\0", ""))
        if self.project is not None:
            parts.append(JOBS.c.project_id == self.project)
        if self.begins is not None:
            first, last = _ids_that_begin(self.begins)
            parts += [JOBS.c.id >= first, JOBS.c.id <= last]
        if self.text is not None:
            parts.append(_says(self.text.replace("\0", "")))
        return sa.and_(*parts)


def find_jobs(
    session: Session, caller: Caller, wanted: Wanted, *, newest_first: bool, limit: int, after: uuid.UUID | None
) -> Page[JobModel]:
    """Return a part of the list of jobs.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who may see them.
    wanted : Wanted
        Which.
    newest_first : bool
        Else in the order in which they are claimed.
    limit : int
        How many at most.
    after : uuid.UUID or None
        The last one of the part before.

    Returns
    -------
    Page of JobModel
        `next` is the id of the last one.
    """
    query = sa.select(JOBS).where(wanted.condition(caller))
    if after is not None:
        last = session.execute(sa.select(JOBS.c.rank, JOBS.c.number).where(JOBS.c.id == after)).one_or_none()
        if last is None:
            raise not_found("part of the list")
        place = sa.tuple_(JOBS.c.rank, JOBS.c.number) > sa.tuple_(*last)
        query = query.where(JOBS.c.number < last.number if newest_first else place)
    order = (JOBS.c.number.desc(),) if newest_first else (JOBS.c.rank, JOBS.c.number)
    rows = session.execute(query.order_by(*order).limit(limit + 1)).all()
    roles = role_on_jobs(session, caller, [(row.id, row.owner_id, row.project_id) for row in rows[:limit]])
    items = [job_model(record_of(row), roles.get(row.id)) for row in rows[:limit]]
    return Page[JobModel].model_construct(items=items, next=str(items[-1].id) if len(rows) > limit else None)


def count_jobs(session: Session, caller: Caller, wanted: Wanted) -> dict[State, int]:
    """Count jobs by state.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    caller : Caller
        Who may see them.
    wanted : Wanted
        Which.

    Returns
    -------
    dict of State to int
        Every state.
    """
    query = sa.select(JOBS.c.state, sa.func.count()).where(wanted.condition(caller)).group_by(JOBS.c.state)
    found = {State(state): int(number) for state, number in session.execute(query)}
    return {state: found.get(state, 0) for state in State}


def _says(text: str) -> sa.ColumnElement[bool]:
    # Settings are kept as JSON, which writes other letters than those of English as numbers.
    written = json.dumps(text)[1:-1]
    plain = [column.icontains(text, autoescape=True) for column in (JOBS.c.kind, JOBS.c.message, JOBS.c.error)]
    return sa.or_(sa.cast(JOBS.c.spec, sa.Text).icontains(written, autoescape=True), *plain)


def _in_batch(text: str) -> sa.ColumnElement[bool]:
    key = as_uuid(text)
    named = BATCHES.c.name == text if key is None else BATCHES.c.id == key
    return JOBS.c.id.in_(sa.select(MEMBERS.c.job_id).join(BATCHES, BATCHES.c.id == MEMBERS.c.batch_id).where(named))


def _ids_that_begin(text: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the first and the last id that begin with some characters."""
    digits = text.lower().replace("-", "")
    if not _ID.fullmatch(digits):
        raise not_found("job")
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))

"""Take jobs: everything that can be refused is refused before anything is stored."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from anyio import to_thread

from physforge.audit import Event
from physforge.database.tables import DatasetRow, Project, VersionRow
from physforge.datasets.store import StoredDataset, Version
from physforge.datasets.store.names import as_id
from physforge.errors import DatasetError, JobError, UnknownDatasetError, UnknownJobError
from physforge.jobs import Input, JobRecord, JobSpec, find_task, kinds
from physforge.jobs.inputs import CATALOG_PREFIX, Inputs, NamedInput
from physforge.jobs.sql.submitting import Order
from physforge.jobs.submission import make_spec
from physforge.service.guard import Access
from physforge.service.jobs.models import InputModel, KindModel, Kinds, NewJob, NewJobs
from physforge.service.jobs.rights import job_facts, role_on_jobs
from physforge.service.policy import COLLABORATORS, Role
from physforge.service.problems import RefusedError, not_found
from physforge.service.rights import JOB, role_on_projects, visible_datasets

if TYPE_CHECKING:
    from physforge.datasets.entry import Entry
    from physforge.datasets.store import DatasetStore
    from physforge.jobs import JobStore


#: Jobs of one call that are looked at without a thread.
_MOST_AT_ONCE = 5


@cache
def kinds_of_jobs() -> Kinds:
    """Return the kinds of jobs that this workbench knows.

    Returns
    -------
    Kinds
        With the JSON schema of the settings of each; no science is imported.
    """
    tasks = [find_task(one) for one in kinds()]
    return Kinds(
        items=[KindModel(kind=one.kind, title=one.title, config=one.config.model_json_schema()) for one in tasks]
    )


async def submit(access: Access, new: NewJobs, key: str) -> tuple[list[JobRecord], Role]:
    """Check jobs, and store them.

    Parameters
    ----------
    access : Access
        Of the caller.
    new : NewJobs
        What is asked for.
    key : str
        ``Idempotency-Key`` of the call; empty if it has none.

    Returns
    -------
    records : list of JobRecord
        In the order of the call; jobs that were there already among them.
    role : Role
        Of the caller, on them.

    Raises
    ------
    RefusedError
        403 and 404 for the project; 422 naming everything that is wrong; 409 for a quota.
    """
    services = access.services
    if new.project_id is None:
        project_id, role = None, Role.OWNER
    else:
        project_id, role = await to_thread.run_sync(_project, access, new.project_id)
    prepare = partial(_order, access, new, key, project_id)
    if len(new.jobs) > _MOST_AT_ONCE:
        order: Order | Callable[[], Order] = await to_thread.run_sync(prepare)
    else:
        # A thread would cost more than what is done in it.
        order = prepare if services.database.reads_wait else prepare()
    try:
        return await services.intake.enter(order, partial(_told, access, new.batch)), role
    except JobError as error:
        raise _refused(error) from error


def _order(access: Access, new: NewJobs, key: str, project_id: uuid.UUID | None) -> Order:
    services = access.services
    specs = services.check_jobs(access, new.jobs)
    store = services.jobs_of(project_id or services.default_project_of(access.principal_id))
    try:
        return store.order(specs, batch=new.batch, idempotency_keys=_keys(access, new, key))
    except JobError as error:
        raise _refused(error) from error


def _refused(error: JobError) -> RefusedError:
    return RefusedError(409, "refused-job", str(error))


def _told(access: Access, batch: str | None, records: list[JobRecord]) -> Event:
    several: dict[str, Any] = {"jobs": len(records), "batch": batch} if len(records) > 1 or batch else {}
    return access.event("job.submit", JOB, records[0].id, kind_of_job=records[0].spec.kind, **several)


def check_jobs(access: Access, jobs: Sequence[NewJob]) -> list[JobSpec]:
    """Validate what is asked for, and find what it reads among what the caller may see.

    Parameters
    ----------
    access : Access
        Of the caller.
    jobs : sequence of NewJob
        What is asked for.

    Returns
    -------
    list of JobSpec
        In the same order.

    Raises
    ------
    RefusedError
        422 naming the job, and everything that is wrong with it.
    """
    seen = _Seen(_Data(access), _Jobs(access), access.services.catalog)
    specs = []
    for number, job in enumerate(jobs, start=1):
        try:
            specs.append(seen.spec_of(job))
        except (JobError, DatasetError) as error:
            which = f"Job {number} of {len(jobs)}: " if len(jobs) > 1 else ""
            raise RefusedError(422, "refused-job", f"{which}{error}") from error
    return specs


def _project(access: Access, wanted: uuid.UUID) -> tuple[uuid.UUID, Role]:
    """Return the project that jobs go into, and what the caller is in it."""
    with access.services.database.reading() as session:
        project = session.get(Project, wanted)
        role = role_on_projects(session, access.caller, [project]).get(wanted) if project else None
    if project is None or role is None:
        raise not_found("project")
    if role not in COLLABORATORS:
        raise RefusedError(403, "forbidden", f"This is for: collaborator, owner; you are the project's {role}.")
    return wanted, role


def _keys(access: Access, new: NewJobs, key: str) -> list[str | None] | None:
    """Return the keys of a call's jobs; those of others are others, also in one project."""
    given = new.idempotency_keys
    if given is not None and (key or len(given) != len(new.jobs)):
        raise RefusedError(422, "invalid", "Give idempotency keys for all jobs, or the header, not both.")
    if key:
        return [_digest(access, key, number) for number in range(len(new.jobs))]
    return None if given is None else [one and _digest(access, one) for one in given]


def _digest(access: Access, *parts: object) -> str:
    return hashlib.sha256(repr((str(access.principal_id), *parts)).encode()).hexdigest()


class _Data:
    """The data sets that a caller may see, as far as a submission asks for them."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def get(self, reference: str) -> Version:
        if reference in self._access.services.reserved_names:
            # No data set can be called so: nothing has to be looked up.
            raise UnknownDatasetError(f"{reference!r} is a data set of the catalog.")
        name, _, number = reference.partition("@")
        key = as_id(name)
        services = self._access.services
        visible = sa.select(DatasetRow).where(visible_datasets(self._access.caller), DatasetRow.removed_at.is_(None))
        with services.database.reading() as session:
            if key is None:
                rows = session.scalars(visible.where(DatasetRow.name == name.replace("\0", ""))).all()
            else:
                rows = session.scalars(visible.where(_is_or_has(key))).all()
            found = [(row.id, row.project_id, row.owner_id) for row in rows]
        own = [one for one in found if one[2] == self._access.principal_id]
        chosen = own or found
        if not chosen:
            raise UnknownDatasetError(f"You may see no data set {name!r}.")
        if len(chosen) > 1:
            raise DatasetError(f"There are {len(chosen)} data sets {name!r}; name one by its id.")
        dataset_id, project_id, _ = chosen[0]
        # An id may be that of a version.
        exact = reference if key is not None else f"{dataset_id}{f'@{number}' if number else ''}"
        return services.store_of(project_id).get(exact)

    def list(self) -> list[StoredDataset]:
        return []


class _Jobs:
    """The jobs that a caller may see, as far as a submission asks for them."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def get(self, job_id: str) -> JobRecord:
        key = as_id(job_id)
        with self._access.services.database.reading() as session:
            found = job_facts(session, [] if key is None else [key])
            if not role_on_jobs(session, self._access.caller, found):
                raise UnknownJobError(f"There is no job {job_id!r}, or you may not see it.")
        return self._access.services.jobs_of(found[0][2]).get(job_id)


class _Seen:
    """Where the inputs of jobs are looked for."""

    def __init__(self, data: _Data, jobs: _Jobs, catalog: Mapping[str, Entry]) -> None:
        # Of a store, nothing else is asked.
        self._data, self._jobs = cast("DatasetStore", data), cast("JobStore", jobs)
        self._catalog = catalog

    def spec_of(self, job: NewJob) -> JobSpec:
        spec = make_spec(
            job.kind,
            job.config,
            data=self._data,
            catalog=self._catalog,
            jobs=self._jobs,
            seed=job.seed,
            executor=job.executor,
            priority=job.priority,
            wall_limit_s=job.wall_limit_s,
            max_attempts=job.max_attempts,
        )
        if job.git is not None:
            spec = replace(spec, git=job.git.model_dump())
        if not job.inputs:
            return spec
        pinned = {one.field: one for one in job.inputs}
        if set(pinned) != {one.field for one in spec.inputs} or len(pinned) != len(job.inputs):
            named = ", ".join(one.field for one in spec.inputs) or "nothing"
            raise JobError(f"The inputs are not those that the settings name ({named}); leave them out.")
        return replace(spec, inputs=tuple(self._pinned(one, pinned[one.field]) for one in spec.inputs))

    def _pinned(self, found: Input, wanted: InputModel) -> Input:
        """Return an input as the caller resolved it before, if it is still what it was."""
        if (found.what, found.reference, found.sha256) == (wanted.what, wanted.reference, wanted.sha256):
            return found
        name = wanted.reference.removeprefix(CATALOG_PREFIX)
        inputs = Inputs(self._data, self._catalog, self._jobs)
        before = inputs.resolve(NamedInput(found.field, wanted.what, name))
        if (before.what, before.reference, before.sha256) != (wanted.what, wanted.reference, wanted.sha256):
            raise JobError(
                f"{found.field}: {found.name!r} is not here what it was where it was looked up; submit the job again."
            )
        return replace(before, name=found.name)


def _is_or_has(key: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return the condition that an id is a data set's, or that of one of its versions."""
    return sa.or_(DatasetRow.id == key, DatasetRow.id.in_(sa.select(VersionRow.dataset_id).where(VersionRow.id == key)))

"""What the routes work with: one database, one store of bytes, one hub."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Self

import sqlalchemy as sa
from anyio import CapacityLimiter

from physforge.database import Database
from physforge.database.principals import Entered
from physforge.database.scopes import Scope
from physforge.database.tables import DatasetRow, Principal, Project
from physforge.database.tables.identity import DEFAULT_PROJECT
from physforge.datasets.catalog import Catalog
from physforge.datasets.store import BlobStore, DatabaseStore, open_blobs
from physforge.jobs import JobRecord, JobSpec, State
from physforge.jobs.sql.rows import JOBS
from physforge.jobs.sql_store import SqlJobStore
from physforge.service.device_logins import DeviceLogins
from physforge.service.events import Recorder
from physforge.service.hub import Hub
from physforge.service.identity import Identities
from physforge.service.jobs.artifacts import Artifacts
from physforge.service.jobs.intake import Intake
from physforge.service.jobs.models import NewJob
from physforge.service.jobs.parts import JobParts
from physforge.service.problems import RefusedError, not_found
from physforge.service.settings import ServiceSettings

#: Short reads at the same moment, where they may have to wait.
_READERS = 4


#: Makes specs of what is asked for, as far as the caller may (see `physforge.service.jobs.submission.check_jobs`).
CheckJobs = Callable[[Any, Sequence[NewJob]], list[JobSpec]]


def _no_jobs(access: Any, jobs: Sequence[NewJob]) -> list[JobSpec]:  # noqa: ARG001
    raise RefusedError(503, "unavailable", "The service does not take jobs yet.")


@dataclass
class Services:
    """Opened once, when the application starts.

    Parameters
    ----------
    settings : ServiceSettings
        What the environment said.
    database : Database
        The central one.
    blobs : BlobStore
        The bytes of all data sets.
    hub : Hub
        Who knows tokens.
    recorder : Recorder or None
        The event log.
    readers : anyio.CapacityLimiter
        How many threads read at a time, where reads may have to wait; what takes long is not read in them.
    closing : bool
        Whether the service was told to end: answers without an end stop then.
    streams : dict of uuid.UUID to int
        How many logs each caller follows.
    artifacts : Artifacts
        What jobs have made.
    check_jobs : callable
        Makes specs of what is asked for.
    """

    settings: ServiceSettings
    database: Database
    blobs: BlobStore
    hub: Hub
    recorder: Recorder | None = None
    readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_READERS))
    closing: bool = False
    streams: dict[uuid.UUID, int] = field(default_factory=dict)
    artifacts: Artifacts = field(default_factory=Artifacts)
    check_jobs: CheckJobs = field(default=_no_jobs)
    _stores: dict[uuid.UUID, DatabaseStore] = field(default_factory=dict)
    _jobs: dict[uuid.UUID, SqlJobStore] = field(default_factory=dict)
    _projects: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: ServiceSettings, recorder: Recorder | None = None) -> Self:
        """Open everything.

        Parameters
        ----------
        settings : ServiceSettings
            What the environment said.
        recorder : Recorder, optional
            The event log.

        Returns
        -------
        Services
            To be closed.
        """
        settings.uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = Database.open(settings.database_url)
        hub = Hub(settings.hub_api_url, settings.hub_token, has_accounts=settings.hub_accounts)
        return cls(settings, database, open_blobs(settings.store_address), hub, recorder)

    @cached_property
    def identities(self) -> Identities:
        """Who verifies credentials."""
        return Identities(self.settings, self.database, self.hub, self._identity_changed)

    @cached_property
    def device_logins(self) -> DeviceLogins:
        """Who keeps logins that a person is to confirm."""
        return DeviceLogins(self.database, self.settings.link_secret)

    @cached_property
    def reserved_names(self) -> frozenset[str]:
        """The names of the catalog, which new data sets may not have."""
        return frozenset(self.catalog)

    @cached_property
    def catalog(self) -> Catalog:
        """The data sets that come with PhysForge."""
        return Catalog.shipped(self.settings.settings)

    @cached_property
    def intake(self) -> Intake:
        """Who enters what many ask for."""
        return Intake(self.database, self.recorder)

    @cached_property
    def parts(self) -> JobParts:
        """Where the files that workers send are put together."""
        return JobParts(self.settings.settings.home / "jobs" / "parts", self.settings.max_upload_bytes)

    def forget_stores(self) -> None:
        """Open the stores of projects anew, for they hold ids of owners and limits."""
        with self._lock:
            self._stores.clear()
            self._jobs.clear()
            self._projects.clear()

    def _identity_changed(self, entered: Entered) -> None:
        self.forget_stores()
        if self.recorder is not None:
            changes = (("principal.renumber", entered.before), ("principal.retire", entered.displaced))
            for act, old in changes:
                if old is not None:
                    self.recorder.record(
                        act,
                        actor=None,
                        name="",
                        kind="principal",
                        object_id=str(old),
                        request_id=None,
                        details={"account": entered.id},
                    )

    def store_of(self, project_id: uuid.UUID) -> DatabaseStore:
        """Return the data sets of a project, as its owner has them.

        Parameters
        ----------
        project_id : uuid.UUID
            Of a project that exists.

        Returns
        -------
        DatabaseStore
            What is added belongs to the project's owner.

        Raises
        ------
        RefusedError
            404 if there is no such project.
        """
        with self._lock:
            found = self._stores.get(project_id)
        if found is not None:
            return found
        query = sa.select(Principal.hub_name, Project.name).join(Project, Project.owner_id == Principal.id)
        with self.database.reading() as session:
            row = session.execute(query.where(Project.id == project_id)).one_or_none()
        if row is None:
            raise not_found("project")
        store = DatabaseStore(
            self.database,
            self.blobs,
            principal=row[0],
            project=row[1],
            is_reserved=lambda name: name in self.reserved_names,
        )
        with self._lock:
            return self._stores.setdefault(project_id, store)

    def dataset(self, dataset_id: uuid.UUID) -> tuple[DatasetRow, DatabaseStore]:
        """Return a data set's row, and the store that holds it.

        Parameters
        ----------
        dataset_id : uuid.UUID
            From a path that the caller may use.

        Returns
        -------
        row : DatasetRow
            Detached.
        store : DatabaseStore
            Of its project.

        Raises
        ------
        RefusedError
            404 if there is no such data set.
        """
        with self.database.reading() as session:
            row = session.get(DatasetRow, dataset_id)
            if row is None or row.purged_at is not None:
                raise not_found("data set")
            session.expunge(row)
        return row, self.store_of(row.project_id)

    def jobs_of(self, project_id: uuid.UUID) -> SqlJobStore:
        """Return the jobs of a project, as its owner has them.

        Parameters
        ----------
        project_id : uuid.UUID
            Of a project that exists.

        Returns
        -------
        SqlJobStore
            What is submitted belongs to the project's owner.

        Raises
        ------
        RefusedError
            404 if there is no such project.
        """
        with self._lock:
            found = self._jobs.get(project_id)
        if found is not None:
            return found
        with self.database.reading() as session:
            owner_id = session.scalar(sa.select(Project.owner_id).where(Project.id == project_id))
        if owner_id is None:
            raise not_found("project")
        store = self._job_store(Scope(owner_id, project_id))
        with self._lock:
            return self._jobs.setdefault(project_id, store)

    def _job_store(self, scope: Scope) -> SqlJobStore:
        return SqlJobStore(
            self.database, self.settings.settings.home / "jobs", scope=scope, quotas=self.settings.job_quotas
        )

    def jobs_with(self, job_id: uuid.UUID) -> SqlJobStore:
        """Return the store that has a job.

        Parameters
        ----------
        job_id : uuid.UUID
            From a path that the caller may use.

        Returns
        -------
        SqlJobStore
            Of its project.

        Raises
        ------
        RefusedError
            404 if there is no such job.
        """
        with self.database.reading() as session:
            project_id = session.scalar(sa.select(JOBS.c.project_id).where(JOBS.c.id == job_id))
        if project_id is None:
            raise not_found("job")
        return self.jobs_of(project_id)

    def jobs_owned_by(self, principal_id: uuid.UUID) -> list[SqlJobStore]:
        """Return the stores of all projects of an owner.

        Parameters
        ----------
        principal_id : uuid.UUID
            Whose.

        Returns
        -------
        list of SqlJobStore
            The oldest project first.
        """
        query = sa.select(Project.id).where(Project.owner_id == principal_id).order_by(Project.created_at, Project.id)
        with self.database.reading() as session:
            ids = session.scalars(query).all()
        return [self.jobs_of(one) for one in ids]

    def default_project_of(self, principal_id: uuid.UUID) -> uuid.UUID:
        """Return the project that is meant where none is named.

        Parameters
        ----------
        principal_id : uuid.UUID
            Whose.

        Returns
        -------
        uuid.UUID
            It is made with its owner, and never goes.
        """
        with self._lock:
            found = self._projects.get(principal_id)
        if found is not None:
            return found
        query = sa.select(Project.id).where(Project.owner_id == principal_id, Project.name == DEFAULT_PROJECT)
        with self.database.reading() as session:
            found = session.scalars(query).one()
        with self._lock:
            return self._projects.setdefault(principal_id, found)

    def count_jobs(self) -> dict[str, int]:
        """Count the jobs of everybody.

        Returns
        -------
        dict of str to int
            Every state.
        """
        query = sa.select(JOBS.c.state, sa.func.count()).group_by(JOBS.c.state)
        with self.database.reading() as session:
            found = {str(state): int(number) for state, number in session.execute(query)}
        return {str(state): found.get(str(state), 0) for state in State}

    def release_expired(self) -> list[JobRecord]:
        """Queue the jobs of everybody whose leases are over, and delete what their workers had sent.

        Returns
        -------
        list of JobRecord
            Those that changed.
        """
        released = self._everybodys.release_everybodys()
        for job in released:
            self.parts.drop(uuid.UUID(job.id), job.attempt)
        return released

    def remove_old_artifacts(self) -> int:
        """Delete what jobs have made that ended longer ago than such things are kept.

        Returns
        -------
        int
            Of how many jobs.
        """
        if self.settings.artifact_days is None:
            return 0
        with self.database.reading() as session:
            projects = session.scalars(sa.select(JOBS.c.project_id).distinct()).all()
        kept = timedelta(days=self.settings.artifact_days)
        return sum(len(self.jobs_of(one).remove_old(older_than=kept)) for one in projects)

    def sweep_parts(self) -> int:
        """Delete what workers sent of attempts that are over.

        Returns
        -------
        int
            Of how many attempts something was left.
        """
        kept = self.parts.kept()
        running = sa.select(JOBS.c.id, JOBS.c.attempt).where(JOBS.c.state == str(State.RUNNING))
        with self.database.reading() as session:
            present = {(row.id, row.attempt) for row in session.execute(running)} if kept else set()
        over = [one for one in kept if one not in present]
        for job_id, attempt in over:
            self.parts.drop(job_id, attempt)
        return len(over)

    @cached_property
    def _everybodys(self) -> SqlJobStore:
        # Whose it is does not count for what is done to the jobs of all.
        return self._job_store(Scope(uuid.UUID(int=0), uuid.UUID(int=0)))

    def close(self) -> None:
        """Close database and connections."""
        if self.recorder is not None:
            self.recorder.close()
        self.identities.close()
        self.hub.close()
        self.database.close()

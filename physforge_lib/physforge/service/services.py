"""What the routes work with: one database, one store of bytes, one hub."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import sqlalchemy as sa
from anyio import CapacityLimiter

from physforge.database import Database
from physforge.database.principals import Entered
from physforge.database.tables import DatasetRow, Principal, Project
from physforge.datasets.catalog import Catalog
from physforge.datasets.store import BlobStore, DatabaseStore, open_blobs
from physforge.service.device_logins import DeviceLogins
from physforge.service.events import Recorder
from physforge.service.hub import Hub
from physforge.service.identity import Identities
from physforge.service.problems import not_found
from physforge.service.settings import ServiceSettings

#: Short reads at the same moment, where they may have to wait.
_READERS = 4


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
    """

    settings: ServiceSettings
    database: Database
    blobs: BlobStore
    hub: Hub
    recorder: Recorder | None = None
    readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_READERS))
    _stores: dict[uuid.UUID, DatabaseStore] = field(default_factory=dict)
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
        return frozenset(Catalog.shipped(self.settings.settings))

    def _identity_changed(self, entered: Entered) -> None:
        with self._lock:
            # They hold ids of owners.
            self._stores.clear()
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

    def close(self) -> None:
        """Close database and connections."""
        if self.recorder is not None:
            self.recorder.close()
        self.hub.close()
        self.database.close()

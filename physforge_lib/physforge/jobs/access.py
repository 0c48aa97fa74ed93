"""How whoever runs jobs reaches the job store and the data sets."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from physforge.errors import JobError
from physforge.settings import HOME_VARIABLE, Settings

if TYPE_CHECKING:
    from physforge.client import Login
    from physforge.database import Database
    from physforge.datasets.store import DatasetStore
    from physforge.jobs.store import JobStore

#: Within a state folder: the database, the bytes of data sets, and all that belongs to jobs.
DATABASE = "physforge.sqlite"
STORE = "store"
JOBS = "jobs"

#: How long the token of a job is good, in seconds: a job that runs for weeks must be able to publish.
_TOKEN_S = 30 * 24 * 3600


@dataclass(frozen=True)
class Access:
    """All that a worker is given: a state folder, or a workbench and a token for it.

    Parameters
    ----------
    home : str or None
        State folder (local mode). The worker opens its database.
    url : str or None
        Address of a workbench (hub mode). The worker needs no database.
    token : str or None
        For the workbench: a user's, or that of one job. Not shown when this is printed.

    Raises
    ------
    JobError
        If it is neither one nor the other.

    Examples
    --------
    >>> Access.from_document(Access(url="https://lab.example.org", token="t").as_document()).mode
    'hub'
    """

    home: str | None = None
    url: str | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.home is None) == (self.url is None) or (self.url is not None and not self.token):
            raise JobError("A worker is given either a state folder, or an address and a token; give one of them.")

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Self:
        """Return what the settings of this process say.

        Parameters
        ----------
        settings : Settings
            In hub mode the token is looked for in the environment.
        environ : mapping of str to str, optional
            The process's own by default.

        Returns
        -------
        Access
            Not tried yet.
        """
        if settings.api_url is None:
            return cls(home=str(settings.home))
        from physforge.client import Login

        login = Login.of_session(settings.api_url, environ)
        return cls(url=login.url, token=login.token)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return what `as_document` described.

        Parameters
        ----------
        document : mapping
            From JSON.

        Returns
        -------
        Access
            Equal to the one described.
        """
        return cls(**{key: document.get(key) for key in ("home", "url", "token")})

    def as_document(self) -> dict[str, str | None]:
        """Describe this in JSON; with its token, so not for logs."""
        return dataclasses.asdict(self)

    @property
    def mode(self) -> str:
        """Either ``"local"`` or ``"hub"``."""
        return "local" if self.url is None else "hub"

    @property
    def settings(self) -> Settings:
        """The folders that a worker uses: those of the state folder, or the machine's own."""
        own = Settings.from_environment(
            os.environ if self.home is None else {**os.environ, HOME_VARIABLE: self.home},
        )
        return dataclasses.replace(own, api_url=self.url)

    def open_jobs(self) -> JobStore:
        """Open the store of jobs.

        Returns
        -------
        JobStore
            To be closed when done.

        Raises
        ------
        DatabaseError
            If the database cannot be opened.
        RemoteError
            If the workbench cannot be reached.
        """
        if self.url is None:
            from physforge.jobs.sql_store import SqlJobStore

            return SqlJobStore(self._database(), self.settings.home / JOBS)
        from physforge.jobs.remote_store import RemoteJobStore

        return RemoteJobStore(self._login())

    def open_data(self) -> DatasetStore:
        """Open the store of data sets.

        Returns
        -------
        DatasetStore
            The user's, or as much of it as the token may see.
        """
        if self.url is None:
            from physforge.datasets.store import DatabaseStore, open_blobs

            return DatabaseStore(self._database(), open_blobs(self.settings.home / STORE))
        from physforge.client import Cache, RemoteStore
        from physforge.client.cache import limit_from

        return RemoteStore(self._login(), Cache(self.settings.cache_folder, limit_from(os.environ)))

    def for_job(self, job_id: str) -> Access:
        """Return what a worker needs that runs one job and is not trusted with more.

        Parameters
        ----------
        job_id : str
            Which one.

        Returns
        -------
        Access
            In hub mode with a token that is good for this job alone; in local mode, where
            everything is the user's, this one.
        """
        if self.url is None:
            return self
        from physforge.jobs.remote_store import RemoteJobStore

        store = RemoteJobStore(self._login())
        try:
            login = store.login_for(job_id, seconds=_TOKEN_S)
        finally:
            store.close()
        return Access(url=login.url, token=login.token)

    def scratch(self) -> Path:
        """Return the folder for artifacts in the making: on the file system where they are published.

        Returns
        -------
        pathlib.Path
            Made if needed, readable by its owner alone.
        """
        folder = self.settings.home / JOBS / "scratch"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _database(self) -> Database:
        from physforge.database import Database

        return Database.open(f"sqlite:///{self.settings.home / DATABASE}")

    def _login(self) -> Login:
        from physforge.client import Login

        return Login(str(self.url), str(self.token))

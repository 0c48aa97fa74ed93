"""A workspace: where one user's data, catalog and results are."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import xarray as xr

from physforge.datasets.catalog import Catalog
from physforge.datasets.files import open_file
from physforge.datasets.remote import fetch_address
from physforge.errors import DatasetError, RemoteError, UnknownDatasetError
from physforge.settings import Settings

if TYPE_CHECKING:
    from physforge.client import Login, RemoteStore
    from physforge.database import Database
    from physforge.datasets.store import DatasetStore
    from physforge.jobs import JobConfig, JobStore
    from physforge.jobs.access import Access
    from physforge.jobs.batch import Batch
    from physforge.jobs.comparison import Comparison
    from physforge.jobs.job import Job
    from physforge.jobs.lineage import JobLineage
    from physforge.jobs.sweep import Sweep

#: The database of a state folder, and where the store keeps its bytes.
DATABASE = "physforge.sqlite"
STORE = "store"
#: Where jobs keep their artifacts.
JOBS = "jobs"

#: Jobs of a sweep that are submitted in one call.
_AT_ONCE = 500


class Workspace:
    """The catalog, the store and the folders that the functions of PhysForge work with.

    Parameters
    ----------
    home : str or path-like, optional
        State folder; by default what ``PHYSFORGE_HOME`` says. Nothing is created
        before it is needed. If it is given, the data sets are those of that folder.
    settings : Settings, optional
        All folders, and the workbench if there is one; read from the environment by
        default.
    login : physforge.client.Login, optional
        A workbench to work with from elsewhere: its data sets and jobs, with the rights of whoever logged in.

    Notes
    -----
    In *local mode* the data sets are kept in the state folder. In *hub mode*, which is
    on in each session of a workbench (``PHYSFORGE_API_URL`` and a token are in the
    environment), the workbench keeps them, and everything goes through its REST API with
    the rights of the user; what is opened is kept in a cache of the state folder, of at
    most ``PHYSFORGE_CACHE_BYTES``.

    Examples
    --------
    >>> ds = Workspace().open_dataset("lynx-hare")
    >>> dict(ds.sizes)
    {'t': 21}
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        settings: Settings | None = None,
        login: Login | None = None,
    ) -> None:
        chosen = settings or Settings.from_environment()
        if home is not None:
            chosen = dataclasses.replace(chosen, home=Path(home).expanduser().absolute(), api_url=None)
        if login is not None:
            chosen = dataclasses.replace(chosen, api_url=login.url)
        self._settings, self._given_login = chosen, login

    def __repr__(self) -> str:
        if self.mode == "hub":
            return f"Workspace(mode='hub', url={self._settings.api_url!r})"
        return f"Workspace(mode='local', home={str(self._settings.home)!r})"

    @property
    def mode(self) -> Literal["hub", "local"]:
        """Who keeps the data sets: the workbench (hub mode), or the state folder (local mode)."""
        return "local" if self._settings.api_url is None else "hub"

    @property
    def settings(self) -> Settings:
        """The folders in use."""
        return self._settings

    @cached_property
    def catalog(self) -> Catalog:
        """The data sets known by name: those that come with PhysForge, and those of the store."""
        from physforge.datasets.catalog_store import StoreEntries

        return self._shipped.including(StoreEntries(lambda: self.store if self._has_store else None))

    @cached_property
    def _shipped(self) -> Catalog:
        return Catalog.shipped(self._settings)

    @property
    def _has_store(self) -> bool:
        # A store that nobody has used yet is not made by looking for a name in it.
        return self.mode == "hub" or (self._settings.home / DATABASE).exists()

    @cached_property
    def database(self) -> Database:
        """The database of the state folder, made when first used.

        Raises
        ------
        RemoteError
            In hub mode, where it is the workbench's and nobody else opens it.
        """
        if self.mode == "hub":
            raise RemoteError(
                f"The database is that of the workbench at {self._settings.api_url}; ask for data with "
                "Workspace().store. A database of your own is that of Workspace(home='...')."
            )
        from physforge.database import Database

        return Database.open(f"sqlite:///{self._settings.home / DATABASE}")

    @cached_property
    def store(self) -> DatasetStore:
        """The data sets of the user, with their history; made when first used.

        Names of the catalog are refused for new ones, so that a name means one thing. In
        hub mode it is a `physforge.client.RemoteStore`.
        """
        if self.mode == "hub":
            return self._remote_store
        from physforge.datasets.store import DatabaseStore, open_blobs

        blobs = open_blobs(self._settings.home / STORE)
        return DatabaseStore(self.database, blobs, is_reserved=lambda name: name in self._shipped)

    @cached_property
    def _remote_store(self) -> RemoteStore:
        from physforge.client import Cache, RemoteStore
        from physforge.client.cache import limit_from

        cache = Cache(self._settings.cache_folder, limit_from(os.environ))
        return RemoteStore(self._login, cache, is_reserved=lambda name: name in self._shipped)

    @property
    def _login(self) -> Login:
        from physforge.client import Login

        return self._given_login or Login.of_session(self._settings.api_url or "")

    @property
    def _access(self) -> Access:
        """What whoever runs the jobs is given."""
        from physforge.jobs.access import Access

        if self.mode == "local":
            return Access(home=str(self._settings.home))
        login = self._login
        return Access(url=login.url, token=login.token)

    @cached_property
    def jobs(self) -> JobStore:
        """The jobs of the user; made when first used.

        In hub mode it is a `physforge.jobs.remote_store.RemoteJobStore`.
        """
        if self.mode == "hub":
            return self._access.open_jobs()
        from physforge.jobs.sql_store import SqlJobStore

        return SqlJobStore(self.database, self._settings.home / JOBS)

    def job(self, job_id: str) -> Job:
        """Find a job again.

        Parameters
        ----------
        job_id : str
            Its id.

        Returns
        -------
        Job
            As `submit` returned it.

        Raises
        ------
        UnknownJobError
            If there is none.
        """
        from physforge.jobs.job import Job

        return Job(self.jobs, self.jobs.get(job_id).id, wake=self.wake_runner)

    def submit(
        self,
        kind: str,
        config: Mapping[str, Any] | JobConfig,
        *,
        executor: str = "local",
        seed: int = 0,
        priority: int = 0,
        wall_limit_s: float | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Ask for a job, which goes on whatever becomes of this process.

        Parameters
        ----------
        kind : str
            ``"discovery"``, ``"derivatives"``, ``"simulation"``, ``"pinn"`` or ``"report"``.
        config : mapping or JobConfig
            Its settings, such as ``{"dataset": "burgers"}``; what is left out has its default.
        executor : str, default "local"
            Who runs it: ``"local"``, ``"dask"``, ``"gateway"``, ``"jobqueue"``, or the address of a scheduler.
        seed : int, default 0
            Of whatever is random.
        priority : int, default 0
            Higher ones are run first.
        wall_limit_s : float, optional
            Longest run of one attempt in seconds.
        idempotency_key : str, optional
            What says that two requests are the same one. By default equal work is one job.

        Returns
        -------
        Job
            To wait for and to read.

        Raises
        ------
        UnknownJobError
            If there is no such kind of job.
        JobError
            If settings are refused; each of them is named, with what is allowed.
        DatasetError
            If a data set is not registered.
        """
        from physforge.jobs.job import Job
        from physforge.jobs.submission import asked_for_here, make_spec

        spec = make_spec(
            kind,
            config,
            data=self._data,
            catalog=self._shipped,
            jobs=self.jobs,
            seed=seed,
            executor=executor,
            priority=priority,
            wall_limit_s=wall_limit_s,
        )
        record = self.jobs.submit(asked_for_here([spec]), idempotency_keys=[idempotency_key])[0]
        job = Job(self.jobs, record.id, wake=self.wake_runner)
        self.wake_runner()
        return job

    def submit_batch(
        self, sweep: Sweep | Mapping[str, Any] | str | os.PathLike[str], *, executor: str | None = None
    ) -> Batch:
        """Ask for many jobs of one kind.

        Parameters
        ----------
        sweep : Sweep, mapping, str or path-like
            Itself, its fields (``{"kind": "discovery", "config": {...}, "grid": {...}}``), or a YAML file.
        executor : str, optional
            Who runs them, in place of what the sweep says.

        Returns
        -------
        Batch
            To wait for and to compare. The same sweep again goes on with the same batch.

        Raises
        ------
        JobError
            If any job is refused; none is submitted then.
        """
        from physforge.jobs.submission import asked_for_here, make_specs
        from physforge.jobs.sweep import Sweep

        if isinstance(sweep, str | os.PathLike):
            sweep = Sweep.read(sweep)
        elif not isinstance(sweep, Sweep):
            sweep = Sweep.checked(sweep)
        specs = make_specs(
            sweep.kind,
            sweep.expand(),
            data=self._data,
            catalog=self._shipped,
            jobs=self.jobs,
            executor=executor or sweep.executor,
            priority=sweep.priority,
            wall_limit_s=sweep.wall_limit_s,
        )
        specs = asked_for_here(specs)
        for start in range(0, len(specs), _AT_ONCE):
            self.jobs.submit(specs[start : start + _AT_ONCE], batch=sweep.batch)
        self.wake_runner()
        return self.batch(sweep.batch)

    def batch(self, name: str) -> Batch:
        """Find a batch again.

        Parameters
        ----------
        name : str
            Its name or id.

        Returns
        -------
        Batch
            As `submit_batch` returned it.

        Raises
        ------
        UnknownJobError
            If there is none.
        """
        from physforge.errors import UnknownJobError
        from physforge.jobs import Selection
        from physforge.jobs.batch import Batch

        if not self.jobs.find(Selection(batch=name, limit=1)):
            raise UnknownJobError(f"There is no batch {name!r}.")
        return Batch(self.jobs, name, wake=self.wake_runner)

    def lineage(self, job_id: str) -> JobLineage:
        """Say where the result of a job comes from, back to raw bytes.

        Parameters
        ----------
        job_id : str
            Of a job.

        Returns
        -------
        JobLineage
            Through other jobs and versions of data sets; printed as a tree.

        Raises
        ------
        UnknownJobError
            If there is no such job.
        """
        from physforge.jobs.lineage import trace_job

        return trace_job(job_id, jobs=self.jobs, data=self._data, catalog=self._shipped)

    def reproduce(self, job: Job | str, *, executor: str | None = None, timeout: float | None = None) -> Comparison:
        """Run a job again, under the recorded seed and inputs, and compare.

        Parameters
        ----------
        job : Job or str
            One that has succeeded, or its id.
        executor : str, optional
            Who runs it; who ran the first by default.
        timeout : float, optional
            Seconds to wait.

        Returns
        -------
        Comparison
            Whether it is the same to the last bit; else how far apart, and what differs in the environments.

        Raises
        ------
        JobError
            If the job has not succeeded, its artifact was removed, or an input is no longer what it was.
        """
        from physforge.jobs.reproduce import reproduce

        job_id = job if isinstance(job, str) else job.id
        return reproduce(self.jobs, job_id, executor=executor, timeout=timeout, wake=self.wake_runner)

    def export_rocrate(self, job: Job | str, path: str | os.PathLike[str]) -> Path:
        """Write a job with its artifact, its inputs and their history as an RO-Crate.

        Parameters
        ----------
        job : Job or str
            One that has succeeded, or its id.
        path : str or path-like
            A folder that does not exist yet; it appears whole or not at all.

        Returns
        -------
        pathlib.Path
            The folder. For data sets alone there is ``store.export_rocrate``.

        Raises
        ------
        JobError
            If the job has not succeeded, or its artifact was removed.
        """
        from physforge.jobs.crate import export_crate

        found = self.lineage(job if isinstance(job, str) else job.id)
        return export_crate(found, path, jobs=self.jobs, data=self._data)

    @property
    def _data(self) -> DatasetStore | None:
        return self.store if self._has_store else None

    def wake_runner(self) -> None:
        """See that somebody runs the jobs of this workspace: a process of the user's own, in hub mode too."""
        from physforge.jobs.runner import ensure_runner

        ensure_runner(self._access)

    def open_dataset(
        self,
        name_or_path: str | os.PathLike[str],
        *,
        dims: Sequence[str] | None = None,
        units: Mapping[str, str] | None = None,
        version: int | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """Open a data set.

        Parameters
        ----------
        name_or_path : str or path-like
            A name of the catalog or of the store (``"run@2"`` for its second version),
            else a path, else an address that begins with ``https://`` (with
            ``sha256="..."`` its content is checked). Write ``./name`` for a file that
            is called like a catalog entry.
        dims : sequence of str, optional
            Names of the axes, where the file leaves them open.
        units : mapping of str to str, optional
            Variable or coordinate -> unit, for example ``{"x": "mm"}``.
        version : int, optional
            Which version of a data set of the store; its head by default.
        **options
            What the reader of that format takes (see `physforge.datasets.readers`).

        Returns
        -------
        xarray.Dataset
            Float64 fields over t, x, y, z, with units, title, source and SHA-256.

        Raises
        ------
        UnknownDatasetError
            If it is neither a name nor a file; the nearest names are listed.
        DatasetError
            Naming file, line and variable, if the data cannot be used; or if a name of
            the store is also one of the catalog or a file, so that it is open which is
            meant.
        """
        text = os.fspath(name_or_path)
        is_text = isinstance(name_or_path, str)
        if dims is not None:
            options["dims"] = dims
        if is_text and (version is not None or self._is_stored(text)):
            self._check_is_clear(text, version)
            return self.store.open(text, version, units=units, **options)
        if is_text and text in self._shipped:
            return self._shipped.read(text, units=units, **options)
        if is_text and "://" in text:
            path = fetch_address(text, self._settings, options.pop("sha256", None))
            return open_file(path, units=units, **options)
        if is_text and not Path(text).expanduser().exists():
            raise self._unknown(text)
        return open_file(text, units=units, **options)

    def _is_stored(self, text: str) -> bool:
        if "/" in text or os.sep in text or not self._has_store:
            return False
        if self.mode == "hub":
            return self._is_stored_remotely(text)
        try:
            self.store.get(text)
        except UnknownDatasetError:
            return False
        return True

    def _is_stored_remotely(self, text: str) -> bool:
        # What is here opens whether the workbench answers or not.
        is_here = text in self._shipped or Path(text).exists()
        try:
            return self._remote_store.has(text, again=not is_here)
        except RemoteError:
            if is_here:
                return False
            raise

    def _check_is_clear(self, text: str, version: int | None) -> None:
        if version is not None and text in self._shipped and not self._is_stored(text):
            raise DatasetError(f"{text!r} is a data set of the catalog, which has no versions; leave version out.")
        cure = f"open the one of the store with Workspace().store.open({text!r})"
        if text in self._shipped:
            raise DatasetError(f"Both the catalog and the store have a data set {text!r}; {cure}.")
        if version is None and Path(text).exists():
            raise DatasetError(f"{text!r} is a file and also a data set of the store; write ./{text}, or {cure}.")

    def _unknown(self, text: str) -> UnknownDatasetError:
        names, stored = list(self._shipped), list[str]()
        if self._has_store:
            if any(one.name == text for one in self.store.trash()):
                return UnknownDatasetError(f"The data set {text!r} is in the trash; restore it first.")
            stored = [one.name for one in self.store.list()]
        near = difflib.get_close_matches(text.lower(), [*names, *stored], n=3, cutoff=0.4)
        where = "neither the catalog nor the store has a data set" if stored else "the catalog has no data set"
        hint = f"the nearest are {', '.join(near)}" if near else f"there are {', '.join([*names, *stored])}"
        return UnknownDatasetError(f"There is no file {text} in {Path.cwd()}, and {where} {text!r}; {hint}.")

"""What an operator sets for a site, in one file: ``workbench.yaml`` in the state folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from physforge.errors import SettingsError
from physforge.workbench.database_options import DatabaseOptions
from physforge.workbench.gpu_leases import find_gpus
from physforge.workbench.identity_options import Identity
from physforge.workbench.notice_options import Notices

FILE_NAME = "workbench.yaml"

_Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Profile(_Section):
    """What a session may use; people choose among profiles when they start one.

    Parameters
    ----------
    name : str
        Short name, for the interface of programs.
    title : str
        For people.
    cores : int, optional
        The session's processes are bound to this many cores, and numerical libraries
        start this many threads. By default all.
    memory_gib : float, optional
        No process of the session may have more memory than this; by default no limit.
    gpus : int, default: 0
        How many GPUs the session has for itself.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    title: str = Field(min_length=1, max_length=200)
    cores: int | None = Field(default=None, ge=1)
    memory_gib: _Positive | None = None
    gpus: int = Field(default=0, ge=0)


class Servers(_Section):
    """Users' notebook servers.

    Parameters
    ----------
    idle_hours : float, default: 12
        A server without activity for this long is stopped.
    """

    idle_hours: _Positive = 12.0


class Clusters(_Section):
    """Users' Dask clusters.

    Parameters
    ----------
    per_user : int, default: 4
        How many a user may have at a time.
    workers : int, optional
        Most workers of one cluster; by default as many as the machine has cores, two at least.
    idle_minutes : float, default: 30
        A cluster without work for this long is stopped.
    """

    per_user: int = Field(default=4, ge=1)
    workers: int | None = Field(default=None, ge=1)
    idle_minutes: _Positive = 30.0


class JobLimits(_Section):
    """What jobs may take; by default there are no limits.

    Parameters
    ----------
    running : int, optional
        Jobs at the same time; more wait in the queue.
    queued : int, optional
        Jobs that wait; more are refused.
    cpu_hours, gpu_hours : float, optional
        Time of processors and GPUs in 30 days; then no more jobs are taken.
    artifacts_gib : float, optional
        Space for what jobs have made.
    """

    running: int | None = Field(default=None, ge=1)
    queued: int | None = Field(default=None, ge=1)
    cpu_hours: _Positive | None = None
    gpu_hours: _Positive | None = None
    artifacts_gib: _Positive | None = None


class Jobs(_Section):
    """Users' jobs.

    Parameters
    ----------
    per_user : JobLimits
        Of one user's jobs in all projects together.
    per_project : JobLimits
        Of all jobs in a project.
    keep_days : int, optional
        How long what jobs have made is kept after their end; by default for ever.
    """

    per_user: JobLimits = JobLimits()
    per_project: JobLimits = JobLimits()
    keep_days: int | None = Field(default=None, ge=1)


class Site(_Section):
    """The settings of a site; all have defaults.

    Parameters
    ----------
    homes : pathlib.Path, default: /home
        Where home folders of new Unix users are made (workbench for many users).
    existing_users : list of str or "all", default: []
        Unix users made elsewhere that accounts of the same name may use.
    spawner : {"local", "sudo", "systemd"}, default: "local"
        What starts sessions: the hub itself as root, a hub without rights through sudo
        (sudospawner), or systemd with limits for whole sessions (systemdspawner).
    gpus : list of str or "auto", default: "auto"
        The GPUs that may be leased; "auto" asks NVIDIA's driver.
    profiles : list of Profile
        What people choose among when they start a session; by default one for all.
    servers : Servers
        Limits of notebook servers.
    clusters : Clusters
        Limits of Dask clusters.
    jobs : Jobs
        Limits of jobs.
    identity : Identity
        Who may log in, and how.
    database : DatabaseOptions, optional
        A PostgreSQL database; by default there are files in the state folder.
    notices : Notices
        How people are told that their jobs have ended.
    """

    homes: Path = Path("/home")
    existing_users: list[str] | Literal["all"] = []
    spawner: Literal["local", "sudo", "systemd"] = "local"
    gpus: list[str] | Literal["auto"] = "auto"
    profiles: list[Profile] = []
    servers: Servers = Servers()
    clusters: Clusters = Clusters()
    jobs: Jobs = Jobs()
    identity: Identity = Identity()
    database: DatabaseOptions | None = None
    notices: Notices = Notices()

    @field_validator("homes")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @field_validator("profiles")
    @classmethod
    def _named_once(cls, value: list[Profile]) -> list[Profile]:
        names = [profile.name for profile in value]
        if len(set(names)) != len(names):
            raise ValueError("two profiles have the same name")
        return value

    @classmethod
    def read(cls, home: Path) -> Self:
        """Read the settings in a state folder.

        Parameters
        ----------
        home : pathlib.Path
            The state folder.

        Returns
        -------
        Site
            The defaults where the file or an entry is missing.

        Raises
        ------
        SettingsError
            Names the file, the entry and what is wrong with it.
        """
        path = home / FILE_NAME
        try:
            document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from error
        try:
            return cls.model_validate({} if document is None else document)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole file"
            raise SettingsError(f"{path}: {where}: {first['msg']}.") from error

    @property
    def existing(self) -> tuple[str, ...]:
        """The names in `existing_users`; ``("all",)`` stands for everybody."""
        return ("all",) if self.existing_users == "all" else tuple(self.existing_users)

    def gpu_ids(self) -> list[str]:
        """Return the ids of the GPUs that may be leased."""
        return find_gpus() if self.gpus == "auto" else list(self.gpus)

"""What a user or an operator may say about executors, in ``jobs/executors.yaml`` of a state folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from physforge.datasets.strict_yaml import load_strict
from physforge.errors import SettingsError
from physforge.jobs.store import HEARTBEAT_S, LEASE_S

FILE_NAME = "executors.yaml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _half_of_the_cores() -> int:
    return max((os.cpu_count() or 1) // 2, 1)


class LocalSettings(_Section):
    """Processes on this machine.

    Parameters
    ----------
    workers : int
        Jobs at a time; by default half as many as there are cores.
    threads : int, optional
        Of the numerical libraries in each job; by default the cores are shared out.
    memory_gib : float, optional
        Most memory of each job (Linux); by default no limit but the machine's.
    """

    workers: int = Field(default_factory=_half_of_the_cores, ge=1)
    threads: int | None = Field(default=None, ge=1)
    memory_gib: float | None = Field(default=None, gt=0)

    @property
    def memory_bytes(self) -> int | None:
        """The same in bytes."""
        return None if self.memory_gib is None else int(self.memory_gib * 2**30)

    @property
    def threads_each(self) -> int:
        """Threads of one job."""
        return self.threads or max((os.cpu_count() or 1) // self.workers, 1)


class DaskSettings(LocalSettings):
    """A Dask cluster that the runner starts on this machine."""


class GatewaySettings(_Section):
    """A cluster of Dask Gateway.

    Parameters
    ----------
    minimum, maximum : int
        Workers; their number follows the queue.
    options : dict
        Cluster options, as the gateway offers them.
    """

    minimum: int = Field(default=0, ge=0)
    maximum: int = Field(default=4, ge=1)
    options: dict[str, Any] = Field(default_factory=dict)


class JobqueueSettings(_Section):
    """A batch system, by dask-jobqueue.

    Parameters
    ----------
    system : {"slurm", "pbs", "sge", "lsf", "htcondor", "oar", "moab"}
        Which one.
    minimum, maximum : int
        Workers; their number follows the queue.
    options : dict
        Arguments of dask-jobqueue's cluster class, for example ``cores``, ``memory``,
        ``queue`` and ``walltime``; what is not given is read from Dask's own
        configuration (``jobqueue.yaml``).
    """

    system: Literal["slurm", "pbs", "sge", "lsf", "htcondor", "oar", "moab"] = "slurm"
    minimum: int = Field(default=0, ge=0)
    maximum: int = Field(default=8, ge=1)
    options: dict[str, Any] = Field(default_factory=dict)


class LeaseSettings(_Section):
    """How long a silent worker keeps its job.

    Parameters
    ----------
    lease_s, heartbeat_s : float
        Seconds; a lease should outlast several heartbeats.
    """

    lease_s: float = Field(default=LEASE_S, gt=0)
    heartbeat_s: float = Field(default=HEARTBEAT_S, gt=0)


class ExecutorSettings(_Section):
    """All of it; every part has defaults.

    Parameters
    ----------
    local, dask, gateway, jobqueue : sections
        One for each executor.
    lease : LeaseSettings
        For all of them.
    idle_minutes : float
        A runner that has had nothing to do for so long ends.
    artifact_days : float, optional
        What jobs have made is deleted so long after their end, hourly while a runner
        runs; by default it is kept. That they ran, with what settings and how it ended,
        is kept in any case. A workbench has a setting of its own.
    """

    local: LocalSettings = Field(default_factory=LocalSettings)
    dask: DaskSettings = Field(default_factory=DaskSettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
    jobqueue: JobqueueSettings = Field(default_factory=JobqueueSettings)
    lease: LeaseSettings = Field(default_factory=LeaseSettings)
    idle_minutes: float = Field(default=5.0, gt=0)
    artifact_days: float | None = Field(default=None, ge=0)

    @classmethod
    def read(cls, folder: Path) -> ExecutorSettings:
        """Read the file of a folder.

        Parameters
        ----------
        folder : pathlib.Path
            That of the jobs, in a state folder.

        Returns
        -------
        ExecutorSettings
            Defaults where there is no file.

        Raises
        ------
        SettingsError
            Naming each line that is wrong, and what is allowed.
        """
        path = folder / FILE_NAME
        if not path.exists():
            return cls()
        try:
            return cls.model_validate(load_strict(path) or {})
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise SettingsError(f"{path} cannot be used: {wrong}.") from error
        except ValueError as error:
            raise SettingsError(f"{path} cannot be used: {error}") from error

"""What `import physforge` gives that needs a workspace: its methods, on the one of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from physforge.errors import DatasetError, UnknownDatasetError
from physforge.workspace import Workspace

if TYPE_CHECKING:
    from physforge.datasets.store import Lineage
    from physforge.jobs import JobConfig
    from physforge.jobs.job import Job
    from physforge.jobs.lineage import JobLineage


def open_dataset(
    name_or_path: str | os.PathLike[str],
    *,
    dims: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    version: int | None = None,
    **options: Any,
) -> xr.Dataset:
    """Open a data set by name, path or address, in the default workspace.

    Parameters
    ----------
    name_or_path : str or path-like
        See `Workspace.open_dataset`.
    dims : sequence of str, optional
        Names of the axes, where the file leaves them open.
    units : mapping of str to str, optional
        Variable or coordinate -> unit.
    version : int, optional
        Which version of a data set of the store; its head by default.
    **options
        What the reader of that format takes.

    Returns
    -------
    xarray.Dataset
        Float64 fields over t, x, y, z.

    Raises
    ------
    DatasetError
        If there is no such data set, or its data cannot be used.

    Examples
    --------
    >>> list(open_dataset("lynx-hare").data_vars)
    ['hare_thousands', 'lynx_thousands']
    """
    return Workspace().open_dataset(name_or_path, dims=dims, units=units, version=version, **options)


def lineage(of: str | xr.Dataset | Job, version: int | None = None) -> Lineage | JobLineage:
    """Say where a data set of the store, or what a job made, comes from, back to the bytes that were first added.

    Parameters
    ----------
    of : str, xarray.Dataset or Job
        Name or id of a data set in the store of the default workspace, a dataset opened from it,
        or a job or its id.
    version : int, optional
        Of a data set; its head by default.

    Returns
    -------
    Lineage or JobLineage
        Jobs and versions, and how each was made; printed as a tree.

    Raises
    ------
    DatasetError
        If the store has no such data set, or the dataset was not opened from a store.
    UnknownJobError
        If there is no such job.
    """
    from physforge.errors import UnknownJobError

    workspace = Workspace()
    if isinstance(of, xr.Dataset):
        reference = of.attrs.get("store_version")
        if reference is None:
            raise DatasetError("This dataset was not opened from the store; add it with Workspace().store.add(ds).")
        return workspace.store.lineage(str(reference), version)
    if not isinstance(of, str):
        return workspace.lineage(of.id)
    try:
        return workspace.store.lineage(of, version)
    except UnknownDatasetError:
        try:
            return workspace.lineage(of)
        except UnknownJobError:
            pass
        raise


def submit(
    kind: str,
    config: Mapping[str, Any] | JobConfig,
    *,
    executor: str = "local",
    seed: int = 0,
    priority: int = 0,
    wall_limit_s: float | None = None,
    idempotency_key: str | None = None,
) -> Job:
    """Ask for a job in the default workspace; see `Workspace.submit`.

    Parameters
    ----------
    kind : str
        ``"discovery"``, ``"derivatives"``, ``"simulation"``, ``"pinn"`` or ``"report"``.
    config : mapping or JobConfig
        Its settings.
    executor : str, default "local"
        Who runs it.
    seed : int, default 0
        Of whatever is random.
    priority : int, default 0
        Higher ones are run first.
    wall_limit_s : float, optional
        Longest run of one attempt in seconds.
    idempotency_key : str, optional
        What says that two requests are the same one.

    Returns
    -------
    Job
        To wait for and to read: ``job.wait()``, ``job.result()``.

    Raises
    ------
    JobError
        If it is refused; the message says what is allowed.
    """
    return Workspace().submit(
        kind,
        config,
        executor=executor,
        seed=seed,
        priority=priority,
        wall_limit_s=wall_limit_s,
        idempotency_key=idempotency_key,
    )

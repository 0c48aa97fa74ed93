"""What a job made, and what it read, opened in the person's kernel and kept while it lives."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from physforge.errors import JobError

if TYPE_CHECKING:
    import xarray as xr

    from physforge.results import Result

#: Results and data sets that a kernel keeps: a page shows one job.
_KEPT = 4


@lru_cache(maxsize=_KEPT)
def opened_result(job: str) -> Result:
    """Open what a job made.

    Parameters
    ----------
    job : str
        Its id.

    Returns
    -------
    Result
        Of the class of its kind.

    Raises
    ------
    JobError
        If it has made nothing, or what it made is gone.
    """
    from physforge.jobs.loading import load_result
    from physforge.workspace import Workspace

    return load_result(Workspace().jobs.artifact(job))


@lru_cache(maxsize=_KEPT)
def opened_data(job: str) -> xr.Dataset:
    """Open the measured data that a job read, in the version of its submission.

    Parameters
    ----------
    job : str
        Its id.

    Returns
    -------
    xarray.Dataset
        The first, where it read several.

    Raises
    ------
    JobError
        If it read none, or they are no longer what they were.
    """
    from physforge.jobs.access import Access
    from physforge.jobs.reading import open_input
    from physforge.workspace import Workspace

    workspace = Workspace()
    inputs = workspace.jobs.get(job).spec.inputs
    found = [one for one in inputs if one.field.split(".")[0] in ("dataset", "initial")]
    if not found:
        raise JobError("This job read no data set, so that there is nothing to compare with.")
    return open_input(found[0], Access.of(workspace.settings), workspace.jobs.artifact)

"""Open versions of data sets in a kernel, and keep the last few open: a slider asks often."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from physforge.workspace import Workspace

#: Data sets that stay open.
_KEPT = 3


@lru_cache(maxsize=1)
def workspace() -> Workspace:
    """Return the person's workspace.

    Returns
    -------
    Workspace
        The same each time.
    """
    from physforge.workspace import Workspace

    return Workspace()


@lru_cache(maxsize=_KEPT)
def opened(data: str, version: int | None = None) -> xr.Dataset:
    """Open a version of a data set.

    Parameters
    ----------
    data : str
        Its id, or a name of the catalog.
    version : int, optional
        By default the newest.

    Returns
    -------
    xarray.Dataset
        Not to be changed: it is kept.
    """
    if version is None:
        return workspace().open_dataset(data)
    return workspace().store.open(data, version)

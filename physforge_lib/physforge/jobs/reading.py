"""Open what a job reads, in the version of its submission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from physforge.errors import JobError
from physforge.jobs.access import Access
from physforge.jobs.spec import Input

if TYPE_CHECKING:
    import xarray as xr

#: Begins the reference of a data set that is one of the shipped catalog.
CATALOG = "catalog:"


def find_input(inputs: Sequence[Input], field: str, what: str) -> Input:
    """Return the input that a field of the config names.

    Parameters
    ----------
    inputs : sequence of Input
        Of a spec.
    field : str
        For example ``"dataset"``.
    what : {"dataset", "job"}
        Which kind is expected.

    Returns
    -------
    Input
        The one.

    Raises
    ------
    JobError
        If there is none.
    """
    for one in inputs:
        if one.field == field and one.what == what:
            return one
    known = ", ".join(f"{one.field} ({one.what})" for one in inputs) or "none"
    raise JobError(f"The job has no input {field!r} that is a {what}; its inputs: {known}.")


def open_input(given: Input, access: Access) -> xr.Dataset:
    """Open a data set that a job reads.

    Parameters
    ----------
    given : Input
        A data set.
    access : Access
        Where it is.

    Returns
    -------
    xarray.Dataset
        Its content is what it was when the job was submitted.

    Raises
    ------
    JobError
        If the content is another one now.
    DatasetError
        If it cannot be opened.
    """
    if given.reference.startswith(CATALOG):
        return _from_catalog(given, access)
    store = access.open_data()
    version = store.get(given.reference)
    _compare(given, version.sha256)
    return store.open(given.reference)


def _from_catalog(given: Input, access: Access) -> xr.Dataset:
    from physforge.datasets.catalog import Catalog

    entry = Catalog.shipped(access.settings)[given.reference.removeprefix(CATALOG)]
    data = entry.open()
    # Data that are computed have no hash of a file; what they are, the versions in the run record say.
    found = entry.sha256 or data.attrs.get("sha256")
    if found is not None:
        _compare(given, str(found))
    return data


def _compare(given: Input, found: str) -> None:
    if found != given.sha256:
        raise JobError(
            f"{given.name!r} is no longer what it was when the job was submitted (SHA-256 {found[:12]}, "
            f"then {given.sha256[:12]}); submit the job again."
        )

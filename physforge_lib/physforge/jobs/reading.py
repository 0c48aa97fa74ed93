"""Open what a job reads, in the version of its submission."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from physforge.errors import JobError
from physforge.jobs.access import Access
from physforge.jobs.inputs import CATALOG_PREFIX, catalog_sha256
from physforge.jobs.loading import load_result
from physforge.jobs.spec import Input

if TYPE_CHECKING:
    import xarray as xr


def find_input(inputs: Sequence[Input], field: str, what: Collection[str]) -> Input:
    """Return the input that a field of the config names.

    Parameters
    ----------
    inputs : sequence of Input
        Of a spec.
    field : str
        For example ``"dataset"``.
    what : collection of {"dataset", "job"}
        Which kinds are expected.

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
        if one.field == field and one.what in what:
            return one
    known = ", ".join(f"{one.field} ({one.what})" for one in inputs) or "none"
    raise JobError(f"The job has no input {field!r} that is a {' or '.join(sorted(what))}; its inputs: {known}.")


def open_input(given: Input, access: Access, artifact: Callable[[str], Path]) -> xr.Dataset:
    """Open a data set that a job reads.

    Parameters
    ----------
    given : Input
        A data set, or a job that makes one.
    access : Access
        Where it is.
    artifact : callable
        Id of a job -> the folder of what it made.

    Returns
    -------
    xarray.Dataset
        Its content is what it was when the job was submitted.

    Raises
    ------
    JobError
        If the content is another one now, or the job made no data set.
    DatasetError
        If it cannot be opened.
    """
    if given.what == "job":
        return _from_job(given, artifact(given.reference))
    if given.reference.startswith(CATALOG_PREFIX):
        return _from_catalog(given, access)
    store = access.open_data()
    version = store.get(given.reference)
    _compare(given, version.sha256)
    return store.open(given.reference)


def _from_job(given: Input, folder: Path) -> xr.Dataset:
    import xarray as xr

    result = load_result(folder)
    if not isinstance(result.value, xr.Dataset):
        raise JobError(
            f"{given.field} names the job {given.reference}, which made a {result.kind} result and no data set; name "
            "one that makes a data set, such as a simulation."
        )
    return result.value


def _from_catalog(given: Input, access: Access) -> xr.Dataset:
    from physforge.datasets.catalog import Catalog

    entry = Catalog.shipped(access.settings)[given.reference.removeprefix(CATALOG_PREFIX)]
    _compare(given, catalog_sha256(entry))
    return entry.open()


def _compare(given: Input, found: str) -> None:
    if found != given.sha256:
        raise JobError(
            f"{given.name!r} is no longer what it was when the job was submitted (SHA-256 {found[:12]}, "
            f"then {given.sha256[:12]}); submit the job again."
        )

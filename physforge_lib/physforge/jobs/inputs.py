"""What a job reads: at submission, names become content (`physforge.jobs.reading` opens it in the worker)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from physforge.datasets.files import sha256_of
from physforge.datasets.registry import RemoteFile
from physforge.errors import DatasetError, JobError, UnknownDatasetError, UnknownJobError
from physforge.jobs.spec import Input
from physforge.jobs.states import State
from physforge.jobs.task import JOB_PREFIX, InputMark, JobConfig

if TYPE_CHECKING:
    from physforge.datasets.entry import Entry
    from physforge.datasets.store import DatasetStore
    from physforge.jobs.store import JobStore

#: How a data set of the catalog is referred to.
CATALOG_PREFIX = "catalog:"


@dataclass(frozen=True)
class NamedInput:
    """What a config says that the job reads.

    Parameters
    ----------
    field : str
        ``"dataset"``, or ``"results.0"`` for the first of several.
    what : {"dataset", "job"}
        What it is marked as.
    name : str
        As the person wrote it.
    """

    field: str
    what: str
    name: str


def named_inputs(config: JobConfig) -> list[NamedInput]:
    """Find what a config names.

    Parameters
    ----------
    config : JobConfig
        Validated.

    Returns
    -------
    list of NamedInput
        In the order of the fields; those that are left out are not in it.
    """
    found = []
    for name, info in type(config).model_fields.items():
        mark = next((one for one in info.metadata if isinstance(one, InputMark)), None) or _mark_in(info.annotation)
        if mark is not None:
            found += [NamedInput(field, mark.what, text) for field, text in _texts(name, getattr(config, name))]
    return found


def _mark_in(annotation: Any) -> InputMark | None:
    if get_origin(annotation) is Annotated:
        marks = [one for one in annotation.__metadata__ if isinstance(one, InputMark)]
        return marks[0] if marks else None
    return next((mark for one in get_args(annotation) if (mark := _mark_in(one)) is not None), None)


def _texts(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, tuple | list):
        yield from ((f"{field}.{place}", one) for place, one in enumerate(value) if isinstance(one, str))


class Inputs:
    """Where inputs come from: the user's data sets, the catalog, and other jobs.

    Parameters
    ----------
    data : DatasetStore or None
        None where nobody has stored a data set yet.
    catalog : mapping of str to Entry
        Those that come with PhysForge.
    jobs : JobStore
        For the artifacts of other jobs.

    Notes
    -----
    What was looked up is remembered, so that two hundred jobs on one data set ask once:
    make a new one for each submission.
    """

    def __init__(self, data: DatasetStore | None, catalog: Mapping[str, Entry], jobs: JobStore) -> None:
        self._data = data
        self._catalog = catalog
        self._jobs = jobs
        self._known: dict[tuple[str, str], tuple[str, str, str]] = {}

    def resolve(self, named: NamedInput) -> Input:
        """Find what a name means now.

        Parameters
        ----------
        named : NamedInput
            From a config.

        Returns
        -------
        Input
            With the content that it has now.

        Raises
        ------
        DatasetError
            If there is no such data set, or two of that name.
        JobError
            If there is no such job, or it has failed.
        """
        key = (named.what, named.name)
        if key not in self._known:
            is_job = named.what == "job" or named.name.startswith(JOB_PREFIX)
            self._known[key] = self._job(named.name) if is_job else self._dataset(named.name)
        what, reference, sha256 = self._known[key]
        return Input(named.field, named.name, what, reference, sha256)

    def _job(self, name: str) -> tuple[str, str, str]:
        job_id = name.removeprefix(JOB_PREFIX)
        try:
            record = self._jobs.get(job_id)
        except UnknownJobError as error:
            raise UnknownJobError(f"There is no job {job_id!r} whose artifact could be read.") from error
        if record.state in (State.FAILED, State.CANCELLED):
            past = "failed" if record.state is State.FAILED else "was cancelled"
            raise JobError(f"The job {job_id} {past}, so it has no artifact to read; retry it first.")
        # Of the spec, done or not: equal work stays equal once what it needs is done.
        return "job", record.id, record.spec.sha256

    def _dataset(self, name: str) -> tuple[str, str, str]:
        stored = self._stored(name)
        entry = self._catalog.get(name)
        if entry is not None and "stored" in entry.tags:  # a catalog that lists the store's as well
            entry = None
        if stored is not None and entry is not None:
            raise DatasetError(f"Both the catalog and the store have a data set {name!r}; name the store's by its id.")
        if stored is not None:
            return "dataset", stored[0], stored[1]
        if entry is not None:
            return "dataset", f"{CATALOG_PREFIX}{name}", catalog_sha256(entry)
        if Path(name).suffix or "/" in name:
            raise UnknownDatasetError(
                f"{name!r} is not registered; a job reads registered data sets alone. Add the file first, with "
                f"pf.Workspace().store.add({name!r})."
            )
        near = ", ".join(_nearest(name, self._catalog, self._data))
        raise UnknownDatasetError(f"Neither the store nor the catalog has a data set {name!r}; nearest: {near}.")

    def _stored(self, name: str) -> tuple[str, str] | None:
        if self._data is None or "/" in name:
            return None
        try:
            found = self._data.get(name)
        except UnknownDatasetError:
            return None
        return found.id, found.sha256


def catalog_sha256(entry: Entry) -> str:
    """Hash what a data set of the catalog consists of, without opening it.

    Parameters
    ----------
    entry : Entry
        Of the catalog.

    Returns
    -------
    str
        Of its file; of all files where there are several. A problem that is computed when
        opened is known by its name and settings, and by the version of PhysForge.

    Raises
    ------
    DatasetError
        If a file beside the catalog is missing.
    """
    if not entry.files:
        made_by = {"driver": entry.driver, "arguments": entry.arguments, "physforge": _own_version()}
        return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()
    sums = {key: entry.sha256 if key == "urlpath" and entry.sha256 else _sum(file) for key, file in entry.files.items()}
    if len(sums) == 1:
        return next(iter(sums.values()))
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


@cache
def _own_version() -> str:
    # Read from a file each time that it is asked for.
    return version("physforge")


def _sum(file: Path | RemoteFile) -> str:
    if isinstance(file, RemoteFile):
        return file.sha256
    if not file.exists():
        raise DatasetError(f"The file {file} of the catalog is missing.")
    return sha256_of(file)


def _nearest(name: str, catalog: Mapping[str, Entry], data: DatasetStore | None) -> list[str]:
    from difflib import get_close_matches

    names = [*catalog, *(one.name for one in data.list())] if data is not None else list(catalog)
    return get_close_matches(name.lower(), names, n=3, cutoff=0.4) or names[:10]

"""Add data to a remote store: what it goes on from, and what has to be sent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.client.finding import Finder, Record
from physforge.client.uploads import FileSource, Source
from physforge.datasets.files import EXTENSIONS, find_reader
from physforge.datasets.store.capture import format_of
from physforge.datasets.store.names import as_id
from physforge.datasets.store.packing import PackedFolder
from physforge.datasets.store.records import Derivation
from physforge.datasets.store.register import as_json, other_data_set, stale
from physforge.datasets.store.serialise import serialise
from physforge.errors import DatasetError, UnknownDatasetError


@dataclass(frozen=True)
class Content:
    """What is to be sent.

    Parameters
    ----------
    source : Source
        The bytes.
    sha256 : str
        That the version will have.
    format : str
        Name of the reader.
    file_name : str
        What the user's file or folder is called.
    is_folder : bool
        Whether it is a zarr folder.
    """

    source: Source
    sha256: str
    format: str
    file_name: str
    is_folder: bool


@contextmanager
def content_of(
    data: Path | xr.Dataset,
    format: str | None,  # noqa: A002
    known: frozenset[str],
) -> Iterator[Content]:
    """Yield what is to be sent.

    Parameters
    ----------
    data : pathlib.Path or xarray.Dataset
        A file, a zarr folder, or a dataset, which is written to a temporary file.
    format : str or None
        The reader's name; by the extension if None.
    known : frozenset of str
        SHA-256 of what the workbench has already of a folder.

    Yields
    ------
    Content
        Good until the block ends.

    Raises
    ------
    DatasetError
        If it is missing or of no known format.
    """
    if not isinstance(data, xr.Dataset):
        yield _of_path(data, format, known)
        return
    if format is not None:
        raise DatasetError("The format of a dataset in memory is chosen by its size; leave format out.")
    with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
        yield _of_path(serialise(data, Path(folder)), None, known)


def _of_path(path: Path, format: str | None, known: frozenset[str]) -> Content:  # noqa: A002
    if not path.exists():
        raise DatasetError(f"There is no file {path}; check the path (the current folder is {Path.cwd()}).")
    name = "".join(sign if sign.isprintable() else "_" for sign in path.name)
    if path.is_dir():
        if format not in (None, "zarr"):
            raise DatasetError(f"{path.name}: a folder is read as zarr; leave format out.")
        packed = PackedFolder(path, known)
        return Content(packed, packed.folder_sha256, "zarr", name, True)
    chosen = format or format_of(path)
    if chosen not in EXTENSIONS.values():
        find_reader(chosen)
    source = FileSource(path)
    return Content(source, source.sha256, chosen, name, False)


def parents_of(finder: Finder, target: Record | None, name: str, parents: Sequence[str | int] | None) -> list[int]:
    """Return the numbers of the versions that a new one goes on from.

    Parameters
    ----------
    finder : Finder
        Of the workbench.
    target : dict or None
        The data set; None for a new one.
    name : str
        Of it.
    parents : sequence of str or int or None
        As the user gave them.

    Returns
    -------
    list of int
        Empty where the user named none.

    Raises
    ------
    DatasetError
        If they are not versions of it.
    """
    if not parents:
        return []
    if target is None:
        raise DatasetError(f"There is no data set {name!r} yet, so it has no versions to go on from.")
    numbers = []
    for parent in parents:
        if isinstance(parent, int):
            numbers.append(finder.version(target["id"], parent)[1]["number"])
            continue
        owner, version = finder.version(parent)
        if owner["id"] != target["id"]:
            raise other_data_set(parent, owner["name"], target["name"])
        numbers.append(version["number"])
    return list(dict.fromkeys(numbers))


def check_not_stale(head: Any, name: str, numbers: Sequence[int], *, branch: bool) -> None:
    """Refuse at once what the workbench would refuse after all bytes were sent.

    Parameters
    ----------
    head : Version
        The newest version.
    name : str
        Of the data set.
    numbers : sequence of int
        What the new version goes on from.
    branch : bool
        Whether it may be other than the newest.

    Raises
    ------
    StaleVersionError
        If the newest is not among them.
    """
    if numbers and head.number not in numbers and not branch:
        raise stale(name, head)


def check_may_be_meant(target: Record, finder: Finder, parents: object) -> None:
    """Refuse to add to what somebody else shares, unless it is plain that this is meant.

    Parameters
    ----------
    target : dict
        The data set that has the name.
    finder : Finder
        Of the workbench.
    parents : object
        What the user says that the version goes on from.

    Raises
    ------
    DatasetError
        Since anybody can share a data set of any name, and would be given what is added.
    """
    if finder.is_mine(target) or parents or target["role"] == "viewer":
        return
    raise DatasetError(
        f"{target['name']!r} is {target['owner']}'s data set, which is shared with you. To add a version to it, say "
        f"which one it goes on from (parents=[{target['head']['number']}]); for one of your own choose another name."
    )


def sources_of(finder: Finder, given: Sequence[Derivation]) -> list[dict[str, Any]]:
    """Return what a version was computed from, as the REST API takes it.

    Parameters
    ----------
    finder : Finder
        Of the workbench.
    given : sequence of Derivation
        By reference.

    Returns
    -------
    list of dict
        By id.
    """
    return [
        {
            "source": finder.version(one.source)[1]["id"],
            "operation": one.operation,
            "settings": as_json(one.settings, "settings"),
        }
        for one in given
    ]


def source_in(finder: Finder, data: object, target: Record | None) -> list[dict[str, Any]]:
    """Return the version that a dataset was opened from, unless it is one of the data set's own.

    Parameters
    ----------
    finder : Finder
        Of the workbench.
    data : object
        Only datasets say.
    target : dict or None
        What it is added to.

    Returns
    -------
    list of dict
        As the REST API takes it.
    """
    attributes: Mapping[Any, Any] = data.attrs if isinstance(data, xr.Dataset) else {}
    key = as_id(str(attributes.get("store_version", "")))
    if key is None:
        return []
    try:
        dataset, version = finder.version(str(key))
    except UnknownDatasetError:
        # Of another store, or in the trash.
        return []
    if target is not None and dataset["id"] == target["id"]:
        return []
    return [{"source": version["id"], "operation": "", "settings": {}}]

"""Artifacts of jobs: what is in them, and where each file is."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from pathlib import Path, PurePosixPath

from physforge.datasets.files import sha256_of
from physforge.jobs import JobStore
from physforge.service.jobs.models import ArtifactFile, ArtifactModel

#: How many listings are remembered; an artifact never changes, and its hashes take long.
_REMEMBERED = 500

Found = tuple[Path, ArtifactFile]


class Artifacts:
    """Listings of artifacts, made once each."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[uuid.UUID, str], ArtifactModel] = OrderedDict()
        self._lock = threading.Lock()

    def describe(self, store: JobStore, job_id: uuid.UUID) -> ArtifactModel:
        """List an artifact.

        Parameters
        ----------
        store : JobStore
            With the job.
        job_id : uuid.UUID
            Whose.

        Returns
        -------
        ArtifactModel
            Its files, with sizes and hashes.

        Raises
        ------
        JobError
            If the job has not succeeded, or its artifact was removed.
        """
        return self._look(store.artifact(str(job_id)), job_id)

    def find(self, store: JobStore, job_id: uuid.UUID, path: str) -> Found | None:
        """Find a file of an artifact.

        Parameters
        ----------
        store : JobStore
            With the job.
        job_id : uuid.UUID
            Whose.
        path : str
            As a caller wrote it.

        Returns
        -------
        tuple of (pathlib.Path, ArtifactFile) or None
            None unless it is in the listing, exactly so.
        """
        folder = store.artifact(str(job_id))
        return _named(folder, self._look(folder, job_id), path)

    def _look(self, folder: Path, job_id: uuid.UUID) -> ArtifactModel:
        key = (job_id, str(folder))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = describe_folder(folder.name, folder)
        with self._lock:
            self._known[key] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def describe_folder(name: str, folder: Path) -> ArtifactModel:
    """List a folder.

    Parameters
    ----------
    name : str
        What it is called in the answer.
    folder : pathlib.Path
        Links in it are not followed, and not listed.

    Returns
    -------
    ArtifactModel
        Files by path, with sizes and hashes.
    """
    paths = sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    files = [
        ArtifactFile.model_construct(
            path=one.relative_to(folder).as_posix(), size=one.stat().st_size, sha256=sha256_of(one)
        )
        for one in paths
    ]
    return ArtifactModel.model_construct(name=name, size=sum(one.size for one in files), files=files)


def find_in_folder(folder: Path, path: str) -> Found | None:
    """Find a file of a folder that is not remembered.

    Parameters
    ----------
    folder : pathlib.Path
        It need not exist.
    path : str
        As a caller wrote it.

    Returns
    -------
    tuple of (pathlib.Path, ArtifactFile) or None
        None unless it is in the folder's listing, exactly so.
    """
    for one in folder.rglob("*"):
        if one.relative_to(folder).as_posix() == path and one.is_file() and not one.is_symlink():
            return one, ArtifactFile.model_construct(path=path, size=one.stat().st_size, sha256=sha256_of(one))
    return None


def _named(folder: Path, listing: ArtifactModel, path: str) -> Found | None:
    for one in listing.files:
        if one.path == path:
            return folder / PurePosixPath(one.path), one
    return None

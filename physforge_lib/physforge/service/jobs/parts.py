"""Files that workers send: kept by their content until the folder that they make up is complete."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from physforge.datasets.store.blobs import checked
from physforge.datasets.store.tree import check_path
from physforge.service.jobs.models import ArtifactFile
from physforge.service.partial import PartialFile
from physforge.service.problems import RefusedError


class JobParts:
    """Parts of artifacts and checkpoints, for each attempt of each job.

    Parameters
    ----------
    root : pathlib.Path
        Their folder.
    most_bytes : int
        What the parts of one attempt may take together.
    """

    def __init__(self, root: Path, most_bytes: int) -> None:
        self._root, self._most_bytes = root, most_bytes

    def add(self, job_id: uuid.UUID, attempt: int, file: ArtifactFile, offset: int, chunk: bytes) -> int:
        """Add a chunk of a file.

        Parameters
        ----------
        job_id : uuid.UUID
            Whose.
        attempt : int
            Of the job.
        file : ArtifactFile
            Its size and hash; its path does not count.
        offset : int
            Where the chunk begins.
        chunk : bytes
            May be empty for an empty file.

        Returns
        -------
        int
            How many bytes are there. A chunk that came before changes nothing.

        Raises
        ------
        RefusedError
            413 if there is more than may be; else as `PartialFile.write` says.
        """
        folder = self._folder(job_id, attempt)
        part = PartialFile(folder, checked(file.sha256), file.size)
        if not part.path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if sum(one.stat().st_size for one in folder.iterdir() if one.is_file()) + file.size > self._most_bytes:
                raise RefusedError(413, "file-too-large", f"A job may send {self._most_bytes} bytes and no more.")
            part.create_if_missing()
        return part.write(offset, chunk) if chunk else part.offset

    @contextmanager
    def folder_of(self, job_id: uuid.UUID, attempt: int, files: Sequence[ArtifactFile]) -> Iterator[Path]:
        """Yield a folder with files whose parts are complete.

        Parameters
        ----------
        job_id : uuid.UUID
            Whose.
        attempt : int
            Of the job.
        files : sequence of ArtifactFile
            What is in it.

        Yields
        ------
        pathlib.Path
            It may be moved; what is left of it goes at the end. The parts go once the block ends well.

        Raises
        ------
        RefusedError
            409 if a part is missing, not whole or differs from its hash; 422 for a path
            that leads out of the folder or occurs twice.
        """
        _check_paths(files)
        base = self._folder(job_id, attempt)
        folder = base / f"folder-{uuid.uuid4().hex}"
        folder.mkdir(parents=True, mode=0o700)
        try:
            for file in files:
                _put(base, folder, file)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for file in files:
            (base / file.sha256).unlink(missing_ok=True)

    def scratch(self, job_id: uuid.UUID, attempt: int) -> Path:
        """Return where the checkpoint that an attempt reads is kept.

        Parameters
        ----------
        job_id : uuid.UUID
            Whose.
        attempt : int
            Of the job.

        Returns
        -------
        pathlib.Path
            It need not exist; the folder that it is in does.
        """
        base = self._folder(job_id, attempt)
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
        return base / "checkpoint"

    def drop(self, job_id: uuid.UUID, attempt: int) -> None:
        """Delete what is left of an attempt.

        Parameters
        ----------
        job_id : uuid.UUID
            Whose.
        attempt : int
            That has ended.
        """
        shutil.rmtree(self._folder(job_id, attempt), ignore_errors=True)

    def kept(self) -> list[tuple[uuid.UUID, int]]:
        """Return the attempts of which something is kept.

        Returns
        -------
        list of tuple of (uuid.UUID, int)
            Jobs and attempts.
        """
        names = [one.name.partition("-") for one in self._root.iterdir()] if self._root.is_dir() else []
        return [(uuid.UUID(job), int(attempt)) for job, _, attempt in names]

    def _folder(self, job_id: uuid.UUID, attempt: int) -> Path:
        # Nothing that somebody wrote is in it.
        return self._root / f"{job_id.hex}-{int(attempt)}"


def _check_paths(files: Sequence[ArtifactFile]) -> None:
    """Refuse paths that lead out of the folder, or of which one is in the way of another."""
    seen: set[str] = set()
    for file in files:
        check_path(file.path)
        if file.path.casefold() in seen:
            raise RefusedError(422, "invalid", "Two files have the same path.")
        seen.add(file.path.casefold())
    folders = {str(parent).casefold() for file in files for parent in PurePosixPath(file.path).parents}
    if folders & seen:
        raise RefusedError(422, "invalid", "A path is that of a file and that of a folder.")


def _put(base: Path, folder: Path, file: ArtifactFile) -> None:
    part = PartialFile(base, checked(file.sha256), file.size)
    target = folder / PurePosixPath(file.path)
    try:
        with part.held() as handle:
            found = part.sha256(handle)
    except RefusedError as error:
        if error.status == 404:
            raise RefusedError(409, "incomplete", f"Nothing of the file {file.path!a:.100} was sent.") from error
        raise
    if found != file.sha256:
        # What is there can never become right.
        part.delete()
        raise RefusedError(409, "differs", f"What came of {file.path!a:.100} has the SHA-256 {found}; send it again.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.link(part.path, target)

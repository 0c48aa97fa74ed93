"""Calls of the REST API about jobs; records come and go as documents."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from physforge.client.calls import PAUSE_S, Calls
from physforge.client.downloads import fetch
from physforge.client.finding import PART
from physforge.client.login import Login
from physforge.datasets.files import sha256_of
from physforge.datasets.store.tree import check_path
from physforge.errors import JobError, RemoteError, StoreError, UnknownJobError

#: Bytes of a file that are sent at a time; no service takes less than this as a chunk.
CHUNK_BYTES = 4 * 2**20

#: Between two tries to follow a log, at most, in seconds.
_LONGEST_PAUSE_S = 5.0

Document = dict[str, Any]


class JobCalls:
    """Jobs of one workbench.

    Parameters
    ----------
    login : Login
        Where, and who: a user, or whoever runs one job.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self._calls = Calls(login)

    @property
    def login(self) -> Login:
        """Where, and who."""
        return self._login

    @property
    def calls(self) -> Calls:
        """The connection."""
        return self._calls

    def submit(self, jobs: Sequence[Document], **about: Any) -> list[Document]:
        """Ask for jobs.

        Parameters
        ----------
        jobs : sequence of dict
            As the REST API takes them.
        **about : object
            Batch, keys and project.

        Returns
        -------
        list of dict
            In the same order. Equal work is one job, so the call may be sent twice.
        """
        given = {name: value for name, value in about.items() if value is not None}
        items: list[Document] = self._calls.send("POST", "/jobs", json={"jobs": list(jobs), **given}, again=True)[
            "items"
        ]
        return items

    def find(self, limit: int, after: str | None = None, **query: Any) -> list[Document]:
        """List jobs.

        Parameters
        ----------
        limit : int
            Most jobs.
        after : str, optional
            Id of the one before the first.
        **query : object
            As the REST API names it.

        Returns
        -------
        list of dict
            In the order asked for.
        """
        found: list[Document] = []
        while len(found) < limit:
            part = self._calls.get("/jobs", limit=min(PART, limit - len(found)), cursor=after, **query)
            found += part["items"]
            after = part["next"]
            if after is None:
                break
        return found

    def full_id(self, job_id: str) -> str:
        """Return the id of the one job whose id begins so.

        Parameters
        ----------
        job_id : str
            The id, or its beginning.

        Returns
        -------
        str
            All of it.

        Raises
        ------
        UnknownJobError
            If there is none, or several.
        """
        if len(job_id) == 36:
            return quote(job_id, safe="")
        found = self._calls.get("/jobs", begins=job_id[:36], limit=2)["items"]
        if len(found) != 1:
            what = "Several jobs' ids begin" if found else "No job's id begins"
            raise UnknownJobError(f"{what} with {job_id[:80]!r}; `physforge job list` shows those there are.")
        return str(found[0]["id"])

    def get(self, path: str, **query: Any) -> Document:
        """Ask for a document of a job.

        Parameters
        ----------
        path : str
            After ``/jobs``.
        **query : object
            As the REST API names it.

        Returns
        -------
        dict
            The answer.
        """
        return self._calls.get(f"/jobs{path}", **query)

    def post(self, path: str, facts: Mapping[str, Any] | None = None, *, again: bool = False) -> Document:
        """Send something about a job.

        Parameters
        ----------
        path : str
            After ``/jobs``.
        facts : mapping, optional
            What is said.
        again : bool, default False
            Whether it may be sent twice.

        Returns
        -------
        dict
            The answer; empty if there is none.
        """
        options = {} if facts is None else {"json": _sendable(facts)}
        return self._calls.send("POST", f"/jobs{path}", again=again, **options)

    def send_folder(self, job_id: str, fence: Mapping[str, Any], folder: Path) -> list[Document]:
        """Send the files of a folder, those that came before no second time.

        Parameters
        ----------
        job_id : str
            Whose.
        fence : mapping
            Attempt and worker.
        folder : pathlib.Path
            Complete.

        Returns
        -------
        list of dict
            Path, size and SHA-256 of each file, to be named in the call that makes a folder of them.

        Raises
        ------
        JobError
            If there is no such folder, or it holds anything but files and folders.
        """
        files = []
        for path in _plain_files(folder):
            size, sha256 = path.stat().st_size, sha256_of(path)
            self._send_file(f"/jobs/{job_id}/parts/{sha256}", fence, path, size)
            files.append({"path": path.relative_to(folder).as_posix(), "size": size, "sha256": sha256})
        return files

    def _send_file(self, address: str, fence: Mapping[str, Any], path: Path, size: int) -> None:
        offset = 0
        with path.open("rb") as stream:
            while True:
                stream.seek(offset)
                chunk = stream.read(CHUNK_BYTES)
                where = {**fence, "offset": offset, "size": size}
                there = int(self._calls.send("PUT", address, params=where, content=chunk, again=True)["offset"])
                if there >= size:
                    return
                if there <= offset:
                    raise RemoteError("The workbench does not take more of the file.")
                offset = there

    def fetch_folder(self, path: str, target: Path, **query: Any) -> bool:
        """Download a folder, whole or not at all.

        Parameters
        ----------
        path : str
            Of its listing, after ``/jobs``.
        target : pathlib.Path
            Does not exist yet, or is the same folder from before.
        **query : object
            As the REST API names it.

        Returns
        -------
        bool
            False if there is nothing to download.

        Raises
        ------
        StoreError
            If what came is not what was stored.
        """
        listing = self.get(path, **query)
        if listing["name"] is None:
            return False
        files = listing["files"]
        if target.exists():
            if _is_same(target, files):
                return True
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            suffix = f"?{urlencode(query)}" if query else ""
            for file in files:
                self._fetch_file(f"/jobs{path}/{quote(file['path'])}{suffix}", file, scratch)
            with suppress(OSError):
                scratch.replace(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        # Somebody else may have fetched it at the same moment.
        if not _is_same(target, files):
            raise StoreError(f"What came of {path} is not what was stored; try again.")
        return True

    def _fetch_file(self, address: str, file: Document, folder: Path) -> None:
        check_path(file["path"])
        path = folder / PurePosixPath(file["path"])
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fetch(self._calls, address, file["sha256"], path, size=file["size"], name=path.name)
        if not path.exists():
            path.touch()
        if sha256_of(path) != file["sha256"]:
            raise StoreError(f"What came of {path.name} is not what was stored (SHA-256 {file['sha256']}); try again.")

    def follow(self, job_id: str, last_id: str = "") -> Iterator[tuple[str, Document]]:
        """Follow a job until it ends, whatever becomes of the connection.

        Parameters
        ----------
        job_id : str
            All of it.
        last_id : str, default ""
            Where an earlier call stopped: ``"ATTEMPT-END"`` of its last piece of log.

        Yields
        ------
        name : str
            ``"log"``, ``"job"`` or, at last, ``"end"``.
        facts : dict
            What is told.

        Raises
        ------
        PhysForgeError
            If the job may not be seen.
        """
        pause = PAUSE_S
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
            try:
                with self._calls.stream(f"/jobs/{job_id}/log", headers) as response:
                    for key, name, facts in _events(response.iter_lines()):
                        last_id, pause = key or last_id, PAUSE_S
                        yield name, facts
                        if name == "end":
                            return
            except (httpx.TransportError, RemoteError) as error:
                if isinstance(error, RemoteError) and "503" not in str(error) and not error.__cause__:
                    raise
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, 2 * pause)

    def close(self) -> None:
        """Close the connection."""
        self._calls.close()


def _plain_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise JobError(f"There is no folder {folder}.")
    found = sorted(folder.rglob("*"))
    for path in found:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise JobError(f"{path} is neither a file nor a folder; an artifact holds nothing else.")
    return [path for path in found if path.is_file()]


def _sendable(value: Any) -> Any:
    """Replace halves of characters, which no text on its way may hold, without changing any length."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_sendable(key): _sendable(one) for key, one in value.items()}
    return [_sendable(one) for one in value] if isinstance(value, list | tuple) else value


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str, Document]]:
    key, name, data = "", "", ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            key = value
        elif field == "event":
            name = value
        elif field == "data":
            data = value
        elif not line and data:
            yield key, name, json.loads(data)
            key, name, data = "", "", ""


def _is_same(folder: Path, files: Sequence[Document]) -> bool:
    """Say whether a folder holds what is listed; the cache is no truth."""
    for file in files:
        path = folder / PurePosixPath(file["path"])
        if not path.is_file() or path.stat().st_size != file["size"] or sha256_of(path) != file["sha256"]:
            return False
    with suppress(OSError):
        # The time of its last use, by which room is made.
        os.utime(folder)
    return True

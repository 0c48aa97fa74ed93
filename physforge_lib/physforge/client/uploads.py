"""Send a file or folder in chunks, going on where an earlier try was cut off."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tqdm.auto import tqdm

from physforge.client.calls import Calls
from physforge.datasets.files import sha256_of
from physforge.errors import DatasetError, RemoteError
from physforge.progress import QUIET_SECONDS


class Source(Protocol):
    """What is sent: a `FileSource`, or a `physforge.datasets.store.packing.PackedFolder`."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def sha256(self) -> str:
        """Of all of them."""

    def read(self, offset: int, count: int) -> bytes:
        """Return at most so many bytes from there on."""


class FileSource:
    """A file as what is sent.

    Parameters
    ----------
    path : pathlib.Path
        A file that does not change meanwhile.

    Raises
    ------
    DatasetError
        If there is no such file.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise DatasetError(f"There is no file {path}." if not path.exists() else f"{path} is a folder, not a file.")
        self._path = path
        self.size = path.stat().st_size
        self.sha256 = sha256_of(path)

    def read(self, offset: int, count: int) -> bytes:
        """Read a part of it.

        Parameters
        ----------
        offset, count : int
            Where it begins, and how many bytes at most.

        Returns
        -------
        bytes
            Fewer only at its end.
        """
        with self._path.open("rb") as stream:
            stream.seek(offset)
            return stream.read(count)


def send(calls: Calls, source: Source, file_name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Upload a file or a packed folder.

    Parameters
    ----------
    calls : Calls
        The workbench.
    source : Source
        The bytes.
    file_name : str
        What the user's file is called.
    facts : mapping
        What is said of it, as the REST API names it.

    Returns
    -------
    dict
        The version that it became. If an earlier try with the same bytes and facts was
        cut off less than two days ago, only the rest is sent.

    Raises
    ------
    DatasetError
        If it is refused.
    RemoteError
        If the workbench does not answer; try again to go on.
    """
    if source.size == 0:
        raise DatasetError(f"{file_name}: the file is empty.")
    given = {key: value for key, value in facts.items() if value is not None}
    new = {"file_name": file_name, "size": source.size, **given}
    # The same call gives the same upload, whose offset says how much is there.
    key = hashlib.sha256(json.dumps([source.sha256, new], sort_keys=True).encode()).hexdigest()
    upload = _begin(calls, new, key)
    path_there = f"/uploads/{upload['id']}"
    _send_rest(calls, source, file_name, path_there, upload)
    return calls.send("POST", f"{path_there}/complete", json={"sha256": source.sha256}, again=True)


def _begin(calls: Calls, new: dict[str, Any], key: str) -> dict[str, Any]:
    try:
        upload = calls.send("POST", "/uploads", json=new, headers={"Idempotency-Key": key}, again=True)
    except LookupError:
        # Given up since, or its target is gone; the second try tells.
        upload = {"version_id": "gone"}
    if upload["version_id"] is not None:
        # Completed before: what is sent once more is meant to be looked at anew.
        upload = calls.send("POST", "/uploads", json=new, headers={"Idempotency-Key": uuid.uuid4().hex}, again=True)
    return upload


def _send_rest(calls: Calls, source: Source, name: str, path_there: str, upload: dict[str, Any]) -> None:
    size, offset = int(upload["size"]), int(upload["offset"])
    bar = tqdm(
        total=size,
        initial=offset,
        desc=f"Sending {name}",
        unit="B",
        unit_scale=True,
        delay=QUIET_SECONDS,
        leave=False,
        disable=None,
    )
    with bar:
        while offset < size:
            chunk = source.read(offset, int(upload["chunk_bytes"]))
            if not chunk:
                raise DatasetError(f"{name}: it became shorter while it was sent.")
            # A chunk that came before changes nothing, so it may be sent again.
            answer = calls.send("PUT", f"{path_there}/content", params={"offset": offset}, content=chunk, again=True)
            if int(answer["offset"]) <= offset:
                raise RemoteError("The workbench does not take more of the file.")
            bar.update(int(answer["offset"]) - offset)
            offset = int(answer["offset"])

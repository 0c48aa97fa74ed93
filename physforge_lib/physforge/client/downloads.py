"""Fetch a version to a file or folder, whole or not at all, going on where an earlier try was cut off."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
from tqdm.auto import tqdm

from physforge.client.calls import ATTEMPTS, PAUSE_S, Calls, unreachable
from physforge.datasets.files import sha256_of
from physforge.datasets.store.tree import check_path, read_manifest
from physforge.errors import DatasetError, RemoteError
from physforge.progress import QUIET_SECONDS, track


def fetch_version(calls: Calls, version: dict[str, Any], target: Path) -> Path:
    """Download a version.

    Parameters
    ----------
    calls : Calls
        The workbench.
    version : dict
        Its record.
    target : pathlib.Path
        Where to; must not exist yet.

    Returns
    -------
    pathlib.Path
        What was written: a file, or a zarr folder. Its SHA-256 is that of the version.

    Raises
    ------
    DatasetError
        If something is there already, or what came is not what was stored.
    RemoteError
        If the connection breaks too often; try again to go on.
    """
    if target.exists():
        raise DatasetError(f"{target} exists already; give another name.")
    if not target.parent.is_dir():
        raise DatasetError(f"There is no folder {target.parent}.")
    if version["layout"] == "tree":
        return _fetch_folder(calls, version, target)
    # The hash in its name makes sure that it is the beginning of the same bytes.
    part = target.parent / f".{version['sha256'][:16]}.part"
    fetch_blob(calls, version, version["sha256"], part, size=version["size"])
    if sha256_of(part) != version["sha256"]:
        part.unlink()
        raise _differs(target)
    part.replace(target)
    return target


def fetch_blob(calls: Calls, version: dict[str, Any], sha256: str, part: Path, *, size: int | None = None) -> None:
    """Download a part of a version: the file itself; of a folder its manifest, or a file in it.

    Parameters
    ----------
    calls : Calls
        The workbench.
    version : dict
        Its record.
    sha256 : str
        Of the part.
    part : pathlib.Path
        Where to; if there is a file, it holds the beginning, and the rest is appended.
        Its hash is the caller's business.
    size : int, optional
        Bytes of the whole, where they are known.

    Raises
    ------
    RemoteError
        If the connection breaks too often; try again to go on.
    PhysForgeError
        What the refusal means.
    """
    path = f"/datasets/{version['dataset_id']}/versions/{version['number']}/blobs/{sha256}"
    fetch(calls, path, sha256, part, size=size, name=version["name"])


def fetch(calls: Calls, path: str, sha256: str, part: Path, *, size: int | None = None, name: str = "") -> None:
    """Download what has its SHA-256 as ETag.

    Parameters
    ----------
    calls : Calls
        The workbench.
    path : str
        After the prefix.
    sha256 : str
        Of the whole.
    part : pathlib.Path
        As for `fetch_blob`.
    size : int, optional
        Bytes of the whole, where they are known.
    name : str, default ""
        What is shown of it, if it takes long.

    Raises
    ------
    RemoteError
        If the connection breaks too often; try again to go on.
    PhysForgeError
        What the refusal means.
    """
    for attempt in range(ATTEMPTS):
        try:
            _fetch_once(calls, path, sha256, part, size, name)
        except httpx.TransportError as error:
            if attempt == ATTEMPTS - 1:
                raise unreachable(calls.url, error) from error
            time.sleep(PAUSE_S * 2**attempt)
        else:
            return


def _fetch_once(calls: Calls, path: str, sha256: str, part: Path, size: int | None, name: str) -> None:
    present = part.stat().st_size if part.exists() else 0
    if present and present == size:
        return
    # As they are: what is compressed on the way has no ranges.
    headers = {"Accept-Encoding": "identity"}
    if present:
        headers |= {"Range": f"bytes={present}-", "If-Range": f'"{sha256}"'}
    with calls.stream(path, headers) as response:
        if response.status_code == 416 and present:
            # What is there is no beginning of it; from the start.
            part.unlink()
            _fetch_once(calls, path, sha256, part, size, name)
            return
        if response.status_code not in (200, 206):
            raise RemoteError(f"The workbench answered {response.status_code} to the download; try again.")
        goes_on = response.status_code == 206
        bar = tqdm(
            total=size,
            initial=present if goes_on else 0,
            desc=f"Fetching {name}",
            unit="B",
            unit_scale=True,
            delay=QUIET_SECONDS,
            leave=False,
            disable=None,
        )
        with part.open("ab" if goes_on else "wb") as stream, bar:
            for block in response.iter_raw():
                stream.write(block)
                bar.update(len(block))
            stream.flush()
            os.fsync(stream.fileno())


def _fetch_folder(calls: Calls, version: dict[str, Any], target: Path) -> Path:
    """Fetch the files of a folder one by one; those that an earlier try left stay."""
    folder = target.parent / f".{version['sha256'][:16]}.parts"
    _make_own(folder)
    manifest = folder / "manifest"
    if not manifest.exists() or sha256_of(manifest) != version["sha256"]:
        manifest.unlink(missing_ok=True)
        fetch_blob(calls, version, version["sha256"], manifest)
        if sha256_of(manifest) != version["sha256"]:
            manifest.unlink()
            raise _differs(target)
    files = read_manifest(manifest.read_bytes())
    tree = folder / "tree"
    for name, sha256 in track(list(files.items()), f"Fetching {version['name']}"):
        check_path(name)
        path = tree / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and sha256_of(path) == sha256:
            continue
        part = folder / f"{sha256}.part"
        fetch_blob(calls, version, sha256, part)
        if hashlib.sha256(part.read_bytes()).hexdigest() != sha256:
            part.unlink()
            raise _differs(target)
        part.replace(path)
    tree.replace(target)
    manifest.unlink()
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()
    return target


def _make_own(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (os.name == "posix" and folder.stat().st_uid != os.getuid()):
        raise DatasetError(f"{folder} is somebody else's; download into another folder.")


def _differs(target: Path) -> DatasetError:
    return DatasetError(f"What came for {target.name} is not what was stored; download it again.")

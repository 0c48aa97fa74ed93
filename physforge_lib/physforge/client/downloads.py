"""Fetch a version to a file or folder, whole or not at all, going on where an earlier try was cut off."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
from tqdm.auto import tqdm

from physforge.client.calls import ATTEMPTS, PAUSE_S, Calls, unreachable
from physforge.datasets.files import sha256_of
from physforge.errors import DatasetError, RemoteError
from physforge.progress import QUIET_SECONDS

#: A zip file may unpack to so many times what the version takes, and a little more.
_SLACK = 2**20


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
    # The hash in its name makes sure that it is the beginning of the same bytes.
    part = target.parent / f".{version['sha256'][:16]}.part"
    is_tree = version["layout"] == "tree"
    _fetch(calls, version, part, resumes=not is_tree)
    if is_tree:
        return _unpack(part, target, version)
    if sha256_of(part) != version["sha256"]:
        part.unlink()
        raise DatasetError(f"What came for {target.name} is not what was stored; download it again.")
    part.replace(target)
    return target


def _fetch(calls: Calls, version: dict[str, Any], part: Path, *, resumes: bool) -> None:
    for attempt in range(ATTEMPTS):
        try:
            _fetch_once(calls, version, part, resumes=resumes)
        except httpx.TransportError as error:
            if attempt == ATTEMPTS - 1:
                raise unreachable(calls.url, error) from error
            time.sleep(PAUSE_S * 2**attempt)
        else:
            return


def _fetch_once(calls: Calls, version: dict[str, Any], part: Path, *, resumes: bool) -> None:
    present = part.stat().st_size if resumes and part.exists() else 0
    if resumes and present == version["size"]:
        return
    tag = f'"{version["sha256"]}"'
    headers = {"Range": f"bytes={present}-", "If-Range": tag} if present else {}
    path = f"/datasets/{version['dataset_id']}/versions/{version['number']}/content"
    with calls.stream(path, headers) as response:
        if response.status_code not in (200, 206):
            part.unlink(missing_ok=True)
            raise RemoteError(f"The workbench answered {response.status_code} to the download; try again.")
        goes_on = response.status_code == 206
        bar = tqdm(
            total=version["size"],
            initial=present if goes_on else 0,
            desc=f"Fetching {version['name']}",
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


def _unpack(packed: Path, target: Path, version: dict[str, Any]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=".physforge-", dir=target.parent))
    try:
        with zipfile.ZipFile(packed) as archive:
            _check(archive, int(version["size"]))
            archive.extractall(folder)
        if not _is_same(folder, version["sha256"]):
            raise DatasetError(f"What came for {target.name} is not what was stored; download it again.")
        folder.chmod(0o755 & ~_umask())
        folder.rename(target)
    except zipfile.BadZipFile as error:
        raise DatasetError(f"What came for {target.name} is no zip file; download it again.") from error
    finally:
        packed.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return target


def _check(archive: zipfile.ZipFile, size: int) -> None:
    total = 0
    for one in archive.infolist():
        parts = one.filename.split("/")
        is_link = stat.S_ISLNK(one.external_attr >> 16)
        if is_link or any(part in ("", ".", "..") for part in parts) or "\\" in one.filename or ":" in one.filename:
            raise DatasetError(f"The zip file has an entry {one.filename!a:.100}, which is refused.")
        total += one.file_size
    if total > size + _SLACK:
        raise DatasetError(f"The zip file unpacks to {total} bytes, and the version has {size}.")


def _is_same(folder: Path, sha256: str) -> bool:
    return sha256_of(folder) == sha256


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

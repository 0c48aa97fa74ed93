"""A folder as one blob: a manifest that names the blobs of its files.

One changed file of a folder costs that file and a manifest. A line is the file's path,
NUL, and its SHA-256; lines are in the order of paths. So the manifest's own SHA-256 is
what `physforge.datasets.files.sha256_of` says of the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from physforge.datasets.store.blobs import checked
from physforge.errors import DatasetError, StoreError

#: Longest path of a file in a folder that somebody sends, in bytes.
MAX_PATH = 1024


def write_manifest(files: Mapping[str, str]) -> bytes:
    """Return the manifest of a folder.

    Parameters
    ----------
    files : mapping of str to str
        Relative path with slashes -> SHA-256.

    Returns
    -------
    bytes
        Equal for equal folders.

    Examples
    --------
    >>> read_manifest(write_manifest({"u/c/0": "0" * 64})) == {"u/c/0": "0" * 64}
    True
    """
    return "".join(f"{path}\0{files[path]}\n" for path in sorted(files, key=PurePosixPath)).encode()


def check_path(path: str) -> None:
    """Refuse a path that could lead out of a folder, on any platform, or cannot be shown.

    Parameters
    ----------
    path : str
        Of a file in a folder that somebody sent.

    Raises
    ------
    DatasetError
        Naming it.
    """
    odd = not path.isprintable() or any(sign in path for sign in "\\:") or len(path.encode()) > MAX_PATH
    if odd or any(part in ("", ".", "..") for part in path.split("/")):
        raise DatasetError(f"The folder has a file {path!a:.100}, which is refused.")


def read_manifest(content: bytes) -> dict[str, str]:
    """Read a manifest.

    Parameters
    ----------
    content : bytes
        What `write_manifest` returned.

    Returns
    -------
    dict of str to str
        Relative path -> SHA-256; no path leads out of the folder.

    Raises
    ------
    StoreError
        If it is anything else.
    """
    files = {}
    for line in content.decode(errors="replace").splitlines():
        path, _, sha256 = line.partition("\0")
        parts = PurePosixPath(path).parts
        if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
            raise StoreError(f"A stored folder names the file {path[:80]!a}; the store is damaged.")
        files[path] = checked(sha256)
    return files

"""The registry of remote files: name, SHA-256, address and licence, one file a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import urlsplit

from physforge.errors import CatalogError

FILE_NAME = "registry.txt"

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RemoteFile:
    """A file at a public address, and how to know that it is the right one.

    Parameters
    ----------
    name : str
        Where it lies in a data cache, for example ``"fields/burgers.mat"``.
    sha256 : str
        64 hexadecimal digits; anything else that the address gives is refused.
    address : str
        Beginning with ``https://``.
    licence : str, optional
        Short name.
    """

    name: str
    sha256: str
    address: str
    licence: str = ""


def read_registry(folder: Path) -> Mapping[str, RemoteFile]:
    """Read the registry beside a catalog.

    Parameters
    ----------
    folder : pathlib.Path
        The catalog's folder.

    Returns
    -------
    mapping of str to RemoteFile
        By address; empty if there is no ``registry.txt``.

    Raises
    ------
    CatalogError
        Naming the line, for anything but four columns of the right kind.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return MappingProxyType({})
    files: dict[str, RemoteFile] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            file = _parse(line, f"{path}, line {number}")
            files[file.address] = file
    return MappingProxyType(files)


def check_address(address: str, where: str) -> None:
    """Refuse an address that is not plain https.

    Parameters
    ----------
    address : str
        Address of a remote file.
    where : str
        Named in the message.

    Raises
    ------
    CatalogError
        For another scheme, a missing host, or a user name in the address.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.password is not None:
        raise CatalogError(f"{where}: the address {address!r} is refused; only https://host/path is allowed.")


def _parse(line: str, where: str) -> RemoteFile:
    columns = line.split()
    if len(columns) != 4:
        raise CatalogError(f"{where}: {len(columns)} columns; it needs name, sha256, address and licence.")
    name, sha256, address, licence = columns
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or "\\" in name or ":" in name:
        raise CatalogError(f"{where}: the name {name!r} must be a relative path without '..'.")
    if not _SHA256.fullmatch(sha256):
        raise CatalogError(f"{where}: {sha256!r} is no SHA-256 (64 lower-case hexadecimal digits).")
    check_address(address, where)
    return RemoteFile(name, sha256, address, licence)

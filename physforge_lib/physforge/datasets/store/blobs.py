"""Where the bytes are: blobs that are known by their SHA-256, and never change."""

from __future__ import annotations

import abc
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from physforge.errors import StoreError

#: Bytes that are read at a time.
BLOCK = 2**20

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Written:
    """What was copied under a temporary name.

    Parameters
    ----------
    temporary : str
        The name.
    sha256 : str
        Of the bytes.
    size : int
        Their number.
    """

    temporary: str
    sha256: str
    size: int


class BlobReader(abc.ABC):
    """Blobs by SHA-256, to be read."""

    @abc.abstractmethod
    def open(self, sha256: str) -> BinaryIO:
        """Open a blob, unverified.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        file object
            To be closed by the caller.

        Raises
        ------
        StoreError
            If it is not there.
        """

    def local_path(self, sha256: str) -> Path | None:  # noqa: ARG002
        """Return the file that holds a blob, where there is one.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        pathlib.Path or None
            None where blobs are not files of this machine.
        """
        return None

    def read(self, sha256: str) -> bytes:
        """Read a blob that fits into memory, and verify it.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        bytes
            The content.

        Raises
        ------
        StoreError
            If it is not there, or not what was stored.
        """
        with self.open(sha256) as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise damaged(sha256)
        return content

    def verify(self, sha256: str) -> None:
        """Read a blob of any size to see that it is what was stored.

        Parameters
        ----------
        sha256 : str
            Its name.

        Raises
        ------
        StoreError
            If it is not there, or not what was stored.
        """
        digest = hashlib.sha256()
        with self.open(sha256) as stream:
            for block in blocks(stream):
                digest.update(block)
        if digest.hexdigest() != sha256:
            raise damaged(sha256)


class BlobStore(BlobReader):
    """Blobs by SHA-256, and temporary files that become blobs.

    A blob appears whole or not at all. Nothing here knows which blobs are used; that
    is the database's business (see `writing` and `garbage`).
    """

    @abc.abstractmethod
    def write(self, temporary: str, source: BinaryIO, description: str = "") -> Written:
        """Copy a stream under a temporary name.

        Parameters
        ----------
        temporary : str
            A name of letters, digits and hyphens.
        source : file object
            Read from where it stands to its end.
        description : str, optional
            For a progress bar.

        Returns
        -------
        Written
            With the hash of what was written, made in the same pass.
        """

    @abc.abstractmethod
    def publish(self, written: Iterable[Written]) -> None:
        """Turn temporary files into blobs; those that exist already are dropped.

        Parameters
        ----------
        written : iterable of Written
            What `write` returned.
        """

    @abc.abstractmethod
    def exists(self, sha256: str) -> bool:
        """Say whether a blob is there.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        bool
            Its content is not looked at.
        """

    @abc.abstractmethod
    def size(self, sha256: str) -> int:
        """Return how many bytes a blob has.

        Parameters
        ----------
        sha256 : str
            Its name.

        Returns
        -------
        int
            Its content is not looked at.

        Raises
        ------
        StoreError
            If it is not there.
        """

    @abc.abstractmethod
    def delete(self, sha256: str) -> None:
        """Delete a blob, if it is there.

        Parameters
        ----------
        sha256 : str
            Its name.
        """

    @abc.abstractmethod
    def discard(self, temporary: str) -> int:
        """Delete a temporary file, if it is there.

        Parameters
        ----------
        temporary : str
            Its name.

        Returns
        -------
        int
            The bytes that are free now.
        """

    @abc.abstractmethod
    def blobs(self) -> Mapping[str, int]:
        """List the blobs.

        Returns
        -------
        mapping of str to int
            SHA-256 -> bytes.
        """

    @abc.abstractmethod
    def temporaries(self) -> list[str]:
        """List the temporary files.

        Returns
        -------
        list of str
            Names.
        """


def open_blobs(address: str | os.PathLike[str]) -> BlobStore:
    """Return the blob store at an address.

    Parameters
    ----------
    address : str or path-like
        A folder, or an address that fsspec knows, such as ``s3://bucket/store`` or
        ``memory://store``. Nothing is made before the first write.

    Returns
    -------
    BlobStore
        A folder is written with ``fsync`` and atomic renames; elsewhere it is fsspec's
        promise that a file appears whole.
    """
    from physforge.datasets.store.fsspec_blobs import FsspecBlobs
    from physforge.datasets.store.local_blobs import LocalBlobs

    text = os.fspath(address)
    if text.startswith("file://"):
        return LocalBlobs(Path(text.removeprefix("file://")))
    return FsspecBlobs(text) if "://" in text else LocalBlobs(Path(text))


def blocks(stream: BinaryIO) -> Iterator[memoryview]:
    """Read a stream block by block, into one buffer.

    Parameters
    ----------
    stream : file object
        Open for reading.

    Yields
    ------
    memoryview
        Valid until the next one is asked for.
    """
    buffer = memoryview(bytearray(BLOCK))
    while count := stream.readinto(buffer):  # type: ignore[attr-defined]
        yield buffer[:count]


def checked(sha256: str) -> str:
    """Return a SHA-256 that is one, so that it can be part of a path.

    Parameters
    ----------
    sha256 : str
        Perhaps from a damaged manifest.

    Returns
    -------
    str
        The same.

    Raises
    ------
    StoreError
        If it is anything but 64 lower-case hexadecimal digits.
    """
    if not _SHA256.fullmatch(sha256):
        raise StoreError(f"{sha256[:80]!a} is no SHA-256; the store is damaged.")
    return sha256


def damaged(sha256: str) -> StoreError:
    """Return the error for a blob with another content than was stored.

    Parameters
    ----------
    sha256 : str
        Its name.

    Returns
    -------
    StoreError
        To be raised.
    """
    return StoreError(
        f"The stored bytes with SHA-256 {sha256} have changed since they were stored; they are not used. "
        "Restore them from a backup, or add the original file again."
    )


def gone(sha256: str) -> StoreError:
    """Return the error for a blob that is not there.

    Parameters
    ----------
    sha256 : str
        Its name.

    Returns
    -------
    StoreError
        To be raised.
    """
    return StoreError(
        f"The stored bytes with SHA-256 {sha256} are missing. "
        "Restore them from a backup, or add the original file again."
    )

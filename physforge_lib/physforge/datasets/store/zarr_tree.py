"""A stored zarr folder as a read-only zarr store: chunks are read, and verified, when asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from physforge.datasets.store.blobs import BlobReader
from physforge.errors import StoreError


class ZarrTree(Store):
    """The files of a manifest, for zarr.

    Parameters
    ----------
    files : mapping of str to str
        Path in the folder -> SHA-256.
    blobs : BlobReader
        Where the bytes are.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, files: Mapping[str, str], blobs: BlobReader) -> None:
        super().__init__(read_only=True)
        self._files = dict(files)
        self._blobs = blobs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZarrTree) and self._files == other._files

    __hash__ = None  # type: ignore[assignment]

    def with_read_only(self, read_only: bool = False) -> ZarrTree:
        """Return the store itself, which is always read-only.

        Parameters
        ----------
        read_only : bool, default False
            Must be True.

        Returns
        -------
        ZarrTree
            This one.

        Raises
        ------
        StoreError
            If writing is asked for.
        """
        if not read_only:
            raise _never_changes()
        return self

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return the bytes of a file, or part of them; None where there is no such file."""
        sha256 = self._files.get(key)
        if sha256 is None:
            return None
        content = await asyncio.to_thread(self._blobs.read, sha256)
        return prototype.buffer.from_bytes(content[_slice(byte_range)])

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of several files."""
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        """Say whether there is such a file."""
        return key in self._files

    async def set(self, key: str, value: Buffer) -> None:  # noqa: ARG002
        """Refuse to write."""
        raise _never_changes()

    async def delete(self, key: str) -> None:  # noqa: ARG002
        """Refuse to delete."""
        raise _never_changes()

    async def list(self) -> AsyncIterator[str]:
        """List all files."""
        for key in self._files:
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List the files whose path begins so."""
        for key in self._files:
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List what lies in a folder."""
        start = f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
        found = {key[len(start) :].split("/")[0] for key in self._files if key.startswith(start)}
        for name in sorted(found):
            yield name


def _slice(request: ByteRequest | None) -> slice:
    if isinstance(request, RangeByteRequest):
        return slice(request.start, request.end)
    if isinstance(request, OffsetByteRequest):
        return slice(request.offset, None)
    if isinstance(request, SuffixByteRequest):
        return slice(-request.suffix, None)
    return slice(None)


def _never_changes() -> StoreError:
    return StoreError("A stored version never changes; write the dataset elsewhere, and add it as a new version.")

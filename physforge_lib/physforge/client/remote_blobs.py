"""The bytes of remote versions: fetched when asked for, and kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from physforge.client.cache import Cache
from physforge.client.calls import Calls
from physforge.client.downloads import fetch_blob
from physforge.datasets.store.blobs import BlobReader, damaged
from physforge.datasets.store.tree import read_manifest


class RemoteBlobs(BlobReader):
    """The blobs of some versions.

    Parameters
    ----------
    calls : Calls
        The workbench.
    cache : Cache
        Where they are kept.
    versions : sequence of dict
        Records of the versions.
    """

    def __init__(self, calls: Calls, cache: Cache, versions: Sequence[Mapping[str, Any]]) -> None:
        self._calls, self._cache = calls, cache
        self._versions = {one["sha256"]: dict(one) for one in versions}
        self._contents: dict[str, frozenset[str]] = {}
        self._pins: list[BinaryIO] = []

    def __getstate__(self) -> dict[str, Any]:
        # Pins are this process's.
        return {**vars(self), "_pins": []}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the files that were pinned; blobs can still be read."""
        while self._pins:
            self._pins.pop().close()

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob, unverified (see `BlobReader.open`)."""
        while True:
            try:
                return self._file(sha256).open("rb", buffering=0)
            except FileNotFoundError:
                # Deleted to make room since; once more.
                continue

    def local_path(self, sha256: str) -> Path:
        """Return the file that holds a blob, pinned until the block ends (see `BlobReader.local_path`)."""
        while True:
            path = self._file(sha256)
            pin = self._cache.pin(sha256)
            if pin is not None:
                self._pins.append(pin)
                return path

    def read(self, sha256: str) -> bytes:
        """Read a blob that fits into memory, and verify it (see `BlobReader.read`)."""
        for _ in range(2):
            with self.open(sha256) as stream:
                content = stream.read()
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
            # The cache is no truth: what changed in it is fetched again.
            self._cache.forget(sha256)
        raise damaged(sha256)

    def verify(self, sha256: str) -> None:
        """See that a blob of any size is what was stored, or fetch it again (see `BlobReader.verify`)."""
        self._file(sha256, verify=True)

    def _file(self, sha256: str, *, verify: bool = False) -> Path:
        version = self._home_of(sha256)
        is_whole = version["sha256"] == sha256 and version["layout"] == "file"
        size = int(version["size"]) if is_whole else None

        def fetch(part: Path) -> None:
            fetch_blob(self._calls, version, sha256, part, size=size)

        return self._cache.get(sha256, size, fetch, verify=verify)

    def _home_of(self, sha256: str) -> dict[str, Any]:
        """Return the version that a blob belongs to."""
        if sha256 in self._versions:
            return self._versions[sha256]
        if len(self._versions) == 1:
            return next(iter(self._versions.values()))
        trees = [key for key, one in self._versions.items() if one["layout"] == "tree"]
        return self._versions[next(key for key in trees if sha256 in self._files_of(key))]

    def _files_of(self, key: str) -> frozenset[str]:
        if key not in self._contents:
            self._contents[key] = frozenset(read_manifest(self.read(key)).values())
        return self._contents[key]

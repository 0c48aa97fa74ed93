"""The files of a zarr folder: that none leads out of it, and that no codec in it runs code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from physforge.errors import DatasetError

#: Compressors and filters that only move bytes; others (such as numcodecs' ``pickle``) may run code.
CODECS = frozenset(
    {
        *("bytes", "transpose", "sharding_indexed", "endian"),
        *("blosc", "gzip", "zlib", "zstd", "lz4", "lzma", "bz2", "crc32c", "crc32", "adler32", "fletcher32"),
        *("shuffle", "delta", "fixedscaleoffset", "quantize", "bitround", "astype", "packbits"),
        *("vlen-utf8", "vlen-bytes"),
    }
)

#: Largest metadata file, in bytes.
MAX_METADATA = 2**20

#: More files than this are no dataset to be opened in a moment.
MAX_FILES = 10**6

_METADATA = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})


def check_tree(path: Path) -> int:
    """Look through a zarr folder before it is opened.

    Parameters
    ----------
    path : pathlib.Path
        The folder.

    Returns
    -------
    int
        Bytes of its files.

    Raises
    ------
    DatasetError
        For links that leave the folder; pipes and devices; metadata that are no
        JSON; codecs that are not known to be harmless; arrays of Python objects.
    """
    total = 0
    inside = path.resolve()
    for number, entry in enumerate(_entries(path)):
        if number > MAX_FILES:
            raise DatasetError(f"{path.name}: it has more than {MAX_FILES} files; write it in larger chunks or shards.")
        place = Path(entry.path)
        if entry.is_symlink() and not place.resolve().is_relative_to(inside):
            raise DatasetError(f"{path.name}: {entry.name!r} is a link that leaves the folder, which is not followed.")
        if entry.is_dir():
            continue
        if not entry.is_file():
            raise DatasetError(f"{path.name}: {entry.name!r} is no plain file (a pipe, a device or a broken link).")
        total += entry.stat().st_size
        if entry.name in _METADATA:
            _check_metadata(place, f"{path.name}, {place.relative_to(path).as_posix()}")
    return total


def _entries(path: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        for entry in entries:
            yield entry
            # A link to a folder inside would lead round in a circle.
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def _check_metadata(path: Path, where: str) -> None:
    if path.stat().st_size > MAX_METADATA:
        if path.name == ".zmetadata":  # a copy of the others, which is not read
            return
        raise DatasetError(f"{where}: metadata of more than {MAX_METADATA // 2**20} MiB.")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{where}: it is not JSON ({error}).") from error
    if not isinstance(document, dict):
        raise DatasetError(f"{where}: it is a {type(document).__name__}, not a mapping.")
    for codec in _codecs(document):
        # Version 3 gives the codecs of numcodecs this prefix.
        name = codec.removeprefix("numcodecs.").lower()
        if name not in CODECS:
            raise DatasetError(f"{where}: its codec {codec!r} is not read; write it with zstd, blosc, gzip or none.")
    texts = {"vlen-utf8", "vlen-bytes"} & set(_codecs(document))
    if "O" in str(document.get("dtype", "")) and not texts:
        raise DatasetError(f"{where}: it holds Python objects, which could run code when read; save plain arrays.")


def _codecs(document: dict[str, Any]) -> Iterator[str]:
    """Go through the codecs of an array, also those inside a shard."""
    listed = [document.get("compressor"), *_listed(document, "filters"), *_listed(document, "codecs")]
    listed += _listed(document, "index_codecs")
    for codec in listed:
        if isinstance(codec, str):
            yield codec
        elif isinstance(codec, dict):
            yield str(codec.get("id", codec.get("name", "")))
            configuration = codec.get("configuration")
            if isinstance(configuration, dict):
                yield from _codecs(configuration)


def _listed(document: dict[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else []

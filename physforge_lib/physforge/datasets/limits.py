"""How much a file may claim, so that a small hostile one cannot fill the memory."""

from __future__ import annotations

from physforge.errors import DatasetError

#: Largest amount of data read into memory from one file, in bytes.
MAX_BYTES = 8 * 2**30

#: Data larger than this must not be compressed more than `MAX_RATIO` times.
FREE_BYTES = 256 * 2**20
MAX_RATIO = 100

#: Largest chunk of a file that is read in parts, since a chunk is read as a whole.
MAX_CHUNK_BYTES = 2**30


def check_size(declared: int, stored: int, where: str, free: int = FREE_BYTES) -> None:
    """Refuse a file whose header promises more than can be meant, or than memory should take.

    Parameters
    ----------
    declared : int
        Bytes the data would take in memory.
    stored : int
        Bytes they take in the file.
    where : str
        Named in the message.
    free : int, default `FREE_BYTES`
        Below this, any ratio is believed; less for formats that take many times
        their own size while they are read.

    Raises
    ------
    DatasetError
        If `declared` is more than `MAX_BYTES`, or is large and more than
        `MAX_RATIO` times `stored`.
    """
    if declared > MAX_BYTES:
        raise DatasetError(
            f"{where}: its header announces {declared / 2**30:.3g} GiB, more than the {MAX_BYTES / 2**30:.0f} GiB read "
            "into memory at once; store it as zarr, which is read in parts."
        )
    check_ratio(declared, stored, where, free)


def check_ratio(declared: int, stored: int, where: str, free: int = FREE_BYTES) -> None:
    """Refuse a file that unpacks to many times its size.

    Parameters
    ----------
    declared : int
        Bytes the data would take in memory.
    stored : int
        Bytes they take in the file.
    where : str
        Named in the message.
    free : int, default `FREE_BYTES`
        Below this, any ratio is believed.

    Raises
    ------
    DatasetError
        If `declared` is more than `free` and than `MAX_RATIO` times `stored`.
    """
    if declared > free and declared > MAX_RATIO * max(stored, 1):
        raise DatasetError(
            f"{where}: {stored} bytes unpack to {declared / 2**30:.3g} GiB, which looks like a decompression bomb; "
            "store the data without compression if it is meant."
        )


def check_chunk(size: int, where: str) -> None:
    """Refuse a file that cannot be read in parts, because its parts are too large.

    Parameters
    ----------
    size : int
        Bytes of one chunk in memory.
    where : str
        Named in the message.

    Raises
    ------
    DatasetError
        If it is more than `MAX_CHUNK_BYTES`.
    """
    if size > MAX_CHUNK_BYTES:
        raise DatasetError(
            f"{where}: it is stored in chunks of {size / 2**30:.3g} GiB, each of which is read as a whole; "
            f"write it in chunks of at most {MAX_CHUNK_BYTES / 2**30:.0f} GiB (better some 32 MiB)."
        )

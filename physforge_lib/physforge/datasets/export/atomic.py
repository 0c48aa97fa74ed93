"""Write a file or folder under another name, and give it its own when it is complete."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from physforge.errors import DatasetError


@contextmanager
def staged(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a hidden name beside a path; what is written there becomes the path at the end.

    Parameters
    ----------
    path : str or path-like
        Where the result shall lie. An existing file is replaced, an existing folder
        is not.

    Yields
    ------
    pathlib.Path
        Does not exist yet; same folder, so that the rename cannot cross file systems.

    Raises
    ------
    DatasetError
        If the folder is missing or a folder lies at `path`, or the disk refuses.

    Notes
    -----
    After an error nothing is left, and what lay at `path` before is untouched. The
    content is on the disk before it gets its name.
    """
    target = Path(path).expanduser().absolute()
    if not target.parent.is_dir():
        raise DatasetError(f"{target} cannot be written: there is no folder {target.parent}; create it first.")
    if target.is_dir():
        raise DatasetError(f"{target} is a folder that exists already; remove it, or choose another name.")
    hidden = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        yield hidden
        _sync(hidden)
        hidden.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise DatasetError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        _remove(hidden)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and needs no such call.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)

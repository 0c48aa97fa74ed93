"""Complete an artifact before it is published: nothing in it leads elsewhere, and all of it is listed."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from physforge.datasets.files import sha256_of
from physforge.errors import JobError
from physforge.jobs.messages import spec_as_document
from physforge.jobs.records import Claim

#: Lists the files of an artifact; it is written last, and is not in its own list.
MANIFEST = "manifest.json"

#: What the task printed and logged.
LOG = "log.txt"

#: Of the manifest's layout.
SCHEMA_VERSION = 1


def complete_artifact(folder: Path, claim: Claim, log: str, run: Mapping[str, Any]) -> None:
    """Add the log and the manifest to what a task wrote.

    Parameters
    ----------
    folder : pathlib.Path
        The artifact.
    claim : Claim
        Whose.
    log : str
        What was printed.
    run : mapping
        The run record.

    Raises
    ------
    JobError
        If something in the folder is not a plain file or folder.
    """
    files = list(plain_files(folder))
    (folder / LOG).write_text(log, encoding="utf-8")
    names = sorted({*(path.relative_to(folder).as_posix() for path in files), LOG} - {MANIFEST})
    document = {
        "schema_version": SCHEMA_VERSION,
        "job": claim.job.id,
        "attempt": claim.attempt,
        "spec": spec_as_document(claim.job.spec),
        "spec_sha256": claim.job.spec.sha256,
        "files": [_facts(folder, name) for name in names],
        "run": dict(run),
    }
    (folder / MANIFEST).write_text(json.dumps(document, indent=2), encoding="utf-8")


def plain_files(folder: Path) -> Iterator[Path]:
    """Yield the files of an artifact, at any depth.

    Parameters
    ----------
    folder : pathlib.Path
        The artifact.

    Yields
    ------
    pathlib.Path
        Each is within `folder`.

    Raises
    ------
    JobError
        If there is a link, a device, a pipe or a socket: an artifact holds nothing that
        is not in it.
    """
    for path in sorted(folder.iterdir()):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from plain_files(path)
        elif stat.S_ISREG(mode):
            yield path
        else:
            what = "a link" if stat.S_ISLNK(mode) else "no plain file"
            raise JobError(f"The task left {path.name!r} in its artifact, which is {what}; it is not published.")


def _facts(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    return {"path": name, "size": path.stat().st_size, "sha256": sha256_of(path)}

"""Fetch an export of a remote workbench's event log, with its signed manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from physforge.client.calls import Calls, unreachable
from physforge.errors import RemoteError

_MANIFEST = ".manifest.json"


def fetch_events(calls: Calls, to: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Write an export and its manifest.

    Parameters
    ----------
    calls : Calls
        The workbench, and the token of an auditor.
    to : pathlib.Path
        A file that does not exist yet; the manifest is ``<to>.manifest.json``.
    wanted : mapping
        Of the query: which events, ``format`` and ``personal``.

    Returns
    -------
    dict
        The manifest. The file's SHA-256 is what it says; who signed it, ``physforge
        audit verify --export`` checks.

    Raises
    ------
    RemoteError
        If something is there already, the workbench refuses or breaks off, or what came
        is not what the manifest says.
    """
    beside = to.with_name(to.name + _MANIFEST)
    for path in (to, beside):
        if path.exists():
            raise RemoteError(f"{path} exists; give another name, or delete it first.")
    with tempfile.TemporaryDirectory(prefix=".physforge-", dir=to.parent) as folder:
        packed, export, manifest = (Path(folder) / name for name in ("zip", "export", "manifest"))
        try:
            with calls.stream(f"/audit/export?{urlencode(wanted)}", {}) as response, packed.open("wb") as stream:
                for block in response.iter_raw():
                    stream.write(block)
            facts = _unpack(packed, export, manifest)
        except httpx.TransportError as error:
            raise unreachable(calls.url, error) from error
        # Whatever is there by now stays.
        os.link(export, to)
        os.link(manifest, beside)
    return facts


def _unpack(packed: Path, export: Path, manifest: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(packed) as archive:
            names = archive.namelist()
            events = next(name for name in names if not name.endswith(_MANIFEST))
            # Under names of our own: what the other side calls them leads nowhere.
            for name, path in ((events, export), (events + _MANIFEST, manifest)):
                with archive.open(name) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
        facts: Any = json.loads(manifest.read_text(encoding="ascii"))
        with export.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if facts["sha256"] != digest:
            raise RemoteError("What came is not what its manifest says; export it again.")
    except (zipfile.BadZipFile, KeyError, StopIteration, ValueError, TypeError) as error:
        raise RemoteError("What came is no export of an event log; export it again.") from error
    return dict(facts)

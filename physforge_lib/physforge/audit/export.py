"""Write events for an auditor, with a manifest that shows whether the file was changed."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import sqlalchemy as sa

from physforge.audit.bounds import printable
from physforge.audit.entry import Entry, written_time
from physforge.audit.keys import Keys, check_signature
from physforge.audit.private_files import create_private
from physforge.audit.rows import rows_of
from physforge.audit.selection import Selection
from physforge.errors import AuditError

Format = Literal["jsonl", "csv"]

_COLUMNS = (
    "seq",
    "time",
    "actor",
    "act",
    "object_kind",
    "object_id",
    "outcome",
    "request_id",
    "details",
    "subject",
    "personal_state",
    "personal",
    "hash",
)

#: How a spreadsheet recognises a formula, fullwidth forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Manifest:
    """What an export holds.

    Parameters
    ----------
    file : str
        Its name.
    format : {"jsonl", "csv"}
        How it is written.
    sha256 : str
        Of the file.
    events : int
        How many it holds.
    first, last : int or None
        Numbers of the first and last of them.
    last_hash : str or None
        Of the last one's row.
    selection : dict
        Which events were asked for; empty for all.
    personal : bool
        Whether personal fields can be read in it.
    log : str
        Id of the log.
    public_key : str
        Of the log.
    written : str
        When, in UTC.
    signature : str
        Ed25519 of the rest as JSON in ASCII, with keys in order and no blanks.
    """

    file: str
    format: str
    sha256: str
    events: int
    first: int | None
    last: int | None
    last_hash: str | None
    selection: dict[str, Any]
    personal: bool
    log: str
    public_key: str
    written: str
    signature: str = ""

    def message(self) -> bytes:
        """Return what is signed.

        Returns
        -------
        bytes
            All but the signature.
        """
        rest = {name: value for name, value in asdict(self).items() if name != "signature"}
        return json.dumps(rest, sort_keys=True, separators=(",", ":")).encode("ascii")


class ExportStream:
    """Events as the lines of a file, and a manifest once all are read.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that sees one state.
    keys : Keys
        Of the log.
    log : str
        Its id.
    selection : Selection
        Which events.
    format : {"jsonl", "csv"}
        How they are written.
    personal : bool
        Whether personal fields are decrypted.
    file : str
        Name of the file, for the manifest.

    Raises
    ------
    AuditError
        For another format.
    """

    def __init__(
        self,
        connection: sa.Connection,
        keys: Keys,
        *,
        log: str,
        selection: Selection,
        format: Format,  # noqa: A002 - what it is called everywhere
        personal: bool,
        file: str,
    ) -> None:
        if format not in get_args(Format):
            raise AuditError(f"{format!r:.80} is no format of an export; write one of {', '.join(get_args(Format))}.")
        self._keys, self._log, self._file = keys, log, file
        self._selection, self._format, self._personal = selection, format, personal
        self._tally, self._digest = _Tally(), hashlib.sha256()
        self._rows = self._tally.counted(rows_of(connection, None, *selection.conditions()))

    def lines(self) -> Iterator[bytes]:
        """Yield the file, once.

        Yields
        ------
        bytes
            A line with its end.
        """
        shown = self._keys if self._personal else None
        is_csv = self._format == "csv"
        for line in _csv_lines(self._rows, self._keys, self._personal) if is_csv else _json_lines(self._rows, shown):
            self._digest.update(line)
            yield line

    def manifest(self) -> Manifest:
        """Return what the lines that were read hold.

        Returns
        -------
        Manifest
            Signed.
        """
        manifest = Manifest(
            file=self._file,
            format=self._format,
            sha256=self._digest.hexdigest(),
            events=self._tally.events,
            first=self._tally.first,
            last=self._tally.last,
            last_hash=self._tally.last_hash,
            selection=self._selection.to_dict(),
            personal=self._personal,
            log=self._log,
            public_key=self._keys.public_key,
            written=written_time(datetime.now(UTC)),
        )
        return Manifest(**{**asdict(manifest), "signature": self._keys.sign(manifest.message())})


def manifest_text(manifest: Manifest) -> bytes:
    """Write a manifest as it lies beside its file.

    Parameters
    ----------
    manifest : Manifest
        Signed.

    Returns
    -------
    bytes
        JSON in ASCII.
    """
    return json.dumps(asdict(manifest), indent=2).encode("ascii") + b"\n"


def write_export(to: Path, stream: ExportStream) -> Manifest:
    """Write events and their manifest.

    Parameters
    ----------
    to : pathlib.Path
        A file that does not exist yet.
    stream : ExportStream
        Not read yet.

    Returns
    -------
    Manifest
        Signed.

    Raises
    ------
    AuditError
        If a file exists or cannot be written.
    """
    beside = manifest_path(to)
    for path in (to, beside):
        if path.exists():
            raise AuditError(f"{path} exists; give another name, or delete it first.")
    try:
        _write(to, stream.lines())
        manifest = stream.manifest()
        create_private(beside, manifest_text(manifest))
    except OSError as error:
        raise AuditError(f"{to} cannot be written: {error.strerror}.") from error
    return manifest


def check_export(to: Path, public_key: str | None = None) -> Manifest:
    """Check an exported file against its manifest; needs neither database nor secret.

    Parameters
    ----------
    to : pathlib.Path
        The exported file, with its manifest beside it.
    public_key : str, optional
        The log's, from a source to be trusted. Without it, whoever changed the file
        could have signed it with a key of their own.

    Returns
    -------
    Manifest
        What it says.

    Raises
    ------
    AuditError
        If file or manifest are missing, or were changed.
    """
    try:
        facts = json.loads(manifest_path(to).read_text(encoding="ascii"))
        manifest = Manifest(**facts)
        with to.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise AuditError(f"{to} cannot be checked: {error.filename}: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise AuditError(f"{manifest_path(to)} is no manifest of an export.") from error
    if not check_signature(public_key or manifest.public_key, manifest.message(), manifest.signature):
        raise AuditError(f"{manifest_path(to)} was changed, or is not of this log.")
    if digest != manifest.sha256:
        raise AuditError(f"{to} was changed: its SHA-256 is not that of its manifest.")
    return manifest


def manifest_path(to: Path) -> Path:
    """Return where the manifest of an export is.

    Parameters
    ----------
    to : pathlib.Path
        The exported file.

    Returns
    -------
    pathlib.Path
        Beside it.
    """
    return to.with_name(f"{to.name}.manifest.json")


class _Tally:
    """Counts rows while they pass."""

    def __init__(self) -> None:
        self.events = 0
        self.first: int | None = None
        self.last: int | None = None
        self.last_hash: str | None = None

    def counted(self, rows: Iterator[Mapping[Any, Any]]) -> Iterator[Mapping[Any, Any]]:
        for row in rows:
            self.events += 1
            self.first = row["seq"] if self.first is None else self.first
            self.last, self.last_hash = row["seq"], row["hash"]
            yield row


def _json_lines(rows: Iterator[Mapping[Any, Any]], keys: Keys | None) -> Iterator[bytes]:
    """Yield rows with all that their hash covers; JSON in ASCII has no other line end than its own."""
    for row in rows:
        facts = dict(row)
        if row["personal"] is not None:
            facts["personal"] = base64.b64encode(bytes(row["personal"])).decode("ascii")
        if keys is not None:
            entry = Entry.of(row, keys)
            facts["personal_fields"], facts["personal_state"] = entry.personal, entry.personal_state
        yield json.dumps(facts).encode("ascii") + b"\n"


def _csv_lines(rows: Iterator[Mapping[Any, Any]], keys: Keys, personal: bool) -> Iterator[bytes]:
    yield _csv_line(_COLUMNS)
    for row in rows:
        facts = Entry.of(row, keys if personal else None).to_dict()
        facts["details"] = json.dumps(facts["details"])
        facts["personal"] = None if facts["personal"] is None else json.dumps(facts["personal"])
        yield _csv_line([harmless(facts[name]) for name in _COLUMNS])


def _csv_line(values: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8", "backslashreplace")


def harmless(value: object) -> str:
    """Write a cell so that no spreadsheet computes it and no line can be forged in it.

    Parameters
    ----------
    value : object
        Of a column.

    Returns
    -------
    str
        Empty for None; with an apostrophe before what would be a formula.

    Examples
    --------
    >>> harmless("=HYPERLINK(0)")
    "'=HYPERLINK(0)"
    """
    if value is None:
        return ""
    # Nothing recorded holds a line end; a row that was tampered with can.
    text = printable(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _write(to: Path, lines: Iterator[bytes]) -> None:
    handle, scratch = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            for line in lines:
                stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(scratch, to)
    except FileExistsError as error:
        raise AuditError(f"{to} exists; give another name, or delete it first.") from error
    finally:
        Path(scratch).unlink()

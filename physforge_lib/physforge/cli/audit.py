"""``physforge audit``: verify, query and export the event log, and erase personal fields from it."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.errors import AuditError, MissingExtraError
from physforge.settings import Settings

if TYPE_CHECKING:
    from physforge.audit import AuditLog, AuditSettings, Entry, Selection

app = typer.Typer(
    help="Look at the workbench's event log: who did what, and whether it was tampered with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

#: `physforge audit verify` ends with this when the log is broken.
EXIT_BROKEN = 2

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="State folder; by default PHYSFORGE_HOME, else the platform's folder for user data."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
SinceOption = Annotated[
    str | None, typer.Option(help="From this moment on: 2026-11-30 or 2026-11-30T12:00; UTC if no zone is given.")
]
UntilOption = Annotated[str | None, typer.Option(help="Before this moment.")]
ActorOption = Annotated[str | None, typer.Option(help="Id of who acted.")]
ActOption = Annotated[str | None, typer.Option(help="What was done: dataset.create, or login.* for all of a kind.")]
KindOption = Annotated[str | None, typer.Option(help="Kind of what was acted on: dataset, principal, ...")]
ObjectOption = Annotated[str | None, typer.Option("--object", help="Id of what was acted on.")]
OutcomeOption = Annotated[str | None, typer.Option(help="How it went: ok, refused or failed.")]
RequestOption = Annotated[str | None, typer.Option("--request", help="Id of the request.")]
PersonalOption = Annotated[
    bool, typer.Option("--personal", help="Decrypt names and addresses. That this was asked for is recorded.")
]


@app.command()
def verify(
    export: Annotated[
        Path | None, typer.Option(help="Check an exported file against its manifest instead; needs no log.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="The log's public key, from a source that you trust; for --export.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the event log is whole, or which row was tampered with first and how."""
    if export is not None:
        _verify_export(export, public_key, as_json)
        return
    with _open(home) as log, errors().status("Reading the event log"):
        verified = log.verify()
        key = log.public_key
    if as_json:
        _print_json({**verified.to_dict(), "public_key": key})
    else:
        _say(verified.summary())
        _name_earlier(home)
    if not verified.ok:
        raise typer.Exit(EXIT_BROKEN)


@app.command()
def query(
    since: SinceOption = None,
    until: UntilOption = None,
    actor: ActorOption = None,
    act: ActOption = None,
    kind: KindOption = None,
    object_id: ObjectOption = None,
    outcome: OutcomeOption = None,
    request: RequestOption = None,
    limit: Annotated[int, typer.Option(help="Most events, the newest ones.")] = 100,
    before: Annotated[int | None, typer.Option(help="Only events with smaller numbers: the next page.")] = None,
    personal: PersonalOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List events, the newest first."""
    with _open(home) as log:
        selection = _selection(since, until, actor, act, kind, object_id, outcome, request)
        page = log.query(selection, after=before, limit=limit, newest_first=True, personal=personal)
        if personal:
            _note(log, "audit.read", selection, len(page.entries))
    if as_json:
        _print_json({"events": [entry.to_dict() for entry in page.entries], "next": page.next})
        return
    _show(page.entries)
    if page.next is not None:
        errors().print(f"There are older events: --before {page.next} shows them.", highlight=False)


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="A file that does not exist yet; its manifest is put beside it.")],
    format: Annotated[str | None, typer.Option(help="jsonl or csv. [default: as the suffix of --to says]")] = None,  # noqa: A002
    since: SinceOption = None,
    until: UntilOption = None,
    actor: ActorOption = None,
    act: ActOption = None,
    kind: KindOption = None,
    object_id: ObjectOption = None,
    outcome: OutcomeOption = None,
    request: RequestOption = None,
    personal: PersonalOption = False,
    remote: Annotated[bool, typer.Option("--remote", help="Of the workbench that you are logged in to.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write events to a file, with a signed manifest beside it."""
    chosen: Any = format or ("csv" if to.suffix.lower() == ".csv" else "jsonl")
    selection = _selection(since, until, actor, act, kind, object_id, outcome, request)
    with errors().status(f"Writing {to}"):
        write = _export_remote if remote else partial(_export_here, home)
        manifest = write(to, selection, chosen, personal)
    if as_json:
        _print_json(manifest)
        return
    _say(f"{to}: {manifest['events']} events, sha256 {manifest['sha256']}; signed manifest: {to}.manifest.json")
    if personal:
        errors().print("The file tells of persons: an erasure does not reach it.", style="yellow", highlight=False)


def _export_here(home: Path | None, to: Path, selection: Selection, chosen: Any, personal: bool) -> dict[str, Any]:
    from dataclasses import asdict

    with _open(home) as log:
        manifest = log.export(to, selection, format=chosen, personal=personal)
        _note(log, "audit.export", selection, manifest.events, personal=personal, sha256=manifest.sha256)
    return asdict(manifest)


def _export_remote(to: Path, selection: Selection, chosen: Any, personal: bool) -> dict[str, Any]:
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as bench:
        return bench.export_events(to, **selection.to_dict(), format=chosen, personal=personal or None)


@app.command()
def serve(
    socket: Annotated[Path, typer.Option(help="Where events are taken; who may enter its folder may hand them in.")],
    through: Annotated[str, typer.Option(help="What each event must say of its way.")] = "api",
    home: HomeOption = None,
) -> None:
    """Keep the event log for services that must not be able to change it; `physforge up` starts this for many users."""
    import logging
    import signal
    import sys

    from physforge.audit import AuditLog
    from physforge.audit.server import LogServer

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # As an end by itself would: what waits is committed, and a head signed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with AuditLog.of(_places(home)) as log, LogServer(log, socket, through) as server:
        server.serve_forever()


@app.command()
def erase(
    subject: Annotated[
        str,
        typer.Argument(help="A principal's id; or a month, such as anonymous-2026-11, for those who have none."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Destroy the key of somebody's personal fields. This cannot be undone."""
    with _open(home) as log:
        if not yes:
            typer.confirm(
                f"Destroy the key of {subject[:80]!r}? Its personal fields can never be read again", abort=True
            )
        had_key = log.erase_subject(subject)
    _say(
        f"The personal fields of {subject} cannot be read any more."
        if had_key
        else f"There was no key of {subject}; none will be made."
    )
    _say("Backups of the folder of keys made before still hold it: let them expire.")


def _open(home: Path | None) -> AuditLog:
    try:
        from physforge.audit import AuditLog
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The event log needs {error.name}, which is not installed: pip install 'physforge[workbench]'."
        ) from error
    return AuditLog.of(_places(home), create=False)


def _places(home: Path | None) -> AuditSettings:
    from physforge.workbench.databases import Databases
    from physforge.workbench.state import StateFolder

    return Databases.of(StateFolder(_folder(home))).audit_settings()


def _folder(home: Path | None) -> Path:
    return home.expanduser().absolute() if home else Settings.from_environment().home


def _name_earlier(home: Path | None) -> None:
    from physforge.workbench.event_log import earlier_log
    from physforge.workbench.state import StateFolder

    earlier = earlier_log(StateFolder(_folder(home)))
    if earlier is not None:
        errors().print(
            f"What the REST API did before it used this log is in one of {earlier.get('events', 'unreadable')} events, "
            f"ending with the hash {earlier.get('last_hash')}: physforge audit verify --home {earlier['place']}",
            markup=False,
            highlight=False,
        )


def _verify_export(path: Path, public_key: str | None, as_json: bool) -> None:
    from dataclasses import asdict

    from physforge.audit import check_export

    manifest = check_export(path, public_key)
    if as_json:
        _print_json({"ok": True, **asdict(manifest)})
        return
    _say(f"{path} is as it was exported on {manifest.written}: {manifest.events} events of the log {manifest.log}.")
    if public_key is None:
        errors().print(
            f"The manifest was signed with {manifest.public_key}; give the log's own --public-key to be sure of it "
            "(physforge audit verify --json prints it).",
            highlight=False,
        )


def _selection(
    since: str | None,
    until: str | None,
    actor: str | None,
    act: str | None,
    kind: str | None,
    object_id: str | None,
    outcome: Any,
    request: str | None,
) -> Selection:
    from physforge.audit import Selection

    return Selection(
        since=_moment("--since", since),
        until=_moment("--until", until),
        actor=_id(actor),
        act=act,
        object_kind=kind,
        object_id=object_id,
        outcome=outcome,
        request_id=request,
    )


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AuditError(f"{option} {text!r:.80} is no time; write 2026-11-30 or 2026-11-30T12:00+01:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError as error:
        raise AuditError(
            f"--actor {text!r:.80} is no principal's id; physforge account list --json shows ids."
        ) from error


def _note(log: AuditLog, act: str, selection: Selection, events: int, **more: Any) -> None:
    from physforge.audit import Event

    # Who sits at the command line is known by the Unix user alone.
    details = {"uid": os.getuid(), "events": events, "selection": selection.to_dict(), **more}
    log.append(Event(act=act, object_kind="audit", details=details))


def _show(entries: tuple[Entry, ...]) -> None:
    """Print a line for each event, never cut: what is recorded of an act is there to be read."""
    from physforge.audit.bounds import printable

    for entry in entries:
        parts = [
            str(entry.seq),
            f"{entry.time:%Y-%m-%d %H:%M:%S}",
            entry.act,
            entry.outcome,
            f"{entry.object_kind} {entry.object_id or ''}".rstrip(),
            *([f"by {entry.actor}"] if entry.actor else []),
            *([f"request {entry.request_id}"] if entry.request_id else []),
            *([json.dumps(entry.details)] if entry.details else []),
            *([json.dumps(entry.personal)] if entry.personal else []),
            *(["(erased)"] if entry.personal_state == "erased" else []),
        ]
        _say("  ".join(printable(str(part)) for part in parts))


def _print_json(facts: Any) -> None:
    output().print(json.dumps(facts, indent=2), markup=False, highlight=False)


def _say(text: str) -> None:
    output().print(text, markup=False, highlight=False)

"""``physforge job``: ask for long work, look at it, and change one's mind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli import (
    job_batch,
    job_change,
    job_kinds,
    job_log,
    job_origin,
    job_result,
    job_submit,
    job_watch,
)
from physforge.cli.completion import complete_batch, complete_kind
from physforge.cli.console import note, output, plain, print_json, say
from physforge.cli.job_facts import COLORS, about, ago, duration, event_facts, job_facts, short_ids
from physforge.cli.job_options import JobArgument, JsonOption, RemoteOption
from physforge.cli.job_place import open_jobs
from physforge.errors import JobError

if TYPE_CHECKING:
    from physforge.jobs import JobEvent, JobRecord, State

app = typer.Typer(
    help="Ask for long work that survives the terminal, look at it, and change your mind.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

#: Columns of a terminal in which there is room for messages.
WIDE = 100


@app.command("list")
def list_jobs(
    state: Annotated[
        list[str] | None,
        typer.Option(help="Only those: waiting, queued, running, succeeded, failed or cancelled; may be repeated."),
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind; may be repeated.", autocompletion=complete_kind)
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Only those of this batch.", autocompletion=complete_batch)] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most jobs, the newest ones.")] = 30,
    remote: RemoteOption = False,
    as_json: JsonOption = False,
) -> None:
    """List jobs, the newest first."""
    from physforge.jobs import Selection

    wanted = Selection(
        states=frozenset(map(_state, state)) if state else None,
        kinds=frozenset(kind) if kind else None,
        batch=batch,
        limit=limit,
    )
    with open_jobs(remote) as jobs:
        found = jobs.find(wanted)
        total = sum(jobs.count(wanted).values())
    if as_json:
        print_json([job_facts(job) for job in found])
        return
    if not found:
        some = state or kind or batch
        note("There are no such jobs." if some else "There are no jobs yet; physforge job submit makes one.")
        return
    _print_jobs(found)
    if total > len(found):
        note(f"{total - len(found)} older ones are not shown; --limit {total} shows all.")


@app.command()
def status(job_id: JobArgument, remote: RemoteOption = False, as_json: JsonOption = False) -> None:
    """Say everything that is known of a job: state, settings, inputs, and what happened to it."""
    with open_jobs(remote) as jobs:
        job = jobs.get(job_id)
        events = jobs.events(job.id)
    if as_json:
        print_json({**job_facts(job), "events": [event_facts(event) for event in events]})
    else:
        _print_status(job, events)


for module in (job_submit, job_batch, job_watch, job_log, job_change, job_result, job_origin, job_kinds):
    module.register(app)


def _state(name: str) -> State:
    from physforge.jobs import State

    try:
        return State(name)
    except ValueError:
        raise JobError(f"{name!r:.40} is no state of a job; there are {', '.join(State)}.") from None


def _print_jobs(found: list[JobRecord]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    names = short_ids([job.id for job in found])
    batches = short_ids(sorted({job.batch for job in found if job.batch}))
    columns: dict[str, Callable[[JobRecord], Text]] = {
        "id": lambda job: Text(names[job.id]),
        "kind": lambda job: Text(job.spec.kind),
        "of": lambda job: Text(plain(about(job))),
        "state": lambda job: Text(_state_text(job), style=COLORS[job.state]),
        "took": lambda job: Text(duration(job), justify="right"),
        "submitted": lambda job: Text(ago(job.created_at), justify="right"),
        "batch": lambda job: Text(batches.get(job.batch or "", "")),
    }
    if output().width >= WIDE:
        columns["why"] = lambda job: Text(plain(job.error or (job.progress.message if job.state == "running" else "")))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    # A column that says nothing is left out; only names and messages may be cut.
    shown = {name: cell for name, cell in columns.items() if any(map(cell, found))}
    for name, cell in shown.items():
        whole = None if name in ("of", "why") else max(len(cell(job)) for job in found)
        table.add_column(name, no_wrap=name != "why", overflow="ellipsis", min_width=whole)
    for job in found:
        table.add_row(*(cell(job) for cell in shown.values()))
    output().print(table)


def _state_text(job: JobRecord) -> str:
    return f"{job.state} {job.progress.fraction:.0%}" if job.state == "running" else str(job.state)


def _print_status(job: JobRecord, events: list[JobEvent]) -> None:
    facts = job_facts(job)
    lines = [
        ("job", job.id),
        ("kind", job.spec.kind),
        ("state", f"{job.state}{', its end was asked for' if job.cancel_requested and not job.finished_at else ''}"),
        ("progress", f"{job.progress.fraction:.0%} {job.progress.message}".rstrip() if job.attempt else ""),
        ("error", job.error or ""),
        ("took", duration(job)),
        ("used", f"{job.cpu_s:.1f} s of CPU, {job.gpu_s:.1f} s of GPU" if job.attempt else ""),
        ("batch", job.batch or ""),
        ("executor", f"{job.spec.executor}{f', worker {job.worker}' if job.worker else ''}"),
        ("seed", str(job.spec.seed)),
        ("priority", str(job.spec.priority)),
        ("wall limit", f"{job.spec.wall_limit_s:g} s" if job.spec.wall_limit_s else ""),
        *((f"input {one.field}", f"{one.name}, sha256 {one.sha256[:12]}") for one in job.spec.inputs),
        *((f"config {name}", _short(value)) for name, value in facts["config"].items() if value not in (None, [], {})),
        ("artifact", f"{job.artifact}, {job.artifact_bytes} bytes" if job.artifact else ""),
    ]
    width = max(len(name) for name, value in lines if value)
    for name, value in lines:
        if value:
            say(f"{name:<{width}}  {plain(value)}")
    for event in events:
        why = "; ".join(f"{key} {value}" for key, value in event.details.items())
        say(plain(f"{event.at:%Y-%m-%d %H:%M:%S}  attempt {event.attempt}  {event.state}  {why}".rstrip()))


def _short(value: object) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]} ..."

"""``physforge cluster``: the user's clusters of Dask Gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from physforge.cli.console import note, print_json, print_table, say
from physforge.cli.gateway import ADDRESS_VARIABLE, ask_gateway, cluster_name
from physforge.cli.job_facts import ago
from physforge.cli.job_options import JsonOption
from physforge.errors import SettingsError

app = typer.Typer(
    help="Look at your clusters of Dask Gateway, change their size, and stop them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As physforge cluster list shows it.")]
AddressOption = Annotated[
    str | None,
    typer.Option(
        help=f"Of the Dask Gateway. [default: {ADDRESS_VARIABLE}, which is set in sessions of a workbench; else that "
        "of the workbench that you are logged in to]"
    ),
]


@app.command("list")
def list_clusters(address: AddressOption = None, as_json: JsonOption = False) -> None:
    """List your clusters that start or run."""
    found = [_facts(one) for one in ask_gateway(address, lambda gateway: gateway.list_clusters())]
    if as_json:
        print_json(found)
    elif found:
        print_table(("name", "status", "started", "options"), [_row(one) for one in found])
    else:
        note("You have no clusters. A job that is submitted with --executor gateway makes one, and so does a notebook.")


@app.command()
def scale(
    name: NameArgument,
    workers: Annotated[
        str, typer.Argument(metavar="WORKERS", help="How many; or 1..8 to let it adapt between the two.")
    ],
    address: AddressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a cluster so many workers, or let it adapt to the work."""
    fewest, most = _range(workers)
    known = cluster_name(name)
    if most is None:
        ask_gateway(address, lambda gateway: gateway.scale_cluster(known, fewest))
    else:
        ask_gateway(address, lambda gateway: gateway.adapt_cluster(known, minimum=fewest, maximum=most))
    if as_json:
        print_json({"name": name, "minimum": fewest, "maximum": fewest if most is None else most})
    else:
        say(f"{name} gets {fewest} workers." if most is None else f"{name} adapts between {fewest} and {most} workers.")


@app.command()
def stop(name: NameArgument, address: AddressOption = None, as_json: JsonOption = False) -> None:
    """Stop a cluster; jobs that ran on it go back to the queue."""
    known = cluster_name(name)
    ask_gateway(address, lambda gateway: gateway.stop_cluster(known))
    if as_json:
        print_json({"name": name, "status": "stopping"})
    else:
        say(f"{name} is being stopped.")


def _range(text: str) -> tuple[int, int | None]:
    first, dots, last = text.partition("..")
    if not first.isdecimal() or (dots and not (last.isdecimal() and int(first) <= int(last))):
        raise SettingsError(f"WORKERS is a number, or two with dots between, such as 1..8; it got {text!r:.40}.")
    return int(first), int(last) if dots else None


def _facts(report: Any) -> dict[str, Any]:
    return {
        "name": report.name,
        "status": report.status.name.lower(),
        "started": report.start_time and report.start_time.astimezone(UTC).isoformat(timespec="seconds"),
        "dashboard": report.dashboard_link,
        "options": {str(key): _plain(value) for key, value in (report.options or {}).items()},
    }


def _row(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    started = ago(datetime.fromisoformat(facts["started"])) if facts["started"] else ""
    chosen = [f"{name}={value}" for name, value in facts["options"].items() if value not in (None, "", "{}")]
    return facts["name"], facts["status"], started, "\n".join(chosen)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)

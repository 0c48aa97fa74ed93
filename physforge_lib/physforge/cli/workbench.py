"""``physforge up``, ``down``, ``status`` and ``password``."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.errors import MissingExtraError
from physforge.settings import Settings

if TYPE_CHECKING:
    from physforge.workbench.lifecycle import Started, Status
    from physforge.workbench.state import StateFolder

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="State folder; by default PHYSFORGE_HOME, else the platform's folder for user data."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]

#: `physforge status` ends with this when the workbench does not run or is not well.
EXIT_NOT_RUNNING = 3


def register(app: typer.Typer) -> None:
    """Add the workbench's commands to `app`."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(password)


def up(
    port_base: Annotated[
        int | None,
        typer.Option(help="The workbench's port; its other parts listen at offsets from it. [default: 8000]"),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help="Name of the first account. [default: your own; as root, 'admin', for one user 'physforge']"),
    ] = None,
    single_user: Annotated[
        bool | None,
        typer.Option(
            "--single-user/--many-users",
            envvar="PHYSFORGE_SINGLE_USER",
            help="One account whose sessions run as you, or many with a Unix user each, which only root can start. "
            "[default: as at the last start; at the first, many if root starts it]",
        ),
    ] = None,
    home: HomeOption = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and stop the workbench with Ctrl-C.")] = False,
) -> None:
    """Start the workbench and wait until it answers."""
    lifecycle, state = _workbench(home)
    many = None if single_user is None else not single_user
    with _stopped_by_signal(lifecycle, state) if foreground else nullcontext():
        if lifecycle.needs_installation(state, many):
            _start_from_elsewhere()
        with errors().status("Starting the workbench") as line:
            started = lifecycle.up(state, port_base=port_base, user=user, report=line.update, many_users=many)
        _say_started(started, home)
        if foreground:
            _stay(lifecycle, state)


def down(home: HomeOption = None) -> None:
    """Stop the workbench and everything that it started, user servers included."""
    lifecycle, state = _workbench(home)
    with errors().status("Stopping the workbench") as line:
        stopped = lifecycle.down(state, report=line.update)
    text = f"The workbench is stopped ({stopped} processes)." if stopped else "No workbench is running."
    output().print(text, highlight=False)


def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show which processes run and whether they answer."""
    lifecycle, state = _workbench(home)
    found: Status = lifecycle.status(state)
    if as_json:
        output().print(json.dumps(_facts(found), indent=2), markup=False, highlight=False)
    else:
        _show(found, state)
    if not found.healthy:
        raise typer.Exit(EXIT_NOT_RUNNING)


def password(home: HomeOption = None) -> None:
    """Give the account a new password, and show it once."""
    _, state = _workbench(home)
    from physforge.workbench.account_database import accounts_address
    from physforge.workbench.accounts import Accounts, generate_password

    accounts = Accounts(accounts_address(state))
    names = accounts.names()
    if not names:
        errors().print("There is no account yet; physforge up makes the first one.", style="red")
        raise typer.Exit(1)
    new = generate_password()
    accounts.set_password(names[0], new)
    output().print(f"user name:  {names[0]}\npassword:   {new}", markup=False, highlight=False)


def _workbench(home: Path | None) -> tuple[Any, StateFolder]:
    try:
        from physforge.workbench import lifecycle
        from physforge.workbench.state import StateFolder
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The workbench needs {error.name}, which is not installed: pip install 'physforge[workbench]'."
        ) from error
    return lifecycle, StateFolder(home.expanduser().absolute() if home else Settings.from_environment().home)


def _start_from_elsewhere() -> None:
    from physforge.workbench.installation import install_for_all

    with errors().status("Looking for PhysForge where all users can run it") as line:
        program = install_for_all(line.update)
    errors().print(f"Other users cannot enter {sys.prefix}: starting from {program.parent.parent}", highlight=False)
    # The same command, from the copy: every process of the workbench must come from there.
    os.execv(program, [str(program), *sys.argv[1:]])  # noqa: S606  # nosec B606


def _say_started(started: Started, home: Path | None) -> None:
    plan = started.plan
    say = output()
    headline = "The workbench is already running" if started.already_running else "The workbench is running"
    say.print(f"{headline} at {plan.url}", markup=False, highlight=False)
    say.print(f"  user name:  {plan.user}", markup=False, highlight=False)
    if started.password is not None:
        say.print(f"  password:   {started.password}   (shown this once)", markup=False, highlight=False)
    else:
        say.print("  password:   shown at the first start; 'physforge password' makes a new one", highlight=False)
    option = f" --home {home}" if home else ""
    say.print(f"  to stop it: make down, or physforge down{option}", markup=False, highlight=False)
    say.print(f"  mode:       {_mode(started)}", highlight=False)


def _mode(started: Started) -> str:
    if started.plan.many_users:
        return "many users: each account's sessions and clusters run as a Unix user of its own"
    if os.getuid() == 0:
        return "single user, as root: sessions run as root and there is one account"
    return "single user: sessions run as you and there is one account"


@contextmanager
def _stopped_by_signal(lifecycle: Any, state: StateFolder) -> Iterator[None]:
    """Stop the workbench at SIGTERM and Ctrl-C, at whatever point of its start they come: that is no error."""
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt):
        yield
    lifecycle.down(state, report=lambda _text: None)


def _stay(lifecycle: Any, state: StateFolder) -> None:
    while lifecycle.supervisor_process(state) is not None:
        signal.sigtimedwait([], 1.0)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _facts(found: Status) -> dict[str, Any]:
    return {
        "running": found.running,
        "healthy": found.healthy,
        "url": found.plan.url if found.plan else None,
        "processes": {one.name: one.state for one in found.members},
        "not_answering": found.unhealthy,
        "session_processes": found.sessions,
    }


def _show(found: Status, state: StateFolder) -> None:
    from rich.table import Table

    say = output()
    if found.plan is None or not found.running:
        extra = f" {found.sessions} processes are left over; physforge down stops them." if found.sessions else ""
        say.print(f"No workbench is running with the state folder {state.home}.{extra}", markup=False, highlight=False)
        return
    table = Table(title=f"Workbench at {found.plan.url}", title_justify="left")
    for column in ("process", "state", ""):
        table.add_column(column)
    for one in found.members:
        table.add_row(one.name, one.state.lower(), one.description)
    say.print(table)
    say.print(f"Processes of users' sessions: {found.sessions}. Logs: {state.logs}", markup=False, highlight=False)
    if found.unhealthy:
        say.print(f"No answer from {' and '.join(found.unhealthy)}.", style="red")

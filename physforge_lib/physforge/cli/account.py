"""``physforge account``: invite people, let them in, and keep them out, as the workbench's operator."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output
from physforge.errors import AccountError, MissingExtraError
from physforge.settings import Settings

if TYPE_CHECKING:
    from physforge.workbench.account_records import Account, Link
    from physforge.workbench.accounts import Accounts
    from physforge.workbench.events import AccountEvents
    from physforge.workbench.state import Plan, StateFolder

app = typer.Typer(
    help="Invite people to the workbench, let them in, and keep them out.", no_args_is_help=True, rich_markup_mode=None
)

NameArgument = Annotated[str, typer.Argument(help="User name.", show_default=False)]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="State folder; by default PHYSFORGE_HOME, else the platform's folder for user data."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]
AdminOption = Annotated[bool, typer.Option("--admin", help="They administer the workbench.")]
AuditorOption = Annotated[bool, typer.Option("--auditor", help="They may read the event log.")]

#: How long a running hub is given to end sessions, in seconds.
_ENDING_SECONDS = 15.0


@dataclass(frozen=True)
class _Desk:
    """What the commands here work with."""

    state: StateFolder
    plan: Plan
    accounts: Accounts
    events: AccountEvents

    def note(self, act: str, account: Account, **details: Any) -> None:
        # Who sits at the command line is known by the Unix user alone.
        self.events.record(act, account, details={**details, "uid": os.getuid()})


@app.command()
def invite(
    name: NameArgument,
    admin: AdminOption = False,
    auditor: AuditorOption = False,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="A group of theirs; may be given several times.")
    ] = None,
    hours: Annotated[float, typer.Option(help="For how long the link works.")] = 72.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account, and print the link with which its owner sets a password, once."""
    from physforge.workbench.account_links import AccountLinks

    desk = _desk(home)
    _refuse_invitation(desk.plan)
    _refuse_foreign_user(desk.plan, name)
    link = AccountLinks(desk.accounts).invite(name, admin=admin, auditor=auditor, groups=group or (), hours=hours)
    desk.note("account.invite", link.account, admin=admin, auditor=auditor, groups=list(link.account.groups))
    _show_link(desk.plan, link, as_json)


@app.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="Only those: invited, requested, active, disabled or deleted.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List accounts, their states and roles."""
    from rich.table import Table

    from physforge.workbench.account_tables import STATES

    wanted = [one for one in STATES if one == state]
    if state is not None and not wanted:
        raise AccountError(f"{state!r} is no state of an account; there are {', '.join(STATES)}.")
    found = _desk(home).accounts.all(*wanted)
    if as_json:
        output().print(json.dumps([_facts(one) for one in found], indent=2), markup=False, highlight=False)
        return
    table = Table("name", "state", "roles", "since", "note")
    for one in found:
        table.add_row(one.name, one.state, _roles(one), one.created_at.strftime("%Y-%m-%d"), one.note)
    output().print(table, markup=False)


@app.command()
def approve(
    name: NameArgument, admin: AdminOption = False, auditor: AuditorOption = False, home: HomeOption = None
) -> None:
    """Let somebody in who asked for an account, or whose account was disabled."""
    desk = _desk(home)
    _refuse_foreign_user(desk.plan, name)
    account = desk.accounts.approve(name, admin=admin or None, auditor=auditor or None)
    desk.note("account.approve", account, admin=account.admin, auditor=account.auditor)
    how = "may log in" if account.state == "active" else "is invited again; physforge account invite makes a link"
    _say(f"{account.name} {how}.")


@app.command()
def change(
    name: NameArgument,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin", help="Whether they administer it.")] = None,
    auditor: Annotated[
        bool | None, typer.Option("--auditor/--no-auditor", help="Whether they may read the event log.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help="All their groups; may be given several times.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Give somebody other roles or groups."""
    desk = _desk(home)
    account = desk.accounts.change(name, admin=admin, auditor=auditor, groups=group or None)
    desk.note("account.change", account, admin=account.admin, auditor=account.auditor, groups=list(account.groups))
    _say(f"{account.name}: {_roles(account) or 'no roles'}.")


@app.command()
def reset(
    name: NameArgument,
    hours: Annotated[float, typer.Option(help="For how long the link works.")] = 24.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a link with which somebody sets a new password, once."""
    from physforge.workbench.account_links import AccountLinks

    desk = _desk(home)
    link = AccountLinks(desk.accounts).reset(name, hours=hours)
    desk.note("account.reset", link.account)
    _show_link(desk.plan, link, as_json)


@app.command()
def disable(name: NameArgument, home: HomeOption = None) -> None:
    """Keep somebody out, and end what they have running; nothing of theirs is deleted."""
    desk = _desk(home)
    account = desk.accounts.disable(name)
    desk.note("account.disable", account)
    _say(f"{account.name} is kept out. {_end_sessions(desk, account)}")


@app.command()
def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Forget an account: password, roles and links. Its name is never given away again."""
    desk = _desk(home)
    if not yes:
        typer.confirm(f"Delete the account {name!r} for ever?", abort=True, err=True)
    account = desk.accounts.delete(name)
    desk.note("account.delete", account)
    _say(f"{account.name} is deleted. {_end_sessions(desk, account)}")
    if desk.plan.many_users:
        from physforge.workbench.many_users import unix_users
        from physforge.workbench.site_settings import Site

        unix_users(desk.plan, Site.read(desk.state.home)).retire(account.name)
        _say("The Unix user is removed, and its home folder set aside. Delete that when nobody needs it any more.")
    _say(f"What the event log holds of the person is erased by: physforge audit erase {account.id}")


def _desk(home: Path | None) -> _Desk:
    try:
        from physforge.workbench.account_database import accounts_address
        from physforge.workbench.accounts import Accounts
        from physforge.workbench.events import AccountEvents
        from physforge.workbench.state import Plan, StateFolder
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The workbench needs {error.name}, which is not installed: pip install 'physforge[workbench]'."
        ) from error
    state = StateFolder(home.expanduser().absolute() if home else Settings.from_environment().home)
    plan = Plan.read(state)
    events = AccountEvents.of(state.home, "command line")
    return _Desk(state, plan, Accounts(accounts_address(state)), events)


def _refuse_invitation(plan: Plan) -> None:
    from physforge.workbench.site_settings import Site

    if not plan.many_users:
        raise AccountError(
            f"This workbench is for one user, {plan.user}. Start one for many as root: physforge up --many-users"
        )
    if Site.read(plan.state.home).identity.oauth is not None:
        raise AccountError(
            "People log in through the identity provider here: name them under identity in workbench.yaml."
        )


def _refuse_foreign_user(plan: Plan, name: str) -> None:
    """Say now, and not at their first login, that the name is one of the machine's other users."""
    if plan.many_users:
        from physforge.workbench.account_names import normalise_name
        from physforge.workbench.many_users import unix_users
        from physforge.workbench.site_settings import Site

        unix_users(plan, Site.read(plan.state.home)).check(normalise_name(name))


def _end_sessions(desk: _Desk, account: Account) -> str:
    """Wait until a running hub has ended an account's sessions, and say how that went."""
    from physforge.workbench.supervision import supervisor_process

    if supervisor_process(desk.state) is None:
        return "The workbench does not run; what is left of their sessions ends when it starts."
    deadline = time.monotonic() + _ENDING_SECONDS
    while any(one.id == account.id for one in desk.accounts.to_sign_out()):
        if time.monotonic() > deadline:
            return "Their sessions are still ending; the hub goes on trying."
        time.sleep(0.2)
    return "Their sessions have ended."


def _show_link(plan: Plan, link: Link, as_json: bool) -> None:
    from physforge.workbench.identity import link_address

    address = link_address(plan, link.token)
    until = link.expires_at.isoformat(timespec="minutes")
    if as_json:
        facts = {**_facts(link.account), "link": address, "expires_at": until}
        output().print(json.dumps(facts, indent=2), markup=False, highlight=False)
        return
    # On its own line and alone on standard output: it is copied, or piped to where it is sent.
    output().print(address, markup=False, highlight=False)
    errors().print(f"For {link.account.name}, once, until {until}; it is not shown again.", highlight=False)


def _roles(account: Account) -> str:
    return ", ".join(
        [*(["admin"] if account.admin else []), *(["auditor"] if account.auditor else []), *account.groups]
    )


def _facts(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": account.name,
        "state": account.state,
        "admin": account.admin,
        "auditor": account.auditor,
        "groups": list(account.groups),
        "note": account.note,
        "created_at": account.created_at.isoformat(timespec="seconds"),
    }


def _say(text: str) -> None:
    output().print(text, markup=False, highlight=False)

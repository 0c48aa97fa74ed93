"""``physforge login``, ``logout`` and ``whoami``."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from physforge.cli.console import output
from physforge.cli.dataset_options import JsonOption
from physforge.errors import SettingsError


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge``.

    Parameters
    ----------
    app : typer.Typer
        The whole command line.
    """
    for command in (login, logout, whoami):
        app.command()(command)


def login(
    url: Annotated[str, typer.Argument(help="Address of the workbench, as in the browser.")],
) -> None:
    """Log in to a remote workbench with a token from its page "Token", or an API key."""
    from physforge.client import Login, RemoteWorkbench
    from physforge.client.login import checked_url

    address = checked_url(url)
    token = os.environ.get("PHYSFORGE_API_TOKEN") or _asked_for(address)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError("That is no token: it has no blanks, and only letters, digits and signs.")
    chosen = Login(address, token)
    with RemoteWorkbench(chosen) as workbench:
        name = workbench.me()["name"]
    path = chosen.store()
    _say(f"Logged in to {address} as {name}. The token is kept in {path}, for you alone.")


def logout() -> None:
    """Forget the token; to make it useless to everybody, revoke it at the workbench."""
    from physforge.client import forget_login

    _say("Logged out." if forget_login() else "You were not logged in.")


def whoami(as_json: JsonOption = False) -> None:
    """Say to which workbench you are logged in, and as whom."""
    from physforge.client import RemoteWorkbench

    with RemoteWorkbench() as workbench:
        me = workbench.me()
    if as_json:
        output().print(json.dumps({"url": workbench.url, **me}, indent=2), markup=False, highlight=False)
        return
    quota = me["quota"]
    limit = f" of {quota['limit_bytes']}" if quota["limit_bytes"] is not None else ""
    roles = f", {' and '.join(me['roles'])}" if me["roles"] else ""
    _say(f"{me['name']}{roles} at {workbench.url}; {quota['used_bytes']}{limit} bytes used")


def _asked_for(address: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    _say(f"Make a token at {address}/hub/token and paste it here; it is not shown.")
    answer: str = typer.prompt("Token", hide_input=True)
    return answer.strip()


def _say(text: str) -> None:
    output().print(text, markup=False, highlight=False, soft_wrap=True)

"""``physforge login``, ``logout`` and ``whoami``."""

from __future__ import annotations

import json
import os
import socket
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from physforge.cli.console import output
from physforge.cli.dataset_options import JsonOption
from physforge.errors import SettingsError

if TYPE_CHECKING:
    from physforge.client import Login


class KeyScope(StrEnum):
    """What a key may be good for."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    AUDIT = "audit"
    ADMIN = "admin"
    METRICS = "metrics"


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
    by_token: Annotated[
        bool, typer.Option("--token", help='Paste a token of its page "Token", or an API key, instead.')
    ] = False,
    scope: Annotated[
        list[KeyScope] | None, typer.Option(help="What the key shall be good for. [default: read, write]")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it shall be good.")] = 30,
) -> None:
    """Log in to a remote workbench, by a code that is confirmed in a browser on whatever machine."""
    from physforge.client import Login, RemoteWorkbench
    from physforge.client.login import checked_url

    address = checked_url(url)
    token = os.environ.get("PHYSFORGE_API_TOKEN")
    if token or by_token or not sys.stdin.isatty():
        token = token or _asked_for(address)
    # Without a word on standard input nobody has a token: a person may have a browser.
    if token or by_token:
        chosen = Login(address, _checked(token))
    else:
        chosen = _confirmed(address, [one.value for one in scope or (KeyScope.READ, KeyScope.WRITE)], days)
    with RemoteWorkbench(chosen) as workbench:
        name = workbench.me()["name"]
    path = chosen.store()
    _say(f"Logged in to {address} as {name}. The token is kept in {path}, for you alone.")


def _confirmed(address: str, scopes: list[str], days: int) -> Login:
    from physforge.client.device import DeviceLogin

    waiting = DeviceLogin.begin(address, client=_program(), scopes=scopes, days=days)
    _say(f"Open {waiting.page} in a browser, on whatever machine, and type this code there:")
    _say(f"\n    {waiting.user_code}\n")
    _say(f"It is good for {round(waiting.expires_in / 60)} minutes, once. Waiting ...")
    # Also for whoever reads this from a pipe.
    sys.stdout.flush()
    _open_browser(waiting.page)
    return waiting.wait()


def _program() -> str:
    """Return what this program is called on the page."""
    name = f"physforge on {socket.gethostname()}"
    return "".join(sign for sign in name if sign.isprintable())[:200]


def _open_browser(page: str) -> None:
    """Open a page where that shows a window, and not in this terminal."""
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and sys.stdin.isatty():
        import webbrowser

        webbrowser.open(page)


def _checked(token: str | None) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError("That is no token: it has no blanks, and only letters, digits and signs.")
    return token


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

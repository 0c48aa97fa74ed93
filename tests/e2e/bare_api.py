"""The REST API as a process beside a bare hub, asked on its own port."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from e2e.bare_hub import BareHub, Browser
from e2e.bench import wait_for

from physforge.audit.settings import SOCKET_VARIABLE
from physforge.workbench.api import api_command, api_environment
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import write_private

#: For `BareHub`: the hub knows the API, and tells it of deleted accounts, as `hub_settings` does.
WITH_API = """
from physforge.workbench.api import API_SCOPE, accounts_service, api_roles, api_service, retirement_settings

secrets = Secrets.load_or_create(plan.state.secrets)
c.JupyterHub.services = [api_service(secrets), accounts_service(secrets)]
c.JupyterHub.load_roles = [*api_roles(), {"name": "user", "scopes": ["self", API_SCOPE]}]
c.AccountKeeper.update(retirement_settings(plan, secrets)["AccountKeeper"])
"""

#: How long it remembers what the hub said, in seconds.
CACHE_SECONDS = 1


class BareApi:
    """A running API, called with tokens."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log

    def call(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}/services/api/v1{path}", headers=headers, timeout=30, **options)

    def status(self, token: str) -> int:
        return self.call("GET", "/me", token).status_code


@contextmanager
def bare_api(hub: BareHub) -> Iterator[BareApi]:
    """Start the API in a folder inside the hub's state folder, and stop it."""
    home = hub.state.home / "api"
    home.mkdir(mode=0o700)
    secrets = Secrets.load_or_create(hub.state.secrets)
    write_private(home / "signing", secrets.api_link_secret)
    environment = {
        **os.environ,
        **api_environment(hub.plan, secrets),
        "PHYSFORGE_HOME": str(home),
        "PHYSFORGE_API_SECRET_FILE": str(home / "signing"),
        "PHYSFORGE_API_CACHE_SECONDS": str(CACHE_SECONDS),
    }
    # No process keeps one log for all beside a bare hub; the API keeps its own.
    environment.pop(SOCKET_VARIABLE, None)
    with (hub.state.home / "api.log").open("ab") as log:
        process = subprocess.Popen(api_command(hub.plan), env=environment, cwd=home, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{hub.ports.api}"
    try:
        wait_for(lambda: process.poll() is not None or answers(url), "the REST API", 60)
        assert process.poll() is None, (hub.state.home / "api.log").read_text()[-3000:]
        yield BareApi(url, hub.state.home / "api.log")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/services/api/v1/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def token_of(browser: Browser, name: str) -> str:
    """Make a token of whoever is logged in."""
    headers = {"Referer": f"{browser.base_url}hub/home", "X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/")}
    return browser.post(f"/hub/api/users/{name}/tokens", json={}, headers=headers).raise_for_status().json()["token"]

"""A real hub with the workbench's logins, without proxy and gateway; it is asked on its own port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx
from typer.testing import CliRunner

from physforge.cli import main
from physforge.errors import PhysForgeError
from physforge.workbench.accounts import Accounts
from physforge.workbench.ports import Ports, find_free_base
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan, StateFolder

CONFIGURATION = '''
import os
import sys
from pathlib import Path

from jupyterhub.proxy import Proxy
from physforge.workbench.identity import identity_settings
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan


class NoProxy(Proxy):
    """Keeps the routes in memory; browsers ask the hub and the servers themselves."""

    should_start = False
    routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return dict(self.routes)


plan = Plan.from_environment()
for section, traits in identity_settings(plan).items():
    c[section].update(traits)
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = plan.url
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{plan.ports.hub}"
c.JupyterHub.db_url = f"sqlite:///{plan.state.database}"
c.JupyterHub.cookie_secret = bytes.fromhex(Secrets.load_or_create(plan.state.secrets).cookie_secret)
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.redirect_to_server = False
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.ip = "127.0.0.1"
c.Spawner.args = ["--allow-root"] if os.getuid() == 0 else []
c.JupyterHub.cleanup_servers = True
'''


class Browser(httpx.Client):
    """Keeps cookies and fills in forms."""

    def __init__(self, url: str, address: str) -> None:
        # As a proxy would, which is the one that the hub listens to.
        headers = {"X-Forwarded-For": address}
        super().__init__(base_url=url, follow_redirects=True, timeout=30, headers=headers)

    def send_form(self, page: str, to: str | None = None, **fields: str) -> httpx.Response:
        """Open a page, as forms need its token, and send its form."""
        self.get(page)
        fields = {"_xsrf": self.cookies.get("_xsrf", path="/hub/") or "", **fields}
        return self.post(to or page.partition("?")[0], data=fields)

    def log_in(self, name: str, password: str) -> httpx.Response:
        return self.send_form("/hub/login", username=name, password=password)

    def who(self) -> str | None:
        """Return who is logged in, as the hub's page for people shows it."""
        answer = self.get("/hub/home", follow_redirects=False)
        return None if answer.status_code != 200 else answer.text.partition('user: "')[2].partition('"')[0]


class Hub:
    """A hub that runs, asked on its own port, and the command line beside it."""

    def __init__(self, plan: Plan, log_file: Path) -> None:
        self.plan = plan
        self.state = plan.state
        self.accounts = Accounts(self.state.accounts)
        self.url = f"http://127.0.0.1:{plan.ports.hub}"
        self.log_file = log_file
        self._browsers: list[Browser] = []

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()
        self.accounts.close()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def browser(self, address: str = "192.0.2.1") -> Browser:
        browser = Browser(self.url, address)
        self._browsers.append(browser)
        return browser

    def program(self, *arguments: str) -> str:
        """Run the command line as the operator does, and return what it printed."""
        program = Path(sys.executable).with_name("physforge")
        environment = {**os.environ, "PHYSFORGE_HOME": str(self.state.home), "COLUMNS": "200"}
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run the command line in this process, which is a second faster."""
        environment = {"PHYSFORGE_HOME": str(self.state.home), "COLUMNS": "200"}
        result = CliRunner().invoke(main.app, list(arguments), env=environment)
        if code == 0:
            assert result.exit_code == 0, (result.output, result.exception)
            return result.output
        assert isinstance(result.exception, PhysForgeError), (result.output, result.exception)
        return str(result.exception)


class BareHub(Hub):
    """One hub in a state folder of its own."""

    def __init__(self, folder: Path, *, many_users: bool = True, settings: str = "", extra: str = "") -> None:
        state = StateFolder(folder)
        state.create()
        self.ports = Ports.from_base(find_free_base())
        plan = Plan(state=state, ports=self.ports, user="ada", many_users=many_users)
        plan.write()
        Secrets.load_or_create(state.secrets)
        # Whoever runs the tests may be called Bob.
        (folder / "workbench.yaml").write_text(f"existing_users: all\n{settings}")
        (folder / "hub.py").write_text(CONFIGURATION + extra)
        super().__init__(plan, folder / "hub.log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        program = Path(sys.executable).with_name("jupyterhub")
        environment = {**os.environ, "PHYSFORGE_HOME": str(self.state.home)}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "--config", self.state.home / "hub.py"],
                env=environment,
                cwd=self.state.home,
                stdout=log,
                stderr=log,
            )
        return self

    def wait(self) -> Self:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise AssertionError(f"The hub did not start: {self.log()[-3000:]}")
            try:
                if httpx.get(f"{self.url}/hub/health").status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"The hub does not answer: {self.log()[-3000:]}")

    def ended(self) -> int:
        assert self._process is not None
        return self._process.wait(60)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self.close()


@contextmanager
def bare_hub(folder: Path, **options: object) -> Iterator[BareHub]:
    """Start a hub, and stop it."""
    hub = BareHub(folder, **options)  # type: ignore[arg-type]
    try:
        yield hub.start().wait()
    finally:
        hub.stop()

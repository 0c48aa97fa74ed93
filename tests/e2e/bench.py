"""Handle a workbench as its user would: through the command line and over HTTP."""

import json
import os
import pwd
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil

from physforge.workbench.leftovers import workbench_processes
from physforge.workbench.ports import Ports, can_bind, find_free_base
from physforge.workbench.state import StateFolder
from physforge.workbench.supervision import process_states


class Workbench:
    """One workbench in a folder of its own, on ports of its own."""

    def __init__(
        self,
        home: Path,
        program: Path | None = None,
        run_as: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.environment = dict(environment or {})
        self.state = StateFolder(home)
        self.base = find_free_base()
        self.ports = Ports.from_base(self.base)
        self.url = f"http://127.0.0.1:{self.base}"
        self.program = program or Path(sys.executable).with_name("physforge")
        self.run_as = run_as
        # Of no use here, and else they are read anew for each question.
        self._certificates = httpx.create_ssl_context()
        self.user = ""
        self.password = ""

    def command(self, *arguments: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment, "PHYSFORGE_HOME": str(self.home), "COLUMNS": "200"}
        if self.run_as:
            # An ordinary user has neither root's home nor root's folders.
            environment = {"PATH": os.defpath, "PHYSFORGE_HOME": str(self.home), "COLUMNS": "200", "HOME": "/"}
            options = {
                "user": self.run_as,
                "group": pwd.getpwnam(self.run_as).pw_gid,
                "cwd": "/",
                "extra_groups": [],
                **options,
            }
        done = subprocess.run(
            [str(self.program), *arguments], env=environment, capture_output=True, text=True, timeout=180, **options
        )
        if check and done.returncode != 0:
            raise AssertionError(f"physforge {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done

    def up(self, *options: str) -> str:
        text = self.command("up", "--port-base", str(self.base), *options).stdout
        self.user = re.search(r"user name:\s+(\S+)", text)[1]
        if found := re.search(r"password:\s+(\S+)\s+\(shown this once\)", text):
            self.password = found[1]
        return text

    def down(self) -> str:
        return self.command("down").stdout

    def status(self) -> dict[str, Any]:
        return json.loads(self.command("status", "--json", check=False).stdout)

    def pid_of(self, name: str) -> int:
        """Return the process id of a service as supervisord knows it; zero while it does not run."""
        return next((one.pid for one in process_states(self.state) if one.name == name), 0)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=10, verify=self._certificates, **options)

    def log_in(self, client: httpx.Client, user: str, password: str) -> httpx.Response:
        """Fill in the login form, as a browser would, and return the page that follows."""
        form = client.get("/hub/login")
        fields = {"username": user, "password": password, "_xsrf": client.cookies.get("_xsrf", path="/hub/")}
        return client.post("/hub/login", data=fields, headers={"Referer": str(form.url)})

    def token_of(self, user: str, password: str) -> str:
        """Ask the hub for an API token of this user, as its page does."""
        with httpx.Client(base_url=self.url, follow_redirects=False, timeout=30) as client:
            self.log_in(client, user, password)
            client.get("/hub/home", follow_redirects=True)
            headers = {"X-XSRFToken": client.cookies.get("_xsrf", path="/hub/"), "Referer": f"{self.url}/hub/home"}
            answer = client.post(f"/hub/api/users/{user}/tokens", json={"note": "test"}, headers=headers)
            return answer.raise_for_status().json()["token"]

    def answers(self, path: str, **options: Any) -> bool:
        try:
            return self.get(path, **options).status_code == 200
        except httpx.HTTPError:
            return False

    def processes(self) -> list[psutil.Process]:
        return workbench_processes(self.state)

    def programs(self) -> str:
        """Return the command lines of every process, one a line."""
        return "\n".join(command for _, command in self._commands())

    def listeners(self, program: str) -> list[Any]:
        """Return the internet sockets on which processes of this program listen."""
        found = []
        for process, command in self._commands():
            if program in command:
                found += [one for one in process.net_connections(kind="inet") if one.status == psutil.CONN_LISTEN]
        return found

    def _commands(self) -> Iterator[tuple[psutil.Process, str]]:
        for process in self.processes():
            try:
                yield process, " ".join(process.cmdline())
            except psutil.Error:  # it ended in the meantime
                continue

    def open_ports(self) -> list[int]:
        return [port for port in self.ports.as_dict().values() if not can_bind(port)]


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Poll until `condition` holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds:.0f} s still not: {what}")
        time.sleep(0.2)

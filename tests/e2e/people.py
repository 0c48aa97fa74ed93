"""People as they come to a workbench: invited, with a browser, a server of their own and a kernel in it."""

import contextlib
import pwd
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import psutil
from e2e.bare_hub import Browser
from e2e.bench import Workbench, wait_for
from e2e.kernel import execute

from physforge.workbench.accounts import generate_password


class Person:
    """Somebody with an account and a token of their own."""

    def __init__(self, bench: Workbench, name: str, password: str, token: str) -> None:
        self.bench, self.name, self.password, self.token = bench, name, password, token
        self.headers = {"Authorization": f"token {token}"}

    @classmethod
    def with_password(cls, bench: Workbench, name: str, password: str) -> Self:
        """Log somebody in who has an account already."""
        return cls(bench, name, password, bench.token_of(name, password))

    @classmethod
    def invited(cls, bench: Workbench, name: str, said: str) -> Self:
        """Open the link that `said` holds, choose a password, and log in with it."""
        link = link_in(bench.url + "/", said)
        password = generate_password()
        with Browser(bench.url, "") as browser:
            assert name in browser.get(link).text
            chosen = {"new_password": password, "new_password_again": password}
            welcome = browser.send_form(link, token=link.partition("token=")[2], **chosen)
            assert welcome.url.path == "/hub/login"
            assert browser.get(link).status_code == 404  # it opens once
            assert browser.log_in(name, password).status_code == 200
            assert browser.who() == name
        return cls.with_password(bench, name, password)

    @property
    def unix(self) -> pwd.struct_passwd:
        return pwd.getpwnam(self.name)

    @property
    def home(self) -> Path:
        return Path(self.unix.pw_dir)

    def spawn(self, profile: str) -> httpx.Response:
        address = f"{self.bench.url}/hub/api/users/{self.name}/server"
        return httpx.post(address, headers=self.headers, json={"profile": profile}, timeout=90)

    def start(self, profile: str = "small") -> None:
        answer = self.spawn(profile)
        assert answer.status_code in (201, 202), answer.text
        wait_for(lambda: self.answers("/api/kernels"), f"the server of {self.name}", 60)

    def answers(self, path: str) -> bool:
        return self.bench.answers(f"/user/{self.name}{path}", headers=self.headers)

    def new_kernel(self, name: str = "python3") -> str:
        path = f"{self.bench.url}/user/{self.name}/api/kernels"
        answer = httpx.post(path, headers=self.headers, json={"name": name}, timeout=30)
        return answer.raise_for_status().json()["id"]

    def kernels(self) -> list[dict]:
        return self.bench.get(f"/user/{self.name}/api/kernels", headers=self.headers).raise_for_status().json()

    def run(self, kernel: str, code: str) -> str:
        return execute(self.bench.url, kernel, textwrap.dedent(code), self.token, self.name)

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Return this person's processes that have `word` on their command line."""
        found, uid = [], self.unix.pw_uid
        for process in self.bench.processes():
            # One that has ended in the meantime is none.
            with contextlib.suppress(psutil.Error):
                if process.uids().real == uid and word in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def listeners(self) -> Iterator[tuple[psutil.Process, str, int]]:
        """Return process, address and port wherever this person's programs listen."""
        for process in self.processes():
            for one in process.net_connections(kind="inet"):
                if one.status == psutil.CONN_LISTEN:
                    yield process, one.laddr.ip, one.laddr.port


def link_in(url: str, text: str) -> str:
    """Return the path of the link that a command printed."""
    found = re.search(rf"{re.escape(url)}(hub/welcome\?token=\S+)", text)
    assert found, text
    return "/" + found[1]

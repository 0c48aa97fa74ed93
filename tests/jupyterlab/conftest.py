"""A notebook server with the extension, as a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from e2e.bench import wait_for


@pytest.fixture(scope="session")
def notebook_server() -> Callable[..., AbstractContextManager[str]]:
    """Start one for ``with notebook_server(folder, token) as url``, and stop it."""
    return _running


@contextmanager
def _running(folder: Path, token: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "ServerApp.jpserver_extensions": "{'physforge_jupyterlab': True}",
        "ServerApp.port": str(port),
        "ServerApp.base_url": "/user/ada/",
        "ServerApp.open_browser": "False",
        "ServerApp.allow_root": "True",
        "IdentityProvider.token": token,
    }
    own = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder), "JUPYTER_CONFIG_DIR": str(folder), **(environment or {})}
    program = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in settings.items())]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(program, env=own, stdout=log, stderr=log, cwd=folder)
    url = f"http://127.0.0.1:{port}/user/ada"
    try:
        wait_for(lambda: process.poll() is not None or _answers(f"{url}/api"), "the notebook server")
        assert process.poll() is None, (folder / "server.log").read_text()[-2000:]
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False

"""The REST API, and the routes of the apps that pass files on to it, both behind real servers in threads."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from service.serving import Api, running_api, settings_for, somebody
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, StaticFileHandler

from physforge.apps import data as page
from physforge.apps.downloading import download_routes
from physforge.apps.person import Person
from physforge.apps.receiving import TICKET_HEADER, ticket_of, upload_routes
from physforge.client import Login

HERE = Path(page.__file__).parent
RESERVED = "burgers"


@pytest.fixture(scope="session")
def api(hub, tmp_path_factory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("state")
    with running_api(settings_for(home, hub, cache_seconds=0.5), hub) as api:
        yield api


@pytest.fixture
def ada(hub) -> str:
    """A token of somebody new."""
    return hub.add(somebody("ada"))


@pytest.fixture
def person(api, ada, tmp_path, monkeypatch) -> Iterator[Person]:
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    person = Person("ada", Login(api.url, ada), None)
    yield person
    person._leave()


@dataclass
class Routes:
    """The routes, called as a page does whose cookie is the token itself."""

    url: str

    def call(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        headers = {"Cookie": f"token={token}", TICKET_HEADER: ticket_of(token), **options.pop("headers", {})}
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)


@pytest.fixture(scope="session")
def routes(api) -> Iterator[Routes]:
    def token_in(cookies: dict[str, str]) -> str:
        if "token" not in cookies:
            raise HTTPError(403)
        return cookies["token"]

    started, stop = threading.Event(), []
    port = []

    async def serve() -> None:
        (listener,) = bind_sockets(0, "127.0.0.1")
        port.append(listener.getsockname()[1])
        # The workbench's one address is that of the API here, and the pages' origin is another: none is checked.
        given = [*upload_routes(api.url, token_in, lambda: {RESERVED}), *download_routes(api.url, token_in)]
        patterns = [*given, ("/static/(.*)", StaticFileHandler, {"path": str(HERE)})]
        server = HTTPServer(Application(patterns))
        server.add_sockets([listener])
        ended = asyncio.Event()
        stop.append((asyncio.get_running_loop(), ended))
        started.set()
        await ended.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    yield Routes(f"http://127.0.0.1:{port[0]}")
    loop, ended = stop[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join(10)

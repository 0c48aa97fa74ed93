"""Whoever is no administrator is told so, and nothing else is asked for."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from physforge.apps.admin.state import AdminState
from physforge.apps.person import Person
from physforge.apps.publish.state import PublishState, Shares
from physforge.apps.user_kernel import UserKernel
from physforge.client import Login
from physforge.errors import RemoteError, WorkbenchError


class Answering(BaseHTTPRequestHandler):
    """In the place of hub and REST API: says that the caller is a user, and refuses all else."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = (200, {"roles": []}) if self.path.endswith("/me") else (403, {"message": "no"})
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def person(asked: list[str]) -> Iterator[Person]:
    handler = type("Handler", (Answering,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        one = Person("bea", Login(url, "t" * 32), UserKernel(f"{url}/", f"{url}/hub/api", "bea", "t" * 32))
        yield one
        asyncio.run(one.close())
        server.shutdown()


def test_whoever_is_no_administrator_asks_for_nothing(person, asked):
    state = AdminState(person)
    asyncio.run(state.refresh())
    assert state.allowed is False
    assert (state.accounts, state.servers, state.events) == ([], [], [])
    assert {path for path in asked if not path.endswith("/me")} <= {"/services/api/v1/openapi.json"}


def test_what_the_hub_refuses_is_a_sentence_with_a_way_on(person):
    with pytest.raises(RemoteError, match="load this page again"):
        asyncio.run(AdminState(person).do("disable", "ada"))


def test_an_act_needs_somebody(person, asked):
    with pytest.raises(WorkbenchError, match="Say whom"):
        asyncio.run(AdminState(person).do("disable", "  "))
    assert asked == []


def test_names_are_one_part_of_a_path(person, asked):
    with pytest.raises(RemoteError):
        asyncio.run(AdminState(person).do("disable", "../../shutdown?x=#"))
    assert asked == ["/hub/api/accounts/..%2F..%2Fshutdown%3Fx%3D%23/disable"]


def test_a_dashboard_is_shown_to_nobody_without_an_account(person, asked):
    with pytest.raises(WorkbenchError, match="make a report"):
        asyncio.run(PublishState(person).show_to("pub-01234567", "anyone"))
    assert asked == []


@pytest.mark.parametrize("server", ["", "lab", "../../users/ada/server"])
def test_no_other_server_is_stopped_here(person, asked, server):
    with pytest.raises(WorkbenchError, match="no name of a dashboard"):
        asyncio.run(PublishState(person).stop(server))
    assert asked == []


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (Shares(), "only me"),
        (Shares(users=("ada",), groups=("optics",)), "group optics, ada"),
        (Shares(users=("ada",), everyone=True), "every user"),
    ],
)
def test_who_may_see_it_is_said_in_words(shares, said):
    assert str(shares) == said

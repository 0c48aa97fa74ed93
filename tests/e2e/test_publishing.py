"""Dashboards and accounts over the hub's API: what owners, visitors, strangers and administrators may do."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from e2e.bare_api import token_of
from e2e.bare_hub import BareHub, bare_hub

from physforge.workbench.accounts import generate_password

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CONFIGURATION = """
from physforge.workbench.publishing import publishing_settings

for section, traits in publishing_settings().items():
    c[section].update(traits)
"""

BOARD = "pub-01234567"

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareHub]:
    with bare_hub(tmp_path_factory.mktemp("hub") / "state", extra=CONFIGURATION) as started:
        yield started


@pytest.fixture(scope="module")
def tokens(hub: BareHub) -> dict[str, str]:
    """Ada administers; Bea and Cid are in one group; Dora is in none."""
    found = {}
    for name, groups in {"ada": [], "bea": ["optics"], "cid": ["optics"], "dora": []}.items():
        password = generate_password()
        hub.accounts.set_password(name, password)
        hub.accounts.change(name, admin=name == "ada", groups=groups)
        browser = hub.browser()
        browser.log_in(name, password)
        found[name] = token_of(browser, name)
    return found


@pytest.fixture(scope="module")
def ask(hub: BareHub, tokens: dict[str, str]) -> Ask:
    def asked(name: str, method: str, path: str, **options: object) -> httpx.Response:
        headers = {"Authorization": f"token {tokens[name]}"}
        return httpx.request(method, f"{hub.url}/hub/api/{path}", headers=headers, timeout=30, **options)  # type: ignore[arg-type]

    return asked


@pytest.fixture
def board(ask: Ask) -> Iterator[str]:
    """A dashboard of Bea that nobody else may see."""
    made = ask("bea", "PUT", f"users/bea/servers/{BOARD}", json={"display_name": "Rain"})
    assert made.status_code == 201, made.text
    yield f"published/bea/{BOARD}"
    ask("bea", "DELETE", f"users/bea/servers/{BOARD}", json={"remove": True}).raise_for_status()


def seen_by(ask: Ask, name: str) -> list[str]:
    return [one["title"] for one in ask(name, "GET", f"published/{name}").raise_for_status().json()["items"]]


def test_nobody_sees_it_at_first(ask, board):
    assert ask("bea", "GET", board).json() == {"users": [], "groups": [], "all": False}
    assert [seen_by(ask, name) for name in ("cid", "dora")] == [[], []]


@pytest.mark.parametrize(
    ("whom", "who"),
    [
        ({"user": "dora"}, {"dora"}),
        ({"user": "DORA"}, {"dora"}),
        ({"group": "optics"}, {"cid"}),
        ({"group": "everyone"}, {"cid", "dora"}),
    ],
)
def test_it_is_shown_to_whom_the_owner_says_until_it_is_taken_back(ask, board, whom, who):
    ask("bea", "PUT", board, json=whom).raise_for_status()
    assert {name for name in ("cid", "dora") if seen_by(ask, name) == ["Rain"]} == who
    # Also by a token, of which JupyterHub itself forgets what is shared with groups.
    assert {name for name in ("cid", "dora") if ask(name, "GET", f"{board}/visitor").status_code == 204} == who
    assert ask("bea", "DELETE", board).json() == {"users": [], "groups": [], "all": False}
    assert [seen_by(ask, name) for name in ("cid", "dora")] == [[], []]
    assert [ask(name, "GET", f"{board}/visitor").status_code for name in ("cid", "dora")] == [403, 403]


@pytest.mark.parametrize(
    ("whom", "status"),
    [
        ({"user": "nobody-here"}, 404),
        ({"group": "chemistry"}, 404),
        ({"user": "dora", "group": "optics"}, 400),
        ({}, 400),
    ],
)
def test_it_is_shown_to_nobody_by_mistake(ask, board, whom, status):
    assert ask("bea", "PUT", board, json=whom).status_code == status
    assert ask("bea", "GET", board).json()["all"] is False


def test_whoever_may_see_it_may_do_nothing_else(ask, board):
    ask("bea", "PUT", board, json={"user": "dora"}).raise_for_status()
    server = f"users/bea/servers/{BOARD}"
    # To rename it would be to get the whole server of its owner under another name.
    for method, path, body in (
        ("POST", server, {}),
        ("PATCH", server, {"name": "lab"}),
        ("DELETE", server, {}),
        ("GET", board, None),
        ("PUT", board, {"user": "cid"}),
        ("DELETE", board, None),
    ):
        assert ask("dora", method, path, json=body).status_code in (403, 404), (method, path)
    assert seen_by(ask, "cid") == []


def test_only_dashboards_are_shown(ask, board):
    for server in ("pub-76543210", "lab", "%20"):
        assert ask("bea", "PUT", f"published/bea/{server}", json={"user": "dora"}).status_code == 404, server
    # JupyterHub's own way would give away any server, and any right to it.
    for server in (BOARD, ""):
        assert ask("bea", "POST", f"shares/bea/{server}", json={"user": "dora"}).status_code in (403, 404)


def test_nobody_is_told_what_is_shown_to_others(ask):
    assert ask("dora", "GET", "published/cid").status_code == 404


def test_strangers_are_sent_to_the_login(hub, board):
    answer = httpx.get(f"{hub.url}/hub/{board}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (302, "/hub/login")
    assert httpx.get(f"{hub.url}/hub/api/{board}").status_code == 403


@pytest.mark.parametrize("act", ["approve", "disable", "reset", "invite", "change"])
def test_only_administrators_do_anything_with_accounts(ask, act):
    assert ask("bea", "GET", "accounts").status_code == 403
    assert ask("bea", "POST", f"accounts/cid/{act}", json={"groups": []}).status_code in (403, 404)
    (cid,) = [one for one in ask("ada", "GET", "accounts").json()["items"] if one["name"] == "cid"]
    assert (cid["state"], cid["groups"]) == ("active", ["optics"])


def test_an_administrator_keeps_somebody_out_and_lets_them_in_again(ask, hub):
    assert ask("ada", "POST", "accounts/dora/disable", json={}).json()["state"] == "disabled"
    assert hub.accounts.find("dora").state == "disabled"
    assert ask("ada", "POST", "accounts/dora/approve", json={}).json()["state"] == "active"


def test_an_administrator_makes_a_link_for_a_new_password(ask, hub):
    link = ask("ada", "POST", "accounts/cid/reset", json={}).json()["link"]
    assert link.startswith(f"{hub.plan.url}hub/welcome?token=")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("nobody-here/disable", 404, "nobody-here"), ("ada/disable", 409, "last"), ("cid/promote", 409, "promote")],
)
def test_what_cannot_be_done_is_said(ask, path, status, words):
    answer = ask("ada", "POST", f"accounts/{path}", json={})
    assert answer.status_code == status
    assert words in answer.json()["message"]

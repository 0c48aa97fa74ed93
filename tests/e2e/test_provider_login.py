"""Logins through an identity provider, with a real hub and a real OpenID Connect provider."""

import json
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest
import yaml
from e2e.bare_hub import BareHub, Browser
from e2e.bench import wait_for

from physforge.workbench.ports import find_free_base

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PEOPLE = {
    "sub-ada": {"preferred_username": "Ada", "groups": ["physics", "boards", "auditors"]},
    "sub-bob": {"preferred_username": "bob", "groups": []},
    "sub-eve": {"preferred_username": "eve", "groups": ["chemistry", "auditors"]},
    "sub-twin": {"preferred_username": "ADA", "groups": ["physics"]},
    "sub-odd": {"preferred_username": "../root", "groups": ["physics"]},
    "sub-none": {"groups": ["physics"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = find_free_base() + 87
    people = [f"--user-claims={json.dumps({'sub': sub, **claims})}" for sub, claims in PEOPLE.items()]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", f"--port={port}", *people]
    # localhost, not 127.0.0.1: the hub has the latter, and cookies know no ports.
    address = f"http://localhost:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: answers(address), "the identity provider", 60)
            yield address
        finally:
            process.terminate()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/.well-known/openid-configuration").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[BareHub]:
    folder = tmp_path_factory.mktemp("provider")
    secret = folder / "client-secret"
    secret.write_text("given-by-the-provider-7")
    secret.chmod(0o600)
    oauth = {
        "provider": "oidc",
        "issuer": provider,
        "client_id": "physforge",
        "client_secret_file": str(secret),
        "allowed_groups": ["physics"],
        "allowed_users": ["bob"],
        "admin_groups": ["boards"],
        "title": "the university",
    }
    hub = BareHub(folder / "state", settings=yaml.safe_dump({"identity": {"oauth": oauth}}))
    try:
        yield hub.start().wait()
    finally:
        hub.stop()


class Form(HTMLParser):
    """Collects a page's hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "input" and facts.get("type") == "hidden":
            self.fields[facts["name"]] = facts.get("value") or ""


def sign_in(browser: Browser, sub: str) -> httpx.Response:
    """Click the button at the hub, and say at the provider who one is."""
    page = browser.get("/hub/oauth_login")
    assert page.url.path == "/oauth2/authorize"
    return browser.post(page.url, data={**Form(page.text).fields, "sub": sub})


def test_who_is_in_a_group_comes_in_with_roles_and_groups(hub):
    ada = hub.browser()
    assert "Sign in with the university" in ada.get("/hub/login").text
    assert sign_in(ada, "sub-ada").status_code == 200
    assert ada.who() == "ada"
    facts = ada.get("/hub/api/user", headers={"Referer": f"{hub.url}/hub/home"}).json()
    # "auditors" is what the provider calls somebody; here it is a role, and not given by a name.
    assert (facts["admin"], sorted(facts["groups"])) == (True, ["boards", "everyone", "physics"])
    account = hub.accounts.find("ada")
    assert (account.state, account.admin, account.auditor) == ("active", True, False)
    said = ada.get("/hub/api/account", headers={"Referer": f"{hub.url}/hub/home"}).json()
    assert (said["account_id"], sorted(said["groups"])) == (str(account.id), ["boards", "everyone", "physics"])


def test_who_is_on_the_list_comes_in(hub):
    bob = hub.browser()
    sign_in(bob, "sub-bob")
    assert bob.who() == "bob"
    assert not hub.accounts.find("bob").admin


@pytest.mark.parametrize("sub", ["sub-eve", "sub-odd", "sub-none", "sub-unheard-of"])
def test_who_is_not_allowed_or_has_no_name_stays_out(hub, sub):
    before = hub.accounts.names()
    browser = hub.browser()
    assert sign_in(browser, sub).status_code == 403
    assert browser.who() is None
    assert hub.accounts.names() == before


def test_a_name_that_belongs_to_another_person_there_is_refused(hub):
    sign_in(hub.browser(), "sub-ada")
    twin = hub.browser()
    answer = sign_in(twin, "sub-twin")
    assert answer.status_code == 403
    assert "somebody else" in answer.text
    assert twin.who() is None


def test_nobody_invites_and_a_disabled_account_stays_out(hub):
    assert "through the identity provider" in hub.command("account", "invite", "carl", code=2)
    bob = hub.browser()
    sign_in(bob, "sub-bob")
    hub.command("account", "disable", "bob")
    assert sign_in(hub.browser(), "sub-bob").status_code == 403
    hub.command("account", "approve", "bob")
    assert hub.browser().get("/hub/password", follow_redirects=False).status_code == 404


def test_a_login_that_was_not_begun_here_is_refused(hub):
    for query in ("", "?code=x", "?code=x&state=eyJzdGF0ZV9pZCI6IjEifQ==", "?error=access_denied"):
        assert hub.browser().get(f"/hub/oauth_callback{query}").status_code == 400


def test_the_hub_does_not_start_when_the_provider_is_another(tmp_path, hub, provider):
    settings = yaml.safe_load((hub.state.home / "workbench.yaml").read_text())
    settings["identity"]["oauth"]["issuer"] = provider.replace("localhost", "127.0.0.1") + "/other"
    another = BareHub(tmp_path / "state", settings=yaml.safe_dump(settings))
    try:
        assert another.start().ended() != 0
        assert "The identity provider does not answer at" in another.log()
    finally:
        another.stop()


def test_no_secret_is_in_the_log(hub):
    text = hub.log()
    assert "given-by-the-provider-7" not in text
    assert "code=[secret]" in text
    assert "login.refused: account 'ada'" in text

"""Logins that a person confirms by a code: once, in ten minutes, and not by guessing."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from service.serving import running_api, settings_for, somebody

from physforge.client import calls as calls_module
from physforge.client.device import DeviceLogin
from physforge.database.tables import DeviceLogin as Row
from physforge.database.tables.base import now
from physforge.errors import RemoteError
from physforge.service.device_logins import ALPHABET, LENGTH

NEW = {"client": "a laptop", "scopes": ["write", "read"], "key_days": 7}


@pytest.fixture(autouse=True)
def _fresh_windows(api):
    api.app.state.services.__dict__.pop("device_logins", None)


def begin(api) -> dict:
    begun = api.call("POST", "/device/logins", json=NEW)
    assert begun.status_code == 201, begun.text
    return begun.json()


def decide(api, token: str, code: str, *, approve: bool = True) -> httpx.Response:
    return api.call("POST", "/device/decisions", token, json={"user_code": code, "approve": approve})


def fetch(api, begun: dict) -> httpx.Response:
    return api.call("POST", "/device/keys", json={"device_code": begun["device_code"]})


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def age(api, seconds: int) -> None:
    """Let time pass for all logins."""
    with api.app.state.services.database.writing() as session:
        for row in session.scalars(sa.select(Row)):
            row.expires_at -= timedelta(seconds=seconds)
            if row.polled_at is not None:
                row.polled_at -= timedelta(seconds=seconds)


def test_a_confirmed_code_gives_a_key_once_with_the_scopes_and_life_that_were_shown(api, ada):
    begun = begin(api)
    assert set(begun["user_code"]) <= {*ALPHABET, "-"}
    assert len(begun["user_code"]) == LENGTH + 1
    assert kind(fetch(api, begun)) == (400, "authorization-pending")
    seen = api.call("POST", "/device/lookups", ada, json={"user_code": begun["user_code"]}).json()
    assert (seen["client"], seen["scopes"], seen["key_days"]) == ("a laptop", ["read", "write"], 7)
    # As somebody types it.
    assert decide(api, ada, f" {begun['user_code'].lower().replace('-', ' ')} ").status_code == 200
    made = fetch(api, begun)
    assert made.status_code == 201
    assert kind(fetch(api, begun)) == (400, "expired-token")
    me = api.call("GET", "/me", made.json()["key"]).json()
    assert (me["id"], me["credential"], me["scopes"]) == (api.id_of(ada), "key", ["read", "write"])
    (key,) = api.call("GET", "/me/keys", ada).json()["items"]
    assert key["name"] == "login of a laptop"
    assert timedelta(days=6.9) < datetime.fromisoformat(key["expires"]) - now() <= timedelta(days=7)


def test_a_code_is_decided_on_once(api, ada, grace):
    begun = begin(api)
    assert decide(api, ada, begun["user_code"]).status_code == 200
    assert kind(decide(api, grace, begun["user_code"])) == (404, "not-found")
    assert kind(decide(api, ada, begun["user_code"], approve=False)) == (404, "not-found")
    assert api.call("GET", "/me", fetch(api, begun).json()["key"]).json()["id"] == api.id_of(ada)


def test_a_refused_login_gets_no_key(api, ada):
    begun = begin(api)
    assert decide(api, ada, begun["user_code"], approve=False).status_code == 200
    assert kind(fetch(api, begun)) == (400, "access-denied")
    assert kind(fetch(api, begun)) == (400, "expired-token")
    assert api.call("GET", "/me/keys", ada).json()["items"] == []


def test_a_code_lives_ten_minutes_decided_or_not(api, ada):
    late, decided = begin(api), begin(api)
    decide(api, ada, decided["user_code"])
    age(api, 599)
    assert api.call("POST", "/device/lookups", ada, json={"user_code": late["user_code"]}).status_code == 200
    age(api, 2)
    assert kind(decide(api, ada, late["user_code"])) == (404, "not-found")
    assert kind(fetch(api, late)) == (400, "expired-token")
    assert kind(fetch(api, decided)) == (400, "expired-token")
    begin(api)
    with api.app.state.services.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Row).where(Row.expires_at <= now())) == 0


def test_who_asks_too_often_is_told_to_slow_down(api):
    begun = begin(api)
    assert kind(fetch(api, begun)) == (400, "authorization-pending")
    assert kind(fetch(api, begun)) == (400, "slow-down")
    age(api, 5)
    assert kind(fetch(api, begun)) == (400, "authorization-pending")


def test_guessing_is_stopped_and_a_right_code_is_not_counted(api, ada, grace):
    begun = begin(api)
    for _ in range(12):
        assert api.call("POST", "/device/lookups", ada, json={"user_code": begun["user_code"]}).status_code == 200
    wrong = {"user_code": "BBBB-BBBB", "approve": True}
    answers = [kind(api.call("POST", "/device/decisions", ada, json=wrong)) for _ in range(11)]
    assert answers == [(404, "not-found")] * 10 + [(429, "too-many")]
    # Not even the right one is looked at now; others may go on.
    refused = decide(api, ada, begun["user_code"])
    assert (kind(refused), int(refused.headers["retry-after"]) > 500) == ((429, "too-many"), True)
    assert decide(api, grace, begun["user_code"]).status_code == 200


def test_nobody_fills_the_table(api):
    answers = [api.call("POST", "/device/logins", json=NEW) for _ in range(61)]
    assert [one.status_code for one in answers] == [201] * 60 + [429]


def test_no_key_confirms_another(api, ada):
    key = api.call("POST", "/me/keys", ada, json={"name": "k", "scopes": ["read", "write", "admin"]}).json()["key"]
    begun = begin(api)
    assert kind(decide(api, key, begun["user_code"])) == (403, "key-scope")
    assert kind(api.call("POST", "/device/lookups", key, json={"user_code": begun["user_code"]})) == (403, "key-scope")


def test_codes_are_neither_logged_nor_kept(api, ada):
    begun = begin(api)
    api.call("POST", "/device/lookups", ada, json={"user_code": begun["user_code"], "more": "x"})
    decide(api, ada, begun["user_code"])
    row = None
    with api.app.state.services.database.reading() as session:
        row = [value for one in session.scalars(sa.select(Row)) for value in vars(one).values()]
    key = fetch(api, begun).json()["key"]
    text = "\n".join([*api.lines, *map(str, row)])
    for secret in (begun["device_code"], begun["user_code"], begun["user_code"].replace("-", ""), key):
        assert secret not in text
    assert "/device/decisions" in text


def test_too_many_keys_are_refused_on_the_page(api, hub):
    ada = hub.add(somebody("ada"))
    for number in range(50):
        made = api.call("POST", "/me/keys", ada, json={"name": f"k{number}", "scopes": ["read"]})
        assert made.status_code == 201
    begun = begin(api)
    assert kind(decide(api, ada, begun["user_code"])) == (409, "too-many-keys")


def test_it_outlives_the_service(hub, tmp_path):
    (tmp_path / "state").mkdir()
    settings, token = settings_for(tmp_path / "state", hub), hub.add(somebody("ada"))
    with running_api(settings, hub) as api:
        begun = begin(api)
    with running_api(settings, hub) as api:
        assert decide(api, token, begun["user_code"]).status_code == 200
    with running_api(settings, hub) as api:
        assert api.call("GET", "/me", fetch(api, begun).json()["key"]).status_code == 200


# The program's side


def test_the_program_waits_for_its_person(api, ada):
    waiting = DeviceLogin.begin(api.url, client="a laptop", scopes=["read"], days=3)
    assert (waiting.page, waiting.interval) == (f"{api.url}/hub/device", 5)
    assert waiting.device_code not in repr(waiting)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            decide(api, ada, waiting.user_code)

    login = waiting.wait(sleep)
    # The second question came too early for the service, so it waits longer from then on.
    assert slept == [5, 5, 10]
    assert login.token.startswith("pfk_")
    assert api.call("GET", "/me", login.token).json()["scopes"] == ["read"]


def test_the_program_says_why_it_was_not_let_in(api, ada, monkeypatch):
    refused = DeviceLogin.begin(api.url, client="a laptop", scopes=["read"], days=3)
    decide(api, ada, refused.user_code, approve=False)
    with pytest.raises(RemoteError, match="refused on the page"):
        refused.wait(lambda _: None)
    late = DeviceLogin.begin(api.url, client="a laptop", scopes=["read"], days=3)
    age(api, 601)
    with pytest.raises(RemoteError, match="has expired, or was used"):
        late.wait(lambda _: None)
    idle = DeviceLogin.begin(api.url, client="a laptop", scopes=["read"], days=3)
    with pytest.raises(RemoteError, match="Nobody confirmed the code in time"):
        idle.wait(lambda _: None)
    monkeypatch.setattr(calls_module, "PAUSE_S", 0.01)
    with pytest.raises(RemoteError, match="does not answer"):
        DeviceLogin.begin("http://127.0.0.1:9", client="a laptop", scopes=["read"], days=3)


def test_the_command_shows_the_code_and_keeps_the_key(api, ada, hub, tmp_path, monkeypatch):
    monkeypatch.setattr("physforge.service.routes.device.INTERVAL_S", 1)
    program = Path(sys.executable).with_name("physforge")
    environment = {**os.environ, "PHYSFORGE_LOGIN_FILE": str(tmp_path / "login.json"), "COLUMNS": "200"}
    environment.pop("PHYSFORGE_API_TOKEN", None)
    with subprocess.Popen(
        [program, "login", api.url, "--scope", "read", "--days", "3"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        shown = ""
        while "Waiting" not in shown:
            line = running.stdout.readline()
            assert line, shown
            shown += line
        assert f"{api.url}/hub/device" in shown
        (code,) = re.findall(r"^ +([A-Z]{4}-[A-Z]{4})$", shown, re.MULTILINE)
        assert decide(api, ada, code).status_code == 200
        rest = running.stdout.read()
    assert running.returncode == 0
    assert f"Logged in to {api.url} as {hub.tokens[ada][0]}" in rest
    kept = json.loads((tmp_path / "login.json").read_text())
    assert api.call("GET", "/me", kept["token"]).json()["scopes"] == ["read"]
    assert stat.S_IMODE((tmp_path / "login.json").stat().st_mode) == 0o600

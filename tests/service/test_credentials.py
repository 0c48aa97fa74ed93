"""Tokens and keys that are good, and all those that are not."""

import json
import re
import time
import uuid

import pytest
from service.serving import CSV, SECRET, any_work, settings_for, somebody

from physforge.database.tables import ApiKey
from physforge.database.tables.base import now
from physforge.errors import SettingsError
from physforge.jobs.quota import Quota, Quotas
from physforge.service import ServiceSettings, create_app, keys
from physforge.service.policy import TABLE
from physforge.service.settings import read_secret

BAD = {
    "nonsense": "nonsense",
    "1 MB": "x" * 2**20,
    "600 characters": "x" * 600,
    "a key of nobody": "pfk_" + "a" * 43,
    "beyond ASCII": "abc\u00e9def",
    "two tokens": "one two",
}


def refused_once(api, answer, status, kind):
    """Check the form of a refusal, and that it is one short line in the log."""
    body = answer.json()
    assert (answer.status_code, body["status"], body["type"]) == (status, status, f"urn:physforge:problem:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert answer.headers["x-request-id"] == body["request_id"]
    time.sleep(0.05)
    lines = [line for line in api.lines if body["request_id"] in line]
    assert len(lines) == 1
    assert len(lines[0].encode()) < 4000
    assert "\n" not in lines[0]
    return json.loads(lines[0])


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
def test_a_bad_token_is_refused_in_one_line_without_it(api, token):
    header = {"Authorization": f"Bearer {token}".encode("latin-1")}
    refused_once(api, api.call("GET", "/me", headers=header), 401, "bad-credential")
    assert not [line for line in api.lines if token in line]


def test_control_characters_in_a_header_reach_nobody(api):
    answer = api.call("GET", "/me", headers={"Authorization": "Bearer abc\x01def"})
    assert (answer.status_code, answer.text) == (400, "Invalid HTTP request received.")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "token", "", "bearer\ttoken"])
def test_another_kind_of_authorization_is_refused(api, header):
    answer = api.call("GET", "/me", headers={"Authorization": header})
    refused_once(api, answer, 401, "bad-credential")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_who_a_proxy_says_it_is_does_not_count(api, ada):
    claims = {"X-User": "root", "X-Forwarded-User": "root", "X_User": "root", "Cookie": f"jupyterhub-hub-login={ada}"}
    refused_once(api, api.call("GET", "/me", headers=claims), 401, "no-credential")


def test_a_token_cut_off_or_of_another_service_is_refused(api, hub, ada):
    refused_once(api, api.call("GET", "/me", ada[:-1]), 401, "bad-credential")
    name = hub.tokens[ada][0]
    for scopes in ((), ("access:services!service=dask-gateway",), ("self",)):
        refused_once(api, api.call("GET", "/me", hub.token(name, scopes)), 403, "token-scope")
    for scopes in (("access:services",), ("access:services!service=api", "self")):
        assert api.call("GET", "/me", hub.token(name, scopes)).json()["name"] == name


def test_a_revoked_token_ends_when_the_hub_is_asked_again(api, hub, ada):
    assert api.call("GET", "/me", ada).status_code == 200
    asked = hub.asked
    assert {api.call("GET", "/me", ada).status_code for _ in range(5)} == {200}
    assert hub.asked == asked
    del hub.tokens[ada]
    time.sleep(api.settings.cache_seconds + 0.1)
    refused_once(api, api.call("GET", "/me", ada), 401, "bad-credential")


def test_a_hub_that_is_down_is_said_so(hub, tmp_path):
    from service.serving import running_api

    with running_api(settings_for(tmp_path, hub, hub_api_url="http://127.0.0.1:1/hub/api"), hub) as api:
        refused_once(api, api.call("GET", "/me", "some-token"), 503, "hub-unavailable")
        assert api.call("GET", "/health/live").json() == {"status": "ok", "failing": []}
        ready = api.call("GET", "/health/ready")
        assert (ready.status_code, ready.json()["failing"]) == (503, ["hub"])


def make_key(api, token, **facts):
    return api.call("POST", "/me/keys", token, json={"name": "k", "scopes": ["read", "write"], **facts}).json()


def test_a_key_is_shown_once_and_kept_as_a_hash(api, ada):
    made = make_key(api, ada)
    assert re.fullmatch(r"pfk_[A-Za-z0-9_-]{43}", made["key"])
    assert api.call("GET", "/me", made["key"]).json()["credential"] == "key"
    (listed,) = api.call("GET", "/me/keys", ada).json()["items"]
    assert "key" not in listed
    assert listed["last_used"] is not None
    everything = b"".join(path.read_bytes() for path in api.settings.settings.home.rglob("*") if path.is_file())
    assert made["key"].encode() not in everything
    assert keys.digest_of(made["key"]).encode() in everything
    assert not [line for line in api.lines if made["key"] in line]


def test_a_key_ends_when_it_is_revoked_expires_or_its_owner_is_gone(api, hub, ada):
    revoked, expired, orphaned = (make_key(api, ada) for _ in range(3))
    assert api.call("DELETE", f"/me/keys/{revoked['id']}", ada).status_code == 204
    with api.app.state.services.database.writing() as session:
        session.get_one(ApiKey, uuid.UUID(expired["id"])).expires_at = now()
    for made in (revoked, expired):
        refused_once(api, api.call("GET", "/me", made["key"]), 401, "bad-credential")
    assert api.call("GET", "/me", orphaned["key"]).status_code == 200
    del hub.accounts[hub.tokens[ada][0]]
    time.sleep(api.settings.cache_seconds + 0.1)
    refused_once(api, api.call("GET", "/me", orphaned["key"]), 401, "bad-credential")


def test_a_key_loses_the_rights_that_its_owner_loses(api, hub):
    name = somebody("boss")
    token = hub.add(name, admin=True)
    key = make_key(api, token, scopes=["admin"])["key"]
    assert api.call("GET", "/users", key).status_code == 200
    hub.accounts[name]["admin"] = False
    time.sleep(api.settings.cache_seconds + 0.1)
    refused_once(api, api.call("GET", "/users", key), 403, "forbidden")


def test_an_idempotency_key_makes_one_thing_and_shows_no_secret_again(api, ada, grace):
    header = {"Idempotency-Key": "0123456789"}
    new = {"name": "once", "scopes": ["read"]}
    first = api.call("POST", "/me/keys", ada, json=new, headers=header).json()
    again = api.call("POST", "/me/keys", ada, json=new, headers=header)
    assert again.json() == {**first, "key": None}
    assert len(api.call("GET", "/me/keys", ada).json()["items"]) == 1
    other = api.call("POST", "/me/keys", ada, json={**new, "name": "other"}, headers=header)
    refused_once(api, other, 422, "idempotency-key")
    assert api.call("POST", "/me/keys", grace, json=new, headers=header).json()["id"] != first["id"]
    upload = {"file_name": "a.csv", "size": 3}
    ids = {
        api.call("POST", "/uploads", ada, json=upload, headers={"Idempotency-Key": "u" * 8}).json()["id"] for _ in "ab"
    }
    assert len(ids) == 1


BAD_NAMES = [
    "../outside",
    "a/b",
    "..\\x",
    "",
    "run\0",
    "a\nb",
    "a\u202eb",
    "run@2",
    "x" * 256,
    "..",
    "5f0c7a52-3d0a-4a58-9a3e-0b1f6f1c2d3e",
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_that_is_a_path_or_cannot_be_seen_is_refused(api, ada, name):
    for new in ({"file_name": "a.csv", "size": 3, "name": name}, {"file_name": name, "size": 3, "format": "csv"}):
        refused_once(api, api.call("POST", "/uploads", ada, json=new), 422, "invalid")
    refused_once(api, api.call("POST", "/projects", ada, json={"name": name}), 422, "invalid")


@pytest.mark.parametrize(
    "options", [{"name": "x"}, {"original_name": "x"}, {"self": 1}, {"a b": 1}, {"__class__": 1}, {"x" * 40: 1}]
)
def test_options_that_no_reader_takes_are_refused(api, ada, options):
    answer = api.call("POST", "/uploads", ada, json={"file_name": "a.csv", "size": 3, "options": options})
    refused_once(api, answer, 422, "invalid")


@pytest.mark.parametrize("file_name", ["model.pkl", "a.pvd", "noextension", "folder.zarr", "a.exe"])
def test_a_file_that_nothing_reads_is_refused_before_it_is_sent(api, ada, file_name):
    answer = api.call("POST", "/uploads", ada, json={"file_name": file_name, "size": 3})
    refused_once(api, answer, 422, "refused-data")


def test_a_body_over_its_limit_is_refused_before_anybody_reads_it(api, ada):
    body = json.dumps({"name": "x" * api.settings.body_bytes})
    kind = {"Content-Type": "application/json"}
    for token in (None, ada):
        answer = api.call("POST", "/projects", token, content=body, headers=kind)
        refused_once(api, answer, 413, "body-too-large")
        parts = (body[start : start + 1000].encode() for start in range(0, len(body), 1000))
        streamed = api.call("POST", "/projects", token, content=parts, headers=kind)
        assert streamed.status_code == (413 if token else 401)


def test_a_long_address_with_strange_signs_is_one_short_line(api, ada):
    answer = api.call("GET", "/datasets/" + "%0a%1b[31m" * 3000, ada)
    facts = refused_once(api, answer, 404, "not-found")
    assert len(facts["path"]) <= 500


def test_a_broken_body_of_nobody_is_refused_for_the_credential(api):
    answer = api.call("POST", "/projects", None, content=b"{", headers={"Content-Type": "application/json"})
    refused_once(api, answer, 401, "no-credential")


def test_an_id_for_the_log_is_taken_only_if_it_is_harmless(api):
    good = api.call("GET", "/health/live", headers={"X-Request-ID": "abcdefgh-1"})
    bad = [
        api.call("GET", "/health/live", headers={"X-Request-ID": text})
        for text in ("x" * 65, "a b c d e f", '{"a":1}__')
    ]
    assert good.headers["x-request-id"] == "abcdefgh-1"
    assert all(re.fullmatch(r"[0-9a-f]{32}", one.headers["x-request-id"]) for one in bad)


def test_an_error_of_the_service_tells_nothing_and_is_logged(api, ada, monkeypatch):
    monkeypatch.setattr(api.app.state.services, "settings", None)
    answer = api.call("GET", "/me", ada)
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:physforge:problem:failed")
    assert "NoneType" not in answer.text


def test_other_origins_may_not_call_unless_they_are_listed(api, hub, ada, tmp_path):
    from service.serving import running_api

    ask = {"Origin": "https://lab.example.org", "Access-Control-Request-Method": "GET"}
    closed = api.call("GET", "/me", ada, headers=ask)
    assert not [name for name in closed.headers if name.startswith("access-control")]
    assert api.call("OPTIONS", "/me", headers=ask).status_code == 405
    with running_api(settings_for(tmp_path, hub, cors_origins=("https://lab.example.org",)), hub) as opened:
        assert opened.call("OPTIONS", "/me", headers=ask).headers["access-control-allow-origin"] == ask["Origin"]
        other = opened.call("OPTIONS", "/me", headers={**ask, "Origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in other.headers
        assert "access-control-allow-credentials" not in opened.call("GET", "/me", ada, headers=ask).headers


def test_figures_count_routes_and_not_ids(api, hub, ada):
    service = hub.add(somebody("prometheus"), kind="service")
    for _ in range(3):
        api.call("GET", f"/datasets/{uuid.uuid4()}", ada)
    text = api.call("GET", "/metrics", service).text
    assert re.search(r'requests_total\{method="GET",route="[^"]*/datasets/\{dataset_id\}",status="404"\} [0-9.]+', text)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)


def test_the_export_has_everything_of_mine_and_nothing_of_others(api, ada, grace, hub, monkeypatch):
    mine, hers = api.upload(ada, "mine"), api.upload(grace, "hers")
    api.share(ada, mine["dataset_id"], api.id_of(grace), "viewer")
    make_key(api, ada)
    monkeypatch.setattr(api.app.state.services, "check_jobs", any_work)
    for token, number in ((ada, 1), (grace, 2)):
        new = {"jobs": [{"kind": "work", "config": {"a": number}}]}
        assert api.call("POST", "/jobs", token, json=new).status_code == 201
    export = api.call("GET", "/me/export", ada).json()
    assert [one["name"] for one in export["datasets"]] == ["mine"]
    assert [one["sha256"] for one in export["versions"]] == [mine["sha256"]]
    assert (len(export["keys"]), len(export["grants_given"]), export["name"]) == (1, 1, hub.tokens[ada][0])
    assert [(one["kind"], one["config"]) for one in export["jobs"]] == [("work", {"a": 1})]
    assert hers["dataset_id"] not in json.dumps(export)


ENVIRONMENT = {"JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api"}


def secret_file(tmp_path, content=SECRET, mode=0o600):
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def test_settings_are_read_from_the_environment(tmp_path):
    variables = {
        **ENVIRONMENT,
        "PHYSFORGE_HOME": str(tmp_path),
        "PHYSFORGE_API_SECRET_FILE": secret_file(tmp_path),
        "PHYSFORGE_API_QUOTA_BYTES": "1000",
        "PHYSFORGE_API_CORS_ORIGINS": "https://a.example.org, http://localhost:3000",
        "PHYSFORGE_API_USER_QUEUED_JOBS": "20",
        "PHYSFORGE_API_PROJECT_GPU_SECONDS": "3600",
    }
    found = ServiceSettings.from_environment(variables)
    assert (found.quota_bytes, found.cors_origins) == (1000, ("https://a.example.org", "http://localhost:3000"))
    assert found.database_url == f"sqlite:///{tmp_path}/physforge.sqlite"
    assert found.job_quotas == Quotas(Quota(queued=20), Quota(gpu_s=3600))
    assert SECRET.decode() not in repr(found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"JUPYTERHUB_API_URL": ""}, "JUPYTERHUB_API_URL is not set"),
        ({"PHYSFORGE_API_SECRET_FILE": "/nowhere"}, "cannot be read"),
        ({"PHYSFORGE_API_QUOTA_BYTES": "much"}, "give a number of bytes"),
        ({"PHYSFORGE_API_CACHE_SECONDS": "-1"}, "give a number of seconds"),
        ({"PHYSFORGE_API_USER_RUNNING_JOBS": "all"}, "give a number of jobs"),
        ({"PHYSFORGE_API_ACCOUNTS": "yes"}, "give 1, or 0"),
        ({"PHYSFORGE_API_CORS_ORIGINS": "*"}, "give origins such as"),
        ({"PHYSFORGE_API_CORS_ORIGINS": "https://*.example.org"}, "give origins such as"),
    ],
)
def test_a_setting_that_cannot_be_used_gets_a_sentence(tmp_path, change, message):
    variables = {**ENVIRONMENT, "PHYSFORGE_HOME": str(tmp_path), "PHYSFORGE_API_SECRET_FILE": secret_file(tmp_path)}
    with pytest.raises(SettingsError, match=message):
        ServiceSettings.from_environment({**variables, **change})


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (SECRET, 0o644, "can be read by others"),
        (SECRET, 0o640, "can be read by others"),
        (b"short", 0o600, "too short"),
        (b"a" * 64, 0o600, "too simple"),
        (b"", 0o600, "too short"),
    ],
)
def test_a_secret_that_others_may_know_starts_nothing(tmp_path, content, mode, message):
    from pathlib import Path

    with pytest.raises(SettingsError, match=message):
        read_secret(Path(secret_file(tmp_path, content, mode)))


def test_a_route_without_a_row_starts_nothing(hub, tmp_path, monkeypatch):
    from physforge.service import app

    monkeypatch.setattr(app, "RULES", {(rule.method, rule.path): rule for rule in TABLE[1:]})
    with pytest.raises(SettingsError, match="differ: GET /health/live"):
        create_app(settings_for(tmp_path, hub))


def test_uploads_are_files_of_their_owner_alone_under_an_id(api, ada):
    begun = api.call("POST", "/uploads", ada, json={"file_name": "my secret.csv", "size": len(CSV)}).json()
    (path,) = [one for one in api.settings.uploads.iterdir() if one.name == uuid.UUID(begun["id"]).hex]
    assert path.stat().st_mode & 0o777 == 0o600
    assert api.settings.uploads.stat().st_mode & 0o777 == 0o700

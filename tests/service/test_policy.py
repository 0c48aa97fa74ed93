"""The policy table against the running service: every route, tried by everybody."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
from service.serving import CSV, Api, any_work, sha256, somebody

from physforge.service.app import listed_routes
from physforge.service.models import KeyScope
from physforge.service.policy import (
    EVERYBODY,
    KEY_SCOPES,
    OBJECT_ROLES,
    RULES,
    TABLE,
    WORKERS,
    Role,
    Scope,
    as_markdown,
)

#: Of an artifact and of a checkpoint, and whose write it is.
FILE = {"path": "result.json", "size": len(CSV), "sha256": sha256(CSV)}
FENCE = {"attempt": 1, "worker": "w"}

PAGE = Path(__file__).parents[2] / "hub_config" / "api-policy.md"


def test_every_route_is_in_the_table_and_every_row_is_a_route():
    assert listed_routes() == set(RULES)
    assert len(RULES) == len(TABLE)


def test_the_page_is_the_table():
    assert as_markdown() in PAGE.read_text(encoding="utf-8")


def test_whoever_may_more_may_also_what_others_may():
    for rule in TABLE:
        roles = [role for role in OBJECT_ROLES if role in rule.allowed]
        assert list(OBJECT_ROLES)[len(OBJECT_ROLES) - len(roles) :] == roles, rule
        if Role.OTHER in rule.allowed:
            assert {*OBJECT_ROLES, Role.ADMIN, Role.AUDITOR} <= rule.allowed, rule
        assert (Role.ANONYMOUS in rule.allowed) == (rule.allowed == EVERYBODY) == (rule.scope is None), rule


@dataclass
class World:
    """A data set, a project, an upload and a key, and people with each role towards them."""

    api: Api
    tokens: dict[Role, str | None]
    ids: dict[str, str]
    link: str

    def address(self, path: str) -> str:
        filled = path
        for name, value in self.ids.items():
            filled = filled.replace(f"{{{name}}}", value)
        return (
            filled.replace("{number}", "1")
            .replace("{subject_kind}", "principal")
            .replace("{link}", self.link)
            .replace("{sha256}", sha256(CSV))
            .replace("{path}", FILE["path"])
        )


@pytest.fixture(scope="module", autouse=True)
def _any_work(api):
    """What is asked for is not looked at here."""
    api.app.state.services.check_jobs = any_work


@pytest.fixture(scope="module")
def people(api, hub):
    """Somebody for each role; rights on objects come later."""
    tokens = {role: hub.add(somebody(role.value)) for role in (Role.OTHER, *OBJECT_ROLES)}
    tokens |= {
        Role.ANONYMOUS: None,
        Role.AUDITOR: hub.add(somebody("auditor"), groups=("auditors",)),
        Role.ADMIN: hub.add(somebody("admin"), admin=True),
        Role.SERVICE: hub.add(somebody("service"), kind="service"),
        Role.HUB: hub.add("accounts", kind="service"),
    }
    return {
        role: (token, None if role in (Role.ANONYMOUS, Role.SERVICE, Role.HUB) else api.id_of(token))
        for role, token in tokens.items()
    }


def make_world(api: Api, hub, people, rule) -> World:
    """Make new objects, as far as a route needs them: a call may delete them."""
    world = World(api, {role: token for role, (token, _) in people.items()}, {}, "")
    owner, ids = world.tokens[Role.OWNER], world.ids
    if any(word in rule.path for word in ("dataset_id", "version_id", "link")):
        version = api.upload(owner, somebody("d"))
        ids |= {"dataset_id": version["dataset_id"], "version_id": version["id"]}
    if "project_id" in rule.path:
        ids["project_id"] = api.call("POST", "/projects", owner, json={"name": somebody("p")}).json()["id"]
    if "job_id" in rule.path:
        ids["job_id"] = submitted(world)
    for kind in {"dataset", "project", "job"} & {name.removesuffix("_id") for name in ids}:
        for role in (Role.VIEWER, Role.COLLABORATOR):
            path = f"/{kind}s/{ids[f'{kind}_id']}/grants/principal/{people[role][1]}"
            assert api.call("PUT", path, owner, json={"role": role}).status_code == 200
    if "subject_id" in rule.path or "user_id" in rule.path:
        ids["subject_id"] = ids["user_id"] = api.id_of(hub.add(somebody("subject")))
    if "subject_id" in rule.path:
        # A grant that can be taken away.
        assert api.call("PUT", world.address(rule.path), owner, json={"role": "viewer"}).status_code == 200
    if "upload_id" in rule.path:
        new = {"file_name": "a.csv", "size": len(CSV), "name": somebody("u")}
        ids["upload_id"] = api.call("POST", "/uploads", owner, json=new).json()["id"]
    add_workers(world)
    if "/jobs/" in rule.path:
        bring_job_to(rule, world)
    if "key_id" in rule.path:
        ids["key_id"] = api.call("POST", "/me/keys", owner, json={"name": "k", "scopes": ["read"]}).json()["id"]
    if "link" in rule.path:
        links = f"/datasets/{ids['dataset_id']}/versions/1/links"
        world.link = api.call("POST", links, owner, json={}).json()["path"].rpartition("/")[2]
    return world


def submitted(world: World, *inputs: dict[str, str]) -> str:
    """Submit a job of the owner's that reads something; what it would be does not matter."""
    new = {"kind": "work", "config": {"name": somebody("j")}, "inputs": list(inputs)}
    answer = world.api.call("POST", "/jobs", world.tokens[Role.OWNER], json={"jobs": [new]})
    assert answer.status_code == 201, answer.text
    return answer.json()["items"][0]["id"]


def add_workers(world: World) -> None:
    """Add the token of the job that is called about, and that of one that reads what is called about."""
    owner, ids = world.tokens[Role.OWNER], world.ids
    reads = [("dataset", ids["version_id"])] if "version_id" in ids else []
    reads += [("job", ids["job_id"])] if "job_id" in ids else []
    inputs = ({"field": what, "what": what, "reference": key, "sha256": sha256(CSV)} for what, key in reads)
    for role, job in ((Role.READER, submitted(world, *inputs)), (Role.WORKER, ids.get("job_id") or submitted(world))):
        world.tokens[role] = world.api.call("POST", f"/jobs/{job}/token", owner, json={}).json()["token"]


def bring_job_to(rule, world: World) -> None:
    """Let the job become what makes the call a good one."""

    def call(method: str, what: str, **options):
        answer = world.api.call(method, f"/jobs/{world.ids['job_id']}/{what}", world.tokens[Role.OWNER], **options)
        assert answer.status_code < 300, answer.text

    def send(what: str) -> None:
        call("PUT", f"parts/{FILE['sha256']}", content=CSV, params={**FENCE, "offset": 0, "size": len(CSV)})
        call("POST", what, json={**FENCE, "files": [FILE]})

    last = rule.path.removeprefix("/jobs/{job_id}").strip("/").partition("/")[0]
    if last in ("", "claim", "token", "events", "cancel", "grants") or "{job_id}" not in rule.path:
        return
    if last == "retry":
        call("POST", "cancel")
        return
    call("POST", "claim", json={"worker": "w"})
    if last == "artifact":
        send("publish")
    if last == "checkpoint" and rule.method == "GET":
        send("checkpoint")
        call("POST", "give-back", json=FENCE)
        call("POST", "claim", json={"worker": "w"})
        if rule.path.endswith("{path}"):
            call("GET", "checkpoint", params={**FENCE, "attempt": 2})


def job_body(rule) -> dict:
    """Return what makes a call about jobs a good one."""
    last = rule.path.rpartition("/")[2]
    if rule.method == "GET":
        return {"params": {**FENCE, "attempt": 2}} if "checkpoint" in rule.path else {}
    if rule.method == "PUT" and "/parts/" in rule.path:
        return {"content": CSV, "params": {**FENCE, "offset": 0, "size": len(CSV)}}
    if rule.method == "PUT":
        return {"json": {"role": "viewer"}}
    facts = {
        "jobs": {"jobs": [{"kind": "work", "config": {"name": somebody("j")}}]},
        "claim": {"worker": "w"},
        "token": {},
        "heartbeat": FENCE,
        "log": {**FENCE, "start": 0, "text": "a"},
        "checkpoint": {**FENCE, "files": []},
        "publish": {**FENCE, "files": []},
        "finish": {**FENCE, "state": "failed"},
        "give-back": FENCE,
        "lose": FENCE,
    }
    return {"json": facts[last]} if last in facts else {}


def body_of(rule, world: World):
    """Return what makes the call a good one."""
    if rule.path.startswith("/jobs"):
        return job_body(rule)
    if rule.path.endswith("/purge"):
        # Its owner has put it into the trash.
        world.api.call("DELETE", f"/datasets/{world.ids['dataset_id']}", world.tokens[Role.OWNER])
    if rule.path.startswith("/device/"):
        return {"json": device_body(rule, world)}
    bodies = {
        ("POST", "/me/keys"): {"name": "k", "scopes": ["read"]},
        ("POST", "/projects"): {"name": somebody("p")},
        ("POST", "/uploads"): {"file_name": "a.csv", "size": 3, "name": somebody("u")},
        ("POST", "/datasets/{dataset_id}/restore"): {},
        ("POST", "/datasets/{dataset_id}/versions/{number}/links"): {},
        ("POST", "/uploads/{upload_id}/complete"): {"sha256": sha256(CSV)},
    }
    if (rule.method, rule.path) == ("PUT", "/uploads/{upload_id}/content"):
        return {"content": CSV, "params": {"offset": 0}}
    if rule.path == "/directory":
        return {"params": {"name": "nobody"}}
    if rule.method == "PUT":
        return {"json": {} if rule.path == "/me/notices" else {"role": "viewer"}}
    if rule.path.endswith("/complete"):
        # The owner has sent everything.
        path = f"/uploads/{world.ids['upload_id']}/content?offset=0"
        world.api.call("PUT", path, world.tokens[Role.OWNER], content=CSV)
    body = bodies.get((rule.method, rule.path))
    return {} if body is None else {"json": body}


def device_body(rule, world: World):
    """Return what makes a call of a login a good one: a new login, or the code of one that has been begun."""
    new = {"client": "a test", "scopes": ["read"]}
    if rule.path == "/device/logins":
        return new
    # Each test of the table begins more than anybody may in a minute.
    world.api.app.state.services.__dict__.pop("device_logins", None)
    begun = world.api.call("POST", "/device/logins", json=new).json()
    code, decision = {"user_code": begun["user_code"]}, {"user_code": begun["user_code"], "approve": True}
    if rule.path == "/device/keys":
        assert world.api.call("POST", "/device/decisions", world.tokens[Role.OWNER], json=decision).status_code == 200
        return {"device_code": begun["device_code"]}
    return code if rule.path == "/device/lookups" else decision


def expected(rule, role: Role) -> set[int]:
    if role in rule.allowed:
        return {200, 201, 204}
    if role is Role.ANONYMOUS:
        return {401}
    # Who may not see an object is told that it does not exist: towards uploads and keys everybody but the owner.
    sees = role in OBJECT_ROLES and rule.kind in ("dataset", "version", "project", "job")
    # A job's token sees the job, and of a data set no more than the version that the job reads.
    sees |= role in WORKERS and rule.kind == "job"
    if role is Role.READER and rule.path.endswith("/retry"):
        # What reads a job that was cancelled is cancelled with it, and its token reads nothing more.
        return {404}
    sees |= role is Role.READER and (rule.kind == "version" or "{number}" in rule.path)
    return {403} if rule.kind is None or sees else {404}


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: f"{rule.method} {rule.path}")
def test_everybody_is_answered_as_the_table_says(api, hub, people, rule):
    world = make_world(api, hub, people, rule)
    changes = rule.method != "GET"
    observed = {}
    # Those who are let in come last, for they may delete what the call is about.
    for role in sorted(Role, key=lambda role: role in rule.allowed):
        if changes and role in rule.allowed:
            world = make_world(api, hub, people, rule)
        good = body_of(rule, world) if role in rule.allowed or not rule.path.endswith("/purge") else {}
        answer = api.call(rule.method, world.address(rule.path), world.tokens[role], **good)
        observed[role] = (answer.status_code, answer.status_code in expected(rule, role))
    assert all(fits for _, fits in observed.values()), observed


@pytest.mark.parametrize("rule", [rule for rule in TABLE if rule.scope], ids=lambda rule: f"{rule.method} {rule.path}")
def test_a_key_without_the_scope_of_a_route_is_refused(api, hub, people, rule):
    token = hub.add(somebody("boss"), admin=True, groups=("auditors",))
    others = [scope for scope in KEY_SCOPES if scope is not rule.scope]
    key = api.call("POST", "/me/keys", token, json={"name": "k", "scopes": others}).json()["key"]
    world = make_world(api, hub, {**people, Role.OWNER: (token, api.id_of(token))}, rule)
    answer = api.call(rule.method, world.address(rule.path), key)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:physforge:problem:key-scope")


def test_what_nobody_declared_does_not_exist(api, ada):
    assert api.call("GET", "/nonsense", ada).status_code == 404
    assert api.call("GET", "/docs", ada).status_code == 404
    wrong = api.call("DELETE", "/me", ada)
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["type"]) == (
        405,
        "GET",
        "urn:physforge:problem:method-not-allowed",
    )


def test_no_key_may_make_keys(api, ada):
    refused = api.call("POST", "/me/keys", ada, json={"name": "k", "scopes": [Scope.KEYS]})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:physforge:problem:invalid")
    assert set(get_args(KeyScope)) == set(KEY_SCOPES) == set(Scope) - {Scope.KEYS}


def test_a_role_in_a_project_is_a_role_on_its_data_sets_and_ends_with_it(api, hub, ada, grace):
    project = api.call("POST", "/projects", ada, json={"name": "lab"}).json()["id"]
    dataset = api.upload(ada, "shared", project_id=project)["dataset_id"]
    grants = f"/projects/{project}/grants/principal/{api.id_of(grace)}"
    assert api.call("GET", f"/datasets/{dataset}", grace).status_code == 404
    api.call("PUT", grants, ada, json={"role": "viewer"})
    assert api.call("GET", f"/datasets/{dataset}", grace).json()["role"] == "viewer"
    refused = api.call("POST", "/uploads", grace, json={"file_name": "b.csv", "size": 3, "project_id": project})
    assert refused.status_code == 403
    api.call("PUT", grants, ada, json={"role": "collaborator"})
    added = api.upload(grace, "hers", project_id=project)
    hers = api.call("GET", f"/datasets/{added['dataset_id']}", grace).json()
    # What is added to a project belongs to its owner; the version says who added it.
    assert (hers["owner_id"], hers["head"]["author"]) == (api.id_of(ada), hub.tokens[grace][0])
    assert {one["name"] for one in api.call("GET", "/datasets", grace).json()["items"]} == {"shared", "hers"}
    assert api.call("DELETE", grants, ada).status_code == 204
    assert api.call("GET", "/datasets", grace).json()["items"] == []
    assert api.call("GET", f"/datasets/{added['dataset_id']}", grace).status_code == 404


def test_sharing_with_a_group_follows_its_members(api, hub, ada):
    name = somebody("grace")
    grace = hub.add(name, groups=("optics",))
    dataset = api.upload(ada)["dataset_id"]
    api.id_of(grace)
    (group,) = api.call("GET", "/directory?name=optics", ada).json()["entries"]
    assert group["kind"] == "group"
    api.share(ada, dataset, group["id"], "viewer", "group")
    assert api.call("GET", f"/datasets/{dataset}", grace).json()["role"] == "viewer"
    hub.accounts[name]["groups"] = []
    api.app.state.services.identities.forget()
    assert api.call("GET", f"/datasets/{dataset}", grace).status_code == 404


def test_the_highest_of_several_roles_counts(api, hub, ada):
    grace = hub.add(somebody("grace"), groups=("readers",))
    dataset = api.upload(ada)["dataset_id"]
    mine = api.id_of(grace)
    (group,) = api.call("GET", "/directory?name=readers", ada).json()["entries"]
    api.share(ada, dataset, mine, "collaborator")
    api.share(ada, dataset, group["id"], "viewer", "group")
    assert api.call("GET", f"/datasets/{dataset}", grace).json()["role"] == "collaborator"


def test_a_name_that_is_used_again_inherits_nothing(api, hub):
    boss = hub.add(somebody("boss"), admin=True)
    name = somebody("ada")
    old = hub.add(name)
    dataset = api.upload(old)["dataset_id"]
    first = api.id_of(old)
    key = api.call("POST", "/me/keys", old, json={"name": "k", "scopes": ["read"]}).json()["key"]
    assert api.call("GET", "/datasets", key).status_code == 200
    assert api.call("DELETE", f"/users/{first}", boss).status_code == 204
    new = hub.add(name)
    assert api.call("GET", "/datasets", key).status_code == 401
    assert api.id_of(new) != first
    assert api.call("GET", f"/datasets/{dataset}", new).status_code == 404
    # An administrator can give what is left to somebody.
    api.share(boss, dataset, api.id_of(new), "owner")
    assert api.call("GET", f"/datasets/{dataset}", new).json()["role"] == "owner"
    assert api.call("GET", f"/datasets/{dataset}", boss).status_code == 404

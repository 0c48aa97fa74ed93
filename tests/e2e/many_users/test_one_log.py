"""One event log for all processes, which none of those that speak to people can change."""

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest
from e2e.bench import Workbench
from e2e.intruder import INTRUDE
from e2e.people import Person

from physforge.audit import AuditLog, AuditSettings, Entry, Selection
from physforge.workbench.accounts import Accounts
from physforge.workbench.api import api_home
from physforge.workbench.state import Plan
from physforge.workbench.unix_users import SERVICE_USER

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]


def events(bench: Workbench, **wanted: object) -> tuple[Entry, ...]:
    with open_log(bench.home) as log:
        return log.query(Selection(**wanted)).entries


def open_log(home: Path) -> AuditLog:
    return AuditLog.of(AuditSettings.of(home, {}), create=False)


def api_call(person: Person, method: str, path: str, **options: object) -> httpx.Response:
    address = f"{person.bench.url}/services/api/v1{path}"
    return httpx.request(method, address, headers=person.headers, timeout=30, **options)


def test_there_is_one_event_log_of_one_identity(bench, ada, bea):
    me = api_call(ada, "GET", "/me").json()["id"]
    assert me == str(Accounts(bench.state.accounts).find(ada.name).id)
    project = api_call(ada, "POST", "/projects", json={"name": "lab"}).json()["id"]
    assert api_call(bea, "GET", f"/projects/{project}").status_code == 404
    mine = events(bench, actor=uuid.UUID(me))
    assert {(one.act, one.details["through"]) for one in mine} >= {("login.ok", "hub"), ("project.create", "api")}
    (refused,) = events(bench, act="access.refused", object_id=project)
    assert refused.actor == api_call(bea, "GET", "/me").json()["id"]
    # It goes on when the process that keeps it is killed.
    before = bench.pid_of("audit")
    os.kill(before, signal.SIGKILL)
    other = api_call(ada, "POST", "/projects", json={"name": "later"}).json()["id"]
    assert [one.act for one in events(bench, object_id=other)] == ["project.create"]
    assert bench.pid_of("audit") not in (0, before)
    with open_log(bench.home) as log:
        verified = log.verify()
    assert verified.ok
    assert verified.events > len(mine)


def test_a_service_that_was_taken_over_can_not_change_the_log(bench, ada):
    root, plan = bench.state.root, Plan.read(bench.state)
    paths = [root / "audit", root / "audit" / "audit.sqlite", root / "audit-keys" / "signing.key", root / "audit-heads"]
    socket = plan.sockets / "audit" / "log.sock"
    assert all(path.exists() for path in (*paths, socket))
    code = INTRUDE.format(paths=[str(path) for path in (*paths, socket)])
    as_service = {"user": SERVICE_USER, "group": SERVICE_USER, "extra_groups": [], "cwd": "/"}
    done = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True, **as_service)
    assert json.loads(done.stdout) == [str(socket)]
    # People cannot even hand events in.
    as_ada = {"user": ada.name, "group": ada.unix.pw_gid, "extra_groups": [], "cwd": "/"}
    done = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True, **as_ada)
    assert json.loads(done.stdout) == []
    api = next(one for one in bench.processes() if one.environ().get("PHYSFORGE_SERVICE") == "api")
    assert not [one.path for one in api.open_files() if "audit" in one.path]


def test_the_log_that_the_api_kept_before_is_noted_and_stays_readable(bench):
    folder = api_home(Plan.read(bench.state))
    with open_log(folder) as log:
        earlier = log.verify()
    assert (earlier.ok, earlier.events) == (True, 3)
    (noted,) = events(bench, act="audit.adopt")
    assert (noted.object_id, noted.outcome) == (earlier.log, "ok")
    assert {name: noted.details[name] for name in ("events", "last_hash", "place")} == {
        "events": 3,
        "last_hash": earlier.last_hash,
        "place": str(folder),
    }
    assert f"physforge audit verify --home {folder}" in bench.command("audit", "verify").stderr

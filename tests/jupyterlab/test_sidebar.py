"""What the sidebar asks the notebook server for: a table of verbs, for who is logged in, with the server's token."""

import asyncio
import json
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from service.hub_double import running_hub
from service.serving import Api, running_api, settings_for

from physforge.client import Login
from physforge.jobs import JobSpec, Outcome, State
from physforge.workspace import Workspace
from physforge_jupyterlab.at_home import AtHome
from physforge_jupyterlab.at_workbench import AtWorkbench
from physforge_jupyterlab.clusters import Clusters
from physforge_jupyterlab.command_line import ask_json
from physforge_jupyterlab.refusals import RefusedError

pytestmark = pytest.mark.timeout(180)

TOKEN = secrets.token_hex(16)
EVIL = "<img src=x onerror=alert(1)>"
CLUSTER = "0123456789abcdef" * 2
#: Id of no job.
NOBODYS = "00000000-0000-4000-8000-000000000000"

Ask = Callable[..., httpx.Response]

#: Every verb there is.
VERBS = [
    ("GET", "/place"),
    ("GET", "/data"),
    ("GET", "/jobs"),
    ("GET", f"/jobs/{NOBODYS}/log"),
    ("POST", f"/jobs/{NOBODYS}/cancel"),
    ("POST", f"/jobs/{NOBODYS}/retry"),
    ("GET", "/clusters"),
    ("POST", "/clusters"),
    ("DELETE", f"/clusters/{CLUSTER}"),
    ("POST", f"/clusters/{CLUSTER}/scale"),
]


class Gateway:
    """Answers as Dask Gateway does, for one token, and remembers what it was asked for."""

    def __init__(self, token: str) -> None:
        self.asked: list[tuple[str, str, object]] = []
        self.clusters = {
            CLUSTER: {
                "name": CLUSTER,
                "status": "RUNNING",
                "start_time": 1,
                "options": {"worker_memory": 2.0},
                "tls_key": "a private key",
            }
        }
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def do_DELETE(self) -> None:
                self.answer()

            def answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                gateway.asked.append((self.command, self.path, json.loads(sent) if sent else None))
                if self.headers["Authorization"] != f"jupyterhub {token}":
                    return self.reply(401, {"error": "Unauthorized"})
                if self.command == "DELETE":
                    return self.reply(204, None)
                if self.path.endswith("/scale"):
                    return self.reply(409, {"error": "Cluster is not running"})
                return self.reply(*((200, gateway.clusters) if self.command == "GET" else (201, {"name": CLUSTER})))

            def reply(self, code: int, content: object) -> None:
                sent = b"" if content is None else json.dumps(content).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_hub() as hub, running_api(settings_for(tmp_path_factory.mktemp("state"), hub), hub) as api:
        yield api


@pytest.fixture(scope="module")
def ada(api: Api) -> str:
    return api.hub.add("ada")


@pytest.fixture(scope="module")
def gateway(ada: str) -> Iterator[Gateway]:
    gateway = Gateway(ada)
    thread = threading.Thread(target=gateway.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield gateway
    gateway.server.shutdown()
    thread.join()
    gateway.server.server_close()


@pytest.fixture(scope="module")
def server(api: Api, ada: str, gateway: Gateway, notebook_server, tmp_path_factory) -> Iterator[str]:
    """The notebook server of somebody in a workbench."""
    folder = tmp_path_factory.mktemp("server")
    # Jobs stay as they are: a state folder that is a file keeps whoever would run them from it.
    (folder / "home").write_text("")
    session = {
        "PHYSFORGE_API_URL": api.url,
        "JUPYTERHUB_API_TOKEN": ada,
        "DASK_GATEWAY__ADDRESS": gateway.url,
        "PHYSFORGE_HOME": str(folder / "home"),
    }
    with notebook_server(folder, TOKEN, session) as url:
        yield f"{url}/physforge/api"


@pytest.fixture
def ask(server: str) -> Ask:
    return lambda method, path, **options: call(server, method, path, **options)


def call(server: str, method: str, path: str, **options) -> httpx.Response:
    return httpx.request(method, server + path, headers={"Authorization": f"token {TOKEN}"}, timeout=60, **options)


def job_of(api: Api, token: str, **config: object) -> str:
    wanted = {"jobs": [{"kind": "discovery", "config": {"dataset": "burgers", **config}}]}
    answer = api.call("POST", "/jobs", token, json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["items"][0]["id"]


@pytest.mark.parametrize(("method", "path"), VERBS)
def test_every_verb_is_for_who_is_logged_in(server, gateway, method, path):
    before = len(gateway.asked)
    # What is asked for against foreign pages is no login.
    own = {"Cookie": "_xsrf=00ff", "X-XSRFToken": "00ff"}
    for headers in ({}, own, {"Authorization": "token " + "0" * 32}, {**own, "Authorization": "token " + "0" * 32}):
        assert httpx.request(method, server + path, headers=headers, json={"workers": 1}).status_code == 403
    assert len(gateway.asked) == before


@pytest.mark.parametrize(("method", "path"), [verb for verb in VERBS if verb[0] != "GET"])
def test_a_foreign_page_cannot_act_with_the_cookies_of_a_browser(server, gateway, method, path):
    with httpx.Client(follow_redirects=True) as browser:
        browser.get(f"{server.removesuffix('/physforge/api')}/tree?token={TOKEN}")
        before = len(gateway.asked)
        refused = browser.request(method, server + path, json={"workers": 1})
        assert refused.status_code == 403
        assert "_xsrf" in refused.text
        assert len(gateway.asked) == before
        cookie = {"X-XSRFToken": browser.cookies["_xsrf"]}
        assert browser.request(method, server + path, headers=cookie, json={"workers": 1}).status_code != 403


def test_own_data_comes_before_the_catalog_and_is_asked_for_each_time(ask, api, ada):
    assert "run7" not in [one["name"] for one in ask("GET", "/data").json()["items"]]
    api.upload(ada, "run7")
    api.upload(api.hub.add("grace"), "of-grace")
    rows = ask("GET", "/data").json()["items"]
    assert rows[0] == {"name": "run7", "title": "run.csv", "dims": [], "fields": [], "own": True}
    names = [one["name"] for one in rows]
    assert {"burgers", "lynx-hare"} < set(names)
    assert "of-grace" not in names
    (burgers,) = [one for one in rows if one["name"] == "burgers"]
    assert (burgers["dims"], burgers["own"]) == (["t", "x"], False)


def test_jobs_are_listed_cancelled_and_tried_again(ask, api, ada):
    job = job_of(api, ada)
    theirs = job_of(api, api.hub.add("hedy"))
    rows = {one["id"]: one for one in ask("GET", "/jobs").json()["items"]}
    assert theirs not in rows
    row = rows[job]
    assert (row["kind"], row["name"], row["state"], row["may_change"]) == ("discovery", "burgers", "queued", True)
    # Settings and run records stay where they are.
    assert not {"config", "run", "inputs", "worker"} & set(row)
    assert ask("POST", f"/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert ask("POST", f"/jobs/{job}/retry").json()["state"] == "queued"
    for verb in ("cancel", "retry"):
        refused = ask("POST", f"/jobs/{theirs}/{verb}")
        assert refused.status_code == 404
        assert "no such job" in refused.json()["message"]
    ask("POST", f"/jobs/{job}/cancel")


def test_a_log_is_read_from_where_one_was(ask, api, ada):
    job = job_of(api, ada, target="u_t")
    store = Workspace(login=Login(api.url, ada)).jobs
    claim = store.claim("a worker", job_id=job)
    store.append_log(claim, 0, f"one\n{EVIL}\n")
    piece = ask("GET", f"/jobs/{job}/log").json()
    assert (piece["text"], piece["attempt"]) == (f"one\n{EVIL}\n", 1)
    store.append_log(claim, piece["end"], "two\n")
    assert ask("GET", f"/jobs/{job}/log?start={piece['end']}&attempt=1").json()["text"] == "two\n"
    store.finish(claim, Outcome(State.FAILED))
    store.close()


@pytest.mark.parametrize("start", ["-1", "x", "1e3", "٣", "9" * 16, "1&limit=1"])
def test_only_numbers_say_where_a_log_begins(ask, start):
    answer = ask("GET", f"/jobs/{NOBODYS}/log", params={"start": start})
    assert answer.status_code == 422
    assert "start must be a number" in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/all/cancel",
        "/jobs/..%2Fdatasets/cancel",
        f"/jobs/{NOBODYS}%2F..%2F..%2Fdatasets/cancel",
        f"/jobs/{NOBODYS}/token",
        "/jobs/kinds",
        f"/clusters/{'f' * 31}/scale",
        f"/clusters/{CLUSTER}%2F..%2F/scale",
        f"/clusters/{CLUSTER}/adapt",
        "/workbench/http:%2F%2Felsewhere.example",
    ],
)
def test_nothing_else_is_passed_on(ask, gateway, path):
    before = len(gateway.asked)
    for method in ("GET", "POST", "DELETE"):
        assert ask(method, path).status_code in (404, 405)
    assert len(gateway.asked) == before


def test_clusters_are_listed_without_their_keys_made_and_stopped(ask, gateway):
    (row,) = ask("GET", "/clusters").json()["items"]
    assert (row["name"], row["status"], row["workers"], row["has_pages"]) == (CLUSTER, "RUNNING", None, False)
    assert "key" not in ask("GET", "/clusters").text
    made = ask("POST", "/clusters", json={"cluster_options": {"python": "/tmp/evil"}})  # noqa: S108
    assert (made.status_code, made.json()) == (201, {"name": CLUSTER})
    assert gateway.asked[-1] == ("POST", "/api/v1/clusters/", {"cluster_options": {}})
    assert ask("DELETE", f"/clusters/{CLUSTER}").status_code == 204
    assert gateway.asked[-1][:2] == ("DELETE", f"/api/v1/clusters/{CLUSTER}")


def test_what_the_gateway_refuses_is_said_in_its_words(ask, gateway):
    refused = ask("POST", f"/clusters/{CLUSTER}/scale", json={"workers": 3})
    assert gateway.asked[-1] == ("POST", f"/api/v1/clusters/{CLUSTER}/scale", {"count": 3})
    assert (refused.status_code, refused.json()) == (409, {"message": "Cluster is not running"})


@pytest.mark.parametrize("body", [{"workers": -1}, {"workers": True}, {"workers": "1"}, {"workers": 10**9}, {}, [1]])
def test_workers_are_a_number(ask, gateway, body):
    before = len(gateway.asked)
    assert ask("POST", f"/clusters/{CLUSTER}/scale", json=body).status_code == 422
    assert len(gateway.asked) == before


def test_looking_does_not_keep_a_server(ask, server):
    def last_activity() -> str:
        status = httpx.get(f"{server.removesuffix('/physforge/api')}/api/status?no_track_activity=1&token={TOKEN}")
        return status.json()["last_activity"]

    assert ask("GET", "/place").json() == {"mode": "workbench", "apps": {}, "clusters": True}
    before = last_activity()
    ask("GET", "/jobs")
    assert last_activity() == before
    ask("DELETE", f"/clusters/{CLUSTER}")
    assert last_activity() > before


def test_without_a_workbench_there_are_no_clusters_and_no_apps():
    assert asyncio.run(AtHome().apps()) == {}
    clusters = Clusters({"DASK_GATEWAY__ADDRESS": "http://127.0.0.1:9"})
    assert not clusters.are_there
    with pytest.raises(RefusedError, match="physforge up") as refused:
        asyncio.run(clusters.list())
    assert refused.value.status == 501


def test_a_workbench_that_does_not_answer_is_said_to():
    away = AtWorkbench({"PHYSFORGE_API_URL": "http://127.0.0.1:9", "JUPYTERHUB_API_TOKEN": "x"})
    with pytest.raises(RefusedError, match="does not answer") as refused:
        asyncio.run(away.jobs())
    assert refused.value.status == 502
    assert asyncio.run(away.apps()) == {}


def test_a_local_job_is_followed_and_cancelled_by_the_command_line(tmp_path, monkeypatch):
    monkeypatch.delenv("PHYSFORGE_API_URL", raising=False)
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path))
    store = Workspace(tmp_path).jobs
    (job,) = store.submit([JobSpec("discovery", {"dataset": "burgers"}, executor="elsewhere")])
    claim = store.claim("a worker", job_id=job.id)
    store.append_log(claim, 0, f"one\n{EVIL}\n")
    home = AtHome()
    (row,) = asyncio.run(home.jobs())
    assert (row["id"], row["state"], row["name"], row["may_change"]) == (job.id, "running", "burgers", True)
    piece = asyncio.run(home.log(job.id, None, 4))
    assert (piece["text"], piece["end"], piece["attempt"]) == (f"{EVIL}\n", 4 + len(EVIL) + 1, 1)
    assert asyncio.run(home.cancel(job.id))["cancel_requested"]
    store.close()


def test_it_does_not_load_the_library():
    modules = "at_home, at_workbench, calls, clusters, command_line, facts, sidebar"
    loaded = f"import sys; from physforge_jupyterlab import {modules}; print('physforge' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_program_is_missing_or_says_nonsense(tmp_path: Path):
    program = tmp_path / "physforge"
    with pytest.raises(RefusedError, match="pip install physforge") as missing:
        asyncio.run(ask_json("job", "list", program=str(program)))
    assert missing.value.status == 501
    program.write_text("#!/bin/sh\necho nonsense\n")
    program.chmod(0o755)
    with pytest.raises(RefusedError, match="JSON"):
        asyncio.run(ask_json("job", "list", program=str(program)))
    program.write_text("#!/bin/sh\necho 'No such job.' >&2; exit 3\n")
    with pytest.raises(RefusedError, match=r"No such job\."):
        asyncio.run(ask_json("job", "list", program=str(program)))

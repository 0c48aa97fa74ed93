"""``physforge cluster`` against a small server that speaks Dask Gateway's REST API."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

REPORT = {
    "name": "1b0d5a1e",
    "status": "RUNNING",
    "options": {"worker_cores": 2},
    "start_time": 1796031000000,
    "stop_time": None,
    "dashboard_route": None,
    "tls_cert": None,
    "tls_key": None,
}


class Gateway(BaseHTTPRequestHandler):
    """Knows one token and one cluster, and writes down what it is asked for."""

    asked: list = []  # noqa: RUF012 - of one server at a time; the fixture empties it
    token = "of-the-hub"

    def log_message(self, *_):
        pass

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if self.headers.get("Authorization") != f"jupyterhub {self.token}":
            self.answer(401)
        elif "/clusters/" in self.path and "1b0d5a1e" not in self.path and self.command != "GET":
            self.answer(404, {"error": f"Cluster {self.path.split('/')[4]} not found"})
        else:
            self.asked.append((self.command, self.path, body))
            self.answer(200, {"GET": {"1b0d5a1e": REPORT}, "POST": {"ok": True}}.get(self.command))

    do_GET = do_POST = do_DELETE = handle_one  # noqa: N815 - as the server calls them

    def answer(self, status, document=None):
        # What the client does not read has no content: it would hold its connection.
        content = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", Gateway.token)
    Gateway.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_clusters_are_listed(physforge, gateway):
    code, out, err = physforge("cluster", "list", "--address", gateway, "--json")
    assert code == 0, err
    (one,) = json.loads(out)
    assert (one["name"], one["status"], one["options"]) == ("1b0d5a1e", "running", {"worker_cores": 2})
    code, out, _ = physforge("cluster", "list", "--address", gateway)
    assert code == 0
    assert "1b0d5a1e" in out
    assert "worker_cores=2" in out


def test_a_cluster_is_scaled_let_adapt_and_stopped(physforge, gateway):
    assert physforge("cluster", "scale", "1b0d5a1e", "3", "--address", gateway)[0] == 0
    _, out, _ = physforge("cluster", "scale", "1b0d5a1e", "1..8", "--address", gateway, "--json")
    assert json.loads(out) == {"name": "1b0d5a1e", "minimum": 1, "maximum": 8}
    assert physforge("cluster", "stop", "1b0d5a1e", "--address", gateway)[0] == 0
    path = "/api/v1/clusters/1b0d5a1e"
    assert Gateway.asked == [
        ("POST", f"{path}/scale", {"count": 3}),
        ("POST", f"{path}/adapt", {"minimum": 1, "maximum": 8, "active": True}),
        ("DELETE", path, None),
    ]


def test_the_gateway_is_that_of_the_workbench_that_one_is_logged_in_to(physforge, gateway, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_API_URL", gateway)
    assert physforge("cluster", "list")[0] == 0
    ((_, path, _),) = Gateway.asked
    assert path.startswith("/services/dask-gateway/api/v1/clusters/")


@pytest.mark.parametrize("workers", ["many", "-1", "8..1", "1..", "1..x"])
def test_a_wrong_number_of_workers_is_wrong_usage(physforge, gateway, workers):
    code, out, err = physforge("cluster", "scale", "--address", gateway, "--", "1b0d5a1e", workers)
    assert (code, out) == (2, "")
    assert "1..8" in err
    assert Gateway.asked == []


def test_what_the_gateway_refuses_is_said(physforge, gateway, monkeypatch):
    code, out, err = physforge("cluster", "stop", "another", "--address", gateway)
    assert (code, out) == (1, "")
    assert "Cluster another not found" in err
    code, _, err = physforge("cluster", "stop", "../../../hub/api", "--address", gateway)
    assert code == 1
    assert "no name of a cluster" in err
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "pf-of-the-api")
    code, _, err = physforge("cluster", "list", "--address", gateway)
    assert code == 1
    assert "401" in err
    assert "physforge login --token" in err
    assert "pf-of-the-api" not in err


def test_a_gateway_that_is_away_is_named(physforge, gateway):
    code, _, err = physforge("cluster", "list", "--address", "http://127.0.0.1:9")
    assert code == 1
    assert "127.0.0.1:9" in err


def test_where_there_is_no_gateway_that_is_said_with_the_cure(physforge, monkeypatch):
    monkeypatch.delenv("DASK_GATEWAY__ADDRESS", raising=False)
    code, out, err = physforge("cluster", "list")
    assert (code, out) == (1, "")
    assert "--executor dask" in err


def test_a_token_goes_over_no_network_in_the_clear(physforge, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "of-the-hub")
    code, _, err = physforge("cluster", "list", "--address", "http://gateway.example.org")
    assert code == 2
    assert "https" in err

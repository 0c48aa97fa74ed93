"""A scheduler's pages: on a Unix socket of its user, shown by that user's notebook server to who may see them."""

import os
import secrets
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import websocket

from physforge.workbench import scheduler_dashboard

pytestmark = pytest.mark.timeout(180)

NAME = "0123456789abcdef" * 2
TOKEN = secrets.token_hex(16)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("r")


@pytest.fixture(scope="module")
def scheduler(runtime: Path) -> Iterator[subprocess.Popen]:
    """As Dask Gateway starts it, in a Python that need not know PhysForge."""
    program = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    environment = {
        **os.environ,
        "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": '["distributed.http.health"]',
        scheduler_dashboard.SOCKET_VARIABLE: str(runtime / f"cluster-{NAME}.sock"),
    }
    with (runtime / "scheduler.log").open("wb") as log:
        process = subprocess.Popen(
            [*program, "--dashboard-address", "127.0.0.1:0", "--preload", scheduler_dashboard.__file__],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=runtime,
        )
    yield process
    process.terminate()
    process.wait(30)
    assert not (runtime / f"cluster-{NAME}.sock").exists()


@pytest.fixture(scope="module")
def server(runtime: Path, scheduler: subprocess.Popen, notebook_server) -> Iterator[str]:
    wait_for(lambda: (runtime / f"cluster-{NAME}.sock").exists(), runtime / "scheduler.log")
    with notebook_server(runtime, TOKEN) as url:
        yield f"{url}/physforge/clusters"


def wait_for(condition, log: Path) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.1)


def get(url: str, token: str = TOKEN) -> httpx.Response:
    return httpx.get(url, headers={"Authorization": f"token {token}"}, timeout=30)


def connect(url: str, *, token: str = TOKEN, cookie: str | None = None, origin: str | None = None):
    # Bokeh's page names a token of its own beside the protocol.
    page = get(url.removesuffix("/ws"))
    ticket = page.text.split('"token":"')[1].split('"')[0] if '"token":"' in page.text else "none"
    return websocket.create_connection(
        url.replace("http", "ws", 1),
        subprotocols=["bokeh", ticket],
        header=[f"Authorization: token {token}"] if token else [],
        cookie=cookie,
        origin=origin,
        suppress_origin=origin is None,
        timeout=30,
    )


def test_the_owner_sees_the_pages(server):
    page = get(f"{server}/{NAME}/status")
    assert page.status_code == 200
    assert "Dask Diagnostic UI" in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert get(f"{server}/{NAME}/statics/css/base.css").headers["Content-Type"] == "text/css"
    assert "dask_scheduler_workers" in get(f"{server}/{NAME}/metrics").text
    assert get(f"{server}/{NAME}/info/main/workers.html").status_code == 200
    for start in ("", "/"):
        assert get(f"{server}/{NAME}{start}").headers["Location"] == f"/user/ada/physforge/clusters/{NAME}/status"


def test_the_owner_gets_what_is_drawn_live(server):
    connection = connect(f"{server}/{NAME}/status/ws")
    assert connection.subprotocol == "bokeh"
    # Three parts a message: header, metadata, content.
    assert '"msgtype": "ACK"' in connection.recv().replace('":"', '": "')
    connection.close()


def test_strangers_see_nothing(server):
    page = httpx.get(f"{server}/{NAME}/status")
    assert page.status_code == 302
    assert "/user/ada/login" in page.headers["Location"]
    assert get(f"{server}/{NAME}/status", token="wrong" * 8).status_code in (302, 403)
    for token in ("", "wrong" * 8):
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            connect(f"{server}/{NAME}/status/ws", token=token)


def test_a_websocket_from_a_foreign_page_is_refused(server):
    # A browser sends its cookies along, whoever's page asks.
    with httpx.Client(follow_redirects=True) as browser:
        browser.get(f"{server.removesuffix('/physforge/clusters')}/tree?token={TOKEN}")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    own = server.split("/user/")[0]
    connect(f"{server}/{NAME}/status/ws", token="", cookie=cookie, origin=own).close()
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        connect(f"{server}/{NAME}/status/ws", token="", cookie=cookie, origin="http://elsewhere.example")


@pytest.mark.parametrize("name", ["f" * 32, "../kernel", "%2e%2e", NAME.upper(), f"{NAME}0"])
def test_a_cluster_that_is_not_there(server, name):
    assert get(f"{server}/{name}/status").status_code == 404
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        connect(f"{server}/{name}/status/ws")


def test_the_socket_is_its_owners_and_the_port_shows_nothing(server, scheduler, runtime):
    assert stat.S_IMODE((runtime / f"cluster-{NAME}.sock").stat().st_mode) == 0o600
    listening = [one for one in psutil.Process(scheduler.pid).net_connections("inet") if one.status == "LISTEN"]
    assert listening
    for one in listening:
        for page in ("/status", "/metrics", "/json/identity.json", "/info/main/workers.html", "/sitemap.json"):
            try:
                answer = httpx.get(f"http://127.0.0.1:{one.laddr.port}{page}", timeout=5)
            except httpx.HTTPError:
                continue
            assert answer.status_code == 404 or "status" not in answer.text


def test_it_does_not_load_the_library():
    loaded = (
        "import sys, physforge_jupyterlab.cluster_pages; print('physforge' in sys.modules, 'xarray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"

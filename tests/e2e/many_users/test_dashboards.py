"""A cluster's dashboard: for its owner, after a login, and for nobody else by any way."""

import json
import os
import subprocess

import httpx
import pytest
import websocket
from e2e.bench import Workbench
from e2e.intruder import INTRUDE
from e2e.people import Person

from physforge.workbench.state import Plan

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]


def test_a_dashboard_is_for_its_owner_alone(bench, browser, ada, bea, kernels, clusters):
    name, link = clusters[ada.name]["name"], clusters[ada.name]["dashboard"]
    show_the_dashboard_to_its_owner(browser, bench, ada, link)
    refuse_the_dashboard(browser, bench, bea, kernels[bea.name], link)
    refuse_the_dashboard_by_other_ways(bench, ada, bea, kernels[bea.name], name)


def log_in_at(browser, address: str, person: Person):
    """Open a page in a browser that nobody has used: it asks for a login first."""
    page = browser.new_context().new_page()
    page.goto(address)
    assert "/hub/login" in page.url
    page.fill("#username_input", person.name)
    page.fill("#password_input", person.password)
    page.click("#login_submit")
    return page


def show_the_dashboard_to_its_owner(browser, bench: Workbench, owner: Person, link: str) -> None:
    assert link.startswith(f"{bench.url}/user/{owner.name}/")
    page = log_in_at(browser, link, owner)
    outside = []
    page.on("request", lambda one: outside.append(one.url) if "127.0.0.1" not in one.url else None)
    page.wait_for_url("**/status", timeout=30_000)
    # Plots come over the websocket, and not with the page.
    page.wait_for_selector(".bk-tab:has-text('Processing')", timeout=30_000)
    assert page.locator("canvas").count() > 0
    with page.expect_websocket(lambda one: one.url.endswith("/workers/ws")):
        page.click("a:has-text('Workers')")
    page.wait_for_selector(".slick-row, .bk-data-table", timeout=30_000)
    page.context.close()
    # A style sheet from elsewhere is named by some pages, and not fetched.
    assert [one for one in outside if not one.startswith(("data:", "blob:"))] == []


def refuse_the_dashboard(browser, bench: Workbench, stranger: Person, kernel: str, link: str) -> None:
    page = log_in_at(browser, link, stranger)
    page.wait_for_selector("text=403", timeout=30_000)
    assert page.locator("canvas").count() == 0
    page.context.close()
    socket = link.replace("http", "ws", 1) + "/ws"
    # Without a login, or with a token that is none, to the login page.
    for headers, status in ((stranger.headers, 403), ({}, 302), ({"Authorization": "token " + "0" * 64}, 302)):
        assert httpx.get(link, headers=headers).status_code == status
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(socket, header=headers, subprotocols=["bokeh", "none"], timeout=10)


def refuse_the_dashboard_by_other_ways(
    bench: Workbench, owner: Person, stranger: Person, kernel: str, cluster: str
) -> None:
    # The socket itself: root can open it, the stranger cannot.
    path = str(Plan.read(bench.state).sockets / str(owner.unix.pw_uid) / f"cluster-{cluster}.sock")
    code = INTRUDE.format(paths=[path])
    seen = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(seen) == [path]
    assert json.loads(stranger.run(kernel, code)) == []
    # Dask Gateway's own proxy, which asks nobody who they are, and a name said at the stranger's own server.
    assert httpx.get(f"http://127.0.0.1:{bench.ports.gateway}/clusters/{cluster}/status").status_code == 404
    own = f"{bench.url}/user/{stranger.name}/physforge/clusters/{cluster}/status"
    assert httpx.get(own, headers=stranger.headers).status_code == 404

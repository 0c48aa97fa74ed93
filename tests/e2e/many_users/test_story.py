"""The whole story of a workbench for many: two are invited and work, and a third stays outside."""

import os
from pathlib import Path

import httpx
import pytest
import websocket
from e2e.bare_hub import Browser
from e2e.bench import Workbench
from e2e.people import Person

from physforge.audit import AuditLog, AuditSettings, Selection
from physforge.client import Login, RemoteWorkbench
from physforge.workbench.accounts import Accounts

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

#: Who was never invited.
NOBODY = "pf-nobody-at-all"


def test_the_story(bench, ada, bea, kernels, clusters, browser, tmp_path):
    # That both were invited, opened their links once and logged in is in the fixture `people`.
    each_has_an_own_server(bench, ada, bea)
    each_has_an_own_cluster(ada, bea, clusters)
    each_discovers_in_the_app(bench, browser, ada, bea)
    dataset = one_shares_with_the_other(bench, ada, bea, tmp_path)
    a_third_is_refused_everywhere(bench, ada, kernels, dataset)
    the_event_log_tells_all_of_it(bench, ada, bea, dataset)


def each_has_an_own_server(bench: Workbench, ada: Person, bea: Person) -> None:
    uids = set()
    for person in (ada, bea):
        (server,) = person.processes("jupyterhub-singleuser")
        assert server.uids() == (person.unix.pw_uid,) * 3
        uids.add(server.uids().real)
    assert len(uids) == 2
    for person, other in ((ada, bea), (bea, ada)):
        assert bench.get(f"/user/{person.name}/api/status", headers=person.headers).status_code == 200
        assert bench.get(f"/user/{other.name}/api/status", headers=person.headers).status_code == 403


def each_has_an_own_cluster(ada: Person, bea: Person, clusters: dict[str, dict]) -> None:
    for person in (ada, bea):
        facts = clusters[person.name]
        assert facts["worker"] == facts["scheduler"] == person.unix.pw_uid
        assert facts["computed"] == 49
    assert clusters[ada.name]["name"] != clusters[bea.name]["name"]


def each_discovers_in_the_app(bench: Workbench, browser, ada: Person, bea: Person) -> None:
    """Both at the same time, in two browsers; the job is run by a process of their own."""
    pages = {person: browser.new_context().new_page() for person in (ada, bea)}
    for person, page in pages.items():
        page.goto(f"{bench.url}/services/apps/")
        page.fill("#username_input", person.name)
        page.fill("#password_input", person.password)
        page.click("#login_submit")
    for page in pages.values():
        page.wait_for_url("**/services/apps/home", timeout=60_000)
        page.goto(f"{bench.url}/services/apps/discover")
        page.get_by_label("Dataset").fill("lynx-hare", timeout=60_000)
        page.keyboard.press("Escape")
    for page in pages.values():
        page.get_by_role("button", name="Discover", exact=True).click(timeout=60_000)
        page.get_by_role("link", name="Watch it").click(timeout=60_000)
    for person, page in pages.items():
        page.wait_for_selector("text=not settled", timeout=120_000)
        assert page.locator(".katex-html").first.inner_text().count("hare") >= 2
        assert person.processes("physforge.jobs.runner")
        page.context.close()


def one_shares_with_the_other(bench: Workbench, ada: Person, bea: Person, folder: Path) -> str:
    table = folder / "run7.csv"
    table.write_text("t,u\n0,1\n0.5,3\n1,2\n")
    api = f"{bench.url}/services/api/v1"
    with RemoteWorkbench(Login(bench.url, ada.token)) as mine, RemoteWorkbench(Login(bench.url, bea.token)) as hers:
        mine.upload(table, message="raw")
        assert list(hers.datasets(name="run7")) == []
        dataset = next(mine.datasets(name="run7"))["id"]
        assert httpx.get(f"{api}/datasets/{dataset}", headers=bea.headers).status_code == 404
        bea_id = hers.me()["id"]
        grants = f"{api}/datasets/{dataset}/grants/principal/{bea_id}"
        httpx.put(grants, headers=ada.headers, json={"role": "viewer"}).raise_for_status()
        hers.download("run7", folder / "copy.csv")
        assert (folder / "copy.csv").read_bytes() == table.read_bytes()
        assert httpx.delete(f"{api}/datasets/{dataset}", headers=bea.headers).status_code == 403
        assert httpx.put(grants, headers=bea.headers, json={"role": "owner"}).status_code == 403
    return dataset


def a_third_is_refused_everywhere(bench: Workbench, ada: Person, kernels: dict[str, str], dataset: str) -> None:
    with Browser(bench.url, "") as browser:
        assert browser.log_in(NOBODY, ada.password).status_code == 403
        assert browser.who() is None
        for page in ("/hub/spawn", f"/user/{ada.name}/lab", "/services/apps/discover"):
            assert browser.get(page).url.path == "/hub/login", page
        session = browser.get("/hub/login").cookies
    for headers in ({}, {"Authorization": "token " + "0" * 64}):
        for path in ("/hub/api/users", f"/user/{ada.name}/api/kernels", f"/user/{ada.name}/api/contents"):
            assert bench.get(path, headers=headers, cookies=session).status_code == 403, path
        api = "/services/api/v1"
        for path in ("/me", "/datasets", f"/datasets/{dataset}", f"/datasets/{dataset}/versions/1/content"):
            assert bench.get(api + path, headers=headers).status_code == 401, path
        clusters = f"http://127.0.0.1:{bench.ports.gateway}/api/v1/clusters/"
        for method in ("GET", "POST"):
            asked = {one: text.replace("token", "jupyterhub") for one, text in headers.items()}
            assert httpx.request(method, clusters, headers=asked, json={}).status_code == 401
    for path in (f"/user/{ada.name}/api/kernels/{kernels[ada.name]}/channels", "/services/apps/discover/ws"):
        address = bench.url.replace("http", "ws", 1) + path
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(address, origin=bench.url, subprotocols=["bokeh", "none"], timeout=10)


def the_event_log_tells_all_of_it(bench: Workbench, ada: Person, bea: Person, dataset: str) -> None:
    assert "The event log is whole" in bench.command("audit", "verify").stdout
    accounts = Accounts(bench.state.accounts)
    with AuditLog.of(AuditSettings.of(bench.home, {}), create=False) as log:
        assert log.verify().ok
        told = sorted(log.query(Selection(), limit=1000).entries, key=lambda entry: entry.seq)
    for person in (ada, bea):
        acts = [one.act for one in told if one.object_id == str(accounts.find(person.name).id)]
        assert acts[:2] == ["account.invite", "account.activate"]
        assert "login.ok" in acts
        used = [one for one in told if one.actor == str(accounts.find(person.name).id)]
        assert {"server.start", "cluster.start"} <= {one.act for one in used}
    acts = [(one.act, one.outcome) for one in told if one.object_id == dataset]
    assert [one for one in acts if one[1] == "ok"][:3] == [
        ("dataset.create", "ok"),
        ("share.grant", "ok"),
        ("dataset.download", "ok"),
    ]
    assert ("access.refused", "refused") in acts
    assert [one for one in told if one.act == "login.refused" and one.object_id is None]

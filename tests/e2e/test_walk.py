"""The whole way, once: login, notebook, cluster, intruders, deaths, and a clean end."""

import json
import os
import signal
import stat

import httpx
import nbformat
import pytest
import websocket
from e2e.bench import Workbench, wait_for
from e2e.kernel import execute
from e2e.sidebar import use_the_sidebar
from e2e.widgets_walk import explore_in_a_notebook

from physforge.workbench.state import Plan

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

NOTEBOOK = "01_quickstart.ipynb"


def test_the_walk(workbench: Workbench, browser, keep_picture):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    outside = watch_for_outside_requests(page, workbench)
    refuse_wrong_passwords(workbench)
    log_in(page, workbench)
    token = make_token(page, workbench)
    run_quickstart(page, workbench, token)
    assert outside == []
    if keep_picture:
        take_picture(page, keep_picture)
    kernel = only_kernel(workbench, token)
    use_the_sidebar(page, lambda code: execute(workbench.url, kernel, code, token, workbench.user))
    assert outside == []
    assert_kernel_speaks_over_files(workbench, kernel)
    refuse_strangers(browser, workbench, kernel)
    survive_the_hubs_death(workbench, token, kernel)
    survive_the_proxys_death(workbench, token, kernel)
    explore_in_a_notebook(page, workbench)
    page.close()
    assert outside == []
    discover_in_the_app(browser, workbench)
    leave_nothing_behind(workbench)


def watch_for_outside_requests(page, workbench: Workbench) -> list[str]:
    outside: list[str] = []

    def note(request) -> None:
        inside = (workbench.url, workbench.url.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(inside):
            outside.append(request.url)

    page.on("request", note)
    return outside


def refuse_wrong_passwords(workbench: Workbench) -> None:
    for user, password in ((workbench.user, "wrong"), ("stranger", workbench.password), ("stranger", "")):
        with httpx.Client(base_url=workbench.url, follow_redirects=True) as client:
            answer = workbench.log_in(client, user, password)
            assert answer.status_code == 403
            assert "Invalid username or password" in answer.text


def log_in(page, workbench: Workbench) -> None:
    page.goto(workbench.url)
    page.fill("#username_input", workbench.user)
    page.fill("#password_input", workbench.password)
    page.click("#login_submit")
    page.wait_for_url("**/lab**", timeout=90_000)
    page.wait_for_selector(".jp-Launcher", timeout=60_000)


def make_token(page, workbench: Workbench) -> str:
    """Ask the hub for an API token on its page."""
    page.goto(f"{workbench.url}/hub/token")
    page.fill("#token-note", "end-to-end test")
    page.click("#request-token-form button[type=submit]")
    page.wait_for_selector("#token-result:not(:empty)")
    wait_for(lambda: page.text_content("#token-result").strip(), "the token on the page", 20)
    return page.text_content("#token-result").strip()


def run_quickstart(page, workbench: Workbench, token: str) -> None:
    """Run every cell through the browser, and see the Dask cluster come and go."""
    page.goto(f"{workbench.url}/user/{workbench.user}/lab/tree/{NOTEBOOK}")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=60_000)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells >> nth=0")
    wait_for(lambda: no_error(page) and clusters(workbench, token), "a Dask cluster in the gateway's list", 240)
    wait_for(lambda: "dask worker" in workbench.programs(), "a Dask worker process", 60)
    wait_for(lambda: no_error(page) and not clusters(workbench, token), "the Dask cluster stopped", 240)
    wait_for(lambda: "dask worker" not in workbench.programs(), "the Dask workers gone", 60)
    wait_for(lambda: kernel_state(workbench, token) == "idle", "the kernel idle", 60)
    page.keyboard.press("Control+s")
    wait_for(lambda: every_cell_ran(workbench), "the notebook saved with every cell run", 30)
    assert_results_are_right(workbench)


def discover_in_the_app(browser, workbench: Workbench) -> None:
    """Pick a data set and have its equation found; the job is run by the user's own server."""
    page = browser.new_context().new_page()
    outside = watch_for_outside_requests(page, workbench)
    page.goto(f"{workbench.url}/services/apps/")
    page.fill("#username_input", workbench.user)
    page.fill("#password_input", workbench.password)
    page.click("#login_submit")
    page.wait_for_url("**/services/apps/home", timeout=60_000)
    page.goto(f"{workbench.url}/services/apps/discover")
    page.get_by_label("Dataset").fill("lynx-hare", timeout=60_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discover", exact=True).click(timeout=60_000)
    page.get_by_role("link", name="Watch it").click(timeout=60_000)
    page.wait_for_selector("text=not settled", timeout=120_000)
    assert page.locator(".katex-html").first.inner_text().count("hare") >= 2
    page.context.close()
    assert outside == []


def no_error(page) -> bool:
    """Fail at once, and with its words, when a cell ends in an error."""
    shown = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    assert shown.count() == 0, shown.first.inner_text()
    return True


def clusters(workbench: Workbench, token: str) -> list[str]:
    answer = httpx.get(
        f"http://127.0.0.1:{workbench.ports.gateway}/api/v1/clusters/",
        headers={"Authorization": f"jupyterhub {token}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return [name for name, facts in answer.json().items() if facts["status"] in ("PENDING", "RUNNING")]


def kernels(workbench: Workbench, token: str) -> list[dict]:
    path = f"/user/{workbench.user}/api/kernels"
    return workbench.get(path, headers={"Authorization": f"token {token}"}).json()


def kernel_state(workbench: Workbench, token: str) -> str:
    return kernels(workbench, token)[0]["execution_state"]


def only_kernel(workbench: Workbench, token: str) -> str:
    (kernel,) = kernels(workbench, token)
    return kernel["id"]


def saved_notebook(workbench: Workbench) -> nbformat.NotebookNode:
    path = workbench.state.user_home(workbench.user) / "notebooks" / NOTEBOOK
    return nbformat.read(path, as_version=4)


def every_cell_ran(workbench: Workbench) -> bool:
    try:
        cells = saved_notebook(workbench).cells
    except nbformat.reader.NotJSONError:  # it is being written just now
        return False
    return all(cell.execution_count for cell in cells if cell.cell_type == "code")


def assert_results_are_right(workbench: Workbench) -> None:
    cells = [cell for cell in saved_notebook(workbench).cells if cell.cell_type == "code"]
    failed = [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert not failed, failed
    text = "\n".join(str(output) for cell in cells for output in cell.outputs)
    assert "u_t = -u*u_x + 0.1*u_xx" in text
    assert "21 points cannot settle the form" in text
    assert "share of the ensemble" in text


def take_picture(page, target) -> None:
    """Show the equation that was found and the simulation beside the data."""
    cell = page.locator(".jp-CodeCell", has_text="print(found.summary())").first
    for position in range(0, 40_000, 400):
        page.evaluate(f"document.querySelector('.jp-WindowedPanel-outer').scrollTop = {position}")
        page.wait_for_timeout(100)
        if cell.count():
            break
    cell.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(3_000)
    page.screenshot(path=target)


def assert_kernel_speaks_over_files(workbench: Workbench, kernel: str) -> None:
    folder = Plan.read(workbench.state).sockets
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0
    connection = json.loads((folder / f"kernel-{kernel}.json").read_text())
    assert connection["transport"] == "ipc"
    sockets = [path for path in folder.iterdir() if path.is_socket() and kernel in path.name]
    assert len(sockets) == 5
    # One port is left: there a kernel collects what its forked children print, and only
    # messages that carry its own random key. Nothing can be read from it.
    assert len(workbench.listeners("ipykernel_launcher")) <= 1


def refuse_strangers(browser, workbench: Workbench, kernel: str) -> None:
    user = workbench.user
    # Pages lead to the login page, interfaces to 403; nothing is shown.
    own = [
        f"/user/{user}/{page}" for page in ("", "lab", f"lab/tree/{NOTEBOOK}", f"files/{NOTEBOOK}", f"view/{NOTEBOOK}")
    ]
    for path in (*own, "/hub/home", "/hub/admin", "/hub/token", f"/hub/spawn/{user}", "/services/apps/discover"):
        page = browser.new_context().new_page()
        page.goto(workbench.url + path)
        assert "/hub/login" in page.url, path
        page.close()
    lists = [f"/user/{user}/{name}" for name in ("api/kernels", "api/contents", "physforge/api/data")]
    for path in (*lists, "/hub/api/users", "/hub/api/user"):
        for headers in ({}, {"Authorization": "token " + "0" * 64}):
            assert workbench.get(path, headers=headers).status_code == 403, path
    address = f"{workbench.url.replace('http', 'ws', 1)}/user/{user}/api/kernels/{kernel}/channels"
    for header in ([], ["Authorization: token " + "0" * 64]):
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(address, header=header, timeout=10)
    apps = f"{workbench.url.replace('http', 'ws', 1)}/services/apps/discover/ws"
    for origin in (workbench.url, "http://elsewhere.example"):
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(apps, origin=origin, subprotocols=["bokeh", "none"], timeout=10)
    gateway = f"http://127.0.0.1:{workbench.ports.gateway}/api/v1/clusters/"
    for headers in ({}, {"Authorization": "jupyterhub " + "0" * 64}):
        assert httpx.get(gateway, headers=headers).status_code >= 400
    assert httpx.get(f"http://127.0.0.1:{workbench.ports.proxy_api}/api/http/routers").status_code == 401


def survive_the_hubs_death(workbench: Workbench, token: str, kernel: str) -> None:
    execute(workbench.url, kernel, "survivor = 42", token, workbench.user)
    before = workbench.pid_of("hub")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: workbench.pid_of("hub") not in (0, before), "the hub started again", 30)
    wait_for(lambda: workbench.answers("/hub/login"), "the hub back", 60)
    assert execute(workbench.url, kernel, "print(survivor)", token, workbench.user) == "42\n"


def survive_the_proxys_death(workbench: Workbench, token: str, kernel: str) -> None:
    before = workbench.pid_of("proxy")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: workbench.pid_of("proxy") not in (0, before), "the proxy started again", 30)
    wait_for(lambda: workbench.answers("/hub/login"), "the hub's route back", 30)
    own = {"Authorization": f"token {token}"}
    wait_for(lambda: workbench.answers(f"/user/{workbench.user}/api/kernels", headers=own), "the user's route back", 30)
    assert execute(workbench.url, kernel, "print(survivor)", token, workbench.user) == "42\n"


def leave_nothing_behind(workbench: Workbench) -> None:
    assert workbench.processes()
    workbench.down()
    assert workbench.processes() == []
    assert workbench.open_ports() == []
    assert workbench.status() == {
        "running": False,
        "healthy": False,
        "url": workbench.url + "/",
        "processes": {},
        "not_answering": [],
        "session_processes": 0,
    }

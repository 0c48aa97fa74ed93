"""Nobody asks for everything: each path at each port, by GET, POST and as a websocket.

Run by itself with ``-s``, it prints what is open and why.
"""

import os
import re
import sys
from collections import Counter

import psutil
import pytest
from e2e import sweep
from e2e.bare_hub import Browser
from e2e.sweep import Answer, Question

from physforge.client import Login, RemoteWorkbench
from physforge.workbench.state import Plan

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

#: Service, path, and why it is open to everybody.
OPEN = (
    ("hub", r"/hub/(login|welcome|request-account)", "login"),
    ("hub", r"/hub/(api/)?health", "health"),
    ("hub", r"/hub/(static/.*|logo)", "static"),
    ("server", r"/user/[^/]+/(static|lab/static|.*/static)/.*", "static"),
    ("apps", r"/services/apps/static/.*", "static"),
    # Asked for by browsers without the page's cookies.
    ("apps", r"/services/apps/physforge\.(webmanifest|svg)", "installing"),
    ("api", r"/services/api/v1/health/(live|ready)", "health"),
    ("gateway", r"/api/health", "health"),
    ("scheduler", r"/health", "health"),
    ("worker", r"/health", "health"),
    # A server that starts asks which hub it has before it shows who it is; clients of the others do the same.
    ("hub", r"/hub/api/", "version"),
    ("gateway", r"/api/version", "version"),
    ("server", r"/user/[^/]+/api", "version"),
    ("hub", r"/hub/error/\d+", "page of an error"),
)

#: Faults of other people's programs, which end such a request and nothing else.
FAULTS = (
    (
        "hub",
        r"/hub/api/authorizations/token/[^/]+",
        "JupyterHub: a removed route, which trips over its argument",
    ),
    ("server", r"/user/[^/]+/(favicon\.ico|robots\.txt)", "jupyter-server: a route of files that is not told where"),
    ("server", r"/user/[^/]+/lab/api/licenses/.*", "jupyterlab-server: refuses, and fails to say so"),
)

#: Asked at ports of which nothing else is known.
GUESSES = ("/", "/status", "/metrics", "/health", "/info/main/workers.html", "/json/identity.json", "/api/status")


def test_nobody_is_answered_but_login_health_and_static_files(bench, hub, ada, bea, kernels, clusters):
    known = paths_of(bench, ada, kernels, clusters)
    listening = ports_of(bench)
    assert {address for address, _ in listening.values()} == {"127.0.0.1"}
    questions = [
        Question(service, port, path, way)
        for service, ports in known_ports(bench, listening).items()
        for port in ports
        for path in known.get(service, GUESSES)
        for way in sweep.WAYS
    ]
    questions += [Question(who, port, "/", "GET", tls=True) for port, (_, who) in listening.items()]
    answers = sweep.ask_all(questions, as_a_browser(hub), is_mute=lambda one: bool(reason(one, FAULTS)))
    judged = [(one, reason(one.question, OPEN)) for one in answers if one.has_content]
    # Silence is no refusal: behind a known path somebody has to speak.
    silent = [one for one in answers if one.status == 0 and one.question.path in known.get(one.question.service, ())]
    failed = [
        (one, reason(one.question, FAULTS))
        for one in [*silent, *(one for one in answers if one.is_failure)]
        if not one.question.tls
    ]
    sys.stdout.write(f"\n{summary(answers)}\n\n{sweep.table([*judged, *failed])}\n")
    assert set(known) <= {one.question.service for one in answers if one.status}
    assert [one for one, why in judged if not why] == []
    assert [one for one, why in failed if not why] == []
    # Open means open: what the table lists is there.
    assert {why for _, why in judged} == {why for *_, why in OPEN}


def reason(asked: Question, table: tuple[tuple[str, str, str], ...]) -> str:
    for service, path, why in table:
        if asked.service.startswith(service) and re.fullmatch(path, asked.path.partition("?")[0]):
            return why
    return ""


def paths_of(bench, ada, kernels, clusters) -> dict[str, list[str]]:
    with RemoteWorkbench(Login(bench.url, ada.token)) as remote:
        me = remote.me()["id"]
    document = bench.get("/services/api/v1/openapi.json", headers=ada.headers).raise_for_status().json()
    names = {"user_name": ada.name, "kernel_id": kernels[ada.name], "path": "/results.csv", "server_name": ""}
    values = {"user_id": me, "subject_id": me, "subject_kind": "principal", "number": "1"}
    server = sweep.listing(ada.run(kernels[ada.name], sweep.SERVER_PATTERNS))
    prefix = f"/user/{ada.name}/"
    found = {
        "hub": [sweep.example(one, names, ada.name) for one in sweep.hub_patterns(str(bench.home))],
        "server": [prefix + sweep.example(one, names, kernels[ada.name]).lstrip("/") for one in server],
        "apps": [
            "/services/apps" + sweep.example(one, {}, "x")
            for one in sweep.apps_patterns(["discover", "publish", "admin"])
        ],
        "api": sweep.api_paths(document, values, "/services/api/v1"),
        "gateway": sweep.gateway_paths(clusters[ada.name]["name"]),
        "proxy_api": ["/", "/ping", "/metrics", "/dashboard/", "/debug/vars", "/api/version"]
        + [f"/api/{one}" for one in ("rawdata", "overview", "entrypoints", "http/routers", "http/services")],
    }
    found["hub"] += ["/", "/hub/static/favicon.ico", "/hub/static/js/admin-react.js", "/metrics", "/hub/api/nothing"]
    found["server"] += [prefix + one for one in ("files/results.csv", "api/kernels", "static/favicons/favicon.ico")]
    found["apps"] += ["/services/apps/static/js/bokeh.min.js"]
    assert len(found["hub"]) > 55
    assert len(found["server"]) > 60
    assert len(found["api"]) > 25
    return {service: list(dict.fromkeys(paths)) for service, paths in found.items()}


#: Words on a command line, and what a process with them is.
PROGRAMS = {
    "jupyterhub-singleuser": "server",
    "ipykernel": "kernel",
    "dask scheduler": "scheduler",
    "dask worker": "worker",
    # A worker's own process, which its nanny has started.
    "multiprocessing": "worker",
}


def ports_of(bench) -> dict[int, tuple[str, str]]:
    """Port -> address and who listens, of all processes that belong to the workbench."""
    found = {}
    for process in bench.processes():
        words = " ".join(process.cmdline())
        program = next((name for word, name in PROGRAMS.items() if word in words), "other")
        for one in process.net_connections(kind="inet"):
            if one.status == psutil.CONN_LISTEN:
                found[one.laddr.port] = (one.laddr.ip, program)
    return found


def known_ports(bench, listening) -> dict[str, list[int]]:
    """Service -> where it is asked: at the front door, where it is behind that, and at its own port."""
    ports = Plan.read(bench.state).ports
    found = {
        "hub": [ports.proxy, ports.hub],
        "apps": [ports.proxy, ports.apps],
        "api": [ports.proxy, ports.api],
        "gateway": [ports.gateway, ports.gateway_api],
        "proxy_api": [ports.proxy_api],
        "server": [ports.proxy],
    }
    for port, (_, who) in listening.items():
        if port not in ports.as_dict().values() and sweep.speaks_http(port):
            found.setdefault(who, []).append(port)
    return found


def as_a_browser(hub) -> dict[str, str]:
    """What any visitor of the login page has: without it a form is refused before it is asked who sends it."""
    browser: Browser = hub.browser("192.0.2.77")
    browser.get("/hub/login")
    token = browser.cookies.get("_xsrf", path="/hub/")
    cookies = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
    return {"Cookie": cookies, "X-XSRFToken": token}


def summary(answers: list[Answer]) -> str:
    counted: dict[str, Counter] = {}
    for one in answers:
        counted.setdefault(one.question.service, Counter())[one.status] += 1
    lines = [
        f"{len(answers)} questions at {len({one.question.port for one in answers})} ports, by status of the answer:"
    ]
    for service, codes in sorted(counted.items()):
        lines.append(f"  {service:10} " + ", ".join(f"{code or 'no HTTP'}: {codes[code]}" for code in sorted(codes)))
    return "\n".join(lines)

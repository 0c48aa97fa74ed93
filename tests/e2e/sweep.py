"""Ask every path of a workbench as nobody, and note who answers with content."""

import http.client
import json
import os
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

#: What is asked of each path.
WAYS = ("GET", "POST", "websocket")

_SECONDS = 10.0
_AT_ONCE = 8
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c29tZWJvZHkgaXMgdGhlcmU=",
}


@dataclass(frozen=True)
class Question:
    """One request that carries no credential."""

    service: str
    port: int
    path: str
    way: str
    tls: bool = False


@dataclass(frozen=True)
class Answer:
    """What came of it; status 0 stands for no HTTP at all."""

    question: Question
    status: int
    kind: str = ""
    body: bytes = b""

    @property
    def has_content(self) -> bool:
        return 200 <= self.status < 300 or self.status == 101

    @property
    def is_failure(self) -> bool:
        return self.status >= 500


def ask_all(
    questions: Iterable[Question], headers: Mapping[str, str], is_mute: Callable[[Question], bool]
) -> list[Answer]:
    """Ask, several at a time; `headers` are what a browser brings that has seen the login page."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda one: ask(one, headers, 1.0 if is_mute(one) else _SECONDS), questions))


def ask(question: Question, headers: Mapping[str, str], seconds: float = _SECONDS) -> Answer:
    connection: http.client.HTTPConnection
    if question.tls:
        # The point is to get in without being anybody: also without knowing whom one talks to.
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", question.port, timeout=1.0, context=unchecked)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", question.port, timeout=seconds)
    own = {"Origin": f"http://127.0.0.1:{question.port}", **headers}
    try:
        if question.way == "POST":
            connection.request("POST", question.path, b"{}", {**own, "Content-Type": "application/json"})
        else:
            connection.request("GET", question.path, headers=own if question.way == "GET" else {**own, **_UPGRADE})
        answer = connection.getresponse()
        body = b"" if answer.status == 101 else answer.read(2000)
        return Answer(question, answer.status, answer.getheader("Content-Type", ""), body)
    except (OSError, http.client.HTTPException):
        return Answer(question, 0)
    finally:
        connection.close()


def speaks_http(port: int) -> bool:
    return ask(Question("", port, "/", "GET"), {}, seconds=1.0).status != 0


def example(pattern: str, names: Mapping[str, str], anything: str) -> str:
    """Write a path that a route's pattern matches.

    Groups with a name in `names` become its value, other words `anything`.
    """
    parsed = re._parser.parse(pattern.removesuffix("$"))  # type: ignore[attr-defined]
    groups = {number: name for name, number in parsed.state.groupdict.items()}
    return "".join(_written(parsed, groups, names, anything))


def _written(parsed: Any, groups: Mapping[int, str], names: Mapping[str, str], anything: str) -> Iterable[str]:
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            yield chr(argument)
        elif name in ("ANY", "NOT_LITERAL"):
            yield "x"
        elif name == "IN":
            yield _member(argument)
        elif name == "BRANCH":
            yield from _written(argument[1][0], groups, names, anything)
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, repeated = argument
            if _is_word(repeated):
                yield anything
            elif most > 0:
                yield "".join(_written(repeated, groups, names, anything)) * max(1, least)
        elif name == "SUBPATTERN":
            group, inner = argument[0], argument[-1]
            given = names.get(groups.get(group, ""))
            yield given if given is not None else "".join(_written(inner, groups, names, anything))


def _is_word(repeated: Any) -> bool:
    """Whether something like ``[^/]+``, ``\\w+`` or ``.*`` is repeated."""
    ((operation, argument),) = repeated if len(repeated) == 1 else ((None, None),)
    if str(operation) in ("ANY", "NOT_LITERAL"):
        return True
    if str(operation) != "IN":
        return False
    first = argument[0]
    return str(first[0]) == "NEGATE" or "WORD" in str(first[1])


def _member(argument: Any) -> str:
    kind, value = argument[0]
    if str(kind) == "LITERAL":
        return chr(value)
    if str(kind) == "RANGE":
        return chr(value[0])
    return "1" if "DIGIT" in str(value) else "x"


def hub_patterns(home: str) -> list[str]:
    """Return the routes of a hub with the configuration of this state folder."""
    from jupyterhub.app import JupyterHub

    from physforge.share import shared_folder

    before = os.environ.get("PHYSFORGE_HOME")
    os.environ["PHYSFORGE_HOME"] = home
    try:
        app = JupyterHub()
        app.load_config_file(str(shared_folder("hub_config") / "jupyterhub_config.py"))
        app.authenticator = app.authenticator_class(parent=app)
        app.init_handlers()
    finally:
        os.environ.pop("PHYSFORGE_HOME")
        if before is not None:
            os.environ["PHYSFORGE_HOME"] = before
    # The last one is for everything else.
    return [str(handler[0]) for handler in app.handlers[:-1]]


#: To be run in a session: prints the routes of a server with that session's configuration.
SERVER_PATTERNS = """
import json, subprocess, sys
code = '''
import json, logging
from jupyterlab.labapp import LabApp
app = LabApp.initialize_server(argv=["--no-browser", "--ServerApp.port=0", "--ServerApp.log_level=CRITICAL"])
web = app.serverapp.web_app if hasattr(app, "serverapp") else app.web_app
rules = [rule for router in (web.default_router, web.wildcard_router) for rule in router.rules]
found = []
while rules:
    rule = rules.pop()
    rules += getattr(rule.target, "rules", [])
    if hasattr(rule.matcher, "regex"):
        found.append(rule.matcher.regex.pattern)
print("ROUTES" + json.dumps(found))
'''
done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
assert "ROUTES" in done.stdout, done.stderr
print(done.stdout.partition("ROUTES")[2])
"""


def apps_patterns(pages: Iterable[str]) -> list[str]:
    """Return the routes that Panel and Bokeh give to apps, and those of the apps' own."""
    from bokeh.server.urls import toplevel_patterns
    from panel.io.server import per_app_patterns

    from physforge.apps.downloading import DOWNLOADS
    from physforge.apps.hub_login import CALLBACK_PATH, LOGIN_PATH
    from physforge.apps.installing import ICON, MANIFEST
    from physforge.apps.receiving import UPLOADS

    some = "0b1c2d3e-0000-4000-8000-000000000000"
    files = [MANIFEST, ICON, f"{DOWNLOADS}/{some}/1", f"artifact/{some}/report.html"]
    files += [UPLOADS, f"{UPLOADS}/{some}", f"{UPLOADS}/{some}/complete"]
    own = [f"/{page}{pattern}" for page in pages for pattern, *_ in per_app_patterns]
    own += [re.escape(f"/{one}") for one in files]
    return [*own, *(pattern for pattern, *_ in toplevel_patterns), LOGIN_PATH, CALLBACK_PATH, "/components/x"]


def gateway_paths(cluster: str) -> list[str]:
    from dask_gateway_server.routes import default_routes

    own = [one.path.replace("{cluster_name}", cluster) for one in default_routes]
    return [*dict.fromkeys(own), "/api/v1/routes", f"/clusters/{cluster}/", f"/clusters/{cluster}/status"]


def api_paths(document: Mapping[str, Any], values: Mapping[str, str], prefix: str) -> list[str]:
    """Return the paths of an OpenAPI document, filled in, and where such a document usually is."""
    paths = [re.sub(r"{(\w+)}", lambda found: values.get(found[1], "1"), path) for path in document["paths"]]
    paths = [path if path.startswith(prefix) else prefix + path for path in paths]
    return [*paths, *(prefix + one for one in ("/openapi.json", "/docs", "/redoc", "/"))]


def table(answers: Iterable[tuple[Answer, str]]) -> str:
    """Return what answers with content, and why it may, as text."""
    rows = [
        (one.question.service, one.question.way, one.question.path, str(one.status), why or "UNEXPECTED")
        for one, why in answers
    ]
    rows = [("service", "way", "path", "status", "open because"), *sorted(set(rows))]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def listing(text: str) -> list[str]:
    return [str(one) for one in json.loads(text)]

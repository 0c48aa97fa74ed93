"""A hub small enough to be read: it knows tokens and accounts, and answers as JupyterHub does."""

import json
import threading
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SERVICE_TOKEN = "the-service-itself"
ACCESS = "access:services!service=api"


class HubDouble:
    """Accounts and tokens that tests change as they go."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, tuple[str, list[str]]] = {}
        self.asked = 0
        self.url = ""
        self.started: list[str] = []
        self.refuses_servers = False

    def add(self, name: str, *, admin: bool = False, groups: tuple[str, ...] = (), kind: str = "user") -> str:
        self.accounts[name] = {"name": name, "kind": kind, "admin": admin, "groups": list(groups)}
        if kind == "user":
            # Only a hub of this workbench says ids; whoever asks for the other routes does not look at them.
            self.accounts[name]["account_id"] = str(uuid.uuid4())
        return self.token(name)

    def token(self, name: str, scopes: tuple[str, ...] = (ACCESS,)) -> str:
        token = f"{name}-{len(self.tokens):04d}-{'x' * 20}"
        self.tokens[token] = (name, list(scopes))
        return token

    def answer(self, path: str, token: str) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if path == "/hub/api/":
            return 200, {"version": "6.1.1"}
        if path in ("/hub/api/user", "/hub/api/account") and token in self.tokens:
            name, scopes = self.tokens[token]
            account = self.accounts.get(name)
            return (200, {**account, "scopes": scopes}) if account else (403, {"status": 403})
        if path.startswith(("/hub/api/users/", "/hub/api/accounts/")) and token == SERVICE_TOKEN:
            account = self.accounts.get(urllib.parse.unquote(path.rpartition("/")[2]))
            return (200, account) if account else (404, {"status": 404})
        return 403, {"status": 403}

    def start_server(self, path: str, token: str) -> tuple[int, dict[str, Any]]:
        name = urllib.parse.unquote(path.removeprefix("/hub/api/users/").removesuffix("/server"))
        if token != SERVICE_TOKEN or name not in self.accounts:
            return 404, {"status": 404, "message": "No such user"}
        if self.refuses_servers:
            return 429, {"status": 429, "message": "Too many users trying to log in right now."}
        if name in self.started:
            return 400, {"status": 400, "message": f"{name} is already running"}
        self.started.append(name)
        return 202, {}


@contextmanager
def running_hub() -> Iterator[HubDouble]:
    hub = HubDouble()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("token ")
            self.reply(*hub.answer(self.path, token))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization", "").removeprefix("token ")
            self.reply(*hub.start_server(self.path, token))

        def reply(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_address[1]}/hub/api"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()

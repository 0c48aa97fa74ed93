"""The REST API behind a real server in a thread, and people who call it."""

import contextlib
import hashlib
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from service.hub_double import SERVICE_TOKEN, HubDouble

from physforge.jobs import Input, JobSpec
from physforge.service import PREFIX, ServiceSettings, create_app
from physforge.service.jobs.models import NewJob
from physforge.service.server import Server
from physforge.settings import Settings

CSV = b"t,u\n0,1\n0.5,3\n1,2\n1.5,4\n"
SECRET = b"0123456789abcdef" * 4


@dataclass
class Api:
    """A running service."""

    url: str
    hub: HubDouble
    app: Any
    settings: ServiceSettings
    client: httpx.Client
    lines: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, token: str | None = None, **options: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **options.pop("headers", {})}
        address = path if path.startswith("/services") else PREFIX + path
        return self.client.request(method, self.url + address, headers=headers, **options)

    def upload(self, token: str, name: str = "", content: bytes = CSV, **facts: Any) -> dict[str, Any]:
        new = {"file_name": "run.csv", "size": len(content), **({"name": name} if name else {}), **facts}
        begun = self.call("POST", "/uploads", token, json=new)
        assert begun.status_code == 201, begun.text
        path = f"/uploads/{begun.json()['id']}"
        sent = self.call("PUT", f"{path}/content?offset=0", token, content=content)
        assert sent.json()["offset"] == len(content), sent.text
        done = self.call("POST", f"{path}/complete", token, json={"sha256": sha256(content)})
        assert done.status_code == 201, done.text
        return done.json()

    def id_of(self, token: str) -> str:
        return self.call("GET", "/me", token).json()["id"]

    def share(self, token: str, dataset_id: str, subject: str, role: str, kind: str = "principal") -> None:
        given = self.call("PUT", f"/datasets/{dataset_id}/grants/{kind}/{subject}", token, json={"role": role})
        assert given.status_code == 200, given.text


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def settings_for(home: Path, hub: HubDouble, **changes: Any) -> ServiceSettings:
    plain = ServiceSettings(
        settings=Settings(home=home),
        hub_api_url=hub.url,
        hub_token=SERVICE_TOKEN,
        hub_accounts=True,
        link_secret=SECRET,
        database_url=f"sqlite:///{home}/physforge.sqlite",
        store_address=str(home / "store"),
    )
    return replace(plain, **changes)


def any_work(access: Any, jobs: Sequence[NewJob]) -> list[JobSpec]:
    """Take jobs of any kind, which read what they say: for tests of what happens to jobs, whatever they are."""
    return [
        JobSpec(
            **job.model_dump(exclude={"inputs"}), inputs=tuple(Input(**one.model_dump()) for one in job.inputs or ())
        )
        for job in jobs
    ]


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


@contextlib.contextmanager
def running_api(settings: ServiceSettings, hub: HubDouble) -> Iterator[Api]:
    app = create_app(settings)
    (settings.settings.home / "workbench").mkdir(parents=True, exist_ok=True)
    listener = socket.create_server(("127.0.0.1", 0))
    configuration = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2)
    server = Server(configuration, app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    api = Api(
        f"http://127.0.0.1:{listener.getsockname()[1]}", hub, app, settings, httpx.Client(timeout=30, trust_env=False)
    )
    logger, handler = logging.getLogger("physforge.service"), _Lines(api.lines)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        assert server.started, "the service did not start"
        yield api
    finally:
        api.client.close()
        server.should_exit = True
        thread.join(30)
        logger.removeHandler(handler)
        logger.setLevel(level)
        listener.close()


def somebody(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"

"""How many jobs a second are submitted over HTTP: many people, every call checked, logged, and on the disk."""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import psutil
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import database_url, new_folder
from service.hub_double import SERVICE_TOKEN, running_hub
from service.serving import SECRET

from physforge.service import PREFIX

PEOPLE, CLIENTS, SECONDS = 600, 32, 60
GOAL_PER_SECOND, GOAL_P99_MS = 600, 80
SOURCES = (
    "physforge_lib/physforge/audit/*.py",
    "physforge_lib/physforge/database/**/*.py",
    "physforge_lib/physforge/jobs/sql/*.py",
    "physforge_lib/physforge/service/**/*.py",
    "tests/benchmarks/jobs/rest_submits.py",
    "tests/benchmarks/jobs/places.py",
)


@dataclass
class Load:
    """What came of the calls."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def running_service(home: Path, hub_url: str, database: str) -> Iterator[tuple[psutil.Process, int]]:
    """Run the REST API as the supervisor does, in a process of its own; the event log is in the same process."""
    secret = home / "secret"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    (home / "workbench").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {
        **os.environ,
        "PHYSFORGE_HOME": str(home),
        "PHYSFORGE_DATABASE_URL": database,
        "PHYSFORGE_API_SECRET_FILE": str(secret),
        "PHYSFORGE_API_ACCOUNTS": "1",
        "JUPYTERHUB_API_URL": hub_url,
        "JUPYTERHUB_API_TOKEN": SERVICE_TOKEN,
    }
    command = [str(Path(sys.executable).with_name("physforge")), "api", "--port", str(port)]
    with (home / "api.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_until_it_answers(port)
            yield psutil.Process(process.pid), port
        finally:
            process.terminate()
            process.wait(30)


def wait_until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}{PREFIX}/health/live").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("The service does not answer.")


async def submit_for(seconds: float, port: int, tokens: Sequence[str], numbers: Iterator[int]) -> Load:
    """Let clients submit one job after the other, each time as somebody else."""
    load, end = Load(), time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, tokens, end, load, numbers) for _ in range(CLIENTS)))
    return load


async def _client(port: int, tokens: Sequence[str], end: float, load: Load, numbers: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        number = next(numbers)
        job = {"kind": "derivatives", "config": {"dataset": "burgers", "names": ["u_t"]}, "seed": number}
        body = json.dumps({"jobs": [job]})
        start = time.perf_counter()
        writer.write(
            f"POST {PREFIX}/jobs HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {tokens[number % len(tokens)]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode("ascii")
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(int(length.split(":")[1]))
        load.latencies.append(time.perf_counter() - start)
        if not head.startswith("http/1.1 201"):
            load.errors.append(head.split("\r\n", 1)[0])
    writer.close()


def measured(kind: str, seed: int, quick: bool) -> dict:
    with new_folder() as home, database_url(kind, home) as url, running_hub() as hub:
        tokens = [hub.add(f"person-{number}") for number in range(PEOPLE)]
        with running_service(home, hub.url, url) as (service, port):
            for token in tokens:
                # Each is new here once; that is not what is measured.
                headers = {"Authorization": f"Bearer {token}"}
                httpx.get(f"http://127.0.0.1:{port}{PREFIX}/me", headers=headers, timeout=60).raise_for_status()
            numbers, seconds = count(), 3 if quick else SECONDS
            asyncio.run(submit_for(1 if quick else 5, port, tokens, numbers))
            before = sum(service.cpu_times()[:2])
            load = asyncio.run(submit_for(seconds, port, tokens, numbers))
            cpu = sum(service.cpu_times()[:2]) - before
    done = len(load.latencies)
    return {
        "rate": done / seconds,
        "p99_ms": 1000 * statistics.quantiles(load.latencies, n=100)[-1],
        "median_ms": 1000 * statistics.median(load.latencies),
        "errors": len(load.errors),
        "cpu_ms": 1000 * cpu / done,
        "load": os.getloadavg()[0],
    }


def lines(kind: str, results: Sequence[dict]) -> list[Line]:
    (found,) = results
    what = f"submits over HTTP, {kind}, {PEOPLE} people, {CLIENTS} clients"
    about = f"median {found['median_ms']:.0f} ms, processor {found['cpu_ms']:.2f} ms a call, load {found['load']:.1f}"
    fast, quick = found["rate"] >= GOAL_PER_SECOND, found["p99_ms"] <= GOAL_P99_MS
    return [
        Line(what, f">= {GOAL_PER_SECOND} /s", f"{found['rate']:.0f} /s ({about})", fast),
        Line(f"{what}: 99th percentile", f"<= {GOAL_P99_MS} ms", f"{found['p99_ms']:.0f} ms", quick),
        Line(f"{what}: errors", "0", f"{found['errors']}", not found["errors"]),
    ]


CASES = tuple(
    Case(
        f"rest-submits-{kind}",
        partial(measured, kind),
        partial(lines, kind),
        SOURCES,
        ("sqlalchemy", "fastapi", "uvicorn"),
    )
    for kind in ("sqlite", "postgresql")
)

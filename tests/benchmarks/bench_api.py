"""How many reads a second the REST API answers: many people, a real hub, every call checked and logged. As root."""

import argparse
import asyncio
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import psutil
from benchmarks.cells import commit, machine
from e2e.bench import Workbench
from e2e.for_many import workbench_for_many

from physforge.client import Login, RemoteWorkbench
from physforge.workbench.accounts import Accounts, generate_password

PEOPLE, CLIENTS, SECONDS = 600, 32, 180
GOAL_PER_SECOND, GOAL_P99_MS = 600, 80
PREFIX = "/services/api/v1"
PATHS = ("/me", "/datasets", "/projects")
PACKAGES = ("fastapi", "uvicorn", "sqlalchemy", "jupyterhub")

#: Every so many people there is one with data.
_WITH_DATA = 20

#: Before it counts, everybody has called once.
_WARM_SECONDS = 10


@dataclass
class Load:
    """What came of the calls."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cpu: float = 0.0


def tokens_of(bench: Workbench, admin: str, people: Sequence[str]) -> list[str]:
    """Make an account for each, and let the administrator ask the hub for a token of each."""
    accounts, password = Accounts(bench.state.accounts), generate_password()
    for name in (admin, *people):
        accounts.set_password(name, password)
    own = {"Authorization": f"token {bench.token_of(admin, password)}"}
    with httpx.Client(base_url=f"{bench.url}/hub/api", headers=own, timeout=60) as hub:
        hub.post("/users", json={"usernames": list(people)}).raise_for_status()
        return [
            hub.post(f"/users/{name}/tokens", json={"note": "load"}).raise_for_status().json()["token"]
            for name in people
        ]


def add_data(bench: Workbench, tokens: Sequence[str]) -> None:
    """Give some a data set."""
    file = bench.home / "run.csv"
    file.write_text("t,u\n" + "\n".join(f"{number},{number**2}" for number in range(50)))
    for token in tokens[::_WITH_DATA]:
        with RemoteWorkbench(Login(bench.url, token)) as remote:
            remote.upload(file, name="run")


async def call_for(seconds: float, port: int, tokens: Sequence[str]) -> Load:
    """Let clients call one after the other, each time as somebody else."""
    load, start, numbers = Load(seconds), time.perf_counter(), count()
    await asyncio.gather(*(_client(port, tokens, start + seconds, load, numbers) for _ in range(CLIENTS)))
    return load


async def _client(port: int, tokens: Sequence[str], end: float, load: Load, numbers: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        number = next(numbers)
        path, token = PATHS[number % len(PATHS)], tokens[number % len(tokens)]
        start = time.perf_counter()
        writer.write(
            f"GET {PREFIX}{path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {token}\r\n\r\n".encode("ascii")
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(int(length.split(":")[1]))
        load.latencies.append(time.perf_counter() - start)
        if not head.startswith("http/1.1 200"):
            load.errors.append(head.split("\r\n", 1)[0])
    writer.close()


def measured(seconds: float) -> Load:
    mark = secrets.token_hex(2)
    admin, people = f"pf-{mark}-admin", [f"pf-{mark}-{number}" for number in range(PEOPLE)]
    # The others start no session, and so have no Unix user.
    with workbench_for_many((admin,), {}) as bench:
        tokens = tokens_of(bench, admin, people)
        add_data(bench, tokens)
        service = [one for one in bench.processes() if f"--port={bench.ports.api}" in one.cmdline()]
        asyncio.run(call_for(_WARM_SECONDS, bench.ports.api, tokens))
        before = _cpu(service)
        load = asyncio.run(call_for(seconds, bench.ports.api, tokens))
        load.cpu = _cpu(service) - before
        return load


def _cpu(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def table(load: Load) -> str:
    """Return the figures as a page."""
    ordered = sorted(load.latencies)
    per_second, p99 = len(ordered) / load.seconds, 1000 * statistics.quantiles(ordered, n=100)[-1]
    rows = [
        ("reads a second", f"{per_second:.0f}", f"{GOAL_PER_SECOND}", per_second >= GOAL_PER_SECOND),
        ("99th percentile, ms", f"{p99:.0f}", f"{GOAL_P99_MS}", p99 <= GOAL_P99_MS),
        (f"errors in {load.seconds:g} s", f"{len(load.errors)}", "0", not load.errors),
        ("median, ms", f"{1000 * statistics.median(ordered):.0f}", "-", True),
        ("processor time of the service a read, ms", f"{1000 * load.cpu / len(ordered):.2f}", "-", True),
    ]
    good = {True: "yes", False: "no"}
    lines = [
        "# Reads of the REST API",
        "",
        f"Machine: {machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}. {PEOPLE} people of a real "
        f"hub, {CLIENTS} clients on the same machine, {', '.join(PATHS)} in turn; one in {_WITH_DATA} has data. Every "
        f"call is checked and logged. Load of the machine afterwards: {os.getloadavg()[0]:.1f}; at {commit()}.",
        "",
        "| what | measured | goal | reached |",
        "|---|---|---|---|",
        *(f"| {what} | {figure} | {goal} | {good[reached]} |" for what, figure, goal, reached in rows),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"how long (default: {SECONDS})")
    arguments = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("Only root can start a workbench for many.")
    load = measured(arguments.seconds)
    text = table(load)
    print(text)
    if load.errors:
        print(f"First errors: {', '.join(load.errors[:5])}")
    if arguments.seconds == SECONDS:
        (Path(__file__).parent / "api.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Eight people who start their sessions at the same moment, and what an idle session holds in memory. As root."""

import argparse
import os
import secrets
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from threading import Barrier

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import psutil
from benchmarks.cells import Cell, fill, machine
from e2e.bench import Workbench, wait_for
from e2e.for_many import workbench_for_many

from physforge.workbench.accounts import Accounts, generate_password

PEOPLE = 8
GOAL_SECONDS, GOAL_MB = 25, 200
_LONGEST_SECONDS = 120
#: A new server still works for a while after it answers for the first time.
_SETTLING_SECONDS = 10

SOURCES = (
    "physforge_lib/physforge/workbench/*.py",
    "hub_config/**/*.*",
    "constraints.txt",
    "tests/benchmarks/bench_spawns.py",
)
PACKAGES = ("jupyterhub", "jupyterlab", "jupyter-server")


def spawn_all(_repeat: int) -> dict:
    """Return the seconds from asking to the first answer, for each, and the megabytes of each idle server."""
    mark = secrets.token_hex(2)
    people = tuple(f"pf-{mark}-{number}" for number in range(PEOPLE))
    with workbench_for_many(people, {}) as bench:
        tokens = {name: token_for(bench, name) for name in people}
        barrier = Barrier(PEOPLE)

        def spawn(name: str) -> float | None:
            own = {"Authorization": f"token {tokens[name]}"}
            barrier.wait()
            start = time.perf_counter()
            httpx.post(f"{bench.url}/hub/api/users/{name}/server", headers=own, timeout=_LONGEST_SECONDS)
            try:
                path = f"/user/{name}/api/kernels"
                wait_for(lambda: bench.answers(path, headers=own), f"the server of {name}", _LONGEST_SECONDS)
            except AssertionError:
                return None
            return time.perf_counter() - start

        with ThreadPoolExecutor(PEOPLE) as pool:
            seconds = list(pool.map(spawn, people))
        time.sleep(_SETTLING_SECONDS)
        return {"seconds": seconds, "megabytes": [server.rss / 1e6 for server in memory_of(bench)]}


def token_for(bench: Workbench, name: str) -> str:
    password = generate_password()
    Accounts(bench.state.accounts).set_password(name, password)
    return bench.token_of(name, password)


def memory_of(bench: Workbench) -> list:
    servers = [one for one in bench.processes() if "jupyterhub-singleuser" in " ".join(one.cmdline())]
    return [psutil.Process(one.pid).memory_info() for one in servers]


def table(repeats: list[dict], cells: list[dict]) -> str:
    """Return the figures as a page."""
    asked = [one for repeat in repeats for one in repeat["seconds"]]
    came = sorted(one for one in asked if one is not None)
    p95 = statistics.quantiles(came, n=20, method="inclusive")[-1] if len(came) > 1 else float("nan")
    memory = [one for repeat in repeats for one in repeat["megabytes"]]
    share = 100 * len(came) / len(asked)
    good = {True: "yes", False: "no"}
    last = cells[-1]
    rows = [
        ("sessions that came up, %", f"{share:.0f}", "100", share == 100),
        ("seconds to the first answer, median", f"{statistics.median(came):.1f}", "-", True),
        ("seconds to the first answer, p95", f"{p95:.1f}", f"{GOAL_SECONDS}", p95 <= GOAL_SECONDS),
        ("resident MB of an idle server, median", f"{statistics.median(memory):.0f}", f"{GOAL_MB}", True),
        ("resident MB of an idle server, most", f"{max(memory):.0f}", f"{GOAL_MB}", max(memory) <= GOAL_MB),
    ]
    lines = [
        f"# {PEOPLE} sessions at the same moment",
        "",
        f"Machine: {machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}. {len(repeats)} repeats, each "
        f"a workbench of its own with {PEOPLE} new Unix users; measured {last['date']} at {last['commit']}.",
        "",
        "| what | measured | goal | reached |",
        "|---|---|---|---|",
        *(f"| {what} | {figure} | {goal} | {good[reached]} |" for what, figure, goal, reached in rows),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many repeats (default: 3)")
    arguments = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("Only root can start sessions as different Unix users.")
    cells = [
        Cell("spawns", str(repeat), spawn_all, (repeat,), SOURCES, PACKAGES, alone=True)
        for repeat in range(arguments.seeds)
    ]
    kept = list(fill("spawns", cells).values())
    failed = [one for one in kept if "result" not in one]
    if failed:
        sys.exit(str(failed[0]))
    text = table([one["result"] for one in kept], kept)
    print(text)
    (Path(__file__).parent / "spawns.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

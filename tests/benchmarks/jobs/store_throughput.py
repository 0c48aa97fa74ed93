"""How many jobs a second the store takes, and carries from claim to end, each change on the disk."""

import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import database_url, new_folder

from physforge.database import Database
from physforge.jobs import JobSpec, JobStore, Outcome, Progress, State
from physforge.jobs.sql_store import SqlJobStore

BACKLOG = 20_000
SUBMIT_GOAL, CYCLE_GOAL = 3000, 300
SOURCES = (
    "physforge_lib/physforge/database/**/*.py",
    "physforge_lib/physforge/jobs/sql/*.py",
    "physforge_lib/physforge/jobs/sql_store.py",
    "tests/benchmarks/jobs/store_throughput.py",
    "tests/benchmarks/jobs/places.py",
)


def spec(number: int) -> JobSpec:
    return JobSpec("discovery", {"dataset": "burgers", "method": "weak", "threshold": 0.1, "number": number})


def together(work: Callable[[int], None], threads: int) -> float:
    """Run a function in threads at once; return the seconds that all took."""
    several = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    start = time.perf_counter()
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    return time.perf_counter() - start


def submit(kind: str, threads: int, seed: int, quick: bool) -> dict:
    """One job a call: each thread waits until its job is on the disk before it asks for the next."""
    each = (40 if quick else 6400) // threads
    with new_folder() as folder, database_url(kind, folder) as url:
        store = SqlJobStore(Database.open(url), folder / "jobs")

        def work(thread: int) -> None:
            for number in range(each):
                store.submit([spec(thread * each + number)])

        seconds = together(work, threads)
        store.close()
    return {"rate": threads * each / seconds, "load": os.getloadavg()[0]}


def cycle(kind: str, threads: int, seed: int, quick: bool) -> dict:
    """Claim, heartbeat, finish, beside a backlog."""
    each = (16 if quick else 1600) // threads
    with new_folder() as folder, database_url(kind, folder) as url:
        store: JobStore = SqlJobStore(Database.open(url), folder / "jobs")
        backlog = 200 if quick else BACKLOG
        for start in range(0, backlog, 1000):
            store.submit([spec(number) for number in range(start, min(start + 1000, backlog))])

        def work(thread: int) -> None:
            for _ in range(each):
                claim = store.claim(f"worker {thread}", executor="local")
                assert claim is not None
                store.heartbeat(claim, Progress(0.5, "half"))
                store.finish(claim, Outcome(State.FAILED, "It was only measured."))

        seconds = together(work, threads)
        store.close()
    return {"rate": threads * each / seconds, "load": os.getloadavg()[0]}


def line(what: str, goal: int | None, unit: str, results: Sequence[dict]) -> list[Line]:
    rates = [one["rate"] for one in results]
    rate = statistics.median(rates)
    every = ", ".join(f"{one:.0f}" for one in rates)
    load = max(one["load"] for one in results)
    figure = f"{rate:.0f} {unit} ({every}; load of the machine {load:.1f})"
    return [Line(what, "reported" if goal is None else f">= {goal}", figure, None if goal is None else rate >= goal)]


def case(name: str, measure: Callable[..., dict], what: str, goal: int | None, unit: str) -> Case:
    return Case(name, measure, partial(line, what, goal, unit), SOURCES, repeats=3)


CASES = (
    case("submit-sqlite", partial(submit, "sqlite", 32), "submit, 32 threads, SQLite FULL", SUBMIT_GOAL, "/s"),
    case("submit-postgresql", partial(submit, "postgresql", 32), "submit, 32 threads, PostgreSQL", None, "/s"),
    *(
        case(
            f"cycle-{kind}-{threads}",
            partial(cycle, kind, threads),
            f"claim, heartbeat, finish, {BACKLOG:,} waiting, {threads} thread{'s' * (threads > 1)}, {name}",
            CYCLE_GOAL if kind == "sqlite" and threads > 1 else None,
            "jobs/s",
        )
        for kind, name in (("sqlite", "SQLite FULL"), ("postgresql", "PostgreSQL"))
        for threads in (1, 8)
    ),
)

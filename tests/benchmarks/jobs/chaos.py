"""100 processes are killed while 500 jobs run: workers, their children, schedulers, the runner, the API."""

import random
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import pytest
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import new_folder, trial_tasks
from jobs.execution.chaos import PROMISE_S, Chaos, Service

SOURCES = (
    "physforge_lib/physforge/jobs/*.py",
    "physforge_lib/physforge/jobs/executors/*.py",
    "physforge_lib/physforge/jobs/sql/*.py",
    "tests/jobs/execution/chaos.py",
    "tests/benchmarks/jobs/chaos.py",
)
#: What is killed how often among twenty.
SHARES = {"child": 6, "worker": 6, "runner": 4, "scheduler": 4}
SHARES_REST = {"child": 5, "worker": 5, "runner": 3, "scheduler": 3, "api": 4}
SETTINGS = "local: {workers: 2, threads: 1}\n"


def kills_of(shares: dict[str, int], count: int, seed: int) -> list[str]:
    """Return so many kills, in random order."""
    twenty = [what for what, share in shares.items() for _ in range(share)]
    kills = twenty * (count // len(twenty) + 1)
    random.Random(seed).shuffle(kills)
    return kills[:count]


def measure(rest: bool, seed: int, quick: bool) -> dict:
    # Long enough that all kills happen before the last job ends.
    jobs, count, seconds = (30, 6, 0.5) if quick else (500, 100, 2.5)
    with pytest.MonkeyPatch.context() as patch, new_folder() as folder:
        trial_tasks(folder, patch)
        chaos = Chaos(folder, SETTINGS, seed, Service(folder) if rest else None)
        try:
            chaos.submit(jobs, seconds)
            account = chaos.run(kills_of(SHARES_REST if rest else SHARES, count, seed), pause_s=5.0, limit_s=6000)
        finally:
            chaos.close()
    return asdict(account)


def lines(rest: bool, results: Sequence[dict]) -> list[Line]:
    one = results[0]
    where = "over REST" if rest else "SQLite"
    kills = ", ".join(f"{count} {what}" for what, count in sorted(one["kills"].items()))
    noticed = max(one["noticed_s"], default=0.0)
    good = not (one["lost"] or one["twice"] or one["wrong"])
    return [
        Line(
            f"{sum(one['kills'].values())} random SIGKILLs during {one['jobs']} jobs, {where} ({kills})",
            "0 lost, 0 published twice",
            f"{one['lost']} lost, {one['twice']} published twice, {one['wrong']} wrong",
            good,
        ),
        Line(
            f"the same: the loss of {len(one['noticed_s'])} attempts is noticed",
            f"<= {PROMISE_S:g} s",
            f"at most {noticed:.1f} s ({one['slowest'][1]})" if one["slowest"] else "none was lost",
            noticed <= PROMISE_S,
        ),
    ]


CASES = tuple(
    Case(f"chaos-{name}", partial(measure, rest), partial(lines, rest), SOURCES, ("sqlalchemy", "distributed"))
    for name, rest in (("sqlite", False), ("rest", True))
)

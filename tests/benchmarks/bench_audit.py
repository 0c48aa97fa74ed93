"""How many events a second the event log takes, each on the disk before it is acknowledged.

Every writer waits for one event before it hands in the next, as a request does. Beside
each figure stands the disk's own: how often a second it can write and sync 4 KB, alone.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cells

from physforge.audit import AuditLog, Event

TABLE = Path(__file__).with_name("audit.md")
GOAL = 1000

SOURCES = (
    "physforge_lib/physforge/audit/*.py",
    "physforge_lib/physforge/database/*.py",
    "tests/benchmarks/bench_audit.py",
)
PACKAGES = ("sqlalchemy", "cryptography")

#: Row -> processes, threads in each, events of each thread.
APPEND = {"one-waits": (1, 1, 300), "threads-32": (1, 32, 300), "processes-4": (4, 8, 300)}
VERIFY = {"verify": 20_000}

PEOPLE = [uuid.UUID(int=number) for number in range(1, 51)]


def an_event(number: int) -> Event:
    return Event(
        act="dataset.create",
        actor=PEOPLE[number % len(PEOPLE)],
        object_kind="dataset",
        object_id=str(uuid.UUID(int=number)),
        request_id=f"req-{number}",
        personal={"name": "Ada Lovelace", "address": "192.0.2.7"},
        details={"size": number},
    )


def open_log(folder: str) -> AuditLog:
    return AuditLog(f"sqlite:///{folder}/log/audit.sqlite", f"{folder}/keys", heads=f"{folder}/heads/heads.jsonl")


def append(log: AuditLog, threads: int, events: int) -> float:
    """Append from several threads, and return how long it took."""
    go = threading.Barrier(threads + 1)

    def work() -> None:
        go.wait()
        for number in range(events):
            log.append(an_event(number))

    several = [threading.Thread(target=work) for _ in range(threads)]
    for thread in several:
        thread.start()
    go.wait()
    start = time.perf_counter()
    for thread in several:
        thread.join()
    return time.perf_counter() - start


def one_process(folder: str, threads: int, events: int) -> None:
    """What a process of several does: make ready, wait for a line, append, and say when it began and ended."""
    with open_log(folder) as log:
        for number in range(len(PEOPLE)):
            log.append(an_event(number))
        print("ready", flush=True)
        sys.stdin.readline()
        begin = time.time()
        append(log, threads, events)
        print(begin, time.time(), flush=True)


def rate_of_appending(processes: int, threads: int, events: int, _seed: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="pf-bench-") as folder:
        syncs = rate_of_the_disk(Path(folder))
        open_log(folder).close()
        command = [sys.executable, __file__, "--one", folder, str(threads), str(events)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        several = [subprocess.Popen(command, **pipes) for _ in range(processes)]
        for process in several:
            process.stdout.readline()
        for process in several:
            process.stdin.write("go\n")
            process.stdin.flush()
        times = [[float(word) for word in process.communicate()[0].split()] for process in several]
        seconds = max(end for _, end in times) - min(begin for begin, _ in times)
        with open_log(folder) as log:
            verified = log.verify()
    if not verified.ok or verified.events != processes * (threads * events + len(PEOPLE)):
        raise RuntimeError(verified.summary())
    return {"rate": processes * threads * events / seconds, "syncs": syncs, "load": os.getloadavg()[0]}


def rate_of_verifying(events: int, _seed: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="pf-bench-") as folder, open_log(folder) as log:
        syncs = rate_of_the_disk(Path(folder))
        log.append_all([an_event(number) for number in range(events)])
        start = time.perf_counter()
        verified = log.verify()
        rate = events / (time.perf_counter() - start)
    if not verified.ok:
        raise RuntimeError(verified.summary())
    return {"rate": rate, "syncs": syncs, "load": os.getloadavg()[0]}


def rate_of_the_disk(folder: Path, count: int = 100) -> float:
    handle = os.open(folder / "disk", os.O_WRONLY | os.O_CREAT)
    start = time.perf_counter()
    for _ in range(count):
        os.write(handle, b"x" * 4096)
        os.fsync(handle)
    seconds = time.perf_counter() - start
    os.close(handle)
    return count / seconds


def row(name: str, found: Sequence[dict]) -> str:
    rate, syncs, load = (statistics.median(one["result"][key] for one in found) for key in ("rate", "syncs", "load"))
    if name in VERIFY:
        what, goal, reached = f"verify {VERIFY[name]} events", "", ""
    else:
        processes, threads, _ = APPEND[name]
        what = f"append, {processes} x {threads} that wait for each event"
        # One that waits is as fast as the disk, and no faster.
        goal, reached = ("", "") if processes * threads == 1 else (f"{GOAL} /s", "yes" if rate >= GOAL else "no")
    last = found[-1]
    facts = f"{rate:,.0f} /s | {syncs:,.0f} /s | {load:.1f}"
    return f"| {what} | {facts} | {goal} | {reached} | {last['date']} | {last['commit']} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", choices=[*APPEND, *VERIFY], help="only this row")
    parser.add_argument("--seeds", type=int, default=3, help="how many cells a row (default: 3)")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        folder, threads, events = arguments.one
        one_process(folder, int(threads), int(events))
        return
    names = arguments.case or [*APPEND, *VERIFY]
    several = {
        name: [
            cells.Cell(
                name,
                str(seed),
                rate_of_appending if name in APPEND else rate_of_verifying,
                (*APPEND[name], seed) if name in APPEND else (VERIFY[name], seed),
                SOURCES,
                PACKAGES,
                alone=True,
            )
            for seed in range(arguments.seeds)
        ]
        for name in names
    }
    kept = cells.fill("audit", [cell for row_cells in several.values() for cell in row_cells])
    lines = [
        "# What the event log takes",
        "",
        f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}. Medians; SQLite.",
        "",
        "| what | events | the disk's own syncs | load of the machine | goal | reached | date | commit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines.extend(row(name, [kept[cell.name, cell.key] for cell in several[name]]) for name in names)
    print("\n".join(lines))
    if not arguments.case:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

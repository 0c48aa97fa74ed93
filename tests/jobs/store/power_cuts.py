"""Submit jobs while SQLite is recorded, then cut the power again and again; print what was lost as JSON.

Called as a program, since the recording is in front of every database of the process:
``power_cuts.py FOLDER CUTS SUBMITS durable|relaxed``.
"""

import json
import random
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import sqlalchemy as sa
from jobs.store.recording import Recording, Shim

from physforge.database import Database
from physforge.database.group_commit import GroupCommit
from physforge.jobs import JobSpec, Outcome, Progress, State
from physforge.jobs.sql_store import SqlJobStore

THREADS = 4
NAME = "physforge.sqlite"


def work(recording: Recording, store: SqlJobStore, thread: int, submits: int) -> None:
    """Submit, and now and then carry a job to its end, as workers do beside."""
    for number in range(submits):
        (job,) = store.submit([JobSpec("discovery", {"thread": thread, "number": number, "text": "x" * 500})])
        recording.acknowledge(f"{job.id} queued")
        if number % 4 == 0:
            claim = store.claim(f"worker {thread}", job_id=job.id)
            assert claim is not None
            store.heartbeat(claim, Progress(0.5))
            store.append_log(claim, 0, "half of it is done\n" * 20)
            store.finish(claim, Outcome(State.FAILED, "It was only tried."))
            recording.acknowledge(f"{job.id} failed")


def record(folder: Path, submits: int, *, durable: bool) -> Recording:
    shim = Shim()
    with shim as recording:
        database = Database.open(f"sqlite:///{folder / NAME}")
        # Often, so that many cuts fall into a checkpoint.
        sa.event.listen(database.engine, "connect", lambda one, _: one.execute("PRAGMA wal_autocheckpoint = 100"))
        store = SqlJobStore(database, folder / "jobs")
        if not durable:
            together = database.together
            together.run = lambda work, item, **_options: GroupCommit.run(together, work, item, durable=False)
        recording.begin = len(recording.steps)
        threads = [
            threading.Thread(target=work, args=(recording, store, number, submits // THREADS))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        store.close()
    return recording


def after_a_cut(recording: Recording, cut: int, folder: Path, draw: random.Random) -> dict[str, int]:
    """Build the files, open the database as the next start does, and count what is missing."""
    recording.leave(cut, folder, draw)
    with closing(sqlite3.connect(folder / NAME)) as connection:
        corrupt = connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
        found = dict(connection.execute("SELECT id, state FROM job")) if not corrupt else {}
        events = dict(connection.execute("SELECT job_id, count(*) FROM job_event GROUP BY job_id"))
        counted = dict(connection.execute("SELECT id, events FROM job"))
    lost = 0
    for one in recording.acknowledged(cut):
        key, state = one.split()
        there = found.get(key.replace("-", ""))
        lost += there is None or (state == "failed" and there != "failed")
    database = Database.open(f"sqlite:///{folder / NAME}")
    SqlJobStore(database, folder).submit([JobSpec("after", {"cut": cut})])
    database.close()
    return {"lost": lost, "corrupt": int(corrupt), "torn": int(events != counted)}


def main() -> None:
    folder, cuts, submits, mode = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    recording = record(folder, submits, durable=mode == "durable")
    draw = random.Random(0)
    total = {"cuts": cuts, "steps": len(recording.steps), "lost": 0, "corrupt": 0, "torn": 0, "acknowledged": 0}
    total["main_writes"] = sum(step.what == "write" and step.path.endswith(".sqlite") for step in recording.steps)
    total["syncs"] = sum(step.what == "sync" for step in recording.steps)
    for _ in range(cuts):
        cut = draw.randrange(recording.begin, len(recording.steps) + 1)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            found = after_a_cut(recording, cut, Path(name), draw)
        total["acknowledged"] += len(recording.acknowledged(cut))
        for key, value in found.items():
            total[key] += value
    sys.stdout.write(json.dumps(total))


if __name__ == "__main__":
    main()

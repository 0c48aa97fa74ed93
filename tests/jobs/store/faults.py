"""What is done to the store of jobs from outside, and what must be left of it then."""

import json
import random
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import sqlalchemy as sa

from physforge.database import Database
from physforge.jobs import Selection
from physforge.jobs.sql_store import SqlJobStore

HERE = Path(__file__).parent


def submitter(url: str, folder: Path, what: str, count: int, threads: int, name: str) -> subprocess.Popen:
    """Start a process that submits as soon as it is sent a line."""
    command = [sys.executable, HERE / "submitter.py", url, folder, what, str(count), str(threads), name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def begin(process: subprocess.Popen) -> None:
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


def submit_the_same(url: str, folder: Path, processes: int, count: int) -> dict:
    """Let processes submit one spec again and again, at the same time."""
    with ExitStack() as stack:
        several = [
            stack.enter_context(submitter(url, folder, "same", count, 1, str(number))) for number in range(processes)
        ]
        for process in several:
            assert process.stdout.readline() == "ready\n"
        start = time.perf_counter()
        for process in several:
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.stdout.read().split() for process in several]
        seconds = time.perf_counter() - start
        codes = [process.wait(60) for process in several]
    store = SqlJobStore(Database.open(url), folder)
    jobs = sum(store.count(Selection()).values())
    store.close()
    ids = {one for answer in answers for one in answer}
    return {"calls": sum(map(len, answers)), "ids": len(ids), "jobs": jobs, "codes": codes, "seconds": seconds}


def kill_while_submitting(url: str, folder: Path, kills: int, seed: int = 0) -> dict:
    """Kill a process that submits in several threads, again and again; count what it was promised and lost."""
    draw = random.Random(seed)
    promised: set[str] = set()
    following = submitter(url, folder, "new", 10_000, 4, "0")
    for number in range(kills):
        process = following
        begin(process)
        # The next one starts while this one works: to start takes longer than to be killed.
        following = submitter(url, folder, "new", 10_000, 4, str(number + 1))
        first = process.stdout.readline()
        time.sleep(draw.uniform(0.0, 0.05))
        process.kill()
        lines = first + process.stdout.read()
        promised |= {line for line in lines.split("\n") if len(line) == 36}
        process.wait()
        for stream in (process.stdin, process.stdout):
            stream.close()
    following.kill()
    following.communicate()
    return {"kills": kills, "promised": len(promised), **left(url, promised)}


def left(url: str, promised: set[str]) -> dict:
    """Look what is there of what was promised, and whether the database is whole."""
    with closing(Database.open(url)) as database, database.engine.connect() as connection:
        found = {str(one) for one in connection.execute(sa.text("SELECT id FROM job")).scalars()}
        plain = {one.replace("-", "") for one in found}
        torn = connection.execute(
            sa.text(
                "SELECT count(*) FROM job WHERE events <> "
                "(SELECT count(*) FROM job_event WHERE job_event.job_id = job.id)"
            )
        ).scalar()
        corrupt = 0
        if database.engine.dialect.name == "sqlite":
            corrupt = int(connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok")
    lost = sum(one.replace("-", "") not in plain for one in promised)
    return {"jobs": len(found), "lost": lost, "torn": torn, "corrupt": corrupt}


def cut_the_power(folder: Path, cuts: int, submits: int, mode: str) -> dict:
    """See `power_cuts`; in a process of its own."""
    command = [sys.executable, HERE / "power_cuts.py", folder, str(cuts), str(submits), mode]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "no library of its own" in done.stderr:
        return {"absent": done.stderr.strip().splitlines()[-1]}
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

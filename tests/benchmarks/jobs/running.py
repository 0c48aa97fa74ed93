"""What running a job costs: over a bare Dask task, until a cancelled one is gone, and with a second worker."""

import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from benchmarks.cells import NotAvailable
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import new_folder, trial_tasks
from jobs.execution.processes import is_running, wait_for

from physforge.jobs import JobSpec, JobStore, Selection, State
from physforge.jobs.access import JOBS, Access
from physforge.jobs.child_pool import thread_variables
from physforge.jobs.runner import ensure_runner, runner_pid
from physforge.jobs.worker import Worker, run_job
from physforge.testing.trial_tasks import TrialConfig, TrialResult, run_directly

SOURCES = (
    "physforge_lib/physforge/jobs/*.py",
    "physforge_lib/physforge/jobs/executors/*.py",
    "physforge_lib/physforge/jobs/sql/*.py",
    "physforge_lib/physforge/testing/trial_t*.py",
    "tests/benchmarks/jobs/running.py",
)
PACKAGES = ("sqlalchemy", "distributed", "torch")

#: The work of the sweep's jobs, so many times, once it is told to begin.
_BARE_WORK = """
import sys
from physforge.testing.trial_tasks import multiply
multiply()
print("ready", flush=True)
sys.stdin.read()
for _ in range(8 * int(sys.argv[1])):
    multiply()
"""


@contextmanager
def place() -> Iterator[tuple[Path, Access, JobStore]]:
    """Yield a folder, and an empty store of jobs in it."""
    with pytest.MonkeyPatch.context() as patch, new_folder() as folder:
        trial_tasks(folder, patch)
        access = Access(home=str(folder / "home"))
        jobs = access.open_jobs()
        try:
            yield folder, access, jobs
        finally:
            jobs.close()


def submit(jobs: JobStore, seed: int, **config: object) -> str:
    return jobs.submit([JobSpec("trial", TrialConfig(**config).model_dump(mode="json"), seed=seed)])[0].id


def compute(seed: int) -> float:
    """What the trial computes, as a bare task."""
    return float(np.random.default_rng(seed).normal(size=100).sum())


def overhead(seed: int, quick: bool) -> dict:
    import distributed

    count = 10 if quick else 200
    with (
        place() as (_, access, jobs),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        document = access.as_document()
        ids = [submit(jobs, number) for number in range(count)]
        _timed(lambda: client.submit(compute, 0, pure=False).result())
        bare = [_timed(lambda n=n: client.submit(compute, n, pure=False).result()) for n in range(count)]
        cold = _timed(lambda: client.submit(run_job, document, ids[0], pure=False).result())
        warm = [
            _timed(lambda i=i: client.submit(run_job, document, i, pure=False, retries=0).result()) for i in ids[1:]
        ]
        assert jobs.count(Selection())[State.SUCCEEDED] == count
    return {"bare": statistics.median(bare), "cold": cold, "warm": statistics.median(warm), "warm_all": sorted(warm)}


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def overhead_lines(results: Sequence[dict]) -> list[Line]:
    one = results[0]
    warm, cold = ((one[name] - one["bare"]) * 1000 for name in ("warm", "cold"))
    late = (one["warm_all"][int(0.95 * len(one["warm_all"]))] - one["bare"]) * 1000
    return [
        Line(
            "overhead of a small job over a bare Dask task, warm child (median)",
            "<= 30 ms",
            f"{warm:.1f} ms (p95 {late:.1f} ms; a bare task takes {one['bare'] * 1000:.1f} ms)",
            warm <= 30,
        ),
        Line("the same, cold: the first job of a worker", "reported", f"{cold / 1000:.2f} s", None),
    ]


def need_torch() -> None:
    if find_spec("torch") is None:
        raise NotAvailable("torch is not installed")


def cancelled(seed: int, quick: bool) -> dict:
    need_torch()
    seconds, kept, generator = [], 0, random.Random(seed)
    with place() as (folder, access, jobs):
        worker = Worker(access)
        try:
            for number in range(2 if quick else 40):
                marker = folder / f"process-{number}"
                job_id = submit(jobs, number, action="torch", width=3000, steps=10_000, marker=str(marker))
                thread = threading.Thread(target=worker.run_one, args=(job_id,))
                thread.start()
                wait_for(lambda: marker.exists() and marker.read_text().strip(), "the task", 60)  # noqa: B023
                pid = int(marker.read_text())
                # Importing torch takes its time; then each multiplication takes seconds.
                time.sleep(4 + generator.uniform(0, 3))
                jobs.cancel(job_id)
                seconds.append(wait_for(lambda: has_stopped(jobs, job_id, pid), "the end of the work", 30))  # noqa: B023
                kept += is_running(pid)
                thread.join()
                assert jobs.get(job_id).state is State.CANCELLED
        finally:
            worker.close()
    return {"seconds": sorted(seconds), "kept": kept}


def has_stopped(jobs: JobStore, job_id: str, pid: int) -> bool:
    """Say whether the work has: its process is gone, or it stopped by itself and the process waits for the next job."""
    return not is_running(pid) or jobs.get(job_id).state is State.CANCELLED


def cancelled_lines(results: Sequence[dict]) -> list[Line]:
    seconds = results[0]["seconds"]
    late = seconds[min(int(0.95 * len(seconds)), len(seconds) - 1)]
    figure = f"{late:.2f} s (median {statistics.median(seconds):.2f} s, longest {seconds[-1]:.2f} s of {len(seconds)}, "
    figure += f"of which {results[0]['kept']} stopped between two steps, by themselves)"
    return [Line("cancel of a torch training inside BLAS: process gone, p95", "<= 2 s", figure, late <= 2)]


def resumed(seed: int, quick: bool) -> dict:
    need_torch()
    generator, steps, same, attempts = random.Random(seed), 60, 0, []
    runs = 2 if quick else 10
    with place() as (folder, access, jobs):
        worker = Worker(access)
        try:
            for number in range(runs):
                marker = folder / f"process-{number}"
                spec = TrialConfig(action="torch", steps=steps, seconds=0.02, marker=str(marker))
                (job,) = jobs.submit([JobSpec("trial", spec.model_dump(mode="json"), seed=number, max_attempts=20)])
                job = _run_and_kill(worker, jobs, job.id, marker, generator, kills=3)
                expected = run_directly(TrialConfig(action="torch", steps=steps), number, folder / f"direct-{number}")
                made = TrialResult.load(jobs.artifact(job.id)).values
                same += made.tobytes() == expected.values.tobytes()
                attempts.append(job.attempt)
        finally:
            worker.close()
    return {"runs": runs, "same": same, "attempts": attempts}


def _run_and_kill(worker, jobs, job_id, marker, generator, kills):
    """Run a job, killing its child so many times once it has begun."""
    while True:
        lines = len(marker.read_text().split()) if marker.exists() else 0
        thread = threading.Thread(target=worker.run_one, args=(job_id,))
        thread.start()
        wait_for(lambda: marker.exists() and len(marker.read_text().split()) > lines, "the task", 60)  # noqa: B023
        if kills:
            kills -= 1
            wait_for(lambda: jobs.get(job_id).progress.fraction > 0, "a step", 60)
            time.sleep(generator.uniform(0, 0.4))
            os.kill(int(marker.read_text().split()[-1]), signal.SIGKILL)
        thread.join()
        if jobs.get(job_id).state is State.SUCCEEDED:
            return jobs.get(job_id)


def resumed_lines(results: Sequence[dict]) -> list[Line]:
    one = results[0]
    figure = f"{one['same']} of {one['runs']} bit-identical ({sum(one['attempts']) - one['runs']} kills)"
    what = "kill and resume of a training (torch, Adam, minibatches): weights as of an uninterrupted run"
    return [Line(what, "bit-identical", figure, one["same"] == one["runs"])]


def scaled(seed: int, quick: bool) -> dict:
    """Time the sweep in turns, and beside it what two processes without jobs gain on this machine just then."""
    count, rounds = (8, 1) if quick else (64, 3)
    turns = [{str(n): _sweep(n, count) for n in (1, 2)} | {"bare": _bare_gain(count)} for _ in range(rounds)]
    return {"turns": turns}


def _bare_gain(count: int) -> float:
    """Return how many times faster two plain processes do the work of so many jobs than one does."""
    one, two = _bare([count]), _bare([count // 2] * 2)
    return one / two


def _bare(counts: Sequence[int]) -> float:
    command = [sys.executable, "-c", _BARE_WORK]
    environment = {**os.environ, **thread_variables(1)}
    processes = [
        subprocess.Popen([*command, str(count)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for count in counts
    ]
    for process in processes:
        process.stdout.readline()
    begun = time.perf_counter()
    for process in processes:
        process.stdin.close()
    for process in processes:
        process.wait()
    return time.perf_counter() - begun


def _sweep(workers: int, count: int) -> float:
    """Seconds from the first beginning to the last end of jobs of equal work, on so many warm workers."""
    with place() as (folder, access, jobs):
        (folder / "home" / JOBS).mkdir(parents=True, exist_ok=True)
        (folder / "home" / JOBS / "executors.yaml").write_text(f"local: {{workers: {workers}, threads: 1}}")
        warming = [submit(jobs, seed, action="work", steps=20) for seed in range(2 * workers)]
        ensure_runner(access)
        _wait_for_all(jobs, warming)
        document = TrialConfig(action="work", steps=8).model_dump(mode="json")
        ids = [job.id for job in jobs.submit([JobSpec("trial", document, seed=100 + n) for n in range(count)])]
        _wait_for_all(jobs, ids)
        done = [jobs.get(job_id) for job_id in ids]
        pid = runner_pid(access)
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), "the runner's end", 60)
    begun, ended = min(job.started_at for job in done), max(job.finished_at for job in done)
    return (ended - begun).total_seconds()


def _wait_for_all(jobs: JobStore, ids: Sequence[str]) -> None:
    until = time.monotonic() + 600
    # As rarely as `physforge job watch` looks: whoever waits is not to take the time of who works.
    while any(jobs.count(Selection())[state] for state in (State.QUEUED, State.RUNNING)):
        if time.monotonic() > until:
            raise TimeoutError("The jobs do not end.")
        time.sleep(0.5)
    assert all(jobs.get(one).state is State.SUCCEEDED for one in ids)


def scaled_lines(results: Sequence[dict]) -> list[Line]:
    turns = results[0]["turns"]
    gains = [turn["1"] / turn["2"] for turn in turns]
    middle = statistics.median(gains)
    bare = statistics.median(turn["bare"] for turn in turns)
    figure = f"{middle:.2f} x ({', '.join(f'{gain:.2f}' for gain in gains)}; two plain processes {bare:.2f} x)"
    return [Line("1 -> 2 local workers on a sweep of 64 jobs (median of turns)", ">= 1.8 x", figure, middle >= 1.8)]


CASES = (
    Case("overhead", overhead, overhead_lines, SOURCES, PACKAGES),
    Case("cancel", cancelled, cancelled_lines, SOURCES, PACKAGES),
    Case("resume", resumed, resumed_lines, SOURCES, PACKAGES),
    Case("scaling", scaled, scaled_lines, SOURCES, PACKAGES),
)

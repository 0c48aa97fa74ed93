"""What every executor is held to."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from physforge.jobs import JobRecord, JobSpec, JobStore, State
from physforge.jobs.access import DATABASE, Access
from physforge.jobs.runner import ensure_runner
from physforge.testing.trial_tasks import KIND, TrialConfig, TrialResult, run_directly

#: How long is waited for what should happen, in seconds; a busy machine takes its time.
_PATIENCE_S = 60.0


class ExecutorTests:
    """Jobs of the kind "trial" on an executor, through a real runner.

    Subclass it in a test file and give the fixtures `access` (a fresh state folder or a
    workbench, whose processes know the kind: see `install_trial_tasks`) and `executor`
    (the name of one, or an address). Workers must run on this machine, two jobs at a time
    at least.
    """

    @pytest.fixture
    def jobs(self, access: Access) -> Iterator[JobStore]:
        """The store that the jobs are in."""
        store = access.open_jobs()
        yield store
        store.close()

    @pytest.fixture
    def submit(self, access: Access, executor: str, jobs: JobStore, tmp_path: Path) -> Iterator[Callable[..., str]]:
        """Ask for a job of a config, and have it run; what is left of it in the end is cancelled."""
        ids: list[str] = []

        def submit(*, seed: int = 3, wall_limit_s: float | None = None, **config: Any) -> str:
            marker = str(self.marker(tmp_path, len(ids)))
            document = TrialConfig(marker=marker, **config).model_dump(mode="json")
            spec = JobSpec(KIND, document, seed=seed, executor=executor, wall_limit_s=wall_limit_s)
            ids.append(jobs.submit([spec])[0].id)
            ensure_runner(access)
            return ids[-1]

        yield submit
        for job_id in ids:
            jobs.cancel(job_id)
        for job_id in ids:
            self.wait(jobs, job_id)

    def marker(self, folder: Path, number: int) -> Path:
        """Return where the task of a job notes its processes: a place that it can write to."""
        return folder / f"processes-{number}"

    def wait(self, jobs: JobStore, job_id: str) -> JobRecord:
        """Wait until a job has ended."""
        return self.wait_until(jobs, job_id, lambda job: job.state in ("succeeded", "failed", "cancelled"))

    def wait_until(self, jobs: JobStore, job_id: str, condition: Callable[[JobRecord], bool]) -> JobRecord:
        """Wait until something is true of a job."""
        until = time.monotonic() + _PATIENCE_S
        while not condition(job := jobs.get(job_id)):
            assert time.monotonic() < until, f"{job}\n{jobs.read_log(job_id).text}"
            time.sleep(0.05)
        return job

    def processes(self, job: JobRecord) -> list[int]:
        """Return the ids of the processes that a job's attempts ran in."""
        path = Path(job.spec.config["marker"])
        return [int(line) for line in path.read_text(encoding="utf-8").split()] if path.exists() else []

    def wait_for_process(self, jobs: JobStore, job_id: str) -> int:
        """Return the id of the process that a job runs in, once it does."""
        job = self.wait_until(jobs, job_id, lambda job: job.progress.message != "" and bool(self.processes(job)))
        return self.processes(job)[-1]

    def test_a_result_is_that_of_the_direct_call(
        self, jobs: JobStore, submit: Callable[..., str], tmp_path: Path
    ) -> None:
        """The same bits, with its log and its manifest."""
        job = self.wait(jobs, submit(seed=7))
        assert (job.state, job.attempt) == (State.SUCCEEDED, 1), job.error
        folder = jobs.artifact(job.id)
        expected = run_directly(TrialConfig(), 7, tmp_path / "direct")
        assert TrialResult.load(folder).values.tobytes() == expected.values.tobytes()
        assert (folder / "manifest.json").exists()
        assert "The action is compute." in jobs.read_log(job.id).text

    def test_an_error_is_a_failure(self, jobs: JobStore, submit: Callable[..., str]) -> None:
        """With its words, and without another attempt."""
        job = self.wait(jobs, submit(action="fail"))
        assert (job.state, job.attempt) == (State.FAILED, 1)
        assert "fails on purpose" in str(job.error)

    def test_logs_and_progress_stream_and_cancelling_ends_the_process(
        self, jobs: JobStore, submit: Callable[..., str]
    ) -> None:
        """While it runs, not afterwards."""
        job_id = submit(action="deaf", seconds=600)
        pid = self.wait_for_process(jobs, job_id)
        self.wait_until(jobs, job_id, lambda _job: "The action is deaf." in jobs.read_log(job_id).text)
        jobs.cancel(job_id)
        assert self.wait(jobs, job_id).state is State.CANCELLED
        assert not _is_running(pid)

    def test_a_wall_limit_ends_a_job(self, jobs: JobStore, submit: Callable[..., str]) -> None:
        """Also one that would go on for ever."""
        job = self.wait(jobs, submit(action="wait", seconds=600, wall_limit_s=0.5))
        assert job.state is State.FAILED
        assert "0.5 s" in str(job.error)

    def test_a_job_whose_process_is_killed_runs_again(self, jobs: JobStore, submit: Callable[..., str]) -> None:
        """And succeeds."""
        job = self.wait(jobs, submit(action="die"))
        assert (job.state, job.attempt) == (State.SUCCEEDED, 2)
        assert len(self.processes(job)) == 2

    def test_two_jobs_run_at_a_time(self, jobs: JobStore, submit: Callable[..., str]) -> None:
        """Each waits for ever unless both run."""
        both = [submit(action="wait", seconds=600, seed=seed) for seed in (1, 2)]
        assert len({self.wait_for_process(jobs, job_id) for job_id in both}) == 2
        assert {jobs.get(job_id).state for job_id in both} == {State.RUNNING}

    def test_what_a_stopped_worker_writes_after_its_lease_is_refused(
        self, jobs: JobStore, access: Access, submit: Callable[..., str]
    ) -> None:
        """SIGSTOP, another attempt elsewhere, SIGCONT."""
        job_id = submit(action="wait", seconds=600)
        pid = self.wait_for_process(jobs, job_id)
        worker = _parent(pid)
        stop_process(worker, access)
        try:
            self.wait_until(jobs, job_id, lambda job: bool(jobs.release_expired()) or job.attempt > 1)
            claim = jobs.claim("the test", job_id=job_id)
        finally:
            os.kill(worker, signal.SIGCONT)
        if claim is not None:  # otherwise another worker of the executor was faster
            self._outlive(jobs, job_id, pid, claim)
        self.wait_until(jobs, job_id, lambda _job: not _is_running(pid))
        assert jobs.get(job_id).attempt >= 2
        assert State.SUCCEEDED not in {event.state for event in jobs.events(job_id)}

    def _outlive(self, jobs: JobStore, job_id: str, pid: int, claim: Any) -> None:
        until = time.monotonic() + _PATIENCE_S
        while _is_running(pid):
            jobs.heartbeat(claim)
            assert time.monotonic() < until
            time.sleep(0.2)
        assert (jobs.get(job_id).attempt, jobs.get(job_id).worker) == (2, "the test")
        jobs.give_back(claim, "The test is over.")


def stop_process(pid: int, access: Access) -> None:
    """Stop a process, at a moment at which it does not hold the lock of a SQLite database.

    Parameters
    ----------
    pid : int
        Of the process; it goes on with SIGCONT.
    access : Access
        Whose database. While its holder stands still, nobody could write there.
    """
    os.kill(pid, signal.SIGSTOP)
    while access.home is not None and not _can_write(Path(access.home, DATABASE)):
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.02)
        os.kill(pid, signal.SIGSTOP)


def _can_write(database: Path) -> bool:
    with contextlib.closing(sqlite3.connect(database, timeout=0.5, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


def _parent(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return int(fields[1])


def _is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False

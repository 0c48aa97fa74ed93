"""The background process: one at a time, killed and started again, gone when there is nothing to do."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs.execution.processes import is_running, wait_for

from physforge.errors import JobError, SettingsError
from physforge.jobs import JobSpec, State
from physforge.jobs.access import JOBS, Access
from physforge.jobs.executors import ExecutorSettings, make_executor, prepare_executor
from physforge.jobs.runner import LOG_FILE, ensure_runner, runner_pid
from physforge.testing.trial_tasks import TrialConfig


@pytest.fixture
def access(tmp_path):
    (tmp_path / "home" / JOBS).mkdir(parents=True)
    access = Access(home=str(tmp_path / "home"))
    yield access
    pid = runner_pid(access)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), "the runner's end", 30)


@pytest.fixture
def jobs(access):
    store = access.open_jobs()
    yield store
    store.close()


def settings(access, text: str) -> None:
    path = access.settings.home / JOBS / "executors.yaml"
    path.write_text(text)


def submit(jobs, number: int = 1, **config) -> str:
    document = TrialConfig(**config).model_dump(mode="json")
    return jobs.submit([JobSpec("trial", document, seed=number)])[0].id


def log_of(access) -> str:
    return (access.settings.home / JOBS / LOG_FILE).read_text()


def test_many_who_ask_at_once_start_one(access):
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: ensure_runner(access), range(8)))
    assert started.count(True) == 1
    wait_for(lambda: runner_pid(access), "the runner")
    assert not ensure_runner(access)
    assert log_of(access).count("begins") == 1


def test_it_is_started_by_a_command_too(access, jobs, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_HOME", access.home)
    job_id = submit(jobs)
    subprocess.run([sys.executable, "-P", "-m", "physforge.jobs.runner", "--ensure"], check=True)
    wait_for(lambda: jobs.get(job_id).state is State.SUCCEEDED, "the job", 30)


def test_what_is_kept_for_so_long_is_deleted_and_the_record_stays(access, jobs):
    settings(access, "artifact_days: 0")
    job_id = submit(jobs)
    ensure_runner(access)
    wait_for(lambda: jobs.get(job_id).state is State.SUCCEEDED, "the job", 30)
    kept = jobs.artifact(job_id)
    assert kept.is_dir()
    pid = runner_pid(access)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not is_running(pid), "its end", 30)
    ensure_runner(access)  # it looks when it begins, and then every hour
    wait_for(lambda: not kept.exists(), "the artifact gone", 30)
    assert jobs.get(job_id).state is State.SUCCEEDED


def test_a_killed_runner_loses_nothing_and_leaves_no_child(access, jobs, tmp_path):
    settings(access, "lease: {lease_s: 1.5, heartbeat_s: 0.3}\nlocal: {workers: 1}")
    marker = tmp_path / "marker"
    job_id = submit(jobs, action="wait", seconds=1.0, marker=str(marker))
    ensure_runner(access)
    wait_for(lambda: marker.exists() and marker.read_text().strip(), "the first attempt")
    child, runner = int(marker.read_text()), runner_pid(access)
    os.kill(runner, signal.SIGKILL)
    wait_for(lambda: not is_running(child), "the end of its child", 5)
    wait_for(lambda: ensure_runner(access), "a new runner", 5)
    wait_for(lambda: jobs.get(job_id).state is State.SUCCEEDED, "the second attempt", 30)
    assert jobs.get(job_id).attempt == 2
    ends = [event for event in jobs.events(job_id) if event.state is State.SUCCEEDED]
    assert len(ends) == 1
    assert list(access.scratch().iterdir()) == []


def test_a_runner_told_to_end_gives_its_jobs_back(access, jobs, tmp_path):
    marker = tmp_path / "marker"
    job_id = submit(jobs, action="wait", seconds=600, marker=str(marker))
    ensure_runner(access)
    wait_for(lambda: marker.exists() and marker.read_text().strip(), "the first attempt")
    runner = runner_pid(access)
    os.kill(runner, signal.SIGTERM)
    wait_for(lambda: not is_running(runner), "its end", 10)
    assert jobs.get(job_id).state is State.QUEUED
    assert runner_pid(access) is None


def test_a_runner_without_work_ends(access, jobs):
    settings(access, "idle_minutes: 0.02")
    job_id = submit(jobs)
    ensure_runner(access)
    wait_for(lambda: jobs.get(job_id).state is State.SUCCEEDED, "the job", 30)
    wait_for(lambda: runner_pid(access) is None, "the runner's end", 30)
    assert log_of(access).rstrip().endswith("ends.")


def test_a_job_for_an_executor_that_cannot_be_used_fails_and_says_why(access, jobs):
    (job,) = jobs.submit([JobSpec("trial", TrialConfig().model_dump(mode="json"), executor="gateway")])
    ensure_runner(access)
    wait_for(lambda: jobs.get(job.id).state is State.FAILED, "the refusal", 30)
    assert "physforge login" in jobs.get(job.id).error


def test_the_log_holds_no_token(access):
    document = Access(url="https://lab.example.org", token="very-secret")
    assert "very-secret" not in repr(document)
    assert "very-secret" in str(document.as_document())


def test_an_unknown_executor_is_refused_with_those_there_are(access):
    with pytest.raises(JobError, match="local, dask, gateway, jobqueue"):
        make_executor("cloud", access, ExecutorSettings(), time.time)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("local: {workers: 0}", "local.workers"),
        ("locl: {workers: 1}", "locl"),
        ("jobqueue: {system: cray}", "slurm"),
        ("local: [", "cannot be used"),
    ],
)
def test_wrong_settings_name_the_line_and_what_is_allowed(access, text, words):
    settings(access, text)
    with pytest.raises(SettingsError, match=words):
        ExecutorSettings.read(access.settings.home / JOBS)


def test_a_batch_system_is_asked_as_configured(access):
    """The script that dask-jobqueue would submit, without a batch system."""
    options = "{cores: 2, memory: 4GB, queue: long, walltime: '01:00:00', interface: lo}"
    settings(access, f"jobqueue: {{system: slurm, maximum: 20, options: {options}}}")
    before = signal.getsignal(signal.SIGINT)
    prepare_executor("jobqueue")
    # dask-jobqueue takes Ctrl-C for itself.
    assert signal.getsignal(signal.SIGINT) is before
    executor = make_executor("jobqueue", access, ExecutorSettings.read(access.settings.home / JOBS), time.time)
    try:
        # As the runner does: in the thread of that executor.
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(executor.slots).result() == 20
        script = executor.cluster.job_script()
    finally:
        executor.close()
    for line in ("#SBATCH -p long", "#SBATCH --cpus-per-task=2", "#SBATCH --mem=4G", "#SBATCH -t 01:00:00"):
        assert line in script.splitlines()

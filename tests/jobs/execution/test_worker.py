"""A worker over a real store: what becomes of a job, however it ends."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from jobs.execution.processes import is_running, wait_for

from physforge.jobs import JobSpec, State
from physforge.jobs.access import Access
from physforge.jobs.child_pool import ChildPool
from physforge.jobs.timing import Timing
from physforge.jobs.worker import Worker
from physforge.testing.executors import stop_process
from physforge.testing.trial_tasks import TrialConfig, TrialResult, run_directly

SEEDS = itertools.count(1)


def spec_of(*, wall_limit_s=None, max_attempts=3, seed=None, **config) -> JobSpec:
    # Equal work would be one job.
    document, own = TrialConfig(**config).model_dump(mode="json"), next(SEEDS)
    return JobSpec("trial", document, seed=seed or own, wall_limit_s=wall_limit_s, max_attempts=max_attempts)


@pytest.fixture(scope="module")
def access(tmp_path_factory) -> Access:
    return Access(home=str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def pool():
    """Children that stay warm from test to test."""
    pool = ChildPool()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def jobs(access):
    store = access.open_jobs()
    yield store
    store.close()


@pytest.fixture
def worker(access, pool):
    made = Worker(access, timing=Timing(heartbeat_s=0.3), pool=pool)
    yield made
    made.close_store()


@pytest.fixture
def begin(jobs, worker, tmp_path):
    """Submit a job, run it in a thread, and wait until its task has begun."""
    threads = []

    def begin(**options):
        marker = tmp_path / f"marker-{len(threads)}"
        (job,) = jobs.submit([spec_of(marker=str(marker), **options)])
        threads.append(threading.Thread(target=worker.run_one, args=(job.id,)))
        threads[-1].start()
        wait_for(lambda: marker.exists() and marker.read_text().endswith("\n"), "the task's beginning")
        wait_for(lambda: jobs.get(job.id).progress.message != "", "the first report")
        return job.id, int(marker.read_text().split()[-1]), threads[-1]

    yield begin
    worker.stop()
    for thread in threads:
        thread.join()


def submitted(jobs, **options) -> str:
    return jobs.submit([spec_of(**options)])[0].id


def test_a_job_makes_what_the_direct_call_makes(jobs, worker, tmp_path):
    job = worker.run_one(submitted(jobs, seed=3))
    assert job.state is State.SUCCEEDED
    folder = jobs.artifact(job.id)
    assert (
        TrialResult.load(folder).values.tobytes()
        == run_directly(TrialConfig(), 3, tmp_path / "direct").values.tobytes()
    )
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["job"], manifest["attempt"]) == (job.id, 1)
    assert {one["path"] for one in manifest["files"]} == {"arrays.npz", "citations.bib", "log.txt", "result.json"}
    assert {path.name for path in folder.iterdir()} == {one["path"] for one in manifest["files"]} | {"manifest.json"}
    assert (folder / "log.txt").read_text() == jobs.read_log(job.id).text == "The action is compute.\n"
    assert job.run["seed"] == 3
    assert job.cpu_s > 0


def test_nothing_to_claim_is_no_job(worker):
    assert worker.run_one(executor="nobody") is None


def test_an_error_in_the_task_is_a_failure_and_not_tried_again(jobs, worker):
    job = worker.run_one(submitted(jobs, action="fail"))
    assert (job.state, job.attempt) == (State.FAILED, 1)
    assert job.error == "ValueError: this task fails on purpose"
    assert "Traceback" in jobs.read_log(job.id).text


def test_a_child_that_dies_is_an_attempt_and_the_job_is_tried_again(jobs, worker, tmp_path):
    marker = tmp_path / "marker"
    job_id = submitted(jobs, action="die", marker=str(marker))
    assert worker.run_one(job_id).state is State.QUEUED
    job = worker.run_one(job_id)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 2)
    assert len(set(marker.read_text().split())) == 2


def test_a_job_whose_children_always_die_fails_and_says_how(jobs, worker):
    job_id = submitted(jobs, action="die", max_attempts=2)
    assert worker.run_one(job_id).state is State.QUEUED
    job = worker.run_one(job_id)
    assert (job.state, job.attempt) == (State.FAILED, 2)
    assert "SIGKILL" in job.error


def test_a_link_in_an_artifact_is_refused_and_nothing_is_published(jobs, worker):
    job = worker.run_one(submitted(jobs, action="escape"))
    assert job.state is State.FAILED
    assert "'elsewhere'" in job.error
    assert "link" in job.error
    assert job.artifact is None


def test_a_job_over_its_wall_limit_ends(jobs, worker):
    job = worker.run_one(submitted(jobs, action="wait", seconds=60, wall_limit_s=0.3))
    assert job.state is State.FAILED
    assert "0.3 s" in job.error


def test_a_job_that_wants_more_memory_than_it_may_have_fails_and_says_so(jobs, access, pool):
    small = Worker(access, memory_bytes=2**30, pool=pool)
    job = small.run_one(submitted(jobs, action="hoard"))
    small.close_store()
    assert (job.state, job.attempt) == (State.FAILED, 1)
    assert "more memory than the 1 GiB" in job.error


@pytest.mark.parametrize("action", ["wait", "deaf", "stubborn"])
def test_cancelling_ends_the_process_within_two_seconds(jobs, begin, action):
    job_id, pid, thread = begin(action=action, seconds=60)
    jobs.cancel(job_id)
    # 2 s is the promise on an idle machine; the ladder of requests takes 1.5 s at most.
    wait_for(lambda: jobs.get(job_id).state is State.CANCELLED, "the end", 5)
    thread.join()
    assert action == "wait" or not is_running(pid)
    assert jobs.get(job_id).error is None


def test_what_was_cancelled_leaves_a_worker_that_works(jobs, worker, begin):
    job_id, _, thread = begin(action="deaf", seconds=60)
    jobs.cancel(job_id)
    thread.join()
    assert worker.run_one(submitted(jobs)).state is State.SUCCEEDED


def test_a_worker_told_to_end_gives_its_job_back(jobs, worker, begin):
    job_id, pid, thread = begin(action="deaf", seconds=60)
    worker.stop()
    thread.join()
    job = jobs.get(job_id)
    assert job.state is State.QUEUED
    assert not is_running(pid)
    assert worker.run_one(job_id) is None


def test_a_lost_claim_stops_the_child_and_publishes_nothing(jobs, access, begin):
    job_id, pid, thread = begin(action="deaf", seconds=60)
    claim = as_if_stalled(jobs, job_id)
    wait_for(lambda: not is_running(pid), "the end of the child", 5)
    thread.join()
    assert jobs.get(job_id).attempt == claim.attempt == 2
    assert jobs.get(job_id).state is State.RUNNING
    assert [*access.scratch().iterdir()] == []


def as_if_stalled(jobs, job_id):
    """Let a lease end as that of a stalled worker does, and give the job to another."""
    from physforge.jobs import Claim

    job = jobs.get(job_id)

    def has_ended():
        # The worker is not stalled, so it may renew the lease in between.
        jobs.heartbeat(Claim(job, job.attempt, job.worker), lease_s=0.0)
        return [one.id for one in jobs.release_expired()] == [job_id]

    wait_for(has_ended, "the end of the lease")
    return jobs.claim("another", job_id=job_id)


@pytest.mark.parametrize("action", ["train", "torch"])
def test_a_training_that_is_killed_goes_on_from_its_checkpoint_to_the_same_bits(jobs, worker, begin, tmp_path, action):
    if action == "torch":
        pytest.importorskip("torch")
    job_id, pid, thread = begin(action=action, seed=3, steps=40, seconds=0.02)
    wait_for(lambda: jobs.get(job_id).progress.fraction > 0.2, "some steps")
    os.kill(pid, signal.SIGKILL)
    thread.join()
    assert jobs.get(job_id).state is State.QUEUED
    job = worker.run_one(job_id)
    assert (job.state, job.attempt) == (State.SUCCEEDED, 2)
    expected = run_directly(TrialConfig(action=action, steps=40), 3, tmp_path / "direct").values
    assert TrialResult.load(jobs.artifact(job_id)).values.tobytes() == expected.tobytes()


def test_a_stopped_worker_is_refused_when_it_goes_on(jobs, access, tmp_path):
    """SIGSTOP past the lease, while another finishes the job."""
    marker = tmp_path / "marker"
    (job,) = jobs.submit([spec_of(action="wait", seconds=1.5, marker=str(marker))])
    text = (
        "import sys; from physforge.jobs.worker import run_job; "
        "print(run_job({'home': sys.argv[1]}, sys.argv[2], timing={'lease_s': 0.8, 'heartbeat_s': 0.2}))"
    )
    command = [sys.executable, "-c", text, access.home, job.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        try:
            wait_for(marker.exists, "the first attempt")
            stop_process(first.pid, access)
            wait_for(lambda: is_released(jobs, job.id), "the end of the lease", 10)
            second = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
            assert "'succeeded', 'attempt': 2" in second.stdout
            first.send_signal(signal.SIGCONT)
            assert "'attempt': 2" in first.communicate(timeout=60)[0]
        finally:
            first.kill()
    states = [(event.attempt, event.state) for event in jobs.events(job.id)]
    assert states.count((2, State.SUCCEEDED)) == 1
    assert [one for one in states if one[1] is State.SUCCEEDED] == [(2, State.SUCCEEDED)]


def is_released(jobs, job_id) -> bool:
    jobs.release_expired()
    return jobs.get(job_id).state is State.QUEUED

"""``physforge job`` on the store of a state folder."""

import json
import os
import sys

import numpy as np
import pytest

from physforge.cli.exits import Exit
from physforge.cli.job_follow import follow
from physforge.database import Database
from physforge.jobs import Input, JobSpec, Outcome, State
from physforge.jobs.sql_store import SqlJobStore
from physforge.testing.trial_tasks import TrialResult, install_trial_tasks


@pytest.fixture(autouse=True)
def trial_tasks(tmp_path_factory, monkeypatch):
    folder = install_trial_tasks(tmp_path_factory.mktemp("tasks"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))


@pytest.fixture
def store(physforge, tmp_path):
    """The store that the commands look into."""
    database = Database.open(f"sqlite:///{tmp_path / 'home' / 'physforge.sqlite'}")
    store = SqlJobStore(database, tmp_path / "home" / "jobs")
    yield store
    store.close()


class Jobs:
    """Makes jobs in each state, as a worker would."""

    def __init__(self, store, folder):
        self.store, self.folder, self.number = store, folder, 0

    def queued(self, *, batch=None, seconds=0.0):
        self.number += 1
        source = Input("dataset", "burgers", "dataset", "catalog:burgers", "0" * 64)
        spec = JobSpec("trial", {"action": "wait", "seconds": seconds, "steps": self.number}, (source,), seed=7)
        (job,) = self.store.submit([spec], batch=batch)
        return job

    def running(self, **options):
        job = self.queued(**options)
        return self.store.claim("a worker", job_id=job.id)

    def succeeded(self, **options):
        claim = self.running(**options)
        made = self.folder / f"made-{self.number}"
        TrialResult(status="ok", values=np.arange(3.0), diagnostics=("be careful",)).save(made)
        self.store.append_log(claim, 0, "one\ntwo \x1b[2Jlines\n")
        return self.store.publish(claim, made, Outcome(State.SUCCEEDED, cpu_s=1.5))

    def failed(self, **options):
        claim = self.running(**options)
        return self.store.finish(claim, Outcome(State.FAILED, error="it did not converge"))


@pytest.fixture
def jobs(store, tmp_path):
    return Jobs(store, tmp_path)


def facts(answer):
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_jobs_are_listed_and_chosen(physforge, jobs):
    made = [jobs.succeeded(), jobs.failed(), jobs.queued(batch="a sweep")]
    assert [one["id"] for one in facts(physforge("job", "list", "--json"))] == [job.id for job in reversed(made)]
    assert [one["state"] for one in facts(physforge("job", "list", "--state", "failed", "--json"))] == ["failed"]
    both = facts(physforge("job", "list", "--state", "failed", "--state", "queued", "--kind", "trial", "--json"))
    assert {one["id"] for one in both} == {made[1].id, made[2].id}
    assert [one["id"] for one in facts(physforge("job", "list", "--batch", "a sweep", "--json"))] == [made[2].id]
    assert facts(physforge("job", "list", "--kind", "discovery", "--json")) == []
    code, out, err = physforge("job", "list", "--limit", "2")
    assert code == 0
    assert made[2].id[:8] in out
    assert made[1].id[:8] in out
    assert made[0].id[:8] not in out
    assert "it did not converge" in out
    assert "--limit 3" in err


def test_a_wrong_state_names_those_there_are(physforge, store):
    code, out, err = physforge("job", "list", "--state", "done")
    assert (code, out) == (Exit.USAGE, "")
    assert "succeeded" in err


def test_no_jobs_are_no_error(physforge):
    code, out, err = physforge("job", "list")
    assert (code, out) == (0, "")
    assert "physforge job submit" in err
    assert facts(physforge("job", "list", "--json")) == []


def test_a_status_tells_all_and_its_fields_stay(physforge, jobs):
    job = jobs.succeeded()
    found = facts(physforge("job", "status", job.id[:6], "--json"))
    assert set(found) == {
        *("id", "kind", "state", "progress", "attempt", "batch", "executor", "priority", "seed", "wall_limit_s"),
        *("config", "inputs", "sha256", "created", "started", "finished", "worker", "cancel_requested", "error"),
        *("artifact", "artifact_bytes", "cpu_s", "gpu_s", "run", "events"),
    }
    assert (found["id"], found["state"], found["seed"], found["cpu_s"]) == (job.id, "succeeded", 7, 1.5)
    assert [one["state"] for one in found["events"]] == ["queued", "running", "succeeded"]
    _, out, _ = physforge("job", "status", job.id)
    for text in (job.id, "burgers", "succeeded", "a worker", "attempt 1"):
        assert text in out


@pytest.mark.parametrize("command", ["status", "watch", "logs", "cancel", "retry", "result"])
@pytest.mark.parametrize("name", ["0000", "no-such-batch", "../etc"])
def test_a_job_that_is_not_there_has_an_exit_code_of_its_own(physforge, store, command, name):
    code, out, err = physforge("job", command, name)
    assert (code, out) == (Exit.NO_SUCH_JOB, "")
    assert name in err
    assert "Traceback" not in err


def test_a_log_is_printed_as_it_is_but_steers_no_terminal(physforge, jobs):
    job = jobs.succeeded()
    code, out, _ = physforge("job", "logs", job.id)
    assert (code, out) == (0, "one\ntwo \x1b[2Jlines\n")
    (line,) = physforge("job", "logs", job.id, "--json")[1].splitlines()
    assert json.loads(line) == {"attempt": 1, "text": "one\ntwo \x1b[2Jlines\n"}
    assert physforge("job", "logs", job.id, "--follow")[1] == out
    assert physforge("job", "logs", jobs.queued().id)[:2] == (0, "")


def test_a_queued_job_ends_at_once_and_a_running_one_is_asked_to(physforge, jobs, store):
    queued, claim = jobs.queued(), jobs.running()
    assert facts(physforge("job", "cancel", queued.id, "--json"))["state"] == "cancelled"
    code, out, _ = physforge("job", "cancel", claim.job.id)
    assert code == 0
    assert "is being stopped" in out
    assert store.heartbeat(claim).cancel


def test_a_batch_is_cancelled_and_tried_again_as_a_whole(physforge, jobs, store):
    made = [jobs.queued(batch="sweep") for _ in range(3)] + [jobs.succeeded(batch="sweep")]
    changed = facts(physforge("job", "cancel", "sweep", "--json"))
    assert {one["id"]: one["state"] for one in changed} == {job.id: "cancelled" for job in made[:3]}
    assert store.get(made[3].id).state is State.SUCCEEDED
    claim = jobs.running()
    batch = store.get(made[0].id).batch
    changed = facts(physforge("job", "retry", batch[:13], "--json"))
    assert {one["id"] for one in changed} == {job.id for job in made[:3]}
    assert store.heartbeat(claim).cancel is False


def test_a_result_is_shown_and_copied(physforge, jobs, tmp_path):
    job = jobs.succeeded()
    code, out, err = physforge("job", "result", job.id, "--output", "kept/here")
    assert code == 0, err
    assert "3 numbers" in out
    assert TrialResult.load(tmp_path / "kept" / "here").values.tolist() == [0, 1, 2]
    found = facts(physforge("job", "result", job.id, "--json"))
    assert found["result"]["status"] == "ok"
    assert found["result"]["diagnostics"] == ["be careful"]
    assert "result.json" in found["files"]
    code, out, err = physforge("job", "result", job.id, "--output", "kept/here")
    assert (code, out) == (Exit.USAGE, "")
    assert "exists already" in err
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["here"]


def test_a_job_without_a_result_says_why_by_text_and_exit_code(physforge, jobs, store):
    failed, queued = jobs.failed(), jobs.queued()
    code, out, err = physforge("job", "result", failed.id)
    assert (code, out) == (Exit.JOB_FAILED, "")
    assert "it did not converge" in err
    assert "job retry" in err
    assert physforge("job", "result", queued.id)[0] == Exit.ERROR
    store.cancel(queued.id)
    assert physforge("job", "result", queued.id)[0] == Exit.JOB_CANCELLED


def test_watching_what_has_ended_says_how_it_ended(physforge, jobs, store):
    assert physforge("job", "watch", jobs.failed().id)[0] == Exit.JOB_FAILED
    code, out, err = physforge("job", "watch", jobs.succeeded().id)
    assert (code, out) == (0, "3 numbers\n")
    assert "succeeded" in err
    store.cancel(jobs.queued(batch="b").id)
    assert physforge("job", "watch", "b")[0] == Exit.JOB_CANCELLED
    jobs.failed(batch="b")
    code, out, err = physforge("job", "watch", "b")
    assert code == Exit.JOB_FAILED
    assert "1 failed, 1 cancelled" in out
    assert "it did not converge" in out


def test_a_watched_job_is_a_stream_of_lines_of_json(physforge, jobs):
    lines = [json.loads(line) for line in physforge("job", "watch", jobs.succeeded().id, "--json")[1].splitlines()]
    assert [line["type"] for line in lines] == ["state", "progress", "log", "end"]
    assert lines[-1]["state"] == "succeeded"


def test_whoever_watches_sees_to_it_that_somebody_runs_the_job(jobs, store):
    job, woken = jobs.queued(), []

    def wake():
        woken.append(store.get(job.id).state)
        if len(woken) == 3:
            store.cancel(job.id)

    moments = [moment.job.state for moment in follow(store, job.id, wake, every_s=0.0)]
    # The runner may have died at any time: it is asked for again and again, and not once the job has ended.
    assert woken == moments[:3] == [State.QUEUED] * 3
    assert moments[3:] == [State.CANCELLED]


def test_a_kind_is_described_by_its_settings(physforge):
    assert {"kind": "trial", "title": "A task for tests"} in facts(physforge("job", "kinds", "--json"))
    found = facts(physforge("job", "kinds", "trial", "--json"))
    options = {one["name"]: one for one in found["options"]}
    assert options["action"]["type"].startswith("compute, fail, wait")
    assert (options["steps"]["default"], options["steps"]["limits"]) == (50, "at least 1")
    assert options["steps"]["required"] is False
    assert found["schema"]["properties"].keys() == options.keys()
    _, out, _ = physforge("job", "kinds", "trial")
    assert "at least 1" in out
    code, out, err = physforge("job", "kinds", "tiral")
    assert (code, out) == (Exit.USAGE, "")
    assert "trial" in err

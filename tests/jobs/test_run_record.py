"""The run record says what a run depends on, and gives no secret away."""

import json
import subprocess

import pytest

from physforge.jobs import Input, JobSpec
from physforge.jobs.run_record import collect_run_record, git_state
from physforge.jobs.submission import asked_for_here

SPEC = JobSpec("discovery", {"dataset": "run"}, (Input("dataset", "run", "dataset", "id-1", "ab" * 32),), seed=7)


def test_it_says_who_what_when_where_and_with_what(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    record = json.loads(json.dumps(collect_run_record(SPEC)))
    assert (record["kind"], record["seed"], record["spec_sha256"]) == ("discovery", 7, SPEC.sha256)
    assert record["inputs"] == [{"field": "dataset", "name": "run", "reference": "id-1", "sha256": "ab" * 32}]
    assert {"physforge", "numpy", "scipy"} <= set(record["versions"])
    assert record["threads"]["variables"]["OMP_NUM_THREADS"] == "1"
    assert record["user"]
    assert record["device"]["cpu"]
    assert record["created"].endswith("+00:00")


def test_it_holds_no_secret(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hush-hush")
    monkeypatch.setenv("PHYSFORGE_API_URL", "https://lab.example.org/?token=hush-hush")
    assert "hush-hush" not in json.dumps(collect_run_record(SPEC))


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        setting = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *setting, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)

    git("init", "-q")
    (tmp_path / "analysis.py").write_text("1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path, git("rev-parse", "HEAD").stdout.strip()


def test_it_knows_the_commit_and_whether_there_is_more_than_it(repository):
    folder, commit = repository
    (folder / "new.txt").write_text("not tracked\n")
    (folder / "below").mkdir()
    assert git_state(folder / "below") == {"commit": commit, "dirty": False}
    (folder / "analysis.py").write_text("2\n")
    assert git_state(folder) == {"commit": commit, "dirty": True}


def test_a_run_says_where_the_job_was_asked_for_wherever_it_runs(repository, tmp_path_factory, monkeypatch):
    folder, commit = repository
    monkeypatch.chdir(folder)
    (spec,) = asked_for_here([SPEC])
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert collect_run_record(spec)["git"] == {"commit": commit, "dirty": False}
    assert asked_for_here([spec])[0].git is None
    assert (spec, spec.sha256) == (SPEC, SPEC.sha256)  # it is the same work


def test_a_repository_runs_no_program_of_its_own(repository):
    folder, _ = repository
    trap = folder / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {folder}/sprung\n")
    trap.chmod(0o755)
    subprocess.run(["git", "config", "core.fsmonitor", str(trap)], cwd=folder, check=True)
    assert git_state(folder) is not None
    assert not (folder / "sprung").exists()


def test_there_may_be_no_repository(tmp_path):
    assert git_state(tmp_path) is None

"""Jobs that really run: the runner of a state folder, its workers, and the commands that wait for them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.runners import end_runners

from physforge.cli.exits import Exit
from physforge.testing.trial_tasks import TrialResult, install_trial_tasks

PROGRAM = Path(sys.executable).with_name("physforge")


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """One state folder for all, so that its runner starts once; and a folder with the kind of job that they run."""
    home = tmp_path_factory.mktemp("state")
    yield home, install_trial_tasks(tmp_path_factory.mktemp("tasks"))
    end_runners(home)


@pytest.fixture(autouse=True)
def environment(physforge, state, monkeypatch):
    home, tasks = state
    monkeypatch.setenv("PHYSFORGE_HOME", str(home))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tasks)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tasks), *filter(None, [os.environ.get("PYTHONPATH")])]))


def test_a_job_is_submitted_watched_and_shown(physforge, tmp_path):
    code, out, err = physforge("job", "submit", "trial", "--seed", "5", "--watch")
    assert (code, out) == (0, "100 numbers\n"), err
    assert "succeeded" in err
    (job,) = json.loads(physforge("job", "list", "--json")[1])
    assert physforge("job", "result", job["id"][:8], "--output", "kept")[0] == 0
    # The same as in this process: what a job makes depends on its seed alone.
    import numpy as np

    np.testing.assert_array_equal(TrialResult.load(tmp_path / "kept").values, np.random.default_rng(5).normal(size=100))
    assert "The action is compute." in physforge("job", "logs", job["id"])[1]
    code, out, err = physforge("job", "submit", "trial", "--seed", "5", "--json")
    assert json.loads(out)["id"] == job["id"]
    code, out, _ = physforge("job", "reproduce", job["id"], "--json")
    assert code == 0
    assert json.loads(out)["identical"] is True
    assert json.loads(physforge("job", "lineage", job["id"], "--json")[1])


def test_a_job_that_fails_ends_the_command_with_its_own_code(physforge):
    code, out, err = physforge("job", "submit", "trial", "--set", "action=fail", "--watch")
    assert (code, out) == (Exit.JOB_FAILED, "")
    assert "this task fails on purpose" in err
    lines = physforge("job", "submit", "trial", "--set", "action=fail", "--watch", "--json")[1].splitlines()
    assert json.loads(lines[-1])["type"] == "end"
    assert json.loads(lines[-1])["state"] == "failed"


def test_what_is_wrong_is_said_at_once_and_nothing_is_kept(physforge):
    count = len(json.loads(physforge("job", "list", "--json")[1]))
    code, out, err = physforge("job", "submit", "trial", "--set", "steps=0", "--set", "bogus=1", "--set", "action=fly")
    assert (code, out) == (Exit.USAGE, "")
    for name in ("steps", "bogus", "action"):
        assert f"\n  {name}: " in err
    assert physforge("job", "submit", "trial", "--wall-limit", "soon")[0] == Exit.USAGE
    assert physforge("job", "submit", "trial", "--executor", "nobody")[0] == Exit.USAGE
    assert len(json.loads(physforge("job", "list", "--json")[1])) == count


def test_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(physforge, interruptible):
    command = [PROGRAM, "job", "submit", "trial", "--set", "action=wait", "--set", "seconds=60", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        said = ""
        while "waits" not in said:
            line = watching.stderr.readline()
            assert line, said
            said += line
        watching.send_signal(signal.SIGINT)
        out, rest = watching.communicate(timeout=20)
    assert (watching.returncode, out) == (Exit.INTERRUPTED, "")
    (job,) = json.loads(physforge("job", "list", "--state", "running", "--json")[1])
    assert f"physforge job watch {job['id'][:8]}" in rest
    code, out, _ = physforge("job", "cancel", job["id"][:8])
    assert code == 0
    begin = time.monotonic()
    code, _, err = physforge("job", "watch", job["id"])
    assert code == Exit.JOB_CANCELLED
    assert "was cancelled" in err
    assert time.monotonic() - begin < 10


def test_a_sweep_is_one_batch_however_often_it_is_asked_for(physforge, tmp_path):
    (tmp_path / "sweep.yaml").write_text("kind: trial\nname: steps\ngrid:\n  steps: [1, 2]\nseeds: [8, 9]\n")
    code, out, err = physforge("job", "batch", "sweep.yaml", "--watch")
    assert code == 0, err
    assert "4 succeeded" in out
    assert json.loads(physforge("job", "batch", "sweep.yaml", "--json")[1])["counts"] == {"succeeded": 4}
    rows = json.loads(physforge("job", "result", "steps", "--json")[1])["jobs"]
    assert sorted((row["steps"], row["seed"]) for row in rows) == [(1, 8), (1, 9), (2, 8), (2, 9)]
    assert physforge("job", "result", "steps", "--output", "kept")[0] == Exit.USAGE
    (tmp_path / "bad.yaml").write_text("kind: trial\ngird: {}\n")
    code, _, err = physforge("job", "batch", "bad.yaml")
    assert code == Exit.USAGE
    assert "grid" in err


def test_a_science_command_becomes_a_job(physforge):
    command = ("differentiate", "lynx-hare", "hare_thousands_t", "--method", "finite-difference")
    code, out, err = physforge(*command, "--submit", "--watch")
    assert code == 0, err
    assert out == physforge(*command)[1]
    assert physforge(*command, "--submit", "--save", "kept")[0] == Exit.USAGE

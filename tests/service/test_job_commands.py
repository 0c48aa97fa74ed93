"""``physforge job ... --remote``: the same commands at a workbench that one is logged in to."""

import json
import os
import sys

import pytest
from cli.runners import end_runners

from physforge.cli import main
from physforge.cli.exits import Exit
from physforge.client import Login
from physforge.testing.trial_tasks import TrialResult, install_trial_tasks


@pytest.fixture
def physforge(api, ada, tmp_path, monkeypatch, capsys):
    tasks = install_trial_tasks(tmp_path / "tasks")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tasks)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tasks), *filter(None, [os.environ.get("PYTHONPATH")])]))
    for name in ("PHYSFORGE_API_URL", "PHYSFORGE_API_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PHYSFORGE_LOGIN_FILE", str(tmp_path / "login.json"))
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    Login(api.url, ada).store()

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["physforge", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    yield run
    end_runners(tmp_path / "home")


def test_a_job_of_the_workbench_is_submitted_watched_and_fetched(physforge, tmp_path):
    code, out, err = physforge("job", "submit", "trial", "--seed", "3", "--remote", "--watch")
    assert (code, out) == (0, "100 numbers\n"), err
    (job,) = json.loads(physforge("job", "list", "--remote", "--json")[1])
    assert (job["state"], job["seed"]) == ("succeeded", 3)
    short = job["id"][:8]
    assert "The action is compute." in physforge("job", "logs", short, "--remote")[1]
    assert physforge("job", "result", short, "--remote", "--output", "kept")[0] == 0
    assert TrialResult.load(tmp_path / "kept").values.size == 100
    states = [one["state"] for one in json.loads(physforge("job", "status", short, "--remote", "--json")[1])["events"]]
    assert states == ["queued", "running", "succeeded"]
    code, out, err = physforge("job", "submit", "trial", "--set", "action=fail", "--remote", "--watch")
    assert (code, out) == (Exit.JOB_FAILED, "")
    assert "fails on purpose" in err
    # Nothing of it is in the state folder of this machine.
    assert json.loads(physforge("job", "list", "--json")[1]) == []
    code, out, err = physforge("job", "status", short)
    assert (code, out) == (Exit.NO_SUCH_JOB, "")


def test_what_the_workbench_refuses_ends_with_the_same_codes(physforge):
    code, out, err = physforge("job", "submit", "trial", "--set", "steps=0", "--remote")
    assert (code, out) == (Exit.USAGE, "")
    assert "steps" in err
    assert physforge("job", "status", "0000", "--remote")[0] == Exit.NO_SUCH_JOB

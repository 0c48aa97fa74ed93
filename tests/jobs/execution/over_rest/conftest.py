"""A workbench that keeps jobs: workers report to it over REST, and open no database."""

import json
import os
import signal

import pytest
from jobs.execution.processes import is_running, wait_for
from service.hub_double import running_hub
from service.serving import running_api, settings_for, somebody

from physforge.jobs.access import JOBS, Access
from physforge.jobs.runner import runner_pid
from physforge.settings import HOME_VARIABLE

SETTINGS = {"local": {"workers": 2, "threads": 1}, "lease": {"lease_s": 4, "heartbeat_s": 0.5}}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running_hub() as hub, running_api(settings_for(tmp_path_factory.mktemp("state"), hub), hub) as api:
        yield api


@pytest.fixture(scope="module")
def login(api):
    return Access(url=api.url, token=api.hub.add(somebody("ada")))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def access(login, home, monkeypatch, trial_tasks, end_runner):
    """A session's folders, and a runner that is ended after the last test."""
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    (home / JOBS).mkdir(exist_ok=True)
    options = {"environment": {"PYTHONPATH": str(trial_tasks)}}
    settings = {**SETTINGS, "gateway": {"maximum": 2, "options": options}}
    (home / JOBS / "executors.yaml").write_text(json.dumps(settings))
    return login


@pytest.fixture(scope="module")
def end_runner(home, login):
    """End the runner, if one was started."""

    def end() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(HOME_VARIABLE, str(home))
            pid = runner_pid(login)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: not is_running(pid), "the runner's end", 60)

    yield end
    end()

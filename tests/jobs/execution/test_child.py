"""The child process by itself: what it says, what it prints, and that it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jobs.execution.processes import is_running, wait_for

from physforge.jobs.access import Access
from physforge.jobs.child_process import ChildProcess
from physforge.jobs.spec import JobSpec
from physforge.testing.trial_tasks import TrialConfig, TrialResult


def spec_of(**config) -> JobSpec:
    return JobSpec("trial", TrialConfig(**config).model_dump(mode="json"), seed=3)


@pytest.fixture
def child():
    process = ChildProcess(os.environ)
    yield process
    process.close()


def run(child, folder, spec):
    folder.mkdir()
    printed = []
    child.begin(spec, folder, Access(home=str(folder.parent)), None, printed.append)
    while True:
        message = child.next(20.0)
        assert message is not None
        if message["kind"] in ("done", "failed", "cancelled"):
            child.end_of_log()
            return message, "".join(printed)


def test_it_works_again_and_again_and_keeps_logs_apart(child, tmp_path):
    for number in range(3):
        done, log = run(child, tmp_path / str(number), spec_of())
        assert done["kind"] == "done"
        assert log.splitlines() == ["The action is compute."]
        values = TrialResult.load(tmp_path / str(number)).values
        assert values.shape == (100,)
    failed, log = run(child, tmp_path / "failed", spec_of(action="fail"))
    assert failed["error"] == "ValueError: this task fails on purpose"
    assert "Traceback" in log
    assert "fails on purpose" in log


def test_it_has_a_group_of_its_own_and_a_fresh_interpreter(child):
    assert child.next(20.0)["kind"] == "ready"
    assert os.getpgid(child.pid) == child.pid
    words = Path(f"/proc/{child.pid}/cmdline").read_text().split("\0")
    assert words[:4] == [sys.executable, "-P", "-m", "physforge.jobs.child"]


def test_it_does_not_import_from_the_folder_that_it_is_in(child, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('imported from the wrong place')")
    monkeypatch.chdir(tmp_path)
    other = ChildProcess(os.environ)
    try:
        assert run(other, tmp_path / "artifact", spec_of())[0]["kind"] == "done"
    finally:
        other.close()


def test_it_ends_with_its_worker(tmp_path):
    text = f"""
import os, pathlib, time
from physforge.jobs.access import Access
from physforge.jobs.child_process import ChildProcess
from physforge.jobs.spec import JobSpec
from physforge.testing.trial_tasks import TrialConfig
child = ChildProcess(os.environ)
config = TrialConfig(action="deaf", seconds=60).model_dump(mode="json")
child.begin(JobSpec("trial", config), pathlib.Path({str(tmp_path)!r}), Access(home={str(tmp_path)!r}), None, print)
while child.next(20)["kind"] != "progress":
    pass
print("child", child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as worker:
        pid = next(int(line.split()[1]) for line in worker.stdout if line.startswith("child"))
        assert is_running(pid)
        worker.kill()
    wait_for(lambda: not is_running(pid), "the end of the child", 5)


def test_what_it_is_told_is_in_no_argument_and_no_variable(child, tmp_path):
    folder = tmp_path / "artifact"
    folder.mkdir()
    access = Access(url="https://lab.example.org", token="very-secret")
    child.begin(spec_of(action="wait", seconds=60), folder, access, None, print)
    while child.next(20.0)["kind"] != "progress":
        pass
    for name in ("cmdline", "environ"):
        assert "very-secret" not in Path(f"/proc/{child.pid}/{name}").read_text()

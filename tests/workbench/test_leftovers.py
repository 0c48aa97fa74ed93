import os
import subprocess
import sys

import psutil
import pytest

from physforge.workbench import leftovers

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
IGNORE_SIGTERM = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
STUBBORN = [sys.executable, "-c", IGNORE_SIGTERM]


@pytest.fixture
def start(state):
    started = []

    def begin(command, *, marked=True, service=False):
        environment = dict(os.environ)
        if marked:
            environment["PHYSFORGE_WORKBENCH"] = state.identity
        if service:
            environment["PHYSFORGE_SERVICE"] = "hub"
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def pids(state, **options):
    return {process.pid for process in leftovers.workbench_processes(state, **options)}


def test_marked_processes_are_found_and_others_not(state, start):
    marked, unmarked = start(SLEEP), start(SLEEP, marked=False)
    assert marked.pid in pids(state)
    assert unmarked.pid not in pids(state)


def test_services_are_told_from_sessions(state, start):
    service, session = start(SLEEP, service=True), start(SLEEP)
    assert service.pid in pids(state, services_only=True)
    assert session.pid not in pids(state, services_only=True)


def test_a_child_that_cleared_its_environment_is_found(state, start):
    code = (
        "import subprocess, sys, time;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], env={}).pid, flush=True);"
        "time.sleep(60)"
    )
    parent = start([sys.executable, "-c", code])
    child = int(parent.stdout.readline())
    assert child in pids(state)
    leftovers.stop(leftovers.workbench_processes(state))


def test_what_ignores_sigterm_is_killed(state, start):
    process = start(STUBBORN)
    process.stdout.readline()
    assert leftovers.stop(leftovers.workbench_processes(state), grace_seconds=0.3) == 1
    assert not psutil.pid_exists(process.pid)


def test_servers_of_people_are_told_from_their_kernels_and_asked_to_end(state, start):
    waiting = "import sys, time; print(1, flush=True); time.sleep(60)"
    server = start([sys.executable, "-c", waiting, "/bin/jupyterhub-singleuser"])
    kernel = start([sys.executable, "-c", waiting, "ipykernel_launcher"])
    for process in (server, kernel):
        process.stdout.readline()
    found = leftovers.session_servers(state)
    assert [one.pid for one in found] == [server.pid]
    leftovers.ask_to_end(found)
    assert server.wait(10) == -15
    assert kernel.poll() is None

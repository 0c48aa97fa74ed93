"""Starting and stopping, and every way in which a start is refused."""

import fcntl
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
from e2e.bench import Workbench, wait_for

from physforge.audit import AuditLog, AuditSettings, Selection
from physforge.client import Cache, Login, RemoteWorkbench
from physforge.jobs import JobSpec, Outcome, State
from physforge.jobs.remote_store import RemoteJobStore
from physforge.workbench.accounts import Accounts
from physforge.workspace import Workspace

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def idle(tmp_path: Path):
    """A workbench that is not started."""
    bench = Workbench(tmp_path / "state")
    yield bench
    bench.down()


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_second_start_says_so_and_keeps_the_password(workbench):
    again = workbench.command("up")
    assert "already running" in again.stdout
    assert workbench.password not in again.stdout


def test_a_second_start_elsewhere_on_the_same_state_is_refused(workbench):
    done = workbench.command("up", "--port-base", "30000", check=False)
    assert "runs already at" in one_sentence(done)


def test_status_names_every_process(workbench):
    status = workbench.status()
    assert status["healthy"]
    assert status["processes"] == dict.fromkeys(("api", "apps", "culler", "gateway", "hub", "proxy"), "RUNNING")


def test_a_new_password_replaces_the_first(workbench):
    shown = workbench.command("password").stdout
    assert f"user name:  {workbench.user}" in shown
    assert workbench.password not in shown


def test_whoever_logs_in_with_a_new_password_stays_logged_in(workbench):
    workbench.password = "eight grey herons wade"  # pragma: allowlist secret
    with httpx.Client(base_url=workbench.url, timeout=30) as client:
        Accounts(workbench.state.accounts).set_password(workbench.user, workbench.password)
        assert workbench.log_in(client, workbench.user, workbench.password).status_code == 302
        # Longer than the hub waits until it ends the sessions of those whose password changed elsewhere.
        time.sleep(2.5)
        assert client.get("/hub/token").status_code == 200


def test_no_secret_is_in_a_log(workbench):
    logs = "".join(path.read_text(errors="replace") for path in workbench.state.logs.iterdir())
    secrets = [path.read_text() for path in workbench.state.secrets.iterdir()]
    assert not [one for one in [*secrets, workbench.password] if one in logs]


def test_everything_in_the_state_folder_is_private(workbench):
    assert workbench.state.root.stat().st_mode & 0o077 == 0
    assert workbench.state.home.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_named(idle):
    with socket.socket() as server:
        server.bind(("127.0.0.1", idle.ports.gateway))
        server.listen(1)
        done = idle.command("up", "--port-base", str(idle.base), check=False)
    assert f"Port taken: {idle.ports.gateway} (gateway; held by" in one_sentence(done)
    assert idle.processes() == []


def test_a_start_during_another_start_is_refused(idle):
    idle.state.create()
    with idle.state.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = idle.command("up", "--port-base", str(idle.base), check=False)
    assert "being started or stopped by another command" in one_sentence(done)


def test_a_full_disk_is_named(idle, tmp_path):
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        idle.home = disk / "state"
        done = idle.command("up", "--port-base", str(idle.base), check=False)
        assert "The disk is full: 1 MB are free" in one_sentence(done)
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_process_that_dies_is_named_with_its_last_words(idle, tmp_path):
    idle.state.create()
    idle.state.database.write_text("this is no database")
    done = idle.command("up", "--port-base", str(idle.base), check=False)
    text = one_sentence(done)
    assert "The process hub does not stay up" in text
    assert "file is not a database" in text
    assert idle.processes() == []
    assert idle.open_ports() == []


def test_down_without_a_workbench_is_no_error(idle):
    assert "No workbench is running" in idle.down()


def test_status_without_a_workbench_ends_with_three(idle):
    done = idle.command("status", check=False)
    assert done.returncode == 3
    assert "No workbench is running" in done.stdout


def test_a_killed_supervisor_is_cleaned_up_after(idle):
    idle.up()
    supervisor = int((idle.state.root / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: not idle.status()["running"], "the supervisor gone", 10)
    assert "processes are left over" in idle.command("status", check=False).stdout
    idle.up()
    assert idle.status()["healthy"]


@pytest.mark.parametrize("moment", ["while it starts", "once it has started"])
def test_foreground_stays_and_stops_with_sigterm(idle, moment):
    environment = {**os.environ, "PHYSFORGE_HOME": str(idle.home)}
    command = [str(idle.program), "up", "--port-base", str(idle.base), "--foreground"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if moment == "while it starts":
            wait_for(lambda: (idle.state.root / "supervisord.pid").exists(), "the supervisor", 60)
        else:
            assert b"The workbench is running" in process.stdout.readline()
            assert idle.answers("/hub/login")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert idle.processes() == []
    assert idle.open_ports() == []


def test_the_services_listen_on_loopback_alone(workbench):
    assert {one.laddr.ip for one in workbench.listeners("")} == {"127.0.0.1"}


def test_doctor_knows_the_running_workbench(workbench):
    done = workbench.command("doctor")
    assert f"port {workbench.ports.proxy}" in done.stdout
    assert "in use by the running workbench (proxy)" in done.stdout
    assert sys.executable in done.stdout


def test_a_user_name_that_leads_elsewhere_is_refused(idle):
    done = idle.command("up", "--user", "../../root", check=False)
    assert done.returncode == 2
    assert "cannot be an account's name" in done.stderr
    assert not idle.state.root.exists()


def test_an_ordinary_user_starts_one_as_root_does(tmp_path_factory):
    if os.getuid() != 0:
        pytest.skip("every other test here runs as an ordinary user already")
    user = pwd.getpwnam("nobody")
    reachable = subprocess.run(
        [sys.executable, "-c", "import physforge"], user=user.pw_uid, cwd="/", env={}, check=False
    )
    if reachable.returncode != 0:
        pytest.skip("other users cannot enter the folder that this environment is in")
    # pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="pf-"))
    shutil.chown(folder, user.pw_uid, user.pw_gid)
    bench = Workbench(folder / "state", run_as="nobody")
    try:
        text = bench.up()
        assert "as root" not in text
        assert bench.user == "nobody"
        assert {process.username() for process in bench.processes()} == {"nobody"}
        assert bench.status()["healthy"]
    finally:
        bench.down()
        shutil.rmtree(folder)
    assert bench.processes() == []


@pytest.fixture
def token(workbench):
    """A token of the one account, as its page at the hub makes one."""
    workbench.password = re.search(r"password:\s+(\S+)", workbench.command("password").stdout)[1]
    return workbench.token_of(workbench.user, workbench.password)


def test_a_file_goes_up_and_comes_down_through_the_front_door(workbench, token, tmp_path):
    (tmp_path / "run7.csv").write_text("t,u\n0,1\n0.5,3\n1,2\n")
    with RemoteWorkbench(Login(workbench.url, token)) as remote:
        remote.upload(tmp_path / "run7.csv", message="raw")
        (listed,) = remote.datasets()
        assert (listed["name"], listed["head"]["author"], listed["role"]) == ("run7", workbench.user, "owner")
        # The supervisor starts it again, and the client waits for that.
        os.kill(workbench.pid_of("api"), signal.SIGKILL)
        remote.download("run7", tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == (tmp_path / "run7.csv").read_bytes()
    # Notebooks of the one user have the same data sets.
    assert [one.name for one in Workspace(workbench.home).store.list()] == ["run7"]
    with AuditLog.of(AuditSettings.of(workbench.home), create=False) as log:
        acts = [one.act for one in log.query(Selection(act="dataset.*")).entries]
    assert acts == ["dataset.create", "dataset.download"]
    assert token not in "".join(path.read_text(errors="replace") for path in workbench.state.logs.iterdir())


def test_jobs_of_the_api_are_those_of_the_notebooks_and_their_logs_come_through_the_proxy(workbench, token, tmp_path):
    remote = RemoteJobStore(Login(workbench.url, token), Cache(tmp_path))
    (job,) = remote.submit([JobSpec("derivatives", {"dataset": "burgers", "names": ["u_t"]}, executor="dask")])
    local = Workspace(workbench.home).jobs
    assert local.get(job.id) == job
    followed = remote.calls.follow(job.id)
    assert next(followed)[1]["state"] == "queued"
    claim = local.claim("a test", job_id=job.id)
    assert next(followed)[1]["state"] == "running"
    local.append_log(claim, 0, "half of it\n")
    # Not held back by whatever is between until there is more.
    assert next(followed) == ("log", {"text": "half of it\n", "start": 0, "end": 11, "attempt": 1})
    local.finish(claim, Outcome(State.CANCELLED))
    assert [name for name, _ in followed] == ["job", "end"]
    remote.close()
    local.close()


def test_the_api_takes_nobodys_word_on_who_calls(workbench, token):
    path = "/services/api/v1/me"
    assert workbench.get(path, headers={"Authorization": f"token {token}"}).json()["name"] == workbench.user
    claims = {"X-User": "root", "X-Forwarded-User": workbench.user}
    direct = f"http://127.0.0.1:{workbench.ports.api}{path}"
    answers = [workbench.get(path, headers=claims), httpx.get(direct, headers=claims), workbench.get(path)]
    cut_off, long = {"Authorization": f"token {token[:-1]}"}, {"Authorization": f"Bearer {'x' * 900_000}"}
    answers += [workbench.get(path, headers=cut_off), httpx.get(direct, headers=long)]
    assert [one.status_code for one in answers] == [401] * 5
    # With one of the server's cookies nothing is answered either.
    with httpx.Client(base_url=workbench.url, timeout=30) as client:
        workbench.log_in(client, workbench.user, workbench.password)
        assert client.get("/hub/home").status_code == 200
        assert client.get(path).status_code == 401


def test_a_token_of_the_hub_for_other_things_opens_no_data(workbench):
    culler = (workbench.state.secrets / "culler_token").read_text()
    refused = workbench.get("/services/api/v1/datasets", headers={"Authorization": f"token {culler}"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:physforge:problem:token-scope")


def test_a_workbench_for_one_user_lets_in_one_and_invites_nobody(workbench):
    accounts = Accounts(workbench.state.accounts)
    accounts.set_password("bob", "seven loud kettles hum")
    with httpx.Client(base_url=workbench.url, follow_redirects=True, timeout=30) as client:
        assert workbench.log_in(client, "bob", "seven loud kettles hum").status_code == 403
        assert client.get("/hub/request-account").status_code == 404
    with httpx.Client(base_url=workbench.url, follow_redirects=True, timeout=30) as client:
        password = re.search(r"password:\s+(\S+)", workbench.command("password").stdout)[1]
        assert workbench.log_in(client, workbench.user, password).status_code == 200
    done = workbench.command("account", "invite", "carl", check=False)
    assert done.returncode == 2
    assert f"for one user, {workbench.user}" in done.stderr

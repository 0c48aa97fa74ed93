"""Unix users are made for accounts, and are never somebody else's. Root only, where users are really made."""

import contextlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from physforge.errors import SettingsError, WorkbenchError
from physforge.workbench.unix_users import SERVICE_USER, UnixUsers, ensure_service_user

root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root makes Unix users")


@pytest.fixture
def users() -> Iterator[UnixUsers]:
    # pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="pf-"))
    folder.chmod(0o755)
    yield UnixUsers(folder / "unix-users.json", folder / "homes")
    for entry in pwd.getpwall():
        if Path(entry.pw_dir).is_relative_to(folder):
            subprocess.run(["userdel", entry.pw_name], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def name() -> str:
    return f"pf-{secrets.token_hex(4)}"


@pytest.fixture
def stranger(users: UnixUsers, name: str) -> str:
    """Somebody whom the machine knew before."""
    subprocess.run(["useradd", "--create-home", "--home-dir", str(users.homes.parent / name), name], check=True)
    return name


@pytest.mark.parametrize("system", ["root", "daemon", "nobody"])
def test_no_session_runs_as_a_user_of_the_system(users, system):
    if not any(entry.pw_name == system for entry in pwd.getpwall()):
        pytest.skip(f"this machine has no {system}")
    open_to_all = UnixUsers(users.record, users.homes, ("all",))
    for one in (users, open_to_all):
        with pytest.raises(WorkbenchError, match="is a user of the system"):
            one.check(system)


@pytest.mark.parametrize("odd", ["Ada", "ada b", "../ada", "-rf", "ada\n", "a" * 33, "", "ada;id", "0ada"])
def test_a_name_that_leads_elsewhere_is_refused(users, odd):
    with pytest.raises(SettingsError):
        users.ensure(odd)
    assert not users.record.exists()


def test_a_check_changes_nothing(users, name):
    users.check(name)
    assert not users.record.exists()
    with pytest.raises(KeyError):
        pwd.getpwnam(name)


@root_only
def test_a_user_is_made_once_with_a_private_home_and_no_password(users, name):
    user = users.ensure(name)
    assert user == users.ensure(name)
    entry = pwd.getpwnam(name)
    assert (entry.pw_uid, entry.pw_dir) == (user.uid, str(users.homes / name))
    assert user.uid >= 1000
    assert user.groups == (user.gid,)
    assert stat.S_IMODE(user.home.stat().st_mode) == 0o700
    assert user.home.stat().st_uid == user.uid
    shadow = Path("/etc/shadow").read_text()
    assert next(line for line in shadow.splitlines() if line.startswith(f"{name}:")).split(":")[1].startswith("!")
    assert stat.S_IMODE(users.record.stat().st_mode) == 0o600


@root_only
def test_a_name_with_a_dot_works(users, name):
    assert users.ensure(f"{name}.b").home.is_dir()


@root_only
def test_many_at_once_get_different_users(users, name):
    names = [f"{name}{number}" for number in range(4)] * 2
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(users.ensure, names))
    assert len({user.uid for user in made}) == 4
    assert [user.name for user in made] == names


@root_only
def test_a_home_that_was_opened_is_closed_again(users, name):
    home = users.ensure(name).home
    home.chmod(0o755)
    users.ensure(name)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@root_only
def test_a_stranger_of_the_same_name_is_not_taken(users, stranger):
    with pytest.raises(WorkbenchError, match=r"already, who may be somebody else.*existing_users"):
        users.ensure(stranger)


@root_only
@pytest.mark.parametrize("everybody", [True, False])
def test_a_stranger_may_be_named_as_the_accounts_owner(users, stranger, everybody):
    users = UnixUsers(users.record, users.homes, ("all",) if everybody else (stranger,))
    assert users.ensure(stranger).uid == pwd.getpwnam(stranger).pw_uid
    users.retire(stranger)
    # It was not made here, and is not removed here.
    assert pwd.getpwnam(stranger)


@root_only
def test_a_user_that_was_made_anew_by_others_is_noticed(users, name):
    uid = users.ensure(name).uid
    subprocess.run(["userdel", name], check=True)
    subprocess.run(["useradd", "--uid", str(uid + 7), "--home-dir", str(users.homes / name), name], check=True)
    with pytest.raises(WorkbenchError, match=f"had the id {uid} and has {uid + 7} now"):
        users.ensure(name)


@root_only
def test_a_user_that_the_machine_forgot_gets_the_same_id_and_home_back(users, name):
    before = users.ensure(name)
    (before.home / "thesis.txt").write_text("done")
    subprocess.run(["userdel", name], check=True)
    assert users.ensure(name).uid == before.uid
    assert (before.home / "thesis.txt").read_text() == "done"


@root_only
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_home_that_is_there_already_is_not_given_away(users, name, kind):
    users.homes.mkdir()
    home = users.homes / name
    if kind == "folder":
        home.mkdir()
    else:
        home.symlink_to("/etc")
    with pytest.raises(WorkbenchError, match="is there already"):
        users.ensure(name)
    assert Path("/etc").stat().st_uid == 0
    with pytest.raises(KeyError):
        pwd.getpwnam(name)


@root_only
def test_homes_that_others_may_write_to_are_refused(users, name):
    users.homes.mkdir()
    users.homes.chmod(0o777)
    with pytest.raises(WorkbenchError, match="Others than root may write"):
        users.ensure(name)


@root_only
def test_whoever_comes_after_a_retired_user_inherits_nothing(users, name):
    first = users.ensure(name)
    (first.home / "secret.txt").write_text("mine")
    command = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
    with subprocess.Popen(command, user=first.uid, group=first.gid, cwd="/", stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        users.retire(name)
        assert not psutil.pid_exists(process.pid)
    with pytest.raises(KeyError):
        pwd.getpwnam(name)
    aside = users.homes / f"{name}.retired-{first.uid}"
    assert (aside / "secret.txt").read_text() == "mine"
    second = users.ensure(name)
    assert second.uid > first.uid
    assert list(second.home.glob("secret*")) == []


@root_only
def test_a_refusal_of_the_system_is_reported_and_forgotten(users, name):
    subprocess.run(["groupadd", name], check=True)
    try:
        with pytest.raises(WorkbenchError, match=f"The Unix user {name} cannot be made: .*{name}"):
            users.ensure(name)
    finally:
        subprocess.run(["groupdel", name], check=True)
    assert users.ensure(name).name == name


@root_only
def test_a_damaged_record_stops_everything(users, name):
    users.record.write_text("{")
    with pytest.raises(WorkbenchError, match="is damaged"):
        users.ensure(name)


@root_only
def test_services_have_a_user_that_cannot_log_in():
    user = ensure_service_user()
    assert user == ensure_service_user()
    assert 0 < user.uid < 1000
    assert user.shell.endswith("nologin")
    with contextlib.suppress(FileNotFoundError):
        assert f"{SERVICE_USER}:!" in Path("/etc/shadow").read_text()

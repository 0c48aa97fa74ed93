"""Which mode a start is in, and the mixtures that are refused."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from physforge.errors import MissingExtraError, WorkbenchError
from physforge.share import shared_folder
from physforge.workbench import mode
from physforge.workbench.installation import runs_for_all


@pytest.fixture
def many(plan):
    return replace(plan, many_users=True)


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)


@pytest.fixture
def as_somebody(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)


def test_at_the_first_start_it_depends_on_who_starts(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert mode.choose_mode(None, None) is True
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert mode.choose_mode(None, None) is False


def test_a_later_start_keeps_the_mode(plan, many, as_root):
    assert mode.choose_mode(None, plan) is False
    assert mode.choose_mode(None, many) is True


def test_what_is_asked_for_wins(plan, many):
    assert mode.choose_mode(True, plan) is True
    assert mode.choose_mode(False, many) is False


def test_one_user_may_have_one_account(plan):
    mode.check_mode(plan, [])
    mode.check_mode(plan, ["ada"])


def test_several_accounts_in_one_unix_user_are_refused(plan):
    with pytest.raises(WorkbenchError, match="There are 2 accounts, and a single-user workbench would run"):
        mode.check_mode(plan, ["ada", "bea"])


def test_only_root_serves_many(many, as_somebody):
    with pytest.raises(WorkbenchError, match="only root can do"):
        mode.check_mode(many, [])


def test_an_account_that_is_a_user_of_the_system_stops_the_start(many, as_root):
    with pytest.raises(WorkbenchError, match="'daemon' is a user of the system"):
        mode.check_mode(replace(many, user="daemon"), [])


def test_the_services_name_is_no_account(many, as_root):
    if Path("/proc/self").stat().st_uid != 0:
        pytest.skip("only root makes the services' user")
    from physforge.workbench.unix_users import ensure_service_user

    ensure_service_user()
    with pytest.raises(WorkbenchError, match="'physforge' is a user of the system"):
        mode.check_mode(replace(many, user="physforge"), [])


def test_homes_that_nobody_can_reach_are_refused(many, tmp_path, as_root):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (many.state.home / "workbench.yaml").write_text(f"homes: {closed}/homes")
    with pytest.raises(WorkbenchError, match="Users cannot pass through"):
        mode.check_mode(many, [])


@pytest.mark.parametrize("spawner", ["sudo", "systemd"])
def test_a_spawner_whose_package_is_missing_is_named(many, spawner, as_root, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    (many.state.home / "workbench.yaml").write_text(f"spawner: {spawner}")
    with pytest.raises(MissingExtraError, match=f"spawner: {spawner} .*pip install"):
        mode.check_mode(many, [])


@pytest.fixture
def own_files(tmp_path, monkeypatch):
    """A copy of the configuration files, to which a site adds a line."""

    def add(folder: str, file: str, line: str) -> None:
        copy = tmp_path / folder
        copy.mkdir()
        (copy / file).write_text(f"{(shared_folder(folder) / file).read_text()}\n{line}\n")
        monkeypatch.setattr(mode, "shared_folder", lambda name: copy if name == folder else shared_folder(name))

    return add


def test_the_shipped_configuration_is_safe(many):
    many.write()
    mode.check_configuration(many)


def test_a_spawner_that_runs_everybody_as_root_is_refused(many, own_files):
    many.write()
    own_files("hub_config", "jupyterhub_config.py", "c.JupyterHub.spawner_class = 'simple'")
    with pytest.raises(WorkbenchError, match="spawner is SimpleLocalProcessSpawner"):
        mode.check_configuration(many)


@pytest.mark.parametrize("name", ["UnsafeLocalBackend", "LocalBackend"])
def test_a_backend_that_must_not_run_as_root_is_refused(many, own_files, name):
    many.write()
    line = f"c.DaskGateway.backend_class = 'dask_gateway_server.backends.local.{name}'"
    own_files("dask_config", "dask_gateway_config.py", line)
    with pytest.raises(WorkbenchError, match=f"backend is {name}, which must not run as root"):
        mode.check_configuration(many)


def test_the_check_leaves_the_environment_alone(many, monkeypatch):
    many.write()
    monkeypatch.setenv("PHYSFORGE_HOME", "/somewhere/else")
    mode.check_configuration(many)
    assert os.environ["PHYSFORGE_HOME"] == "/somewhere/else"
    monkeypatch.delenv("PHYSFORGE_HOME")
    mode.check_configuration(many)
    assert "PHYSFORGE_HOME" not in os.environ


def test_an_environment_that_others_cannot_enter_is_refused(many, monkeypatch):
    monkeypatch.setattr(mode, "runs_for_all", lambda: False)
    with pytest.raises(WorkbenchError, match=r"Other users cannot run .*/opt/physforge"):
        mode.check_enterable()


@pytest.mark.skipif(os.getuid() != 0, reason="only root finds out what others can run")
def test_what_others_can_run_is_found_out_by_running_it(tmp_path):
    assert runs_for_all("/usr/bin/env", "") is False
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "python").symlink_to(sys.executable)
    assert runs_for_all(str(closed / "python"), "pass") is False


def test_one_user_may_configure_anything(plan):
    assert not Path(plan.state.plan).exists()
    mode.check_configuration(plan)

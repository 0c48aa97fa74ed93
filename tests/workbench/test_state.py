import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from physforge.errors import WorkbenchError
from physforge.workbench.ports import Ports
from physforge.workbench.state import Plan, StateFolder, create_socket_folder, socket_folder, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_for_their_owner_alone(state):
    assert {mode(path) for path in (state.home, state.root, state.secrets, state.logs, state.routes)} == {0o700}


def test_a_plan_survives_writing(plan):
    plan.write()
    assert Plan.read(plan.state) == plan
    assert mode(plan.state.plan) == 0o600


def test_no_plan_yet_is_said_so(state):
    with pytest.raises(WorkbenchError, match="No workbench was started"):
        Plan.read(state)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ports": {}, "user": "ada"}'])
def test_a_damaged_plan_names_the_file(state, text):
    state.plan.write_text(text)
    with pytest.raises(WorkbenchError, match=r"plan\.json is damaged"):
        Plan.read(state)


def test_a_state_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match="cannot be used"):
        StateFolder(tmp_path / "file" / "home").create()


def test_two_state_folders_have_two_identities(tmp_path):
    assert StateFolder(tmp_path / "a").identity != StateFolder(tmp_path / "b").identity


def test_kernel_sockets_fit_into_a_unix_sockets_path(plan):
    longest = plan.sockets / "kernel-00000000-0000-0000-0000-000000000000-ipc-1"
    assert len(os.fsencode(longest)) <= 107


def test_a_temporary_folder_with_a_long_path_is_refused(monkeypatch, tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with pytest.raises(WorkbenchError, match="too long"):
        socket_folder("12345678", {})


def test_the_users_runtime_folder_is_preferred():
    assert socket_folder("12345678", {"XDG_RUNTIME_DIR": "/"}) == Path(f"/physforge-{os.getuid()}-12345678")


def test_a_socket_folder_that_somebody_prepared_as_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkbenchError, match="not ours"):
        create_socket_folder(tmp_path / "link")


def test_a_failed_private_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "file"
    write_private(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(target, "\ud800")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_plan_from_before_a_part_was_added_gives_it_its_usual_place(state):
    old = {"proxy": 9000, "hub": 9081, "proxy_api": 9082, "gateway": 9999}
    state.plan.write_text(json.dumps({"ports": old, "user": "ada"}))
    plan = Plan.read(state)
    assert plan.ports == replace(Ports.from_base(9000), gateway=9999)
    assert plan.many_users is False

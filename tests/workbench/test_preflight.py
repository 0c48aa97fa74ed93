import sys

import pytest

from physforge.errors import WorkbenchError
from physforge.workbench import preflight


def test_a_good_machine_passes(tmp_path):
    preflight.check(tmp_path / "not" / "there" / "yet")


def test_a_full_disk_is_named_with_its_figures(tmp_path):
    with pytest.raises(WorkbenchError, match=r"The disk is full: \d+ MB are free at .*PHYSFORGE_HOME"):
        preflight.check_disk(tmp_path / "new", needed=10**18)


def test_a_python_without_sqlite_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    with pytest.raises(WorkbenchError, match="built without SQLite"):
        preflight.check_interpreter()


def test_other_platforms_are_told_what_works_there(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(WorkbenchError, match="import physforge"):
        preflight.check_platform()

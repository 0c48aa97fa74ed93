"""What a dashboard is said to show, and what is refused."""

import json
import uuid

import pytest

from physforge.apps.published.record import Published, read, remove, script_in, write
from physforge.errors import WorkbenchError

SERVER = "pub-01234567"
JOB = str(uuid.uuid4())


def test_what_was_written_is_read(tmp_path):
    wanted = Published("Rain <b>", job=JOB)
    write(SERVER, wanted, tmp_path)
    assert read(SERVER, tmp_path) == wanted


def test_the_file_is_for_its_owner_alone(tmp_path):
    write(SERVER, Published("Rain", job=JOB), tmp_path)
    path = tmp_path / ".physforge" / "published" / f"{SERVER}.json"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_was_removed_is_said_to_be_gone(tmp_path):
    write(SERVER, Published("Rain", job=JOB), tmp_path)
    remove(SERVER, tmp_path)
    remove(SERVER, tmp_path)
    with pytest.raises(WorkbenchError, match="publish it again"):
        read(SERVER, tmp_path)


@pytest.mark.parametrize("server", ["", "lab", "pub-", "pub-0123456", "pub-0123456g", "../x", "pub-01234567/../x"])
def test_only_names_of_dashboards_are_part_of_a_path(tmp_path, server):
    with pytest.raises(WorkbenchError, match="no name of a dashboard"):
        write(server, Published("Rain", job=JOB), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Published("Rain"), "either a result or a script"),
        (Published("Rain", job=JOB, script="a.py"), "either a result or a script"),
        (Published("  ", job=JOB), "give one"),
        (Published("x" * 121, job=JOB), "give one"),
        (Published("Rain", job="../../etc"), "no id of a job"),
    ],
)
def test_what_cannot_be_shown_is_refused(tmp_path, wanted, why):
    with pytest.raises(WorkbenchError, match=why):
        write(SERVER, wanted, tmp_path)


def test_scripts_are_found_from_home_and_from_notebooks(tmp_path):
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    for path in (tmp_path / "app.py", notebooks / "story.ipynb"):
        path.write_text("")
    assert script_in(tmp_path, "app.py") == tmp_path / "app.py"
    assert script_in(tmp_path, "story.ipynb") == notebooks / "story.ipynb"


@pytest.mark.parametrize("path", ["../secret.py", "/etc/passwd", "link.py", "no.py", "a\0.py", ""])
def test_no_script_outside_the_home_is_served(tmp_path, path):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.py").write_text("")
    (home / "link.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(WorkbenchError, match="no file"):
        script_in(home, path)


def test_other_files_are_no_scripts(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(WorkbenchError, match="neither a script"):
        script_in(tmp_path, "notes.txt")


def test_a_file_that_was_changed_by_hand_is_checked_again(tmp_path):
    write(SERVER, Published("Rain", job=JOB), tmp_path)
    path = tmp_path / ".physforge" / "published" / f"{SERVER}.json"
    path.write_text(json.dumps({"title": "Rain", "job": None, "script": "../../etc/passwd"}))
    with pytest.raises(WorkbenchError, match="no file"):
        read(SERVER, tmp_path)

"""Which files ``physforge dataset batch-upload`` takes; tests/service has what becomes of them."""

import pytest

from physforge.cli.batch_upload import find_files
from physforge.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    for name in ("b.csv", "a.nc", "notes.docx", ".hidden.csv", "deep/c.npz", "deep/z.zarr/zarr.json", ".git/d.csv"):
        path = tmp_path / "runs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path


def names(folder, *places):
    return [str(path.relative_to(folder)) for path in find_files([str(folder / place) for place in places])]


def test_of_a_folder_all_data_files_are_taken_and_nothing_else(folder):
    assert names(folder, "runs") == ["runs/a.nc", "runs/b.csv", "runs/deep/c.npz", "runs/deep/z.zarr"]


def test_files_and_patterns_are_taken_once(folder):
    assert names(folder, "runs/b.csv", "runs/*.csv", "runs/**/*.npz") == ["runs/b.csv", "runs/deep/c.npz"]
    # A file that is named is taken whatever its suffix; what reads it is the workbench's matter.
    assert names(folder, "runs/notes.docx") == ["runs/notes.docx"]


def test_a_place_without_data_is_named(folder):
    for place in ("runs/*.mat", "nowhere", "runs/.git"):
        if place == "runs/.git":
            assert names(folder, place) == ["runs/.git/d.csv"]
            continue
        with pytest.raises(DatasetError, match="no data files"):
            find_files([str(folder / place)])


def test_two_files_of_one_name_are_refused_before_anything_is_sent(folder, physforge):
    (folder / "runs" / "b.nc").write_text("x")
    code, out, err = physforge("dataset", "batch-upload", str(folder / "runs"))
    assert (code, out) == (2, "")
    assert "--prefix" in err


def test_who_is_not_logged_in_is_told_so_once(folder, physforge, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_LOGIN_FILE", str(folder / "none.json"))
    code, out, err = physforge("dataset", "batch-upload", str(folder / "runs"))
    assert (code, out) == (1, "")
    assert err.count("physforge login") == 1

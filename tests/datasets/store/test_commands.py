"""The store on the command line: results on standard output, exit codes as README says."""

import json
import sys

import numpy as np
import pytest

from physforge.cli import main
from physforge.datasets.files import open_file
from physforge.workspace import Workspace

CSV = "t,u\n0,1\n1,2\n2,3\n"


@pytest.fixture
def physforge(monkeypatch, capsys, tmp_path):
    """Run ``physforge dataset`` in this process: (exit code, standard output, standard error)."""
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run7.csv").write_text(CSV)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["physforge", "dataset", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return call


def facts(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def test_a_file_is_added_twice_and_listed(physforge, tmp_path):
    code, out, _ = physforge("add", "run7.csv", "--message", "as measured")
    assert code == 0
    assert "run7@1" in out
    (tmp_path / "run7.csv").write_text(CSV.replace("3", "4"))
    second = facts(physforge("add", "run7.csv", "--message", "repaired", "--units", "u=mm", "--json"))
    assert (second["number"], second["options"]) == (2, {"units": {"u": "mm"}})
    listed = facts(physforge("versions", "run7", "--json"))
    assert [(one["number"], one["message"], one["head"]) for one in listed] == [
        (1, "as measured", False),
        (2, "repaired", True),
    ]
    _, out, _ = physforge("versions", "run7")
    assert "2 (head)" in out
    assert "repaired" in out
    assert [one["name"] for one in facts(physforge("versions", "--json"))] == ["run7"]
    assert "run7" in physforge("versions")[1]
    assert facts(physforge("show", "run7", "--json"))["fields"]["u"]["units"] == "mm"
    assert facts(physforge("show", "run7@1", "--json"))["fields"]["u"]["max"] == 3


def test_a_file_that_cannot_be_read_is_not_kept_unless_asked(physforge, tmp_path):
    (tmp_path / "bad.csv").write_text("t,u\n0,1\n1,two\n")
    code, out, err = physforge("add", "bad.csv")
    assert (code, out) == (2, "")
    assert "line 3" in err
    assert not (tmp_path / "home").exists()
    assert physforge("add", "bad.csv", "--unchecked")[0] == 0
    assert [one["name"] for one in facts(physforge("versions", "--json"))] == ["bad"]


def test_a_stale_parent_needs_a_branch(physforge, tmp_path):
    for last in "345":
        (tmp_path / "run7.csv").write_text(CSV.replace("3", last))
        physforge("add", "run7.csv")
    (tmp_path / "run7.csv").write_text(CSV.replace("3", "6"))
    code, _, err = physforge("add", "run7.csv", "--parent", "1")
    assert code == 2
    assert "newer version 3" in err
    branched = facts(physforge("add", "run7.csv", "--parent", "1", "--branch", "--json"))
    assert branched["number"] == 4
    assert facts(physforge("show", "run7", "--json"))["fields"]["u"]["max"] == 5


def test_lineage_is_a_tree(physforge):
    physforge("add", "run7.csv")
    physforge("add", "run7.csv", "--name", "smooth", "--derived-from", "run7")
    code, out, _ = physforge("lineage", "smooth")
    assert code == 0
    assert out.splitlines()[0].startswith("smooth@1")
    assert "computed from run7@1" in out
    assert "file run7.csv, 16 bytes" in out
    assert len(facts(physforge("lineage", "smooth", "--json"))["edges"]) == 1


def test_remove_restore_empty_and_collect(physforge):
    physforge("add", "run7.csv")
    code, out, _ = physforge("remove", "run7")
    assert code == 0
    assert "physforge dataset restore" in out
    assert "run7" in physforge("trash")[1]
    assert physforge("show", "run7")[0] == 2
    assert facts(physforge("restore", "run7", "--name", "run8", "--json"))["name"] == "run8"
    assert facts(physforge("trash", "--json")) == []
    physforge("remove", "run8")
    assert [one["name"] for one in facts(physforge("trash", "--empty", "--json"))] == ["run8"]
    assert facts(physforge("gc", "--json"))["blobs"] == 0
    found = facts(physforge("gc", "--grace-hours", "0", "--json"))
    assert (found["blobs"], found["freed"]) == (1, 16)
    assert "0 bytes are free again" in physforge("gc")[1]


def test_what_waits_for_the_end_of_its_grace_is_said(physforge, tmp_path):
    """Of two data sets that are deleted, one has the bytes of another that stays."""
    physforge("add", "run7.csv")
    physforge("add", "run7.csv", "--name", "twin")
    for name, last in (("kept", "5,6"), ("gone", "7,88")):
        (tmp_path / f"{name}.csv").write_text(f"t,u\n0,1\n1,2\n{last}\n")
        physforge("add", f"{name}.csv")
    physforge("remove", "gone")
    physforge("remove", "twin")
    assert facts(physforge("gc", "--json"))["waiting"] == 0  # in the trash, not deleted
    physforge("trash", "--empty")
    assert physforge("gc")[1].splitlines() == [
        "0 bytes are free again (0 stored and 0 left-over files); 3 files stay.",
        "17 bytes of deleted data sets are kept until 24 hours after they were deleted; "
        "physforge dataset gc --grace-hours 0 frees them now.",
    ]
    assert "until 0.5 hours after" in physforge("gc", "--grace-hours", "0.5")[1]
    assert physforge("gc", "--grace-hours", "0")[1].splitlines() == [
        "17 bytes are free again (1 stored and 0 left-over files); 2 files stay."
    ]
    assert facts(physforge("gc", "--json"))["waiting"] == 0


def test_export_in_each_form(physforge, tmp_path):
    physforge("add", "run7.csv")
    assert physforge("export", "run7", "--to", "copy.csv")[0] == 0
    assert (tmp_path / "copy.csv").read_text() == CSV
    for name, form in (("copy.nc", "netcdf"), ("copy.h5", "hdf5"), ("copy.tsv", "csv"), ("copy.zarr", "zarr")):
        assert facts(physforge("export", "run7", "--to", name, "--format", form, "--json"))["path"].endswith(name)
        assert facts(physforge("show", f"./{name}", "--json"))["fields"]["u"]["max"] == 3
    code, _, err = physforge("export", "run7", "--to", "copy.x", "--format", "parquet")
    assert code == 2
    assert "known are original" in err


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("out.nc", "netcdf"),
        ("out.NC4", "netcdf"),
        ("out.h5", "hdf5"),
        ("out.zarr", "zarr"),
        ("out.tsv", "csv"),
        ("out.csv", "original"),
        ("out.CSV", "original"),
        ("out", "original"),
    ],
)
def test_the_suffix_says_in_what_form_a_data_set_is_exported(physforge, tmp_path, target, form):
    physforge("add", "run7.csv")
    assert facts(physforge("export", "run7@1", "--to", target, "--json"))["format"] == form
    written = tmp_path / target
    if form == "original":
        assert written.read_text() == CSV
    else:
        np.testing.assert_array_equal(open_file(written)["u"], [1, 2, 3])
    if form in ("netcdf", "hdf5"):
        assert written.read_bytes().startswith(b"\x89HDF")
    if form == "csv":
        assert "0.0\t1.0\n" in written.read_text()


def test_a_file_keeps_its_bytes_under_its_own_suffix(physforge, tmp_path):
    physforge("add", "run7.csv")
    physforge("export", "run7", "--to", "first.h5")
    physforge("add", "first.h5")
    assert facts(physforge("export", "first", "--to", "again.h5", "--json"))["format"] == "original"
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "first.h5").read_bytes()
    assert facts(physforge("export", "first", "--to", "table.csv", "--json"))["format"] == "csv"
    np.testing.assert_array_equal(open_file(tmp_path / "table.csv")["u"], [1, 2, 3])


@pytest.mark.parametrize(
    ("target", "form", "said"),
    [
        (
            "out.nc",
            "original",
            "out.nc: --format original contradicts the suffix '.nc', which says netcdf; choose the suffix .csv, or "
            "leave --format out.",
        ),
        (
            "out.csv",
            "netcdf",
            "out.csv: --format netcdf contradicts the suffix '.csv', which says csv; choose the suffix .nc or .nc4, or "
            "leave --format out.",
        ),
        (
            "out.mat",
            "original",
            "out.mat: --format original contradicts the suffix '.mat', which says mat; choose the suffix .csv.",
        ),
        (
            "out.nc",
            "hdf5",
            "out.nc: --format hdf5 contradicts the suffix '.nc', which says netcdf; choose the suffix .h5 or .hdf5, or "
            "leave --format out.",
        ),
        (
            "out.mat",
            None,
            "out.mat: nothing writes the suffix '.mat'; known are .nc, .nc4, .h5, .hdf5, .zarr, .csv, .tsv, or .csv "
            "for the bytes as they were added.",
        ),
    ],
)
def test_a_format_that_the_suffix_belies_is_refused(physforge, tmp_path, target, form, said):
    physforge("add", "run7.csv")
    told = ["--format", form] if form else []
    assert physforge("export", "run7", "--to", target, *told) == (2, "", said + "\n")
    assert not (tmp_path / target).exists()


def test_a_suffix_that_says_nothing_contradicts_nothing(physforge, tmp_path):
    physforge("add", "run7.csv")
    assert physforge("export", "run7", "--to", "run7.bak", "--format", "original")[0] == 0
    assert (tmp_path / "run7.bak").read_text() == CSV
    assert physforge("export", "run7", "--to", "run7.txt", "--format", "original")[0] == 0
    assert physforge("export", "run7", "--to", "folder", "--format", "zarr")[0] == 0
    code, _, err = physforge("export", "run7", "--to", "folder")
    assert code == 2
    assert "is a folder that exists already" in err


def test_a_crate_is_written_once(physforge, tmp_path):
    physforge("add", "run7.csv")
    assert facts(physforge("rocrate", "run7", "--to", "crate", "--json"))["path"].endswith("crate")
    assert (tmp_path / "crate" / "data" / "1.csv").read_text() == CSV
    code, _, err = physforge("rocrate", "run7", "--to", "crate")
    assert code == 2
    assert "exists already" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["versions", "none"], 2, "no data set 'none'"),
        (["lineage", "none"], 2, "no data set 'none'"),
        (["remove", "none"], 2, "no data set 'none'"),
        (["restore", "none"], 2, "no data set 'none'"),
        (["export", "none", "--to", "x"], 2, "no data set 'none'"),
        (["add", "none.csv"], 2, "none.csv"),
        (["add", "run7.csv", "--name", "../x"], 2, "a name is no path"),
        (["add", "run7.csv", "--units", "mm"], 2, "takes pairs"),
        (["add", "run7.csv", "--name", "lynx-hare"], 2, "catalog"),
        (["add"], 2, "Missing argument"),
    ],
)
def test_wrong_input_ends_with_two(physforge, arguments, code, message):
    found, out, err = physforge(*arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_damaged_data_and_a_broken_database_end_with_one(physforge, tmp_path):
    physforge("add", "run7.csv")
    sha256 = Workspace().store.get("run7").sha256
    blob = tmp_path / "home" / "store" / "objects" / sha256[:2] / sha256
    blob.chmod(0o600)
    blob.write_text(CSV.replace("3", "9"))
    code, _, err = physforge("show", "run7")
    assert code == 1
    assert "have changed since they were stored" in err
    (tmp_path / "home" / "physforge.sqlite").write_bytes(b"nonsense" * 1000)
    for suffix in ("-wal", "-shm"):
        (tmp_path / "home" / f"physforge.sqlite{suffix}").unlink(missing_ok=True)
    code, _, err = physforge("versions")
    assert code == 1
    assert "cannot be opened" in err

"""Find, describe, check and convert data sets on the command line."""

import inspect
import itertools
import json

import numpy as np
import pytest
import xarray as xr

from physforge.cli.dataset_reading import APPLIES
from physforge.datasets.files import EXTENSIONS, find_reader, open_file
from physforge.workspace import Workspace

GOOD = "t,u\n0,1\n1,2\n2,3\n3,5\n4,8\n5,13\n"


def facts(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def test_search_and_list_find_the_same(physforge):
    wanted = ["kdv", "kdv-published", "kdv-raissi"]
    for asked in (
        ["search", "soliton"],
        ["search", "SOLITON"],
        ["list", "soliton"],
        ["list", "--search", "soliton"],
    ):
        assert [entry["name"] for entry in facts(physforge("dataset", *asked, "--json"))] == wanted
    assert [entry["name"] for entry in facts(physforge("dataset", "search", "soliton", "cosine", "--json"))] == [
        "kdv-raissi"
    ]
    assert [entry["name"] for entry in facts(physforge("dataset", "list", "soliton", "--search", "cosine", "--json"))]
    _, out, _ = physforge("dataset", "search", "hare")
    assert "lynx-hare" in out
    assert "burgers" not in out


def test_a_search_without_an_answer_says_what_is_close(physforge):
    for asked in (["search", "solitn"], ["list", "--search", "solitn"]):
        code, out, err = physforge("dataset", *asked)
        assert (code, out) == (0, "")
        assert "'solitn'" in err
        assert "soliton" in err
        assert facts(physforge("dataset", *asked, "--json")) == []


def test_what_is_stored_is_found_too(physforge, tmp_path):
    (tmp_path / "run7.csv").write_text(GOOD)
    physforge("dataset", "add", "run7.csv", "--message", "the tilted channel")
    assert [one["name"] for one in facts(physforge("dataset", "search", "tilted", "--json"))] == ["run7"]
    assert "run7" in physforge("dataset", "list")[1]
    assert facts(physforge("dataset", "describe", "run7", "--json"))["fields"] == "u"


def test_a_description_opens_and_fetches_nothing(physforge, tmp_path):
    found = facts(physforge("dataset", "describe", "burgers-shock", "--json"))
    assert found["equation claimed"] == "u_t = -u*u_x + 0.003183098861837907*u_xx"
    assert "10.1016/j.jcp.2018.10.045" in found["cite"]
    assert list(tmp_path.iterdir()) == []
    code, out, _ = physforge("dataset", "describe", "burgers-shock")
    assert code == 0
    assert out.startswith("burgers-shock: Burgers' equation with a sharp shock\n")
    code, out, err = physforge("dataset", "describe", "burgrs")
    assert (code, out) == (2, "")
    assert "burgers" in err


def test_a_check_says_what_the_library_says(physforge, tmp_path):
    (tmp_path / "good.csv").write_text(GOOD)
    code, out, _ = physforge("dataset", "check", "good.csv", "--units", "t=s,u=m")
    assert code == 0
    assert out.strip() == str(open_file(tmp_path / "good.csv", units={"t": "s", "u": "m"}).pf.check())
    found = facts(physforge("dataset", "check", "good.csv", "--json"))
    assert found["verdict"] == "note"
    assert {"topic", "verdict", "sentence"} == set(found["findings"][0])


def test_a_problem_ends_with_two_and_is_said_in_words(physforge, tmp_path):
    (tmp_path / "flat.csv").write_text("t,u,w\n0,1,2\n1,2,2\n2,4,2\n")
    code, out, err = physforge("dataset", "check", "flat.csv")
    assert (code, err) == (2, "")
    assert "field w: it is 2 everywhere" in out
    code, out, _ = physforge("dataset", "check", "flat.csv", "--json")
    assert code == 2
    assert json.loads(out)["verdict"] == "problem"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["check", "none.csv"], "none.csv"),
        (["check", "good.csv", "--units", "u"], "--units takes pairs"),
        (["convert", "none.csv", "x.nc"], "none.csv"),
        (["convert", "good.csv", "x.doc"], "nothing writes the suffix '.doc'"),
        (["convert", "good.csv", "nowhere/x.nc"], "no folder"),
        (["convert", "good.csv", "good.csv"], "exists already"),
        (["convert", "none.csv", "x.parquet"], "none.csv"),
        (["convert", "good.csv", "nowhere/x.parquet"], "no folder"),
        (["convert", "good.csv", "x.parquet", "--dims", "t"], "when you open"),
        (["convert", "lynx-hare", "x.parquet"], "Parquet is written of text tables"),
        (["search"], "Missing argument"),
    ],
)
def test_wrong_input_ends_with_two_in_one_sentence(physforge, tmp_path, asked, said):
    (tmp_path / "good.csv").write_text(GOOD)
    code, out, err = physforge("dataset", *asked)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["good.csv"]


def example():
    rng = np.random.default_rng(3)
    u = rng.normal(size=(5, 7)) * 10.0 ** rng.integers(-200, 200, size=(5, 7))
    u[2, 3] = np.nan
    h = rng.normal(size=(5, 7)) + 1j * rng.normal(size=(5, 7))
    return xr.Dataset(
        {
            "u": (("t", "x"), u, {"units": "m/s", "long_name": "speed, = along"}),
            "u_sd": (("t", "x"), np.abs(rng.normal(size=(5, 7))), {"units": "m/s"}),
            "h_re": (("t", "x"), h.real),
            "h_im": (("t", "x"), h.imag),
        },
        {"t": ("t", np.cumsum(rng.random(5)), {"units": "s"}), "x": ("x", np.arange(7) / 3, {"period": 7 / 3})},
        {"title": "a channel", "licence": "CC-BY-4.0", "equation": "u_t = -u*u_x"},
    )


def test_a_chain_of_conversions_loses_nothing(physforge, tmp_path):
    from physforge.datasets.export import write

    write(example(), tmp_path / "0.nc")
    chain = ["0.nc", "1.csv", "2.zarr", "3.h5", "4.tsv", "5.nc"]
    for source, target in itertools.pairwise(chain):
        assert facts(physforge("dataset", "convert", source, target, "--json"))["path"].endswith(target)
    found = open_file(tmp_path / "5.nc")
    for key in ("source", "sha256"):
        found.attrs.pop(key)
    xr.testing.assert_identical(found.drop_encoding(), example())


def test_force_replaces_and_units_are_taken_along(physforge, tmp_path):
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "old.nc").write_text("old")
    code, _, err = physforge("dataset", "convert", "good.csv", "old.nc")
    assert code == 2
    assert "--force" in err
    assert (tmp_path / "old.nc").read_text() == "old"
    code, out, _ = physforge("dataset", "convert", "good.csv", "old.nc", "--force", "--units", "u=mm")
    assert (code, out.strip()) == (0, str(tmp_path / "old.nc"))
    assert open_file(tmp_path / "old.nc")["u"].attrs["units"] == "mm"


def test_a_text_table_becomes_parquet(physforge, tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "good.csv").write_text(GOOD)
    code, out, _ = physforge("dataset", "convert", "good.csv", "good.parquet", "--units", "u=mm,t=s")
    assert (code, out.strip()) == (0, str(tmp_path / "good.parquet"))
    ds = open_file(tmp_path / "good.parquet")
    np.testing.assert_array_equal(ds["u"], [1, 2, 3, 5, 8, 13])
    assert (ds["u"].attrs["units"], ds["t"].attrs["units"]) == ("mm", "s")
    code, _, err = physforge("dataset", "convert", "good.csv", "good.parquet")
    assert code == 2
    assert "--force" in err
    assert facts(physforge("dataset", "convert", "good.csv", "good.parquet", "--force", "--json"))["path"]


LATIN = "Zeit;Länge [µm];u [°C]\n" + "".join(f"{t},5;{x},25;{t * x},125\n" for t in range(4) for x in range(3))
TOLD = ["--encoding", "latin-1", "--delimiter", ";", "--decimal", ",", "--names", "t [s], x [µm], u [°C]"]


@pytest.mark.parametrize("target", ["run7.nc", "run7.parquet"])
def test_how_a_text_table_is_written_can_be_told(physforge, tmp_path, target):
    pytest.importorskip("pyarrow")
    (tmp_path / "run7.csv").write_text(LATIN, encoding="latin-1")
    code, _, err = physforge("dataset", "convert", "run7.csv", target)
    assert code == 2
    assert "line 1: it is not text in UTF-8" in err
    assert physforge("dataset", "convert", "run7.csv", target, *TOLD)[0] == 0
    ds = open_file(tmp_path / target)
    np.testing.assert_array_equal(ds["t"], np.arange(4) + 0.5)
    np.testing.assert_array_equal(ds["x"], np.arange(3) + 0.25)
    np.testing.assert_array_equal(ds["u"], np.multiply.outer(np.arange(4), np.arange(3)) + 0.125)
    assert [ds[name].attrs["units"] for name in ("t", "x", "u")] == ["s", "µm", "°C"]


def test_a_check_takes_what_is_told_of_a_text_table(physforge, tmp_path):
    (tmp_path / "run7.csv").write_text(LATIN, encoding="latin-1")
    code, out, _ = physforge("dataset", "check", "run7.csv", *TOLD)
    options = {"encoding": "latin-1", "delimiter": ";", "decimal": ",", "names": ("t [s]", "x [µm]", "u [°C]")}
    found = open_file(tmp_path / "run7.csv", **options).pf.check()
    assert out.strip() == str(found)
    assert code == (2 if found.verdict == "problem" else 0)


@pytest.mark.parametrize("word", ["tab", "\\t", "\t"])
def test_a_tab_is_told_by_its_name(physforge, tmp_path, word):
    (tmp_path / "run7.txt").write_text("t\tu, v\n0\t1\n1\t2\n2\t4\n")
    assert physforge("dataset", "convert", "run7.txt", "run7.nc", "--delimiter", word)[0] == 0
    assert open_file(tmp_path / "run7.nc").sizes["t"] == 3


@pytest.mark.parametrize("command", [["check", "good.csv"], ["convert", "good.csv", "x.nc"]])
@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--encoding", "klingon"], "there is no encoding 'klingon'"),
        (["--encoding", "rot13"], "there is no encoding 'rot13'"),
        (["--encoding", "utf-16"], "is not text in UTF-16"),
        (["--delimiter", "||"], "--delimiter is one character"),
        (["--delimiter", ""], "--delimiter is one character"),
        (["--delimiter", "."], "--delimiter is one character"),
        (["--delimiter", "7"], "--delimiter is one character"),
        (["--delimiter", ";"], "is one column when split at ';'"),
        (["--delimiter", ",", "--decimal", ","], "are both ','"),
        (["--decimal", "'"], "--decimal is . or ,"),
        (["--names", "t,,u"], "--names takes the names of all columns"),
        (["--names", "t"], "1 names for 2 columns"),
    ],
)
def test_what_cannot_be_so_of_a_text_table_is_refused(physforge, tmp_path, command, told, said):
    (tmp_path / "good.csv").write_text(GOOD)
    code, out, err = physforge("dataset", *command, *told)
    assert (code, out) == (2, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["good.csv"]


def test_what_is_told_of_a_text_table_is_for_text_tables(physforge, tmp_path):
    np.savez(tmp_path / "a.npz", t=np.arange(3.0), u=np.arange(3.0) ** 2)
    for command in (["check", "a.npz"], ["convert", "a.npz", "a.nc"]):
        code, _, err = physforge("dataset", *command, "--delimiter", ";", "--encoding", "cp1252")
        assert code == 2
        assert "a.npz: it is no text table (.csv, .tsv, .txt, .dat), of which alone --encoding, --delimiter can" in err
    for name in ("burgers", "kdv-published"):
        code, _, err = physforge("dataset", "check", name, "--delimiter", ";")
        assert code == 2
        assert f"{name}: it is no text table" in err


def test_options_apply_to_the_formats_whose_readers_have_them():
    for kind in set(EXTENSIONS.values()):
        parameters = set(inspect.signature(find_reader(kind)).parameters)
        assert {name for name, (formats, _) in APPLIES.items() if kind in formats} == parameters & set(APPLIES), kind


@pytest.fixture
def measured(tmp_path):
    """One file of each kind that leaves something open, with what is in it."""
    openpyxl = pytest.importorskip("openpyxl")
    from scipy.io import savemat

    (tmp_path / "dated.csv").write_text("year,month,u\n2000,1,5\n2000,2,7\n2000,4,6\n")
    (tmp_path / "runs.csv").write_text("trial,t,u\n1,0,5\n1,1,4\n2,0,6\n2,1,9\n")
    book = openpyxl.Workbook()
    for title, last in (("cold", 3), ("warm", 4)):
        sheet = book.create_sheet(title)
        for row in (("t", "u"), (0, 1), (1, 2), (2, last)):
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    np.save(tmp_path / "field.npy", np.multiply.outer([1.0, 2.0], [3.0, 5.0, 8.0]))
    (tmp_path / "axes").mkdir()
    np.save(tmp_path / "axes" / "times.npy", np.array([0.0, 0.1]))
    np.save(tmp_path / "axes" / "places.npy", np.array([0.0, 1.0, 3.0]))
    cells = {"t": [np.arange(3.0), np.arange(4.0)], "u": [np.arange(3.0) + 1, np.arange(4.0) + 7]}
    savemat(tmp_path / "cells.mat", {name: as_cells(runs) for name, runs in cells.items()})
    return tmp_path


def as_cells(runs):
    cell = np.empty(len(runs), dtype=object)
    for k, run in enumerate(runs):
        cell[k] = run
    return cell


AXES = ["--coords", "t=axes/times.npy,x=axes/places.npy"]
TOLD_OF = [
    ("dated.csv", ["--t", "month"], {"t": [1, 2, 4], "u": [5, 7, 6]}),
    ("runs.csv", ["--trajectory", "trial"], {"trajectory": [1, 2], "u": [[5, 4], [6, 9]]}),
    ("runs.csv", ["--trajectory", "trial", "--run", "2"], {"t": [0, 1], "u": [6, 9]}),
    ("book.xlsx", ["--sheet", "warm"], {"u": [1, 2, 4]}),
    ("cells.mat", ["--run", "2"], {"t": [0, 1, 2, 3], "u": [7, 8, 9, 10]}),
    ("field.npy", AXES, {"t": [0, 0.1], "x": [0, 1, 3], "u": [[3, 5, 8], [6, 10, 16]]}),
]


@pytest.mark.parametrize(("file", "told", "content"), TOLD_OF)
def test_what_a_file_leaves_open_is_told(physforge, measured, file, told, content):
    code, _, err = physforge("dataset", "convert", file, "unsure.nc")
    assert code == 2
    assert "=" in err  # names what is to be said
    assert physforge("dataset", "convert", file, "sure.nc", *told)[0] == 0
    assert physforge("dataset", "add", file, "--name", "kept", *told)[0] == 0
    checked = physforge("dataset", "check", file, *told)
    for ds in (open_file(measured / "sure.nc"), Workspace().open_dataset("kept")):
        for name, values in content.items():
            np.testing.assert_array_equal(ds[name], values)
    assert checked[1].strip() == str(open_file(measured / "sure.nc").pf.check()).replace("sure", file.partition(".")[0])


def test_the_files_of_axes_are_named_from_here_or_beside_the_data(physforge, measured, monkeypatch):
    for name in ("times", "places"):
        (measured / "axes" / f"{name}.npy").rename(measured / f"{name}.npy")
    told = ["--coords", "t=times.npy, x=places.npy"]
    assert physforge("dataset", "convert", "field.npy", "here.nc", *told)[0] == 0
    monkeypatch.chdir(measured / "axes")
    assert physforge("dataset", "convert", "../field.npy", "../beside.nc", *told)[0] == 0
    np.testing.assert_array_equal(open_file(measured / "beside.nc")["x"], [0, 1, 3])
    code, _, err = physforge("dataset", "convert", "../field.npy", "../none.nc", "--coords", "t=none.npy")
    assert (code, err) == (2, "--coords: there is no file none.npy for the axis 't', here or beside ../field.npy.\n")


@pytest.mark.parametrize(
    ("file", "told", "said"),
    [
        ("dated.csv", ["--sheet", "warm"], "dated.csv: it is no workbook (.xlsx, .xlsm), of which alone --sheet can"),
        ("dated.csv", AXES, "dated.csv: it is no single array (.npy), of which alone --coords can be said; leave it"),
        ("book.xlsx", ["--decimal", ","], "book.xlsx: it is no text table (.csv, .tsv, .txt, .dat), of which"),
        ("field.npy", ["--t", "t"], "field.npy: it is no table (.csv, .tsv, .txt, .dat, .json, .parquet, .pq, .xlsx, "),
        ("field.npy", ["--t", "t", "--trajectory", "k"], "of which alone --t, --trajectory can be said"),
        ("cells.mat", ["--names", "t,u"], "cells.mat: it is no text table or workbook (.csv, .tsv, .txt, .dat, .xlsx"),
        ("field.npy", ["--run", "1"], "field.npy: it is no table or MATLAB file ("),
        ("field.npy", ["--coords", "t"], "--coords takes pairs as t=times.npy,x=places.npy; it got 't'."),
        ("dated.csv", ["--t", "clock"], "dated.csv: t='clock' names no column; they are year, month, u."),
        ("book.xlsx", ["--sheet", "hot"], "book.xlsx: there is no sheet 'hot'; it has "),
        ("runs.csv", ["--run", "2"], "runs.csv: run=2 needs the column that numbers the runs"),
        ("runs.csv", ["--trajectory", "trial", "--run", "1.5"], "runs.csv: there is no run 1.5; there are 1, 2."),
    ],
)
@pytest.mark.parametrize("command", ["check", "convert", "add"])
def test_what_does_not_apply_is_refused_in_words(physforge, measured, command, file, told, said):
    target = ["x.nc"] if command == "convert" else []
    code, out, err = physforge("dataset", command, file, *target, *told)
    assert (code, out) == (2, "")
    assert said in err
    assert not (measured / "x.nc").exists()
    assert not (measured / "home").exists()


def test_parquet_keeps_the_columns_and_so_takes_nothing_that_is_said_of_them(physforge, measured):
    code, _, err = physforge("dataset", "convert", "runs.csv", "runs.parquet", "--trajectory", "trial", "--run", "2")
    assert (code, err) == (
        2,
        "Parquet keeps the columns and rows as they are; say --trajectory, --run when you open the Parquet file.\n",
    )
    assert not (measured / "runs.parquet").exists()


def test_a_store_keeps_the_axes_of_an_array_up_to_a_size(physforge, tmp_path):
    np.save(tmp_path / "u.npy", np.zeros(10_001))
    np.save(tmp_path / "t.npy", np.arange(10_001.0))
    code, _, err = physforge("dataset", "add", "u.npy", "--coords", "t=t.npy")
    assert code == 2
    assert err.startswith("u.npy: its axes have 10001 values, and at most 10000 are kept beside a file")
    assert physforge("dataset", "convert", "u.npy", "u.nc", "--coords", "t=t.npy")[0] == 0
    assert physforge("dataset", "add", "u.nc")[0] == 0


def test_a_stored_text_table_stays_as_it_was_told(physforge, tmp_path):
    (tmp_path / "run7.csv").write_text(LATIN, encoding="latin-1")
    assert physforge("dataset", "add", "run7.csv")[0] == 2
    added = facts(physforge("dataset", "add", "run7.csv", "--json", *TOLD))
    names = ["t [s]", "x [µm]", "u [°C]"]
    assert added["options"] == {"encoding": "latin-1", "delimiter": ";", "decimal": ",", "names": names}
    ds = Workspace().open_dataset("run7@1")
    np.testing.assert_array_equal(ds["t"], np.arange(4) + 0.5)
    np.testing.assert_array_equal(ds["u"], np.multiply.outer(np.arange(4), np.arange(3)) + 0.125)
    assert [ds[name].attrs["units"] for name in ("t", "x", "u")] == ["s", "µm", "°C"]
    assert (tmp_path / "run7.csv").read_bytes() == LATIN.encode("latin-1")


def test_a_temperature_beside_the_time_is_checked_without_a_word_about_it(physforge, tmp_path):
    (tmp_path / "oven.csv").write_text("t,T\n0,300\n1,310\n2,317\n3,322\n4,324\n")
    code, out, err = physforge("dataset", "check", "oven.csv")
    assert (code, err) == (0, "")
    assert out.strip() == str(open_file(tmp_path / "oven.csv").pf.check())
    assert "axis t" in out


def test_dims_are_told_where_a_file_leaves_them_open(physforge, tmp_path):
    u = np.random.default_rng(0).normal(size=(4, 4))
    np.savez(tmp_path / "square.npz", u=u, x=np.arange(4.0), t=np.arange(4.0) / 8)
    assert physforge("dataset", "convert", "square.npz", "unsure.nc")[0] == 2
    assert physforge("dataset", "convert", "square.npz", "sure.nc", "--dims", "x, t")[0] == 0
    np.testing.assert_array_equal(open_file(tmp_path / "sure.nc")["u"].transpose("x", "t"), u)


@pytest.mark.filterwarnings("ignore")  # intake leaves files open and uses what its dependencies call deprecated
def test_plain_intake_reads_what_the_command_writes(physforge, tmp_path):
    import intake

    (tmp_path / "run7.csv").write_text(GOOD)
    (tmp_path / "other.csv").write_text(GOOD)
    physforge("dataset", "add", "run7.csv")
    physforge("dataset", "add", "other.csv")
    path = facts(physforge("dataset", "intake", "--to", "shared", "--json"))["path"]
    catalog = intake.open_catalog(path)
    assert sorted(catalog) == ["other", "run7"]
    np.testing.assert_array_equal(catalog["run7"].read()["u"], [1, 2, 3, 5, 8, 13])
    assert physforge("dataset", "intake", "run7", "--to", "one")[0] == 0
    assert list(intake.open_catalog(str(tmp_path / "one" / "catalog.yaml"))) == ["run7"]
    code, _, err = physforge("dataset", "intake", "--to", "shared")
    assert code == 2
    assert "exists already" in err

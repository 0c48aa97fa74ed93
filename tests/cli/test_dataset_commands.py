"""Find, describe, check and convert data sets on the command line."""

import itertools
import json

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.files import open_file

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

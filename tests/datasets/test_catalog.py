"""A catalog is read as data: what it may say, and that a hostile one does nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from physforge.datasets.catalog import Catalog
from physforge.datasets.catalog_source import Whereabouts
from physforge.datasets.entry import Entry
from physforge.datasets.registry import read_registry
from physforge.datasets.strict_yaml import MAX_BYTES
from physforge.errors import CatalogError, DatasetError, UnknownDatasetError
from physforge.settings import Settings
from physforge.workspace import Workspace

SHA = "0" * 64


def source(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "driver": "csv",
        "description": "two columns",
        "args": {"urlpath": "{{ CATALOG_DIR }}/run.csv"},
        "metadata": {"title": "Run", "licence": "CC0", "source": "a bench", "dims": ["t"]},
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = entry
        for parent in parents:
            target = target[parent]
        target[last] = value
    return entry


def write(folder: Path, **sources: Any) -> Path:
    path = folder / "catalog.yaml"
    path.write_text(
        yaml.safe_dump({"metadata": {"version": 1}, "sources": sources or {"run": source()}}, sort_keys=False)
    )
    (folder / "run.csv").write_text("t,u\n0,1\n1,2\n")
    return path


def test_a_catalog_is_a_mapping(tmp_path: Path, settings: Settings) -> None:
    catalog = Catalog.from_file(
        write(tmp_path, run=source(), other=source(metadata__equation="u_t = -u", description="a <b> decay")), settings
    )
    assert list(catalog) == ["run", "other"]
    assert "run" in catalog
    assert "nope" not in catalog
    assert len(catalog) == 2
    assert list(catalog.search("DECAY")) == ["other"]
    assert len(catalog.search("")) == 2
    assert "u_t = -u" in catalog.describe("other")
    assert "&lt;b&gt;" in catalog["other"]._repr_html_()
    assert "u_t = -u" in catalog._repr_html_()
    with pytest.raises(ValueError, match="frozen"):
        catalog["run"].title = "else"


def test_an_entry_opens_with_its_facts(tmp_path: Path, settings: Settings) -> None:
    path = write(tmp_path, run=source(metadata__equation="u_t = -u", metadata__units={"u": "m"}, args__t="t"))
    ds = Catalog.from_file(path, settings).read("run", units={"t": "s"})
    assert ds["u"].attrs["units"] == "m"
    assert ds["t"].attrs["units"] == "s"
    wanted = {"title": "Run", "licence": "CC0", "source": "a bench", "equation": "u_t = -u", "catalog_name": "run"}
    assert {key: ds.attrs[key] for key in wanted} == wanted


def test_an_unknown_name_lists_the_nearest(tmp_path: Path, settings: Settings) -> None:
    catalog = Catalog.from_file(write(tmp_path, **{"lynx-hare": source(), "heat": source()}), settings)
    with pytest.raises(UnknownDatasetError, match=r"'lynxhair'; the nearest are lynx-hare"):
        catalog["lynxhair"]
    with pytest.raises(UnknownDatasetError, match="it has"):
        catalog["zzz"]
    assert catalog.get("zzz") is None
    assert catalog.get("heat") is catalog["heat"]


def test_an_entry_opens_itself_and_says_what_it_is(tmp_path: Path, settings: Settings) -> None:
    changes = {
        "metadata__fields": ["u"],
        "metadata__units": {"u": "m", "t": "s"},
        "metadata__tags": ["bench <b>"],
        "metadata__citation": "rudy2017",
    }
    catalog = Catalog.from_file(write(tmp_path, run=source(**changes)), settings)
    entry = catalog["run"]
    np.testing.assert_array_equal(entry.open()["u"], [1, 2])
    facts = entry.facts()
    assert facts["axes"] == "t [s]"
    assert facts["fields"] == "u [m]"
    assert "10.1126/sciadv.1602614" in facts["cite"]
    assert facts["at hand"] == "yes: 12 bytes, beside the catalog"
    assert str(entry) == catalog.describe("run")
    assert all(text in str(entry) for text in facts.values())
    assert "bench &lt;b&gt;" in entry._repr_html_()
    (tmp_path / "run.csv").unlink()
    assert entry.find() == Whereabouts(False, f"missing: {tmp_path / 'run.csv'}")


def test_an_entry_without_a_catalog_says_so(tmp_path: Path, settings: Settings) -> None:
    entry = Catalog.from_file(write(tmp_path), settings)["run"]
    with pytest.raises(CatalogError, match="'run' belongs to no catalog"):
        Entry(**entry.model_dump()).open()


def test_a_remote_file_is_at_hand_once_it_is_in_the_cache_or_downloaded(tmp_path: Path, settings: Settings) -> None:
    address = "https://example.org/data/run.csv"
    (tmp_path / "registry.txt").write_text(f"runs/run.csv {'1' * 64} {address} CC0\n")
    path = write(tmp_path, run=source(args__urlpath=address))
    entry = Catalog.from_file(path, settings)["run"]
    assert entry.find() == Whereabouts(False, f"fetched when opened, from {address}")
    for folder, with_cache in ((settings.download_folder, settings), (tmp_path / "cache", None)):
        (folder / "runs").mkdir(parents=True)
        (folder / "runs" / "run.csv").write_text("t,u\n0,1\n1,2\n")
        chosen = with_cache or Settings(home=tmp_path / "other", data_cache=tmp_path / "cache")
        assert Catalog.from_file(path, chosen)["run"].find() == Whereabouts(True, "on this machine", 12)


@pytest.mark.parametrize("text", ["RUN bench", "u_t", "velocity", "wind", "raissi", "wobble"])
def test_words_are_looked_for_in_all_that_is_known(tmp_path: Path, settings: Settings, text: str) -> None:
    changes = {
        "metadata__fields": ["velocity"],
        "metadata__tags": ["wind tunnel"],
        "metadata__citation": "Raissi 2019",
        "metadata__equation": "u_t = -u",
        "description": "It will wobble.",
    }
    catalog = Catalog.from_file(write(tmp_path, run=source(**changes), other=source(metadata__source="x")), settings)
    assert list(catalog.search(text)) == ["run"]
    assert not catalog.search(f"{text} nowhere")


def test_a_search_in_vain_offers_close_words(tmp_path: Path, settings: Settings) -> None:
    catalog = Catalog.from_file(write(tmp_path, **{"lynx-hare": source(metadata__tags=["ecology"])}), settings)
    found = catalog.search("ecolgy <b>")
    assert len(found) == 0
    assert repr(found) == "Catalog of no data sets: nothing mentions 'ecolgy <b>'; close are ecology"
    assert "ecolgy &lt;b&gt;" in found._repr_html_()
    assert found.miss == "Nothing in the catalog mentions 'ecolgy <b>'; close are ecology."
    assert catalog.miss == ""


def test_a_catalog_shows_itself(tmp_path: Path, settings: Settings) -> None:
    long = "A title <b>that</b> does not end " + "and goes on " * 10
    catalog = Catalog.from_file(write(tmp_path, run=source(), other=source(metadata__title=long)), settings)
    lines = repr(catalog).splitlines()
    assert lines[:2] == ["Catalog of 2 data sets", "run    t  Run"]
    assert lines[2].startswith("other  t  A title")
    assert len(lines[2]) < 80
    assert "&lt;b&gt;that" in catalog._repr_html_()
    assert "<b>" not in catalog._repr_html_()
    assert catalog._ipython_key_completions_() == ["run", "other"]


def test_what_a_store_keeps_is_listed_found_and_opened(tmp_path: Path) -> None:
    workspace = Workspace(settings=Settings(home=tmp_path / "home"))
    catalog = workspace.catalog
    assert "tank" not in catalog
    assert not (tmp_path / "home").exists()
    ds = xr.Dataset(
        {"niveau": ("t", [1.0, 2.0, 4.0], {"units": "mm"})},
        {"t": ("t", [0.0, 1, 2], {"units": "s"})},
        {"title": "A tank"},
    )
    workspace.store.add(ds, name="tank", message="as <b>measured", attributes={"licence": "CC0"})
    assert "tank" in catalog
    assert list(catalog)[-1] == "tank"
    assert len(catalog) == len(Workspace(settings=Settings(home=tmp_path / "elsewhere")).catalog) + 1
    assert catalog._ipython_key_completions_()[-1] == "tank"
    assert list(catalog.search("MEASURED tank")) == ["tank"]
    assert list(catalog.search("stored tank")) == ["tank"]
    np.testing.assert_array_equal(catalog["tank"].open()["niveau"], ds["niveau"])
    np.testing.assert_array_equal(catalog.read("tank", units={"niveau": "cm"})["niveau"], ds["niveau"])
    facts = catalog["tank"].facts()
    assert facts["axes"] == "t [s]"
    assert facts["fields"] == "niveau [mm]"
    assert facts["licence"] == "CC0"
    assert facts["at hand"].startswith("yes: ")
    assert facts["at hand"].endswith("bytes, in the store")
    assert "as &lt;b&gt;measured" in catalog["tank"]._repr_html_()
    assert list(catalog.search("niveau")) == ["tank"]
    workspace.store.remove("tank")
    assert "tank" not in catalog
    with pytest.raises(UnknownDatasetError, match="'tank'"):
        catalog["tank"]


def test_a_file_that_is_not_the_one_meant_is_refused(tmp_path: Path, settings: Settings) -> None:
    catalog = Catalog.from_file(write(tmp_path, run=source(metadata__sha256=SHA)), settings)
    with pytest.raises(CatalogError, match="not the file that the catalog means"):
        catalog.read("run")


HOSTILE_TEXT = {
    "python object": "metadata: {version: 1}\nsources: !!python/object/apply:os.mkdir ['sprung']\n",
    "python name": "metadata: {version: 1}\nsources: {a: !!python/name:os.system }\n",
    "local tag": "metadata: {version: 1}\nsources: {a: !thing 1}\n",
    "plain tag": "metadata: {version: 1, title: !!str x}\nsources: {}\n",
    "binary tag": "metadata: {version: 1}\nsources: {a: !!binary aGk=}\n",
    "billion laughs": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "anchor alone": "metadata: &m {version: 1}\nsources: {}\n",
    "merge key": "metadata: {version: 1}\nsources: {a: {<<: {b: 1}}}\n",
    "repeated key": "metadata: {version: 1}\nsources: {}\nsources: {}\n",
    "number as key": "metadata: {version: 1}\nsources: {1: 2}\n",
    "two documents": "metadata: {version: 1}\nsources: {}\n---\na: 1\n",
    "deep nesting": "a: " + "[" * 500 + "]" * 500 + "\n",
    "deeper nesting": "a: " + "{a: " * 100_000,
    "not yaml": "a: [1\n",
    "a list": "- 1\n",
    "empty": "",
    "version 2": "version: 2\ndata: {}\nentries: {}\naliases: {}\nuser_parameters: {}\nmetadata: {}\n",
    "plugins": "metadata: {version: 1}\nplugins: {source: [{module: os}]}\nsources: {}\n",
    "nul byte": "metadata: {version: 1}\nsources: {a: '\0'}\n",
}


@pytest.mark.parametrize("text", HOSTILE_TEXT.values(), ids=HOSTILE_TEXT)
def test_hostile_yaml_is_refused(
    tmp_path: Path, settings: Settings, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "catalog.yaml"
    path.write_text(text)
    with pytest.raises(CatalogError, match=r"catalog\.yaml"):
        Catalog.from_file(path, settings)
    assert list(tmp_path.iterdir()) == [path]


HOSTILE_SOURCES = {
    "jinja expression": source(args__urlpath="{{ cycler.__init__.__globals__.os.mkdir('sprung') }}"),
    "jinja statement": source(description="{% for x in y %}"),
    "jinja after the folder": source(args__urlpath="{{ CATALOG_DIR }}/{{ env(HOME) }}.csv"),
    "folder elsewhere": source(args__urlpath="x{{ CATALOG_DIR }}/run.csv"),
    "generic function": source(args__urlpath="{func(os:system)}"),
    "environment": source(args__urlpath="env(HOME)"),
    "shell": source(description="shell(touch sprung)"),
    "unknown driver": source(driver="intake.source.derived.GenericTransform"),
    "driver as mapping": source(driver={"csv": {"class": "os.system"}}),
    "unknown argument": source(args__storage_options={"auto_mkdir": True}),
    "unknown key": {**source(), "cache": [{"type": "file"}]},
    "parameters": {**source(), "parameters": {"p": {"default": "env(HOME)"}}},
    "parent": source(args__urlpath="../secret.csv"),
    "parent below the folder": source(args__urlpath="{{ CATALOG_DIR }}/a/../../secret.csv"),
    "parent and back": source(args__urlpath="a/../run.csv"),
    "absolute": source(args__urlpath="/etc/passwd"),
    "absolute below the folder": source(args__urlpath="{{ CATALOG_DIR }}//etc/passwd"),
    "home": source(args__urlpath="~/secret.csv"),
    "drive": source(args__urlpath="C:secret.csv"),
    "backslash": source(args__urlpath="..\\secret.csv"),
    "link": source(args__urlpath="{{ CATALOG_DIR }}/link/secret.csv"),
    "file address": source(args__urlpath="file:///etc/passwd"),
    "http": source(args__urlpath="http://example.org/run.csv", metadata__sha256=SHA),
    "ftp": source(args__urlpath="ftp://example.org/run.csv", metadata__sha256=SHA),
    "chained": source(args__urlpath="simplecache::https://example.org/run.csv", metadata__sha256=SHA),
    "https without a hash": source(args__urlpath="https://example.org/run.csv"),
    "https with a short hash": source(args__urlpath="https://example.org/run.csv", metadata__sha256="abc"),
    "https with a user": source(args__urlpath="https://me:pw@example.org/run.csv", metadata__sha256=SHA),
    "https without a host": source(args__urlpath="https:///run.csv", metadata__sha256=SHA),
    "companion without a hash": source(
        driver="npy", args={"urlpath": "run.npy", "coords": {"t": "https://example.org/t.npy"}}
    ),
    "problem with a path": source(driver="problem", args={"name": "../heat"}),
    "no licence": source(metadata={"title": "Run", "source": "a bench", "dims": ["t"]}),
    "unknown dim": source(metadata__dims=["t", "lon"]),
    "number for text": source(metadata__title=7),
}


@pytest.mark.parametrize("hostile", HOSTILE_SOURCES.values(), ids=HOSTILE_SOURCES)
def test_a_hostile_entry_is_refused_when_the_catalog_is_read(
    tmp_path: Path, settings: Settings, hostile: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalog"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (tmp_path / "secret.csv").write_text("t,u\n0,1\n1,2\n")
    (folder / "link").symlink_to(tmp_path)
    path = write(folder, run=hostile)
    before = sorted(folder.iterdir())
    with pytest.raises(CatalogError, match=r"catalog\.yaml"):
        Catalog.from_file(path, settings)
    assert sorted(folder.iterdir()) == before
    assert not settings.home.exists()


@pytest.mark.parametrize("name", ["../run", "Run", "", "a" * 200, "run\n"])
def test_names_are_plain(tmp_path: Path, settings: Settings, name: str) -> None:
    with pytest.raises(CatalogError):
        Catalog.from_file(write(tmp_path, **{name: source()}), settings)


def test_a_catalog_that_is_too_large_or_missing(tmp_path: Path, settings: Settings) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text() + "#" * MAX_BYTES)
    with pytest.raises(CatalogError, match="larger than"):
        Catalog.from_file(path, settings)
    with pytest.raises(CatalogError, match="cannot be read"):
        Catalog.from_file(tmp_path / "none.yaml", settings)


def test_the_hash_of_a_remote_file_comes_from_the_entry_or_the_registry(tmp_path: Path, settings: Settings) -> None:
    address = "https://example.org/data/run.csv"
    remote = source(args__urlpath=address)
    (tmp_path / "registry.txt").write_text(f"# files\n\nruns/run.csv {'1' * 64} {address} CC0\n")
    entry = Catalog.from_file(write(tmp_path, run=remote), settings)["run"]
    assert entry.sha256 == "1" * 64
    assert entry.files["urlpath"].name == "runs/run.csv"
    with pytest.raises(CatalogError, match="not the one"):
        Catalog.from_file(write(tmp_path, run=source(args__urlpath=address, metadata__sha256=SHA)), settings)


@pytest.mark.parametrize(
    "line",
    [
        "run.csv 00 https://example.org/run.csv CC0",
        f"run.csv {SHA} http://example.org/run.csv CC0",
        f"../run.csv {SHA} https://example.org/run.csv CC0",
        f"/run.csv {SHA} https://example.org/run.csv CC0",
        f"run.csv {SHA} https://example.org/run.csv",
        f"run.csv {SHA.replace('0', 'A')} https://example.org/run.csv CC0",
    ],
)
def test_a_registry_line_that_is_wrong(tmp_path: Path, line: str) -> None:
    (tmp_path / "registry.txt").write_text(f"# files\n{line}\n")
    with pytest.raises(CatalogError, match=r"registry\.txt, line 2"):
        read_registry(tmp_path)


def test_data_that_break_the_conventions_are_the_data_sets_error(tmp_path: Path, settings: Settings) -> None:
    path = write(tmp_path)
    (tmp_path / "run.csv").write_text("t,u\n0,1\n0,2\n")
    with pytest.raises(DatasetError, match=r"run\.csv, line 3"):
        Catalog.from_file(path, settings).read("run")


@pytest.mark.parametrize(
    "option", [{"dims": ("t", "x")}, {"delimiter": ";"}, {"format": "csv"}, {"name": "x"}, {"entry": 1}]
)
def test_an_option_that_a_reference_problem_does_not_have_is_named(tmp_path: Path, option: dict[str, Any]) -> None:
    (name,) = option
    with pytest.raises(DatasetError) as refused:
        Workspace(tmp_path / "home").open_dataset("burgers", **option)
    assert str(refused.value) == (
        f"burgers: it is a reference problem, computed when opened, and has no option {name!r}; it has seed, units."
    )


@pytest.mark.parametrize("seed", ["x", -1, 1.5, True])
def test_a_seed_is_a_whole_number(tmp_path: Path, seed: Any) -> None:
    with pytest.raises(DatasetError, match="whole number that is not negative"):
        Workspace(tmp_path / "home").open_dataset("burgers", seed=seed)


def test_an_option_that_the_reader_of_an_entry_does_not_have_is_named(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(DatasetError, match=r"run\.csv: its reader has no option 'sheet'; it has dims, t, delimiter, "):
        Catalog.from_file(write(tmp_path), settings).read("run", sheet="first")


def test_a_reference_problem_takes_a_seed_and_units(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    other = workspace.open_dataset("burgers", seed=3, units={"u": "m/s"})
    assert other["u"].attrs["units"] == "m/s"
    assert not np.array_equal(other["u"], workspace.open_dataset("burgers")["u"])

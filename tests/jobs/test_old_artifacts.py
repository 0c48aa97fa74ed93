"""Artifacts that an earlier version wrote stay readable, as they were: the files here are never made anew."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from physforge.errors import JobError, PhysForgeError, UnknownJobError
from physforge.jobs.loading import load_result

ARTIFACTS = Path(__file__).parent / "artifacts"


@pytest.fixture
def unpack(tmp_path):
    def unpack(name):
        with zipfile.ZipFile(ARTIFACTS / f"{name}.zip") as packed:
            packed.extractall(tmp_path / name)
        return tmp_path / name

    return unpack


def test_a_discovery_of_version_0_1(unpack):
    found = load_result(unpack("discovery-0.1.0")).value
    law = found.equations["hare_thousands_t"]
    assert law.terms == {"hare_thousands": 0.5792215171380237, "hare_thousands*lynx_thousands": -0.02651526404915664}
    assert found.status == "not settled"
    assert found.conf_int().high[0] == pytest.approx(0.698235, abs=1e-6)
    assert found.provenance["seed"] == 5
    assert "lynx" in found.summary()


def test_data_sets_of_version_0_1(unpack):
    simulated = load_result(unpack("simulation-0.1.0")).value
    assert simulated.hare_thousands[-1].item() == 44.15662974150068
    assert simulated.t.attrs["units"] == "year"
    derived = load_result(unpack("derivatives-0.1.0")).value
    assert derived.hare_thousands_t[:2].values.tolist() == [9.63998477544191, 21.492212488072493]


def test_a_report_of_version_0_1(unpack):
    report = load_result(unpack("report-0.1.0")).value
    assert report.title == "Pelts"
    assert "<math" in report.page


@pytest.mark.parametrize("path", sorted(ARTIFACTS.glob("*.zip")), ids=lambda path: path.stem)
def test_a_manifest_lists_what_is_there(path, unpack):
    folder = unpack(path.stem)
    manifest = json.loads((folder / "manifest.json").read_text())
    for one in manifest["files"]:
        assert hashlib.sha256((folder / one["path"]).read_bytes()).hexdigest() == one["sha256"]
    assert {one["path"] for one in manifest["files"]} | {"manifest.json"} == {
        one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()
    }


def test_what_is_newer_or_none_is_refused(unpack, tmp_path):
    folder = unpack("discovery-0.1.0")
    document = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps({**document, "schema_version": 99}))
    with pytest.raises(PhysForgeError, match="newer PhysForge"):
        load_result(folder)
    (folder / "result.json").write_text(json.dumps({**document, "kind": "pinnn"}))
    with pytest.raises(UnknownJobError, match="pinnn"):
        load_result(folder)
    with pytest.raises(JobError, match="no result of a job"):
        load_result(tmp_path)

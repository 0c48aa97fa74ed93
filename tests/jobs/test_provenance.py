"""From a report back to raw bytes; the same again; and in a form that archives understand."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from rocrate.rocrate import ROCrate

import physforge as pf
from physforge.errors import JobError
from physforge.jobs import State
from physforge.jobs.comparison import compare_artifacts, compare_runs
from physforge.jobs.submission import make_spec
from physforge.tasks.dataset_result import SimulationResult


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    t = np.linspace(0.0, 10.0, 300)
    folder = tmp_path_factory.mktemp("raw")
    rows = "\n".join(f"{a!r},{b!r}" for a, b in zip(t.tolist(), np.cos(2 * t).tolist(), strict=True))
    path = folder / "pendulum.csv"
    path.write_text(f"t,u\n{rows}\n")
    return path


@pytest.fixture(scope="module")
def report(busy, raw):
    """A report on a discovery in the second version of a file, and on a simulation of the catalog's."""
    busy.store.add(raw, name="pendulum")
    busy.store.add(busy.store.open("pendulum") * 2.0, name="pendulum", message="calibrated", derived_from="pendulum@1")
    config = {"dataset": "pendulum", "target": "u_tt", "method": "stlsq", "library": {"polynomial": 1}}
    found = busy.submit("discovery", config)
    made = busy.submit("simulation", {"equations": "u_t = 0.1*u_xx", "initial": "heat"})
    job = busy.submit("report", {"results": [found.id, made.id]})
    assert job.wait(timeout=120) is State.SUCCEEDED, job.logs()
    return job, found, made


def test_a_report_leads_back_to_raw_bytes(busy, report, raw):
    job, found, made = report
    lineage = busy.lineage(job.id)
    tree = str(lineage)
    lines = tree.splitlines()
    assert lines[0].startswith(f"report job {job.id}  succeeded")
    assert f"├─ results.0: discovery job {found.id}" in tree
    assert "pendulum@2  calibrated" in tree
    assert "pendulum@1" in tree
    assert f"└─ results.1: simulation job {made.id}" in tree
    assert "heat of the catalog" in tree
    assert ("pendulum.csv", hashlib.sha256(raw.read_bytes()).hexdigest()) in lineage.raw
    assert {name for name, _ in lineage.raw} == {"pendulum.csv", "heat"}
    assert f"PhysForge {pf.__version__}" in tree
    facts = json.loads(json.dumps(lineage.to_dict()))
    assert {one["id"] for one in facts["jobs"]} == {job.id, found.id, made.id}


def test_lineage_is_found_from_the_top_level(busy, report, monkeypatch):
    job, *_ = report
    monkeypatch.setenv("PHYSFORGE_HOME", str(busy.settings.home))
    assert str(pf.lineage(job)) == str(pf.lineage(job.id)) == str(busy.lineage(job.id))
    assert "pendulum.csv" in str(pf.lineage("pendulum"))
    with pytest.raises(LookupError, match="no-such"):
        pf.lineage("no-such")


def test_what_was_deleted_is_named(tmp_path, busy):
    ds = xr.Dataset({"u": ("t", [1.0, 2.0, 3.0])}, {"t": [0.0, 1.0, 2.0]})
    busy.store.add(ds, name="gone")
    spec = make_spec(
        "discovery",
        {"dataset": "gone"},
        data=busy.store,
        catalog=busy.catalog,
        jobs=busy.jobs,
        executor="tcp://127.0.0.1:9",
    )
    (record,) = busy.jobs.submit([spec])
    busy.jobs.cancel(record.id)
    busy.store.remove("gone")
    busy.store.empty_trash("gone")
    assert spec.inputs[0].sha256 in str(busy.lineage(record.id))


def test_the_same_again_is_the_same_to_the_last_bit(busy, report):
    _, found, made = report
    again = busy.reproduce(found, timeout=120)
    assert again.identical
    assert again.largest == 0.0
    assert again.original == found.id != again.again
    assert again.compared > 20
    assert str(again).startswith("Identical")
    assert busy.reproduce(made.id, timeout=120).identical


def test_only_what_succeeded_is_reproduced_and_exported(busy, tmp_path):
    batch = busy.submit_batch({"kind": "discovery", "config": {"dataset": "heat"}, "executor": "tcp://127.0.0.1:9"})
    (job,) = batch.cancel().jobs
    with pytest.raises(JobError, match="only one that has succeeded"):
        busy.reproduce(job)
    with pytest.raises(JobError, match="only one that has succeeded"):
        busy.export_rocrate(job, tmp_path / "crate")
    assert not (tmp_path / "crate").exists()


@pytest.fixture
def kept(tmp_path):
    def keep(name, values, status="ok"):
        ds = xr.Dataset({"u": ("t", values)}, {"t": np.arange(len(values), dtype=float)})
        return SimulationResult(status=status, dataset=ds, provenance={"seed": name}).save(tmp_path / name)

    return keep


def test_every_number_counts(kept):
    one = kept("one", [0.0, 1.0, np.nan, 3.0])
    _, differences = compare_artifacts(one, kept("same", [0.0, 1.0, np.nan, 3.0]))
    assert differences == []
    _, (difference,) = compare_artifacts(one, kept("other", [0.0, np.nextafter(1.0, 2.0), np.nan, 3.0]))
    assert difference.where == "dataset.nc u"
    assert 2e-16 < difference.relative < 3e-16
    assert difference.again == "1.0000000000000002"
    _, (difference,) = compare_artifacts(one, kept("missing", [0.0, 1.0, 2.0, 3.0]))
    assert difference.relative == np.inf
    _, (difference,) = compare_artifacts(one, kept("diverged", [0.0, 1.0, np.nan, 3.0], status="diverged"))
    assert (difference.original, difference.again) == ("'ok'", "'diverged'")
    _, differences = compare_artifacts(one, kept("short", [0.0, 1.0, np.nan]))
    assert {one.where for one in differences} == {"dataset.nc u", "dataset.nc t", "result.json content.sizes.t"}


def test_environments_are_compared():
    then = {"versions": {"numpy": "2.0", "scipy": "1.1"}, "python": "3.11.2", "device": {"cpu": "A", "cores": 2}}
    now = {"versions": {"numpy": "2.1", "scipy": "1.1"}, "python": "3.11.2", "device": {"cpu": "A", "cores": 8}}
    assert compare_runs(then, now) == {"numpy": ("2.0", "2.1")}
    assert compare_runs({}, {"versions": {"torch": "2"}}) == {"torch": ("none", "2")}


def test_a_crate_holds_artifact_inputs_and_history(busy, report, raw, tmp_path):
    job, found, made = report
    folder = busy.export_rocrate(job, tmp_path / "crate")
    crate = ROCrate(folder)
    actions = {one["identifier"]: one for one in crate.get_by_type("CreateAction")}
    assert set(actions) == {f"urn:uuid:{one.id}" for one in (job, found, made)}
    action = actions[f"urn:uuid:{found.id}"]
    assert action["instrument"]["softwareVersion"] == pf.__version__
    assert action["agent"]["name"] == found.record.run["user"]
    assert json.loads(action["description"])["seed"] == 0
    (read,) = action["object"] if isinstance(action["object"], list) else [action["object"]]
    assert read["sha256"] == found.record.spec.inputs[0].sha256
    assert (folder / read.id).is_file()
    assert "pendulum.csv" in read["description"]
    for one in (job, found, made):
        assert (folder / "jobs" / one.id / "manifest.json").is_file()
    with pytest.raises(ValueError, match="exists"):
        busy.export_rocrate(job, tmp_path / "crate")


def test_a_new_process_reads_the_artifact(busy, report):
    """Without the store: an artifact is a folder that stands for itself."""
    _, found, _ = report
    code = "import sys; from physforge.jobs.loading import load_result; print(load_result(sys.argv[1]).equation)"
    ran = subprocess.run(
        [sys.executable, "-c", code, str(found.artifact())], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == str(found.result().equation)

"""A sweep expands to jobs, which are waited for and compared as a whole."""

import pytest

from physforge.errors import JobError, UnknownJobError
from physforge.jobs import Selection, State
from physforge.jobs.submission import make_specs
from physforge.jobs.sweep import MOST_JOBS, Sweep, varying
from physforge.share import shared_folder
from physforge.workspace import Workspace

LYNX = {"dataset": "lynx-hare"}


def test_a_sweep_is_every_combination():
    sweep = Sweep(
        kind="discovery",
        config={"dataset": "heat", "method": {"kind": "stlsq", "alpha": 0.0}},
        grid={"method.threshold": {"geomspace": [0.01, 1.0, 3]}, "library.polynomial": [1, 2]},
        configs=[{"target": "u_t"}, {"target": "u_tt", "method": {"alpha": 0.5}}],
        seeds=[3, 5],
    )
    jobs = sweep.expand()
    assert len(jobs) == len(sweep) == 24
    assert len({str(job) for job in jobs}) == 24
    assert {config["method"]["threshold"] for config, _ in jobs} == {0.01, 0.1, 1.0}
    assert {(config["target"], config["method"]["alpha"]) for config, _ in jobs} == {("u_t", 0.0), ("u_tt", 0.5)}
    assert all(config["method"]["kind"] == "stlsq" for config, _ in jobs)
    assert [seed for _, seed in jobs[:2]] == [3, 5]


def test_settings_are_not_shared_between_jobs():
    jobs = Sweep(kind="discovery", config={"library": {"terms": []}}, grid={"library.polynomial": [1, 2]}).expand()
    jobs[0][0]["library"]["terms"].append("x")
    assert jobs[1][0]["library"]["terms"] == []


def test_spaced_values_are_round():
    assert Sweep(kind="k", grid={"a": {"linspace": [0, 0.3, 4]}}).grid["a"] == [0.0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: discovery\ngird: {}\n", "gird: there is no such setting; nearest: grid"),
        ("config: {}\n", "kind: is needed"),
        ("kind: discovery\ngrid: {a: 3}\n", "grid"),
        ("kind: discovery\ngrid: {a: []}\n", "a has no values"),
        ("kind: discovery\ngrid: {a: {logspace: [1, 2, 3]}}\n", "one of linspace, geomspace"),
        ("kind: discovery\ngrid: {a: {linspace: [1, 2]}}\n", r"\[first, last, count\]"),
        ("kind: discovery\nseeds: 0\n", "from 1 to"),
        ("kind: discovery\nseeds: []\n", "seeds"),
        ("kind: &a discovery\n", "anchors"),
        ("kind: !!python/object:os.system x\n", "tag"),
        ("- kind\n", "is refused: it is a mapping"),
        ("kind: [\n", "The sweep .* is refused"),
    ],
)
def test_files_that_are_no_sweep_are_refused(text, says, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    with pytest.raises(JobError, match=says):
        Sweep.read(path)


def test_a_sweep_has_an_end():
    sweep = Sweep(kind="k", grid={"a": list(range(101)), "b": list(range(101))})
    with pytest.raises(JobError, match=f"at most {MOST_JOBS}"):
        sweep.expand()
    with pytest.raises(JobError, match=r"method: \{kind: weak\}"):
        Sweep(kind="k", config={"method": "weak"}, grid={"method.rows": [100]}).expand()


def test_what_differs_is_found():
    configs = [{"a": 1, "b": {"c": 1, "d": 2}}, {"a": 1, "b": {"c": 2, "d": 2}}]
    assert varying(configs) == [{"b.c": 1}, {"b.c": 2}]
    assert varying([{"a": [1]}, {}]) == [{"a": [1]}, {"a": None}]
    assert varying([{"a": 1}, {"a": 1}]) == [{}, {}]


def test_a_batch_runs_and_is_compared(busy, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(
        "kind: discovery\n"
        "name: thresholds\n"
        "config: {dataset: lynx-hare, method: {kind: stlsq}}\n"
        "grid:\n"
        "  method.threshold: [0.05, 0.2]\n"
    )
    batch = busy.submit_batch(path)
    assert batch.wait(timeout=120) == {State.SUCCEEDED: 2}
    table = batch.table()
    assert list(table.columns[:4]) == ["method.threshold", "seed", "state", "seconds"]
    assert sorted(table["method.threshold"]) == [0.05, 0.2]
    for job_id, row in table.iterrows():
        found = busy.job(job_id).result()
        assert row["outcome"] == found.status
        assert found.provenance["method"]["threshold"] == row["method.threshold"]
        chosen = found.candidates.query("chosen and target == 'hare_thousands_t'")
        assert row["hare_thousands_t"] == chosen["equation"].item()
        assert row["misfit of hare_thousands_t"] == chosen["misfit"].item()
    again = Workspace(busy.settings.home).submit_batch(path)
    assert {job.id for job in again.jobs} == {job.id for job in batch.jobs}
    assert "2 succeeded" in repr(busy.batch("thresholds"))


def test_nothing_is_submitted_of_a_sweep_with_a_fault(tmp_path):
    workspace = Workspace(tmp_path / "new")
    with pytest.raises(JobError, match="Job 2 of 2"):
        workspace.submit_batch({"kind": "discovery", "config": LYNX, "grid": {"library.polynomial": [2, 20]}})
    assert workspace.jobs.find(Selection()) == []
    with pytest.raises(UnknownJobError, match="no batch"):
        workspace.batch("thresholds")


def test_a_batch_is_cancelled(busy):
    batch = busy.submit_batch(
        {"kind": "discovery", "config": LYNX, "seeds": [100, 101], "executor": "tcp://127.0.0.1:9"}
    )
    assert batch.cancel().wait(timeout=60) == {State.CANCELLED: 2}
    assert len(batch) == 2


def test_the_sweep_beside_the_notebooks_is_200_jobs(tmp_path):
    sweep = Sweep.read(shared_folder("notebooks") / "07_sweep.yaml")
    workspace = Workspace(tmp_path / "new")
    specs = make_specs(sweep.kind, sweep.expand(), data=None, catalog=workspace.catalog, jobs=workspace.jobs)
    assert len({spec.sha256 for spec in specs}) == 200

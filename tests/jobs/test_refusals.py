"""What cannot be done is refused before anything is stored, every field at once, each with what is allowed."""

from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from physforge.errors import DatasetError, JobError, UnknownDatasetError, UnknownJobError
from physforge.jobs.access import Access
from physforge.jobs.inputs import Inputs, NamedInput
from physforge.jobs.reading import open_input
from physforge.jobs.submission import LARGEST_CONFIG, make_spec, make_specs
from physforge.workspace import Workspace


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def make(workspace):
    def make(kind, config, **options):
        return make_spec(kind, config, data=workspace.store, catalog=workspace.catalog, jobs=None, **options)

    return make


def test_an_unknown_kind_is_answered_with_those_there_are(make):
    with pytest.raises(UnknownJobError, match="'discover'; there are derivatives, discovery, pinn, report, simulation"):
        make("discover", {"dataset": "heat"})


def test_every_field_is_named_with_what_is_allowed(make):
    config = {
        "datset": "heat",
        "target": 3,
        "library": {"polynomial": 9, "terms": ["u**"]},
        "method": {"kind": "stlsq", "threshold": 2, "treshold": 1},
        "units": "perhaps",
    }
    with pytest.raises(JobError) as refused:
        make("discovery", config)
    message = str(refused.value)
    for line in (
        "  dataset: is needed: Data set of the catalog",
        "  datset: there is no such setting; nearest: dataset",
        "  target: should be a valid string",
        "polynomial: should be less than or equal to 6 (given: 9)",
        "terms: ",
        "threshold: should be less than 1 (given: 2)",
        "treshold: there is no such setting",
        "  units: should be a valid boolean",
    ):
        assert line in message, line
    assert "\n  method: " in message
    assert message.count("\n") == 6


@pytest.mark.parametrize(
    ("kind", "config", "says"),
    [
        ("derivatives", {"dataset": "heat", "names": []}, "names: "),
        ("derivatives", {"dataset": "heat", "names": ["u_x"], "method": "weak"}, "another kind of work"),
        ("derivatives", {"dataset": "heat", "names": ["u_x"], "method": "kalmann"}, "nearest: kalman"),
        ("discovery", {"dataset": "heat", "method": {"threshold": 0.1}}, 'as "kind"'),
        ("discovery", {"dataset": "heat", "known": {"u_xx": float("nan")}}, "finite number"),
        ("simulation", {"equations": "u_t = (", "initial": "heat"}, "bracket is not closed"),
        ("simulation", {"initial": "heat"}, "exactly one of equations and discovery"),
        ("simulation", {"equations": "u_t = -u", "initial": {"u": 1.0}}, "times are needed"),
        ("simulation", {"equations": "u_t = -u", "initial": "heat", "rtol": 1}, "less than or equal to 0.1"),
        (
            "simulation",
            {"equations": "u_t = -u", "initial": "heat", "method": "Euler"},
            "'DOP853', 'Radau' or 'ETDRK4'",
        ),
        ("report", {"results": []}, "results: "),
        ("report", {"results": ["x"], "title": ""}, "title: "),
    ],
)
def test_bad_settings_are_refused(make, kind, config, says):
    with pytest.raises(JobError) as refused:
        make(kind, config)
    assert says in str(refused.value)


def test_bad_options_are_named_together(make):
    with pytest.raises(JobError) as refused:
        make("discovery", {"dataset": "heat"}, seed=-1, priority=1000, executor="cloud", wall_limit_s=0, max_attempts=0)
    for option in ("seed", "priority", "executor", "wall_limit_s", "max_attempts"):
        assert f"\n  {option}: " in str(refused.value)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "tcp://host:1; rm", "tcp://", "http://x", ""])
def test_only_addresses_of_schedulers_are_executors(make, address):
    with pytest.raises(JobError, match="executor"):
        make("discovery", {"dataset": "heat"}, executor=address)


def test_a_scheduler_address_is_an_executor(make):
    assert make("discovery", {"dataset": "heat"}, executor="tls://10.0.0.1:8786").executor == "tls://10.0.0.1:8786"


def test_settings_that_are_data_are_refused(make):
    known = {f"u**{number}": 1.0 for number in range(LARGEST_CONFIG // 10)}
    with pytest.raises(JobError, match="Put data into a data set"):
        make("discovery", {"dataset": "heat", "known": known})


def test_settings_are_a_mapping(make):
    with pytest.raises(JobError, match="not a list"):
        make("discovery", ["heat"])


def test_data_sets_that_are_not_registered_are_refused(make, tmp_path):
    with pytest.raises(UnknownDatasetError, match=r"dataset: .*nearest: heat"):
        make("discovery", {"dataset": "heatt"})
    (tmp_path / "run.csv").write_text("t,u\n0,1\n1,2\n")
    with pytest.raises(DatasetError, match=r"not registered.*store\.add"):
        make("discovery", {"dataset": str(tmp_path / "run.csv")})
    with pytest.raises(UnknownDatasetError) as refused:
        make("derivatives", {"dataset": "no-such", "names": ["u_t"], "at": "neither"})
    assert "\n  dataset: " in str(refused.value)
    assert "\n  at: " in str(refused.value)


def test_names_become_content(make, workspace):
    ds = xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]})
    first = workspace.store.add(ds, name="run")
    spec = make("discovery", {"dataset": "run"})
    assert [(one.field, one.name, one.what, one.reference, one.sha256) for one in spec.inputs] == [
        ("dataset", "run", "dataset", first.id, first.sha256)
    ]
    workspace.store.add(ds + 1.0, name="run")
    later = make("discovery", {"dataset": "run"})
    assert later.sha256 != spec.sha256
    assert make("discovery", {"dataset": "run@1"}).inputs[0].reference == first.id


def test_a_data_set_of_the_catalog_is_known_by_its_content(make, workspace):
    spec = make("discovery", {"dataset": "lynx-hare"})
    opened = workspace.open_dataset("lynx-hare")
    assert spec.inputs[0].reference == "catalog:lynx-hare"
    assert spec.inputs[0].sha256 == opened.attrs["sha256"]


def test_the_record_has_every_setting(make):
    spec = make("discovery", {"dataset": "heat"})
    assert set(spec.config) == {
        "dataset", "target", "library", "method", "known", "fixed", "bounds", "symmetries", "units",
    }  # fmt: skip
    again = make("discovery", {"dataset": "heat", "units": False, "known": {}}, priority=5, executor="dask")
    assert again.sha256 == spec.sha256


def test_of_many_jobs_the_refused_ones_are_named(workspace):
    asked = [({"dataset": "heat", "target": "u_t" if number % 2 else 7}, 0) for number in range(20)]
    with pytest.raises(JobError) as refused:
        make_specs("discovery", asked, data=workspace.store, catalog=workspace.catalog, jobs=None)
    message = str(refused.value)
    assert "Job 1 of 20" in message
    assert "Job 2 of 20" not in message
    assert "and 5 more are refused" in message


def test_a_name_that_means_two_data_sets_is_refused(tmp_path):
    workspace = Workspace(tmp_path / "home")
    version = workspace.store.add(xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]}), name="run")
    both = {"run": workspace.catalog["heat"]}
    with pytest.raises(DatasetError, match="Both the catalog and the store"):
        Inputs(workspace.store, both, None).resolve(NamedInput("dataset", "dataset", "run"))
    assert Inputs(workspace.store, both, None).resolve(NamedInput("dataset", "dataset", version.id))


def test_changed_content_is_not_opened(make, workspace):
    spec = make("discovery", {"dataset": "lynx-hare"})
    changed = replace(spec.inputs[0], sha256="0" * 64)
    with pytest.raises(JobError, match="no longer what it was"):
        open_input(changed, Access.of(workspace.settings), Path)

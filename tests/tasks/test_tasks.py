"""A job gives what the direct call gives, to the last bit, after it was kept and read again."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physforge as pf
from physforge.discovery import STLSQ
from physforge.errors import DerivativeWarning
from physforge.jobs import find_task, kinds


def assert_same_discovery(one, other):
    assert one.status == other.status
    assert one.diagnostics == other.diagnostics
    pd.testing.assert_frame_equal(one.conf_int(), other.conf_int(), check_exact=True)
    pd.testing.assert_frame_equal(one.inclusion_probability, other.inclusion_probability, check_exact=True)
    pd.testing.assert_frame_equal(one.candidates, other.candidates, check_exact=True)
    for key in ("method", "library", "knowledge", "seed"):
        # As JSON, where a tuple is a list.
        assert json.dumps(one.provenance[key]) == json.dumps(other.provenance[key]), key


def test_there_are_these_kinds():
    assert set(kinds()) >= {"derivatives", "discovery", "simulation", "pinn", "report"}


def test_settings_import_no_science():
    code = (
        "import sys; from physforge.jobs import find_task, kinds; [find_task(one) for one in kinds()]; "
        "print(*sorted(n for n in sys.modules if n.startswith('physforge.') and n.split('.')[1] in "
        "('derivatives','discovery','features','simulation','equations','pinn')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize("kind", ["derivatives", "discovery", "simulation", "pinn", "report"])
def test_every_setting_says_what_it_is(kind):
    task = find_task(kind)
    for name, field in task.config.model_fields.items():
        assert field.description, f"{kind}.{name} has no description"
        assert field.description.endswith((".", ")"))
    schema = task.config.model_json_schema()
    assert set(schema["properties"]) == set(task.config.model_fields)


def test_discovery_is_that_of_the_direct_call(run_task):
    direct = pf.discover(pf.open_dataset("lynx-hare"), seed=3)
    assert_same_discovery(run_task("discovery", {"dataset": "lynx-hare"}, seed=3), direct)


def test_discovery_takes_every_option_of_the_direct_call(run_task):
    ds = pf.open_dataset("lynx-hare")
    direct = pf.discover(
        ds,
        target=["hare_thousands_t"],
        library=pf.CandidateLibrary(polynomial=2, include_constant=False, functions=("sin",)),
        method=STLSQ(threshold=0.05),
        known={"hare_thousands": 0.5},
        fixed=["hare_thousands*lynx_thousands"],
        bounds={"lynx_thousands": (None, 1.0)},
        units=True,
        seed=1,
    )
    config = {
        "dataset": "lynx-hare",
        "target": ["hare_thousands_t"],
        "library": {"polynomial": 2, "include_constant": False, "functions": ["sin"]},
        "method": {"kind": "stlsq", "threshold": 0.05},
        "known": {"hare_thousands": 0.5},
        "fixed": ["hare_thousands*lynx_thousands"],
        "bounds": {"lynx_thousands": [None, 1.0]},
        "units": True,
    }
    assert_same_discovery(run_task("discovery", config, seed=1), direct)
    assert direct.provenance["method"]["threshold"] == 0.05
    assert "sin(hare_thousands)" in direct.provenance["library"]["exclude"]  # which makes no sense in its units


def test_discovery_takes_runs_and_symmetries(run_task):
    ds = pf.open_dataset("heat")
    direct = pf.discover([ds, ds], symmetries=["x -> -x"], method="stlsq", library=pf.CandidateLibrary(polynomial=1))
    config = {
        "dataset": ["heat", "heat"],
        "symmetries": ["x -> -x"],
        "method": "stlsq",
        "library": {"polynomial": 1},
    }
    assert_same_discovery(run_task("discovery", config), direct)


def test_derivatives_are_those_of_the_direct_call(run_task):
    direct = pf.differentiate(pf.open_dataset("burgers"), ["u_t", "u_xx"])
    xr.testing.assert_identical(run_task("derivatives", {"dataset": "burgers", "names": ["u_t", "u_xx"]}).value, direct)


def test_derivatives_take_methods_and_keep_warnings(run_task, workspace):
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 6.0, 200)
    ds = xr.Dataset({"u": ("t", np.sin(t) + 0.05 * np.cumsum(rng.standard_normal(200)))}, {"t": t}, {"title": "walk"})
    workspace.store.add(ds, name="walk")
    stored = workspace.open_dataset("walk")
    with pytest.warns(DerivativeWarning) as caught:
        direct = pf.differentiate(stored, "u_t", method="gp")
    found = run_task("derivatives", {"dataset": "walk@1", "names": ["u_t"], "method": "gp"})
    xr.testing.assert_identical(found.value, direct)
    assert "\n".join(found.diagnostics) == str(caught[0].message)


def test_a_simulation_is_that_of_the_direct_call(run_task):
    ds = pf.open_dataset("burgers")
    direct = pf.simulate("u_t = -u*u_x + 0.1*u_xx", ds.isel(t=3), t=ds.t.isel(t=slice(3, None)), rtol=1e-5)
    config = {
        "equations": "u_t = -u*u_x + nu*u_xx",
        "parameters": {"nu": 0.1},
        "initial": "burgers",
        "moment": 3,
        "rtol": 1e-5,
    }
    found = run_task("simulation", config)
    xr.testing.assert_identical(found.value, direct)
    assert found.citations == ("kassam2005",)


def test_a_simulation_starts_from_numbers(run_task):
    direct = pf.simulate("a_t = -b; b_t = a", {"a": 1.0, "b": 0.0}, t=np.linspace(0.0, 2.0, 5), method="Radau")
    config = {
        "equations": "a_t = -b; b_t = a",
        "initial": {"a": 1.0, "b": 0.0},
        "times": {"start": 0.0, "stop": 2.0, "count": 5},
        "method": "Radau",
    }
    xr.testing.assert_identical(run_task("simulation", config).value, direct)


def test_what_diverges_is_a_result(run_task):
    config = {"equations": "u_t = u**2", "initial": {"u": 1.0}, "times": [0.0, 0.5, 2.0]}
    found = run_task("simulation", config)
    assert found.status.startswith("diverged at t=")
    assert found.status in found.diagnostics[0]


def test_a_simulation_takes_the_equations_of_a_discovery(run_task, tmp_path):
    ds = pf.open_dataset("lynx-hare")
    discovery = pf.discover(ds, method=STLSQ(threshold=0.02))
    folder = discovery.save(tmp_path / "found")
    direct = pf.simulate(discovery.system, {"hare_thousands": 30.0, "lynx_thousands": 4.0}, t=[0.0, 1.0])
    config = {"discovery": "some-job", "initial": {"hare_thousands": 30.0, "lynx_thousands": 4.0}, "times": [0.0, 1.0]}
    xr.testing.assert_identical(run_task("simulation", config, artifacts={"discovery": folder}).value, direct)


def test_a_large_field_stays_on_disk(run_task, workspace, tmp_path):
    from physforge.tasks.dataset_result import DerivativesResult

    ds = xr.Dataset({"u": ("t", np.arange(10.0))}, {"t": np.arange(10.0)}).chunk(t=5)
    folder = DerivativesResult(status="ok", dataset=ds).save(tmp_path / "large")
    again = DerivativesResult.load(folder).value
    assert again.u.chunks == ((5, 5),)
    np.testing.assert_array_equal(again.u, np.arange(10.0))

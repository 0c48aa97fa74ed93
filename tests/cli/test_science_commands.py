"""What the science commands print is what the direct call returns."""

import json

import numpy as np
import pytest
import xarray as xr

import physforge as pf
from physforge.cli.exits import Exit


def facts(answer):
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_derivatives_are_those_of_the_direct_call(physforge, tmp_path):
    code, out, err = physforge("differentiate", "lynx-hare", "hare_thousands_t", "--method", "gp", "-o", "d.nc")
    assert code == 0, err
    assert "hare_thousands_t" in out
    found = xr.open_dataset(tmp_path / "d.nc", decode_times=False)
    expected = pf.differentiate(pf.open_dataset("lynx-hare"), ["hare_thousands_t"], method="gp")
    for name in ("hare_thousands_t", "hare_thousands_t_sd"):
        np.testing.assert_array_equal(found[name], expected[name])
    assert not (tmp_path / "home" / "physforge.sqlite").exists()


def test_a_simulation_from_numbers_and_from_a_data_set(physforge, tmp_path):
    times = '{"start": 0, "stop": 1, "count": 5}'
    answer = physforge("simulate", "u_t = -k*u", "--parameters", '{"k": 2}', "--initial", '{"u": 3}', "--times", times)
    assert answer[0] == 0, answer[2]
    assert answer[1].startswith("u over t (5); ok")
    code, _, err = physforge(
        "simulate", "u_t = 0.1*u_xx", "--initial", "burgers", "--moment", "-1", "--times", "[0, 1]"
    )
    assert code == Exit.USAGE
    code, _, err = physforge("simulate", "u_t = 0.1*u_xx", "--initial", "burgers", "--output", "s.nc", "--save", "kept")
    assert code == 0, err
    ds = pf.open_dataset("burgers")
    expected = pf.simulate("u_t = 0.1*u_xx", ds.isel(t=0), t=ds.t)
    np.testing.assert_array_equal(xr.open_dataset(tmp_path / "s.nc", decode_times=False)["u"], expected["u"])
    assert (tmp_path / "kept" / "result.json").exists()


def test_settings_are_refused_all_at_once(physforge):
    code, out, err = physforge("simulate", "u_t = u", "--initial", "burgers", "--rtol", "3", "--method", "Euler")
    assert (code, out) == (Exit.USAGE, "")
    assert "rtol: " in err
    assert "method: " in err
    assert "DOP853" in err


def test_discovery_takes_every_setting_of_its_config(physforge):
    found = facts(
        physforge(
            *("discover", "burgers", "--target", "u_t", "--library", '{"polynomial": 2, "derivatives": 2}'),
            *("--known", '{"u_xx": 0.1}', "--fixed", "u*u_x", "--json"),
        )
    )
    ds = pf.open_dataset("burgers")
    library = pf.CandidateLibrary(polynomial=2, derivatives=2)
    expected = pf.discover(ds, target="u_t", library=library, known={"u_xx": 0.1}, fixed=("u*u_x",)).equation
    assert found["equations"]["u_t"]["terms"] == dict(expected.terms)


def test_what_was_found_is_validated_and_reported(physforge, tmp_path):
    assert physforge("discover", "burgers", "--save", "found")[0] == 0
    (row,) = facts(physforge("validate", "found", "burgers", "--json"))["fields"]
    ds = pf.open_dataset("burgers")
    expected = pf.DiscoveryResult.load(tmp_path / "found").validate(ds)
    assert row["field"] == "u"
    assert row["relative_error"] == expected["relative_error"][0]
    code, out, _ = physforge("validate", "found", "burgers")
    assert code == 0
    assert "relative_error" in out
    code, out, err = physforge("report", "found", "found", "--output", "page", "--title", "Two of a kind")
    assert code == 0, err
    page = (tmp_path / "page" / "report.html").read_text()
    assert "Two of a kind" in page
    assert "u_{x" in page or "u_x" in page
    assert "page/report.html" in err
    code, _, err = physforge("report", "found", "--output", "page")
    assert code == Exit.USAGE
    assert "exists already" in err


def test_what_has_no_equations_is_not_validated(physforge):
    physforge("simulate", "u_t = -u", "--initial", '{"u": 1}', "--times", "[0, 1]", "--save", "simulated")
    code, out, err = physforge("validate", "simulated", "lynx-hare")
    assert (code, out) == (Exit.USAGE, "")
    assert "discovery" in err
    assert physforge("validate", "nowhere", "lynx-hare")[0] == Exit.NO_SUCH_JOB


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_law_is_solved_as_by_the_direct_call(physforge, tmp_path):
    from physforge import pinn

    sampling = '{"kind": "sobol", "law": 50, "condition": 8}'
    found = facts(
        physforge(
            *("solve", "u_t = k*u_xx", "--parameters", '{"k": 0.1}', "--domain", '{"x": [0, 1], "t": [0, 1]}'),
            *("--conditions", "u = sin(pi*x) at t=0", "--conditions", "u = 0 on the boundary", "--seed", "3"),
            *("--network", '{"kind": "mlp", "width": 6, "depth": 1}', "--sampling", sampling, "--steps", "20"),
            *("--save", "solved", "--output", "solved.nc", "--json"),
        )
    )
    problem = pinn.Problem(
        "u_t = k*u_xx",
        domain={"x": (0, 1), "t": (0, 1)},
        conditions=[pinn.Initial("sin(pi*x)"), pinn.Dirichlet(0.0)],
        parameters={"k": 0.1},
    )
    network, points = pinn.MLP(width=6, depth=1), pinn.Sobol(law=50, condition=8)
    expected = pinn.solve(problem, network=network, sampling=points, steps=20, seed=3)
    assert (found["status"], found["held_out"]) == ("budget reached", expected.held_out)
    written = xr.open_dataset(tmp_path / "solved.nc", decode_times=False)
    np.testing.assert_array_equal(written["u"], expected.predict(expected.grid())["u"])
    code, out, err = physforge("validate", "solved", "solved.nc")
    assert code == 0, err
    assert "relative_error" in out
    code, out, err = physforge("report", "solved", "--output", "page")
    assert code == 0, err
    page = (tmp_path / "page" / "report.html").read_text()
    assert "PINN: budget reached" in page
    assert "Every condition holds by itself" in page


def test_a_law_that_cannot_be_solved_is_refused_before_training(physforge):
    code, out, err = physforge("solve", "u_t = u_xx", "--conditions", "u is 0")
    assert (code, out) == (Exit.USAGE, "")
    assert "domain is needed" in err or "is no condition" in err
    code, out, err = physforge("solve", "u_t = u_xx", "--domain", '{"x": [0, 1], "t": [0, 1]}')
    assert (code, out) == (Exit.USAGE, "")
    assert "condition" in err


@pytest.mark.parametrize("option", ["--watch", "--remote"])
def test_options_of_jobs_ask_for_a_job(physforge, option):
    code, out, err = physforge("differentiate", "lynx-hare", "hare_thousands_t", option)
    assert (code, out) == (Exit.USAGE, "")
    assert "--submit" in err


def test_an_unknown_suffix_is_said_before_the_work(physforge, tmp_path):
    code, out, err = physforge("simulate", "u_t = u", "--initial", "burgers", "--output", "s.doc")
    assert (code, out) == (Exit.USAGE, "")
    assert ".doc" in err

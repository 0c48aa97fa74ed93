"""What `validate` compares with, and what it says of a solution that is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge import pinn
from physforge.errors import PinnError, SimulationError

FEW = pinn.ResidualAdaptive(law=200, condition=30)
SMALL = {"network": pinn.MLP(width=10, depth=2), "sampling": FEW, "tier": "eager", "progress": False, "seed": 0}


def heat(low, high, *conditions):
    box = {"x": (low, high), "t": (0.0, 0.5)}
    return pinn.Problem("u_t = 0.1*u_xx", domain=box, conditions=[pinn.Initial("sin(pi*x)"), *conditions])


@pytest.fixture(scope="module")
def solved():
    return pinn.solve(heat(-1.0, 1.0, pinn.Periodic("x")), steps=300, **SMALL)


EXACT = "exp(-0.1*pi**2*t)*sin(pi*x)"


def exact(ds):
    return np.exp(-0.1 * np.pi**2 * ds["t"]) * np.sin(np.pi * ds["x"])


def test_data_formula_and_simulation_agree_on_the_error(solved):
    grid = solved.grid(41)
    ds = grid.assign(u=exact(grid).transpose("t", "x"))
    (data,) = solved.validate(ds).to_dict("records")
    assert data["against"] == "data"
    assert data["horizon"] == 0.5
    missed = solved.predict(ds)["u"] - ds["u"]
    assert data["rms_error"] == pytest.approx(float(np.sqrt((missed**2).mean())))
    assert 0.0 < data["relative_error"] < 0.02
    (formula,) = solved.validate({"u": EXACT}, points=41).to_dict("records")
    assert formula["rms_error"] == pytest.approx(data["rms_error"], rel=1e-6)
    (simulated,) = solved.validate().to_dict("records")
    assert simulated["against"] == "simulation"
    assert simulated["relative_error"] == pytest.approx(data["relative_error"], rel=0.3)


def test_scattered_data_are_compared_with(solved):
    x, t = np.random.default_rng(0).uniform((-1.0, 0.0), (1.0, 0.5), (50, 2)).T
    ds = xr.Dataset({"u": ("point", np.zeros(50))}, {"x": ("point", x), "t": ("point", t)})
    ds["u"] = exact(ds) + 0.5
    (row,) = solved.validate(ds).to_dict("records")
    assert row["rms_error"] == pytest.approx(0.5, abs=0.02)
    assert np.isnan(row["horizon"])


def test_an_odd_solution_between_walls_is_simulated_and_another_is_not():
    walls = (pinn.Dirichlet(x=-1.0), pinn.Dirichlet(x=1.0))
    odd = pinn.solve(heat(-1.0, 1.0, *walls), steps=150, **SMALL)
    assert odd.validate()["relative_error"].item() < 0.3
    # Between 0 and 1 the sine has a kink where it would close.
    half = pinn.solve(heat(0.0, 1.0, pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0)), steps=5, **SMALL)
    with pytest.raises(SimulationError, match="periodic"):
        half.validate()


def test_a_simulation_that_leaves_the_walls_is_refused():
    # It starts smooth and periodic; the wind then carries it through the walls.
    problem = pinn.Problem(
        "u_t = -2*u_x + 0.1*u_xx",
        domain={"x": (-1.0, 1.0), "t": (0.0, 0.5)},
        conditions=[pinn.Initial("sin(pi*x)"), pinn.Dirichlet(x=-1.0), pinn.Dirichlet(x=1.0)],
    )
    result = pinn.solve(problem, steps=5, **SMALL)
    with pytest.raises(PinnError, match="off a periodic one"):
        result.validate()


def test_what_cannot_be_compared_is_said(solved):
    with pytest.raises(PinnError, match="no field 'v'"):
        solved.validate({"v": "x"})
    with pytest.raises(PinnError, match="formula of 'u'"):
        solved.validate({"u": "sin(q)"})
    with pytest.raises(PinnError, match="none of the fields u"):
        solved.validate(xr.Dataset({"w": ("x", [1.0])}, {"x": [0.0], "t": 0.0}))
    steady = pinn.Problem("u_xx = 1", domain={"x": (0.0, 1.0)}, conditions=[pinn.Dirichlet(0.0)])
    with pytest.raises(PinnError, match="without time"):
        pinn.solve(steady, steps=2, **SMALL).validate()


def test_a_result_that_was_read_again_is_compared_alike(solved, tmp_path):
    again = pinn.load(solved.save(tmp_path / "kept"))
    assert again.validate({"u": EXACT}).equals(solved.validate({"u": EXACT}))
    assert again.validate().equals(solved.validate())

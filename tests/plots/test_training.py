"""Figures of a training show its residuals, its errors and its history."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest

from physforge import pinn
from physforge.errors import DatasetError

SMALL = {"network": pinn.MLP(width=6, depth=1), "sampling": pinn.Sobol(law=50, condition=8), "progress": False}


@pytest.fixture(scope="module")
def steady():
    problem = pinn.Problem(
        "u_xx + u_yy = x", domain={"x": (0.0, 1.0), "y": (0.0, 2.0)}, conditions=[pinn.Dirichlet(0.0)]
    )
    return pinn.solve(problem, steps=60, seed=0, **SMALL)


def pictures(layout, name):
    return [one for one in layout if one.vdims and str(one.vdims[0]) == name]


def test_field_residual_and_history_are_drawn(steady):
    history, field, residual = steady.plot()
    assert [str(one) for one in field.kdims] == ["x", "y"]
    np.testing.assert_allclose(field.dimension_values("y", expanded=False)[[0, -1]], (0.0, 2.0))
    shown = field.dimension_values(2, flat=False)
    np.testing.assert_allclose(shown, steady.predict(steady.grid())["u"].transpose("y", "x"))
    found = next(iter(steady.residual(steady.grid()).data_vars.values())).transpose("y", "x")
    # At a corner the residual is zero, by construction.
    away = (slice(1, None), slice(1, None))
    np.testing.assert_allclose(residual.dimension_values(2, flat=False)[away], np.log10(np.abs(found)[away]))
    curves = {curve.label: curve for curve in history}
    np.testing.assert_array_equal(curves["loss"].dimension_values(1), steady.history["loss"])
    np.testing.assert_allclose(curves["held out"].dimension_values(1), steady.history["held_out"] ** 2)


def test_values_to_compare_with_give_a_picture_of_the_error(steady):
    grid = steady.grid(11)
    exact = grid.assign(u=steady.predict(grid)["u"] + 0.25)
    panels = list(steady.plot(exact=exact))
    assert len(panels) == 4
    np.testing.assert_allclose(panels[2].dimension_values(2), -0.25)


def test_a_solution_in_time_alone_is_a_curve():
    decay = pinn.Problem("u_t = -u", domain={"t": (0.0, 1.0)}, conditions=[pinn.Initial(1.0)])
    result = pinn.solve(decay, steps=3, seed=0, **SMALL)
    curves = [part for part in result.plot().traverse(lambda one: one, [hv.Curve]) if part.label == "u"]
    np.testing.assert_allclose(curves[0].dimension_values(1), result.predict(result.grid())["u"])


def test_of_more_coordinates_two_are_drawn_and_the_others_held():
    box = {"x": (0.0, 1.0), "y": (0.0, 1.0), "t": (0.0, 0.5)}
    problem = pinn.Problem("u_t = u_xx + u_yy", domain=box, conditions=[pinn.Initial("x"), pinn.Dirichlet("x")])
    result = pinn.solve(problem, steps=2, seed=0, **SMALL)
    (end,) = pictures(result.plot(), "u")
    places = {"x": np.array([1.0]), "y": np.array([1.0]), "t": np.array([0.5])}
    np.testing.assert_allclose(end.dimension_values(2, flat=False)[-1, -1], result.predict(places)["u"])
    (across,) = pictures(result.plot(at={"y": 0.25}), "u")
    assert [str(one) for one in across.kdims] == ["x", "t"]
    with pytest.raises(DatasetError, match="no coordinate 'z'"):
        result.plot(at={"z": 0.0})

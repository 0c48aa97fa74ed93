"""The section of a report on a trained network."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from physforge import pinn
from physforge.reports import make_report
from physforge.reports.training import history_svg


@pytest.fixture(scope="module")
def result():
    problem = pinn.Problem(
        "u_t = k*u_xx",
        domain={"x": (0.0, 1.0), "t": (0.0, 1.0)},
        conditions=[pinn.Initial("x*(1 - x)"), pinn.Neumann(0.5, x=0.0), pinn.Dirichlet(x=1.0)],
        unknown={"k": 1.0},
    )
    small = {"network": pinn.MLP(width=4, depth=1), "sampling": pinn.Sobol(law=20, condition=4), "progress": False}
    return pinn.solve(problem, steps=100, seed=0, **small)


def test_the_section_names_law_conditions_and_parameters(result, tmp_path):
    for one in (result, pinn.load(result.save(tmp_path / "kept"))):
        page = make_report([one]).page
        assert "PINN: " in page
        assert "<mi>xx</mi>" in page
        assert "du/dn at x = 0" in page
        assert f"{result.parameters['k']:.5g}" in page
        assert "intervals" in page.lower()
        assert page.count("<svg") == 1
        assert "<script" not in page


def test_the_curve_is_logarithmic():
    table = pd.DataFrame({"step": [0, 50, 100, 150], "held_out": [1.0, 0.1, np.nan, 0.001]})
    points = re.search(r'points="([^"]*)"', history_svg(table))[1].split()
    across, up = np.array([[float(one) for one in point.split(",")] for point in points]).T
    # Each decade is as high as the other, and the step that is missing leaves its width.
    assert (up[2] - up[1]) / (up[1] - up[0]) == pytest.approx(2.0, rel=0.01)
    assert (across[2] - across[0]) / (across[1] - across[0]) == pytest.approx(3.0, rel=0.01)


def test_nothing_is_drawn_of_nothing():
    assert history_svg(pd.DataFrame({"step": [0], "held_out": [np.nan]})) == ""

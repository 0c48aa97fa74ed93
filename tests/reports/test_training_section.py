"""The section of a report on a trained network."""

from __future__ import annotations

import pytest

from physforge import pinn
from physforge.reports import make_report


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

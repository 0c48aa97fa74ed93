"""What result.explore() shows of a trained network."""

import numpy as np
import pytest

import physforge as pf


@pytest.fixture(scope="module")
def trained():
    problem = pf.pinn.Problem(
        "u_t = 0.1*u_xx",
        domain={"x": (0.0, 1.0), "t": (0.0, 1.0)},
        conditions=[pf.pinn.Initial("sin(pi*x)"), pf.pinn.Dirichlet(x=0.0, value=0.0)],
    )
    return pf.pinn.solve(problem, steps=3, seed=0, progress=False, tier="eager")


def test_prediction_residual_and_history_are_shown(sent, trained):
    explorer = trained.explore()
    assert [content["kind"] for _, content, _ in sent] == ["document"] * 3
    residual = explorer.residual
    size = np.abs(trained.residual(trained.grid())["u_t = 0.1*u_xx"])
    shown = residual._ds["log10 of u_t = 0.1*u_xx"]
    np.testing.assert_allclose(10.0**shown, size, atol=1e-7 * float(size.max()))
    explorer.prediction.up.value = "its values"
    assert explorer.prediction.section.across == "x"
    assert trained.status in trained._repr_html_()


def test_its_html_has_the_law_as_a_formula(trained):
    html = trained._repr_html_()
    assert "$\\displaystyle u_{t} = 0.1" in html
    assert "tensor(" not in html + repr(trained)

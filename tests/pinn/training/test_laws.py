"""Laws that people solve, at a size that takes a second or two: how exact training gets."""

import numpy as np

from physforge import pinn

FEW = pinn.ResidualAdaptive(law=200)


def test_poisson_in_the_plane_reaches_five_digits():
    """sin(pi*x)*sin(pi*y) on a square, with nothing chosen but the size."""
    problem = pinn.Problem(
        "u_xx + u_yy = c*sin(pi*x)*sin(pi*y)",
        parameters={"c": -2.0 * np.pi**2},
        domain={"x": (0.0, 1.0), "y": (0.0, 1.0)},
        conditions=[pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0), pinn.Dirichlet(y=0.0), pinn.Dirichlet(y=1.0)],
    )
    result = pinn.solve(problem, steps=300, sampling=FEW, network=pinn.MLP(width=10, depth=2), tier="eager")
    x, y = np.meshgrid(np.linspace(0.0, 1.0, 30), np.linspace(0.0, 1.0, 30))
    exact = np.sin(np.pi * x) * np.sin(np.pi * y)
    error = np.linalg.norm(result.predict({"x": x, "y": y})["u"] - exact) / np.linalg.norm(exact)
    assert error < 1e-4


def test_points_grow_where_the_network_fits_them_and_not_the_law():
    """A network much larger than 30 points need: the loss at new points jumps, until there are enough."""
    problem = pinn.Problem("u_t = -2.0*u + 2.0*sin(30.0*t)", domain={"t": (0.0, 2.0)}, conditions=[pinn.Initial(1.0)])
    counts = []

    def watch(problem, goal, theta, batch):
        counts.append(batch[0].weights.shape[1])
        return batch

    class Watched(pinn.Fixed):
        def apply(self, *arguments):
            return watch(*arguments)

    options = {"network": pinn.MLP(width=16, depth=2), "sampling": pinn.ResidualAdaptive(law=20), "tier": "eager"}
    pinn.solve(problem, steps=300, resample=25, weighting=Watched(), progress=False, **options)
    assert counts[0] == 20
    assert 30 <= counts[-1] <= 120
    assert counts == sorted(counts)


def test_an_oscillator_is_followed_through_time():
    """u_tt = -25*u over a period and a half, in three windows."""
    problem = pinn.Problem(
        "u_tt = -25.0*u",
        domain={"t": (0.0, 2.0)},
        conditions=[pinn.Initial({"u": 1.0, "u_t": 0.0})],
    )
    options = {"network": pinn.MLP(width=16, depth=2), "sampling": pinn.ResidualAdaptive(law=80), "tier": "eager"}
    result = pinn.solve(problem, steps=500, resample=50, windows=3, progress=False, **options)
    t = np.linspace(0.0, 2.0, 100)
    assert np.abs(result.predict({"t": t})["u"] - np.cos(5.0 * t)).max() < 1e-3

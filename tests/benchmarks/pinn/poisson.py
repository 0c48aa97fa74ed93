"""Poisson's equation on the unit square, with a solution of one wave."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Peer, Reference, Statement, mesh


def reference() -> Reference:
    axis = np.linspace(0.0, 1.0, 101)
    points = mesh(x=axis, y=axis)
    return Reference(points, {"u": np.sin(np.pi * points["x"]) * np.sin(np.pi * points["y"])})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_xx + u_yy = -2*pi**2*sin(pi*x)*sin(pi*y)",
        domain={"x": (0.0, 1.0), "y": (0.0, 1.0)},
        conditions=[pinn.Dirichlet(**{axis: end}, value=0.0) for axis in ("x", "y") for end in (0.0, 1.0)],
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        dy_yy = dde.grad.hessian(y, x, i=1, j=1)
        force = 2 * np.pi**2 * torch.sin(np.pi * x[:, 0:1]) * torch.sin(np.pi * x[:, 1:2])
        return dy_xx + dy_yy + force

    geom = dde.geometry.Rectangle([0, 0], [1, 1])
    many = settings.get("points", 1)
    layers = (2, *[settings.get("width", 20)] * settings.get("depth", 3), 1)
    if settings.get("exact"):
        data = dde.data.PDE(geom, pde, [], num_domain=1200 * many)
        return Peer(data, layers, lambda x, y: x[:, 0:1] * (1 - x[:, 0:1]) * x[:, 1:2] * (1 - x[:, 1:2]) * y)
    bc = dde.icbc.DirichletBC(geom, lambda _: 0, lambda _, on_boundary: on_boundary)
    data = dde.data.PDE(geom, pde, bc, num_domain=1200 * many, num_boundary=120 * many)
    return Peer(data, layers)


STATEMENT = Statement(
    name="poisson",
    title="Poisson 2D",
    required=1e-6,
    stretch=1e-8,
    budget_s=30.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"depth": 2}, {"points": 2}),
)

CASES = (case(STATEMENT),)

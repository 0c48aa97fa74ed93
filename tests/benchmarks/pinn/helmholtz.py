"""Helmholtz' equation with one wave along x and four along y (Wang, Teng and Perdikaris, 2021)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Peer, Reference, Statement, mesh

WAVES = (1, 4)
FORCE = 1.0 - np.pi**2 * (WAVES[0] ** 2 + WAVES[1] ** 2)


def reference() -> Reference:
    axis = np.linspace(-1.0, 1.0, 101)
    points = mesh(x=axis, y=axis)
    u = np.sin(WAVES[0] * np.pi * points["x"]) * np.sin(WAVES[1] * np.pi * points["y"])
    return Reference(points, {"u": u})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_xx + u_yy + u = (1 - 17*pi**2)*sin(pi*x)*sin(4*pi*y)",
        domain={"x": (-1.0, 1.0), "y": (-1.0, 1.0)},
        conditions=[pinn.Dirichlet(**{axis: end}, value=0.0) for axis in ("x", "y") for end in (-1.0, 1.0)],
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        dy_yy = dde.grad.hessian(y, x, i=1, j=1)
        wave = torch.sin(WAVES[0] * np.pi * x[:, 0:1]) * torch.sin(WAVES[1] * np.pi * x[:, 1:2])
        return dy_xx + dy_yy + y - FORCE * wave

    geom = dde.geometry.Rectangle([-1, -1], [1, 1])
    many = settings.get("points", 1)
    layers = (2, *[settings.get("width", 30)] * 3, 1)
    if settings.get("exact"):
        data = dde.data.PDE(geom, pde, [], num_domain=2500 * many)
        return Peer(data, layers, lambda x, y: (1 - x[:, 0:1] ** 2) * (1 - x[:, 1:2] ** 2) * y)
    bc = dde.icbc.DirichletBC(geom, lambda _: 0, lambda _, on_boundary: on_boundary)
    data = dde.data.PDE(geom, pde, bc, num_domain=2500 * many, num_boundary=400 * many)
    return Peer(data, layers, weights=(1.0, settings.get("boundary_weight", 100.0)))


STATEMENT = Statement(
    name="helmholtz",
    title="Helmholtz (1,4)",
    required=1e-4,
    stretch=1e-6,
    budget_s=60.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"width": 50}, {"points": 2}),
)

CASES = (case(STATEMENT),)

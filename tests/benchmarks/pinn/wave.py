"""The wave equation with two standing waves (Wang, Yu and Perdikaris, 2022, section 7.2)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Float, Peer, Reference, Statement, mesh

SPEED = 2.0


def solve(x: Float, t: Float) -> Float:
    low = np.sin(np.pi * x) * np.cos(SPEED * np.pi * t)
    return np.asarray(low + 0.5 * np.sin(4 * np.pi * x) * np.cos(4 * SPEED * np.pi * t))


def reference() -> Reference:
    axis = np.linspace(0.0, 1.0, 201)
    points = mesh(x=axis, t=axis)
    return Reference(points, {"u": solve(points["x"], points["t"])})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_tt = 4*u_xx",
        domain={"x": (0.0, 1.0), "t": (0.0, 1.0)},
        conditions=[
            pinn.Initial("sin(pi*x) + 0.5*sin(4*pi*x)"),
            pinn.Initial("0", derivative="u_t"),
            pinn.Dirichlet(x=0.0, value=0.0),
            pinn.Dirichlet(x=1.0, value=0.0),
        ],
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_tt = dde.grad.hessian(y, x, i=1, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_tt - SPEED**2 * dy_xx

    def start(x: Any) -> Any:
        return torch.sin(np.pi * x[:, 0:1]) + 0.5 * torch.sin(4 * np.pi * x[:, 0:1])

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    many = settings.get("points", 1)
    layers = (2, *[settings.get("width", 50)] * 3, 1)
    if settings.get("exact"):
        data = dde.data.TimePDE(geomtime, pde, [], num_domain=3000 * many)
        return Peer(data, layers, lambda x, y: start(x) + x[:, 0:1] * (1 - x[:, 0:1]) * x[:, 1:2] ** 2 * y)
    bc = dde.icbc.DirichletBC(geomtime, lambda _: 0, lambda _, on_boundary: on_boundary)
    ic = dde.icbc.IC(geomtime, lambda x: solve(x[:, 0:1], 0 * x[:, 0:1]), lambda _, on_initial: on_initial)
    rest = dde.icbc.OperatorBC(
        geomtime,
        lambda x, y, _: dde.grad.jacobian(y, x, i=0, j=1),
        lambda x, _: dde.utils.isclose(x[1], 0),
    )
    data = dde.data.TimePDE(
        geomtime, pde, [bc, ic, rest], num_domain=3000 * many, num_boundary=200 * many, num_initial=400 * many
    )
    weight = settings.get("condition_weight", 100.0)
    return Peer(data, layers, weights=(1.0, weight, weight, weight))


STATEMENT = Statement(
    name="wave",
    title="wave equation, two standing waves",
    required=1e-4,
    stretch=1e-5,
    budget_s=180.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"width": 100}, {"points": 2}),
)

CASES = (case(STATEMENT),)

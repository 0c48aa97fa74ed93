"""Kovasznay's flow behind a grid: steady, with an exact solution (Kovasznay, 1948), at a Reynolds number of 40."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Float, Peer, Reference, Statement, mesh

REYNOLDS = 40.0
RATE = REYNOLDS / 2 - np.sqrt(REYNOLDS**2 / 4 + 4 * np.pi**2)
X, Y = (-0.5, 1.0), (-0.5, 1.5)


def solve(x: Float, y: Float) -> dict[str, Float]:
    decay = np.exp(RATE * x)
    return {
        "u": 1 - decay * np.cos(2 * np.pi * y),
        "v": RATE / (2 * np.pi) * decay * np.sin(2 * np.pi * y),
        "p": (1 - decay**2) / 2,
    }


def reference() -> Reference:
    points = mesh(x=np.linspace(*X, 101), y=np.linspace(*Y, 101))
    return Reference(points, solve(points["x"], points["y"]))


def problem() -> Any:
    from physforge import pinn

    # Written so that the grammar computes the rate to the last bit.
    rate = f"({float(RATE)!r})"
    exact = {"u": f"1 - exp({rate}*x)*cos(2*pi*y)", "v": f"{rate}/(2*pi)*exp({rate}*x)*sin(2*pi*y)"}
    walls = [
        pinn.Dirichlet(**{axis: end}, field=field, value=exact[field])
        for axis, ends in (("x", X), ("y", Y))
        for end in ends
        for field in ("u", "v")
    ]
    outflow = pinn.Dirichlet(x=X[1], field="p", value=float((1 - np.exp(2 * RATE * X[1])) / 2))
    return pinn.Problem(
        "u*u_x + v*u_y + p_x - nu*u_xx - nu*u_yy = 0; u*v_x + v*v_y + p_y - nu*v_xx - nu*v_yy = 0; u_x + v_y = 0",
        domain={"x": X, "y": Y},
        conditions=[*walls, outflow],
        parameters={"nu": 1.0 / REYNOLDS},
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    def pde(x: Any, u: Any) -> Any:
        u_vel, v_vel = u[:, 0:1], u[:, 1:2]
        u_vel_x, u_vel_y = (dde.grad.jacobian(u, x, i=0, j=j) for j in (0, 1))
        u_vel_xx, u_vel_yy = (dde.grad.hessian(u, x, component=0, i=i, j=i) for i in (0, 1))
        v_vel_x, v_vel_y = (dde.grad.jacobian(u, x, i=1, j=j) for j in (0, 1))
        v_vel_xx, v_vel_yy = (dde.grad.hessian(u, x, component=1, i=i, j=i) for i in (0, 1))
        p_x, p_y = (dde.grad.jacobian(u, x, i=2, j=j) for j in (0, 1))
        momentum_x = u_vel * u_vel_x + v_vel * u_vel_y + p_x - 1 / REYNOLDS * (u_vel_xx + u_vel_yy)
        momentum_y = u_vel * v_vel_x + v_vel * v_vel_y + p_y - 1 / REYNOLDS * (v_vel_xx + v_vel_yy)
        return [momentum_x, momentum_y, u_vel_x + v_vel_y]

    spatial_domain = dde.geometry.Rectangle(xmin=[X[0], Y[0]], xmax=[X[1], Y[1]])

    def exact(name: str) -> Any:
        return lambda x: solve(x[:, 0:1], x[:, 1:2])[name]

    walls = [
        dde.icbc.DirichletBC(spatial_domain, exact(name), lambda _, on_boundary: on_boundary, component=component)
        for component, name in enumerate("uv")
    ]
    outflow = dde.icbc.DirichletBC(
        spatial_domain, exact("p"), lambda x, on_boundary: on_boundary and dde.utils.isclose(x[0], X[1]), component=2
    )
    many = settings.get("points", 1)
    data = dde.data.PDE(
        spatial_domain, pde, [*walls, outflow], num_domain=2601 * many, num_boundary=400 * many, num_test=100
    )
    weight = settings.get("boundary_weight", 1.0)
    return Peer(
        data,
        (2, *[settings.get("width", 50)] * settings.get("depth", 4), 3),
        weights=(1.0, 1.0, 1.0, weight, weight, weight),
    )


STATEMENT = Statement(
    name="kovasznay",
    title="Kovasznay flow, Re 40, worst of u, v, p",
    required=1e-5,
    stretch=1e-6,
    budget_s=120.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"boundary_weight": 100.0}, {"depth": 3, "width": 30}, {"points": 2}),
)

CASES = (case(STATEMENT),)

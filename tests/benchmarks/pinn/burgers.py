"""Burgers' equation with viscosity 0.01/pi, which builds a shock: the example of the PINN literature."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Float, Peer, Reference, Statement, mesh

VISCOSITY = 0.01 / np.pi


def solve(x: Float, t: Float, tolerance: float = 1e-12) -> Float:
    """Evaluate the solution by the Cole-Hopf transform (Basdevant et al., 1986, equation 2.5).

    The integrands are entire and fall off like a Gaussian, so that the trapezoidal rule
    converges faster than any power; its points are doubled until nothing changes any more.
    """
    before, count = quadrature(x, t, 64), 128
    while True:
        found = quadrature(x, t, count)
        if np.max(np.abs(found - before)) < tolerance:
            return found
        if count > 10_000:
            raise ArithmeticError(f"The quadrature does not converge to {tolerance:g}.")
        before, count = found, 2 * count


def quadrature(x: Float, t: Float, count: int) -> Float:
    """Return what the trapezoidal rule with `count` points makes of the transform."""
    # The Gaussian is 1e-85 of its peak at the ends, and the other weight varies by exp(100) at most.
    z = np.linspace(-14.0, 14.0, count)
    y = np.pi * (x[:, None] - 2 * np.sqrt(VISCOSITY * t)[:, None] * z)
    exponent = -np.cos(y) / (2 * np.pi * VISCOSITY) - z**2
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return -(weights * np.sin(y)).sum(axis=1) / weights.sum(axis=1)


def reference() -> Reference:
    points = mesh(x=np.linspace(-1.0, 1.0, 256), t=np.linspace(0.0, 1.0, 101))
    return Reference(points, {"u": solve(points["x"], points["t"])})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_t = -u*u_x + nu*u_xx",
        domain={"x": (-1.0, 1.0), "t": (0.0, 1.0)},
        conditions=[
            pinn.Initial("-sin(pi*x)"),
            pinn.Dirichlet(x=-1.0, value=0.0),
            pinn.Dirichlet(x=1.0, value=0.0),
        ],
        parameters={"nu": VISCOSITY},
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_x = dde.grad.jacobian(y, x, i=0, j=0)
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_t + y * dy_x - VISCOSITY * dy_xx

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    many = settings.get("points", 1)
    layers = (2, *[settings.get("width", 20)] * 3, 1)
    if settings.get("exact"):
        data = dde.data.TimePDE(geomtime, pde, [], num_domain=2540 * many)
        return Peer(data, layers, lambda x, y: -torch.sin(np.pi * x[:, 0:1]) + (1 - x[:, 0:1] ** 2) * x[:, 1:2] * y)
    bc = dde.icbc.DirichletBC(geomtime, lambda _: 0, lambda _, on_boundary: on_boundary)
    ic = dde.icbc.IC(geomtime, lambda x: -np.sin(np.pi * x[:, 0:1]), lambda _, on_initial: on_initial)
    data = dde.data.TimePDE(
        geomtime, pde, [bc, ic], num_domain=2540 * many, num_boundary=80 * many, num_initial=160 * many
    )
    return Peer(data, layers)


STATEMENT = Statement(
    name="burgers",
    title="Burgers, nu = 0.01/pi",
    required=1e-5,
    stretch=1e-6,
    budget_s=120.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"points": 2}),
)

CASES = (case(STATEMENT, ratio=(100.0, 1000.0)),)

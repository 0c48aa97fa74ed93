"""Inverse problems that DeepXDE's documentation solves, defined as it defines them.

Each function returns ``(data, options)``, the options being those of `from_deepxde`.
(Definitions: https://deepxde.readthedocs.io, "Demos of inverse problems".)
"""

# ruff: noqa: ARG005, N803, N806

import numpy as np
import torch


def diffusion_1d(dde):
    C = dde.Variable(2.0)

    def pde(x, y):
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return (
            dy_t
            - C * dy_xx
            + torch.exp(-x[:, 1:])
            * (torch.sin(np.pi * x[:, 0:1]) - np.pi**2 * torch.sin(np.pi * x[:, 0:1]))
        )  # fmt: skip

    def func(x):
        return np.sin(np.pi * x[:, 0:1]) * np.exp(-x[:, 1:])

    geom = dde.geometry.Interval(-1, 1)
    timedomain = dde.geometry.TimeDomain(0, 1)
    geomtime = dde.geometry.GeometryXTime(geom, timedomain)
    bc = dde.icbc.DirichletBC(geomtime, func, lambda _, on_boundary: on_boundary)
    ic = dde.icbc.IC(geomtime, func, lambda _, on_initial: on_initial)
    observe_x = np.vstack((np.linspace(-1, 1, num=10), np.full((10), 1))).T
    observe_y = dde.icbc.PointSetBC(observe_x, func(observe_x), component=0)
    data = dde.data.TimePDE(
        geomtime, pde, [bc, ic, observe_y], num_domain=40, num_boundary=20, num_initial=10, anchors=observe_x,
        solution=func, num_test=100,
    )  # fmt: skip
    return data, {"variables": {"C": C}}


def lorenz(dde):
    C1, C2, C3 = (dde.Variable(1.0) for _ in range(3))

    def lorenz_system(x, y):
        y1, y2, y3 = y[:, 0:1], y[:, 1:2], y[:, 2:]
        dy1_x = dde.grad.jacobian(y, x, i=0)
        dy2_x = dde.grad.jacobian(y, x, i=1)
        dy3_x = dde.grad.jacobian(y, x, i=2)
        return [
            dy1_x - C1 * (y2 - y1),
            dy2_x - y1 * (C2 - y3) + y2,
            dy3_x - y1 * y2 + C3 * y3,
        ]

    geom = dde.geometry.TimeDomain(0, 3)
    ic1 = dde.icbc.IC(geom, lambda X: -8, lambda _, on_initial: on_initial, component=0)
    ic2 = dde.icbc.IC(geom, lambda X: 7, lambda _, on_initial: on_initial, component=1)
    ic3 = dde.icbc.IC(geom, lambda X: 27, lambda _, on_initial: on_initial, component=2)
    observe_t = np.linspace(0, 3, 25)[:, None]
    ob_y = np.hstack([np.sin(observe_t), np.cos(observe_t), 20 + observe_t])
    observed = [dde.icbc.PointSetBC(observe_t, ob_y[:, index : index + 1], component=index) for index in range(3)]
    data = dde.data.PDE(
        geom, lorenz_system, [ic1, ic2, ic3, *observed], num_domain=40, num_boundary=2, anchors=observe_t
    )  # fmt: skip
    return data, {"variables": [C1, C2, C3]}


def elliptic_field(dde):
    def sol(x):
        return np.sin(np.pi * x**2)

    def gen_traindata(num):
        xvals = np.linspace(-1, 1, num).reshape(num, 1)
        return xvals, sol(xvals)

    def pde(x, y):
        q = y[:, 1:2]
        du_xx = dde.grad.hessian(y, x, component=0, i=0, j=0)
        return -du_xx + q

    geom = dde.geometry.Interval(-1, 1)
    bc = dde.icbc.DirichletBC(geom, sol, lambda _, on_boundary: on_boundary, component=0)
    ob_x, ob_u = gen_traindata(20)
    observe_u = dde.icbc.PointSetBC(ob_x, ob_u, component=0)
    return dde.data.PDE(geom, pde, [bc, observe_u], num_domain=40, num_boundary=2, anchors=ob_x), {"fields": ["u", "q"]}


def navier_stokes(dde):
    C1 = dde.Variable(0.0)
    C2 = dde.Variable(0.0)

    def equation(x, y):
        u, v = y[:, 0:1], y[:, 1:2]
        du_x = dde.grad.jacobian(y, x, i=0, j=0)
        du_y = dde.grad.jacobian(y, x, i=0, j=1)
        du_t = dde.grad.jacobian(y, x, i=0, j=2)
        dv_x = dde.grad.jacobian(y, x, i=1, j=0)
        dv_y = dde.grad.jacobian(y, x, i=1, j=1)
        dp_x = dde.grad.jacobian(y, x, i=2, j=0)
        du_xx = dde.grad.hessian(y, x, component=0, i=0, j=0)
        du_yy = dde.grad.hessian(y, x, component=0, i=1, j=1)
        continuity = du_x + dv_y
        x_momentum = du_t + C1 * (u * du_x + v * du_y) + dp_x - C2 * (du_xx + du_yy)
        return continuity, x_momentum + 0 * dv_x

    space_domain = dde.geometry.Rectangle([1, -2], [8, 2])
    time_domain = dde.geometry.TimeDomain(0, 7)
    geomtime = dde.geometry.GeometryXTime(space_domain, time_domain)
    ob_xyt = np.random.default_rng(0).uniform([1, -2, 0], [8, 2, 7], (30, 3))
    observed = dde.icbc.PointSetBC(ob_xyt, np.hstack([np.sin(ob_xyt[:, :1]), ob_xyt[:, 1:2]]), component=[0, 1])
    data = dde.data.TimePDE(
        geomtime, equation, [observed], num_domain=60, num_boundary=20, num_initial=10, anchors=ob_xyt
    )  # fmt: skip
    return data, {"variables": {"C1": C1, "C2": C2}}


def heat_flux_at_points(dde):
    """The flux that is measured at some points, by an operator."""

    def pde(x, y):
        return dde.grad.jacobian(y, x, i=0, j=1) - dde.grad.hessian(y, x, i=0, j=0)

    def flux(x, y, X):
        return dde.grad.jacobian(y, x, i=0, j=0) * (1 + x[:, 0:1] ** 2)

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    points = np.random.default_rng(0).uniform(0, 1, (15, 2))
    observed = dde.icbc.PointSetOperatorBC(points, np.cos(points[:, :1]), flux)
    bc = dde.icbc.DirichletBC(geomtime, lambda x: 0, lambda _, on_boundary: on_boundary)
    return dde.data.TimePDE(geomtime, pde, [bc, observed], num_domain=30, num_boundary=20), {}

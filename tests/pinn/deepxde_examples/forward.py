"""Problems that DeepXDE's documentation solves, defined as it defines them.

Each function returns ``(data, options)``, the options being those of `from_deepxde`.
(Definitions: https://deepxde.readthedocs.io, "Demos of forward problems".)
"""

import numpy as np
import torch

# ruff: noqa: ARG005, E741, N803


def burgers(dde):
    def pde(x, y):
        dy_x = dde.grad.jacobian(y, x, i=0, j=0)
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_t + y * dy_x - 0.01 / np.pi * dy_xx

    geom = dde.geometry.Interval(-1, 1)
    timedomain = dde.geometry.TimeDomain(0, 0.99)
    geomtime = dde.geometry.GeometryXTime(geom, timedomain)
    bc = dde.icbc.DirichletBC(geomtime, lambda x: 0, lambda _, on_boundary: on_boundary)
    ic = dde.icbc.IC(geomtime, lambda x: -np.sin(np.pi * x[:, 0:1]), lambda _, on_initial: on_initial)
    return dde.data.TimePDE(geomtime, pde, [bc, ic], num_domain=80, num_boundary=20, num_initial=20), {}


def poisson_1d_with_neumann(dde):
    def pde(x, y):
        dy_xx = dde.grad.hessian(y, x)
        return dy_xx - 2

    def boundary_l(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], -1)

    def boundary_r(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], 1)

    geom = dde.geometry.Interval(-1, 1)
    bc_l = dde.icbc.DirichletBC(geom, lambda x: (x + 1) ** 2, boundary_l)
    bc_r = dde.icbc.NeumannBC(geom, lambda X: 2 * (X + 1), boundary_r)
    return dde.data.PDE(geom, pde, [bc_l, bc_r], 16, 2, num_test=100), {}


def poisson_1d_with_robin(dde):
    def pde(x, y):
        return dde.grad.hessian(y, x) - 2

    geom = dde.geometry.Interval(-1, 1)
    bc_l = dde.icbc.DirichletBC(
        geom, lambda x: (x + 1) ** 2, lambda x, on: on and dde.utils.isclose(x[0], -1)
    )  # fmt: skip
    bc_r = dde.icbc.RobinBC(geom, lambda X, y: y, lambda x, on: on and dde.utils.isclose(x[0], 1))
    return dde.data.PDE(geom, pde, [bc_l, bc_r], 16, 2), {}


def poisson_1d_periodic(dde):
    def pde(x, y):
        dy_xx = dde.grad.hessian(y, x)
        return -dy_xx - np.pi**2 * torch.sin(np.pi * x)

    def boundary_l(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], -1)

    def boundary_r(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], 1)

    geom = dde.geometry.Interval(-1, 1)
    bc1 = dde.icbc.DirichletBC(geom, lambda x: np.sin(np.pi * x), boundary_l)
    bc2 = dde.icbc.PeriodicBC(geom, 0, boundary_r)
    return dde.data.PDE(geom, pde, [bc1, bc2], 16, 2), {}


def poisson_l_shape(dde):
    def pde(x, y):
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        dy_yy = dde.grad.hessian(y, x, i=1, j=1)
        return -dy_xx - dy_yy - 1

    geom = dde.geometry.Polygon([[0, 0], [1, 0], [1, -1], [-1, -1], [-1, 1], [0, 1]])
    bc = dde.icbc.DirichletBC(geom, lambda x: 0, lambda _, on_boundary: on_boundary)
    return dde.data.PDE(geom, pde, bc, num_domain=60, num_boundary=30), {}


def helmholtz_around_a_hole(dde):
    k0 = 2 * np.pi * 2

    def pde(x, y):
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        dy_yy = dde.grad.hessian(y, x, i=1, j=1)
        f = k0**2 * torch.sin(k0 * x[:, 0:1]) * torch.sin(k0 * x[:, 1:2])
        return -dy_xx - dy_yy - k0**2 * y - f

    def func(x):
        return np.sin(k0 * x[:, 0:1]) * np.sin(k0 * x[:, 1:2])

    def neumann(x):
        grad = np.array(
            [
                k0 * np.cos(k0 * x[:, 0:1]) * np.sin(k0 * x[:, 1:2]),
                k0 * np.sin(k0 * x[:, 0:1]) * np.cos(k0 * x[:, 1:2]),
            ]
        )
        normal = -inner.boundary_normal(x)
        normal = np.array([normal]).T
        return np.sum(grad * normal, axis=0)

    outer = dde.geometry.Rectangle([-1 / 2, -1 / 2], [1 / 2, 1 / 2])
    inner = dde.geometry.Disk([0, 0], 1 / 4)
    geom = outer - inner
    bc_inner = dde.icbc.NeumannBC(geom, neumann, lambda x, on: on and inner.on_boundary(x))
    bc_outer = dde.icbc.DirichletBC(geom, func, lambda x, on: on and outer.on_boundary(x))
    return dde.data.PDE(geom, pde, [bc_inner, bc_outer], num_domain=60, num_boundary=40), {}


def euler_beam(dde):
    def ddy(x, y):
        return dde.grad.hessian(y, x)

    def dddy(x, y):
        return dde.grad.jacobian(ddy(x, y), x)

    def pde(x, y):
        dy_xx = ddy(x, y)
        dy_xxxx = dde.grad.hessian(dy_xx, x)
        return dy_xxxx + 1

    def boundary_l(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], 0)

    def boundary_r(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], 1)

    geom = dde.geometry.Interval(0, 1)
    bc1 = dde.icbc.DirichletBC(geom, lambda x: 0, boundary_l)
    bc2 = dde.icbc.NeumannBC(geom, lambda x: 0, boundary_l)
    bc3 = dde.icbc.OperatorBC(geom, lambda x, y, _: ddy(x, y), boundary_r)
    bc4 = dde.icbc.OperatorBC(geom, lambda x, y, _: dddy(x, y), boundary_r)
    return dde.data.PDE(geom, pde, [bc1, bc2, bc3, bc4], num_domain=10, num_boundary=2), {}


def lotka_volterra(dde):
    ub, rb = 200, 20

    def ode_system(t, y):
        r = y[:, 0:1]
        p = y[:, 1:2]
        dr_t = dde.grad.jacobian(y, t, i=0)
        dp_t = dde.grad.jacobian(y, t, i=1)
        return [
            dr_t - 1 / ub * rb * (2.0 * ub * r - 0.04 * ub * r * ub * p),
            dp_t - 1 / ub * rb * (0.02 * r * ub * p * ub - 1.06 * p * ub),
        ]

    geom = dde.geometry.TimeDomain(0, 1.0)
    ic1 = dde.icbc.IC(geom, lambda x: 100 / ub, lambda _, on_initial: on_initial, component=0)
    ic2 = dde.icbc.IC(geom, lambda x: 15 / ub, lambda _, on_initial: on_initial, component=1)
    return dde.data.PDE(geom, ode_system, [ic1, ic2], 30, 2), {"fields": ["r", "p"]}


def kovasznay(dde):
    re = 20
    nu = 1 / re
    l = 1 / (2 * nu) - np.sqrt(1 / (4 * nu**2) + 4 * np.pi**2)

    def pde(x, u):
        u_vel, v_vel, _p = u[:, 0:1], u[:, 1:2], u[:, 2:]
        u_vel_x = dde.grad.jacobian(u, x, i=0, j=0)
        u_vel_y = dde.grad.jacobian(u, x, i=0, j=1)
        u_vel_xx = dde.grad.hessian(u, x, component=0, i=0, j=0)
        u_vel_yy = dde.grad.hessian(u, x, component=0, i=1, j=1)
        v_vel_x = dde.grad.jacobian(u, x, i=1, j=0)
        v_vel_y = dde.grad.jacobian(u, x, i=1, j=1)
        v_vel_xx = dde.grad.hessian(u, x, component=1, i=0, j=0)
        v_vel_yy = dde.grad.hessian(u, x, component=1, i=1, j=1)
        p_x = dde.grad.jacobian(u, x, i=2, j=0)
        p_y = dde.grad.jacobian(u, x, i=2, j=1)
        momentum_x = u_vel * u_vel_x + v_vel * u_vel_y + p_x - 1 / re * (u_vel_xx + u_vel_yy)
        momentum_y = u_vel * v_vel_x + v_vel * v_vel_y + p_y - 1 / re * (v_vel_xx + v_vel_yy)
        continuity = u_vel_x + v_vel_y
        return [momentum_x, momentum_y, continuity]

    def u_func(x):
        return 1 - np.exp(l * x[:, 0:1]) * np.cos(2 * np.pi * x[:, 1:2])

    def v_func(x):
        return l / (2 * np.pi) * np.exp(l * x[:, 0:1]) * np.sin(2 * np.pi * x[:, 1:2])

    def p_func(x):
        return 1 / 2 * (1 - np.exp(2 * l * x[:, 0:1]))

    def boundary_outflow(x, on_boundary):
        return on_boundary and dde.utils.isclose(x[0], 1)

    geom = dde.geometry.Rectangle(xmin=[-0.5, -0.5], xmax=[1, 1.5])
    bcs = [
        dde.icbc.DirichletBC(geom, u_func, lambda _, on_boundary: on_boundary, component=0),
        dde.icbc.DirichletBC(geom, v_func, lambda _, on_boundary: on_boundary, component=1),
        dde.icbc.DirichletBC(geom, p_func, boundary_outflow, component=2),
    ]
    return dde.data.PDE(geom, pde, bcs, num_domain=60, num_boundary=40), {"fields": ["u", "v", "p"]}


def wave(dde):
    def pde(x, y):
        dy_tt = dde.grad.hessian(y, x, i=1, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_tt - 4.0**2 * dy_xx

    def func(x):
        x, t = np.split(x, 2, axis=1)
        return np.sin(np.pi * x) * np.cos(4.0 * np.pi * t)

    geom = dde.geometry.Interval(0, 1)
    timedomain = dde.geometry.TimeDomain(0, 1)
    geomtime = dde.geometry.GeometryXTime(geom, timedomain)
    bc = dde.icbc.DirichletBC(geomtime, func, lambda _, on_boundary: on_boundary)
    ic_1 = dde.icbc.IC(geomtime, func, lambda _, on_initial: on_initial)
    # do not use dde.icbc.NeumannBC here: it is for the boundary in space
    ic_2 = dde.icbc.OperatorBC(
        geomtime,
        lambda x, y, _: dde.grad.jacobian(y, x, i=0, j=1),
        lambda x, _: dde.utils.isclose(x[1], 0),
    )
    return dde.data.TimePDE(geomtime, pde, [bc, ic_1, ic_2], num_domain=60, num_boundary=30, num_initial=30), {}


def schrodinger(dde):
    def pde(x, y):
        u = y[:, 0:1]
        v = y[:, 1:2]
        u_t = dde.grad.jacobian(y, x, i=0, j=1)
        v_t = dde.grad.jacobian(y, x, i=1, j=1)
        u_xx = dde.grad.hessian(y, x, component=0, i=0, j=0)
        v_xx = dde.grad.hessian(y, x, component=1, i=0, j=0)
        f_u = u_t + 0.5 * v_xx + (u**2 + v**2) * v
        f_v = v_t - 0.5 * u_xx - (u**2 + v**2) * u
        return [f_u, f_v]

    space_domain = dde.geometry.Interval(-5, 5)
    time_domain = dde.geometry.TimeDomain(0, np.pi / 2)
    geomtime = dde.geometry.GeometryXTime(space_domain, time_domain)
    bcs = [
        dde.icbc.PeriodicBC(geomtime, 0, lambda _, on_boundary: on_boundary, derivative_order=order, component=index)
        for index in (0, 1)
        for order in (0, 1)
    ]
    ic_u = dde.icbc.IC(geomtime, lambda x: 2 / np.cosh(x[:, 0:1]), lambda _, on_initial: on_initial, component=0)
    ic_v = dde.icbc.IC(geomtime, lambda x: 0, lambda _, on_initial: on_initial, component=1)
    return dde.data.TimePDE(geomtime, pde, [*bcs, ic_u, ic_v], num_domain=60, num_boundary=20, num_initial=30), {}


def beltrami_flow(dde):
    a, d, re = 1, 1, 1

    def pde(x, u):
        residuals = []
        velocity = [u[:, index : index + 1] for index in range(3)]
        for one in range(3):
            u_t = dde.grad.jacobian(u, x, i=one, j=3)
            convection = sum(velocity[axis] * dde.grad.jacobian(u, x, i=one, j=axis) for axis in range(3))
            diffusion = sum(dde.grad.hessian(u, x, component=one, i=axis, j=axis) for axis in range(3))
            p_gradient = dde.grad.jacobian(u, x, i=3, j=one)
            residuals.append(u_t + convection + p_gradient - 1 / re * diffusion)
        residuals.append(sum(dde.grad.jacobian(u, x, i=axis, j=axis) for axis in range(3)))
        return residuals

    def u_func(x):
        x_, y_, z_, t_ = (x[:, index : index + 1] for index in range(4))
        return (
            -a
            * (np.exp(a * x_) * np.sin(a * y_ + d * z_) + np.exp(a * z_) * np.cos(a * x_ + d * y_))
            * np.exp(-(d**2) * t_)
        )

    spatial_domain = dde.geometry.Cuboid(xmin=[-1, -1, -1], xmax=[1, 1, 1])
    temporal_domain = dde.geometry.TimeDomain(0, 1)
    spatio_temporal_domain = dde.geometry.GeometryXTime(spatial_domain, temporal_domain)
    bc = dde.icbc.DirichletBC(spatio_temporal_domain, u_func, lambda _, on_boundary: on_boundary, component=0)
    ic = dde.icbc.IC(spatio_temporal_domain, u_func, lambda _, on_initial: on_initial, component=0)
    data = dde.data.TimePDE(spatio_temporal_domain, pde, [bc, ic], num_domain=40, num_boundary=20, num_initial=20)
    return data, {"fields": ["u", "v", "w", "p"]}


def laplace_disk(dde):
    def pde(x, y):
        dy_r = dde.grad.jacobian(y, x, i=0, j=0)
        dy_rr = dde.grad.hessian(y, x, i=0, j=0)
        dy_thetatheta = dde.grad.hessian(y, x, i=1, j=1)
        return x[:, 0:1] * dy_r + x[:, 0:1] ** 2 * dy_rr + dy_thetatheta

    geom = dde.geometry.Rectangle(xmin=[0, 0], xmax=[1, 2 * np.pi])
    bc_rad = dde.icbc.DirichletBC(
        geom, lambda x: np.cos(x[:, 1:2]), lambda x, on_boundary: on_boundary and dde.utils.isclose(x[0], 1)
    )
    return dde.data.PDE(geom, pde, bc_rad, num_domain=50, num_boundary=60), {}


def diffusion_reaction_rate(dde):
    """An auxiliary function of the points, as the third argument of the law."""

    def k(x):
        return 0.1 + np.exp(-0.5 * (x[:, :1] - 0.5) ** 2 / 0.15**2)

    def pde(x, y, k):
        dy_xx = dde.grad.hessian(y, x)
        return 0.01 * dy_xx - k * y - torch.sin(2 * np.pi * x)

    geom = dde.geometry.Interval(0, 1)
    bc = dde.icbc.DirichletBC(geom, lambda x: 0, lambda _, on_boundary: on_boundary)
    return dde.data.PDE(geom, pde, bc, num_domain=20, num_boundary=2, auxiliary_var_function=k), {}


def diffusion_with_hard_conditions(dde):
    def pde(x, y):
        dy_t = dde.grad.jacobian(y, x, j=1)
        dy_xx = dde.grad.hessian(y, x, j=0)
        source = torch.exp(-x[:, 1:]) * (torch.sin(np.pi * x[:, 0:1]) * (1 - np.pi**2))
        return dy_t - dy_xx + source

    geom = dde.geometry.Interval(-1, 1)
    geomtime = dde.geometry.GeometryXTime(geom, dde.geometry.TimeDomain(0, 1))
    data = dde.data.TimePDE(geomtime, pde, [], num_domain=40)
    return data, {"output_transform": lambda x, y: x[:, 1:2] * (1 - x[:, 0:1] ** 2) * y + torch.sin(np.pi * x[:, 0:1])}


def lotka_volterra_with_a_hard_start(dde):
    ub = 200

    def ode_system(t, y):
        r, p = y[:, 0:1], y[:, 1:2]
        dr_t = dde.grad.jacobian(y, t, i=0)
        dp_t = dde.grad.jacobian(y, t, i=1)
        return [dr_t - 20 * (2 * r - 0.04 * ub * r * p), dp_t - 20 * (0.02 * ub * r * p - 1.06 * p)]

    def output_transform(t, y):
        y1, y2 = y[:, 0:1], y[:, 1:2]
        return torch.cat([y1 * torch.tanh(t) + 100 / ub, y2 * torch.tanh(t) + 15 / ub], dim=1)

    data = dde.data.PDE(dde.geometry.TimeDomain(0, 1.0), ode_system, [], 60, 2)
    return data, {"output_transform": output_transform}

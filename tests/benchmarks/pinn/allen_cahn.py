"""The Allen-Cahn equation of the PINN literature: periodic, diffusion 1e-4, from x**2*cos(pi*x)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Float, Peer, Reference, Statement, mesh

DIFFUSION = 1e-4
MODES, STEPS = 4096, 2000


def initial(x: Float) -> Float:
    return x**2 * np.cos(np.pi * x)


def integrate(modes: int = MODES, steps: int = STEPS, moments: int = 101, places: int = 256) -> tuple[Float, Float]:
    """Return x of shape (places,), and u of shape (moments, places) at even times from 0 to 1.

    Fourier modes, and steps by ETDRK4 with its coefficients by contour integrals (Kassam and
    Trefethen, 2005). The initial state has a kink where it closes, hence the many modes.
    """
    x = -1.0 + 2.0 * np.arange(modes) / modes
    wavenumbers = np.pi * np.arange(modes // 2 + 1)
    linear = -DIFFUSION * wavenumbers**2 + 5.0
    h = 1.0 / steps
    whole, half, coefficients = _etdrk4(linear, h)

    def nonlinear(modes_of_u: Any) -> Any:
        return np.fft.rfft(-5.0 * np.fft.irfft(modes_of_u, modes) ** 3)

    v = np.fft.rfft(initial(x))
    every, kept = steps // (moments - 1), [initial(x)]
    for step in range(1, steps + 1):
        now = nonlinear(v)
        a = half * v + coefficients[0] * now
        at_a = nonlinear(a)
        b = half * v + coefficients[0] * at_a
        at_b = nonlinear(b)
        at_c = nonlinear(half * a + coefficients[0] * (2 * at_b - now))
        v = whole * v + coefficients[1] * now + 2 * coefficients[2] * (at_a + at_b) + coefficients[3] * at_c
        if step % every == 0:
            kept.append(np.fft.irfft(v, modes))
    stride = modes // places
    return x[::stride], np.array(kept)[:, ::stride]


def _etdrk4(linear: Float, h: float) -> tuple[Float, Float, tuple[Float, Float, Float, Float]]:
    roots = np.exp(1j * np.pi * (np.arange(1, 33) - 0.5) / 32)
    z = h * linear[:, None] + roots
    exp, half = np.exp(z), np.exp(z / 2)

    def mean(values: Any) -> Float:
        return np.asarray(h * values.mean(axis=1).real)

    coefficients = (
        mean((half - 1) / z),
        mean((-4 - z + exp * (4 - 3 * z + z**2)) / z**3),
        mean((2 + z + exp * (z - 2)) / z**3),
        mean((-4 - 3 * z - z**2 + exp * (4 - z)) / z**3),
    )
    return np.exp(h * linear), np.exp(h * linear / 2), coefficients


def reference() -> Reference:
    x, u = integrate()
    points = mesh(x=x, t=np.linspace(0.0, 1.0, len(u)))
    return Reference(points, {"u": u.T.ravel()})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_t = d*u_xx + 5*u - 5*u**3",
        domain={"x": (-1.0, 1.0), "t": (0.0, 1.0)},
        conditions=[pinn.Initial("x**2*cos(pi*x)"), pinn.Periodic("x")],
        parameters={"d": DIFFUSION},
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_t - DIFFUSION * dy_xx - 5 * (y - y**3)

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    many = settings.get("points", 1)
    hidden = [settings.get("width", 20)] * 3
    if settings.get("exact"):
        data = dde.data.TimePDE(geomtime, pde, [], num_domain=8000 * many)
        return Peer(
            data,
            (5, *hidden, 1),
            lambda x, y: x[:, 0:1] ** 2 * torch.cos(np.pi * x[:, 0:1]) + x[:, 1:2] * y,
            lambda x: torch.cat(
                [f(k * np.pi * x[:, 0:1]) for k in (1, 2) for f in (torch.cos, torch.sin)] + [x[:, 1:2]], dim=1
            ),
        )
    ends = [
        dde.icbc.PeriodicBC(geomtime, 0, lambda _, on_boundary: on_boundary, derivative_order=order) for order in (0, 1)
    ]
    ic = dde.icbc.IC(geomtime, lambda x: initial(x[:, 0:1]), lambda _, on_initial: on_initial)
    data = dde.data.TimePDE(
        geomtime, pde, [*ends, ic], num_domain=8000 * many, num_boundary=400 * many, num_initial=800 * many
    )
    return Peer(data, (2, *hidden, 1), weights=(1.0, 1.0, 1.0, settings.get("initial_weight", 1.0)))


STATEMENT = Statement(
    name="allen-cahn",
    title="Allen-Cahn, periodic, diffusion 1e-4",
    required=3e-4,
    stretch=2e-5,
    budget_s=240.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"initial_weight": 100.0}, {"width": 64}),
)

CASES = (case(STATEMENT),)

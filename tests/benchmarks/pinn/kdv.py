"""The Korteweg-de Vries equation: a soliton overtakes a lower one, on a periodic interval."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from benchmarks.pinn.accuracy import case
from benchmarks.pinn.statement import Peer, Reference, Statement, mesh

#: Of each soliton: its inverse width k, with height k**2/2 and speed k**2; and where its phase starts.
FAST, SLOW = (2.0, -4.5), (1.2, -2.8)
HALF, END = 15.0, 2.5


def formula() -> str:
    """Write the initial state, as `solve` computes it."""
    (k1, _), (k2, _) = FAST, SLOW
    e1, e2 = (f"exp({k!r}*x - {k * x0!r})" for k, x0 in (FAST, SLOW))
    shared, apart = ((k1 - k2) / (k1 + k2)) ** 2, 2 * (k1 - k2) ** 2
    above = (
        f"{k1**2!r}*{e1} + {k2**2!r}*{e2} + {apart!r}*{e1}*{e2}"
        f" + {shared!r}*{e1}*{e2}*({k2**2!r}*{e1} + {k1**2!r}*{e2})"
    )
    return f"2*({above})/(1 + {e1} + {e2} + {shared!r}*{e1}*{e2})**2"


def solve(x: Any, t: Any, exp: Any = np.exp) -> Any:
    """Return the solution on the whole line (Hirota, 1971), at the ends of the period true to 3e-6.

    ``u = 2 (ln F)_xx`` with ``F = 1 + E1 + E2 + A E1 E2``, multiplied out so that nothing cancels.
    """
    (k1, _), (k2, _) = FAST, SLOW
    e1, e2 = (exp(k * (x - x0) - k**3 * t) for k, x0 in (FAST, SLOW))
    shared = ((k1 - k2) / (k1 + k2)) ** 2
    above = k1**2 * e1 + k2**2 * e2 + 2 * (k1 - k2) ** 2 * e1 * e2 + shared * e1 * e2 * (k2**2 * e1 + k1**2 * e2)
    return 2 * above / (1 + e1 + e2 + shared * e1 * e2) ** 2


def reference() -> Reference:
    points = mesh(x=np.linspace(-HALF, HALF, 301), t=np.linspace(0.0, END, 101))
    return Reference(points, {"u": solve(points["x"], points["t"])})


def problem() -> Any:
    from physforge import pinn

    return pinn.Problem(
        "u_t = -6*u*u_x - u_xxx",
        domain={"x": (-HALF, HALF), "t": (0.0, END)},
        conditions=[pinn.Initial(formula()), pinn.Periodic("x")],
    )


def peer(dde: Any, settings: Mapping[str, Any]) -> Peer:
    import torch

    def pde(x: Any, y: Any) -> Any:
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_x = dde.grad.jacobian(y, x, i=0, j=0)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        dy_xxx = dde.grad.jacobian(dy_xx, x, i=0, j=0)
        return dy_t + 6 * y * dy_x + dy_xxx

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(-HALF, HALF), dde.geometry.TimeDomain(0, END))
    many = settings.get("points", 1)
    hidden = [settings.get("width", 40)] * 3
    if settings.get("exact"):
        data = dde.data.TimePDE(geomtime, pde, [], num_domain=5000 * many)
        return Peer(
            data,
            (7, *hidden, 1),
            lambda x, y: solve(x[:, 0:1], 0.0, torch.exp) + x[:, 1:2] * y,
            lambda x: torch.cat(
                [f(k * np.pi / HALF * x[:, 0:1]) for k in (1, 2, 4) for f in (torch.cos, torch.sin)] + [x[:, 1:2]],
                dim=1,
            ),
        )
    ends = [
        dde.icbc.PeriodicBC(geomtime, 0, lambda _, on_boundary: on_boundary, derivative_order=order) for order in (0, 1)
    ]
    ic = dde.icbc.IC(geomtime, lambda x: solve(x[:, 0:1], 0.0), lambda _, on_initial: on_initial)
    data = dde.data.TimePDE(
        geomtime, pde, [*ends, ic], num_domain=5000 * many, num_boundary=400 * many, num_initial=800 * many
    )
    return Peer(data, (2, *hidden, 1), weights=(1.0, 1.0, 1.0, settings.get("initial_weight", 10.0)))


STATEMENT = Statement(
    name="kdv",
    title="KdV, two solitons that collide",
    required=1e-3,
    stretch=1e-4,
    budget_s=240.0,
    problem=problem,
    peer=peer,
    reference=reference,
    choices=({"exact": True}, {"width": 64}, {"points": 2}),
)

CASES = (case(STATEMENT),)

"""The laws on which the engine's speed is compared: the same points, conditions and network on both sides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Block, Points, Region

__all__ = ["LAWS", "Law", "batch_of", "peer_step"]


class Anywhere(Region):
    """A box. The points of the comparison are DeepXDE's."""

    def __init__(self, box: np.ndarray, values: int) -> None:
        self.box, self.values = box, values

    def sample(self, count, generator, how="sobol") -> Points:  # noqa: ARG002
        return Points((generator.uniform(*self.box.T, (count, len(self.box))),), np.zeros((self.values, count)))


@dataclass(frozen=True, eq=False)
class Law:
    """A law as both sides are told it, in the coordinates (x, ..., t).

    Parameters
    ----------
    box : numpy.ndarray
        Domain, time last.
    residual : callable
        Given the jets of u.
    orders : tuple
        Derivatives that it reads.
    peer : callable
        The same for DeepXDE: ``peer(dde, x, u)``.
    start : callable
        Initial values at points.
    counts : tuple of int
        Points inside, on the boundary and at the start: those of DeepXDE's own example of Burgers' equation.
    """

    box: np.ndarray
    residual: Callable
    orders: tuple
    peer: Callable
    start: Callable
    counts: tuple[int, int, int] = (2540, 80, 160)

    # what the engine reads of a problem
    ansatz: None = None
    unknown: dict = field(default_factory=dict)
    fields: tuple[str, ...] = ("u",)

    @property
    def coordinates(self) -> tuple[str, ...]:
        return ("x", "t") if len(self.box) == 2 else ("x", "y", "t")

    @property
    def blocks(self) -> tuple[Block, ...]:
        zero = ((0,) * len(self.box),)
        return (
            Block("law", "law", Anywhere(self.box, 0), (self.orders,), lambda jets, *_: self.residual(jets[0])[None]),
            Block("boundary", "condition", Anywhere(self.box, 0), (zero,), lambda jets, *_: jets[0][zero[0]]),
            Block(
                "start",
                "condition",
                Anywhere(self.box, 1),
                (zero,),
                lambda jets, _x, _p, values: jets[0][zero[0]] - values,
            ),
        )


def _burgers(jets):
    u, u_x, u_t, u_xx = (jets[order][0] for order in ((0, 0), (1, 0), (0, 1), (2, 0)))
    return u_t + u * u_x - 0.01 / np.pi * u_xx


def _peer_burgers(dde, x, u):
    u_x, u_t = dde.grad.jacobian(u, x, i=0, j=0), dde.grad.jacobian(u, x, i=0, j=1)
    return u_t + u * u_x - 0.01 / np.pi * dde.grad.hessian(u, x, i=0, j=0)


def _kdv(jets):
    u, u_x, u_t, u_xxx = (jets[order][0] for order in ((0, 0), (1, 0), (0, 1), (3, 0)))
    return u_t + 6 * u * u_x + u_xxx


def _peer_kdv(dde, x, u):
    u_x, u_t = dde.grad.jacobian(u, x, i=0, j=0), dde.grad.jacobian(u, x, i=0, j=1)
    u_xxx = dde.grad.jacobian(dde.grad.hessian(u, x, i=0, j=0), x, i=0, j=0)
    return u_t + 6 * u * u_x + u_xxx


def _diffusion(jets):
    return jets[0, 0, 1][0] - 0.1 * (jets[2, 0, 0][0] + jets[0, 2, 0][0])


def _peer_diffusion(dde, x, u):
    laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
    return dde.grad.jacobian(u, x, i=0, j=2) - 0.1 * laplacian


LAWS = {
    "Burgers": Law(
        np.array([[-1.0, 1.0], [0.0, 0.99]]),
        _burgers,
        ((0, 0), (1, 0), (0, 1), (2, 0)),
        _peer_burgers,
        lambda x: -np.sin(np.pi * x[:, :1]),
    ),
    "KdV": Law(
        np.array([[-10.0, 10.0], [0.0, 1.0]]),
        _kdv,
        ((0, 0), (1, 0), (0, 1), (3, 0)),
        _peer_kdv,
        lambda x: 2 / np.cosh(x[:, :1]) ** 2,
    ),
    "diffusion in 2D": Law(
        np.array([[-1.0, 1.0], [-1.0, 1.0], [0.0, 1.0]]),
        _diffusion,
        ((0, 0, 1), (2, 0, 0), (0, 2, 0)),
        _peer_diffusion,
        lambda x: np.cos(np.pi * x[:, :1] / 2) * np.cos(np.pi * x[:, 1:2] / 2),
    ),
}


def peer_step(law: Law, width: int, depth: int, seed: int) -> tuple[Callable[[], float], object]:
    """Return DeepXDE's loss and gradient, as its training step computes them, and its data."""
    import deepxde as dde

    dde.config.set_default_float("float64")
    dde.config.set_random_seed(seed)
    low, high = law.box[:-1].T
    space = dde.geometry.Interval(low[0], high[0]) if len(low) == 1 else dde.geometry.Rectangle(low, high)
    domain = dde.geometry.GeometryXTime(space, dde.geometry.TimeDomain(*law.box[-1]))
    boundary = dde.icbc.DirichletBC(domain, lambda _: 0, lambda _, on_boundary: on_boundary)
    initial = dde.icbc.IC(domain, law.start, lambda _, on_initial: on_initial)
    inside, around, first = law.counts
    data = dde.data.TimePDE(
        domain,
        lambda x, u: law.peer(dde, x, u),
        [boundary, initial],
        num_domain=inside,
        num_boundary=around,
        num_initial=first,
    )
    net = dde.nn.FNN([len(law.box), *[width] * depth, 1], "tanh", "Glorot normal")
    model = dde.Model(data, net)
    model.compile("adam", lr=1e-3, verbose=0)
    x, y, auxiliary = data.train_next_batch()

    def step() -> float:
        loss = torch.sum(model.outputs_losses_train(x, y, auxiliary)[1])
        model.opt.zero_grad()
        loss.backward()
        return loss.item()

    return step, model


def batch_of(law: Law, model) -> Batch:
    """Return the points of DeepXDE's data, with weights that give its loss."""
    data = model.data
    counts = np.cumsum([0, *data.num_bcs])
    conditions = [data.train_x[first:last] for first, last in pairwise(counts)]
    given = [np.zeros((0, len(data.train_x[counts[-1] :])))]
    given += [np.zeros((0, len(conditions[0]))), law.start(conditions[1]).T]
    places = [data.train_x[counts[-1] :], *conditions]
    return tuple(
        BlockBatch(
            (torch.as_tensor(x, dtype=torch.float64),),
            torch.as_tensor(values, dtype=torch.float64),
            torch.full((1, len(x)), 1 / len(x), dtype=torch.float64),
        )
        for x, values in zip(places, given, strict=True)
    )


def theta_of(model, law: Law) -> torch.Tensor:
    """Return the peer's parameters as the engine takes them; its first layer acts on unscaled coordinates."""
    first, *rest = model.net.linears
    low, high = (torch.as_tensor(one) for one in law.box.T)
    weight, bias = first.weight.detach().double(), first.bias.detach().double()
    parts = [(weight * (high - low) / 2).flatten(), bias + weight @ (low + high) / 2]
    for layer in rest:
        parts += [layer.weight.detach().double().flatten(), layer.bias.detach().double()]
    return torch.cat(parts)

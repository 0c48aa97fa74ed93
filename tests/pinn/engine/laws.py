"""Problems to try the engine on: no geometry, only equations, coordinates and residuals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from physforge.pinn.ansatz import Ansatz
from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Block, Points, Region


class Box(Region):
    """Uniform points of a box."""

    def __init__(self, box, places=1, values=0):
        self.box, self.places, self.given = np.asarray(box, float), places, values

    def sample(self, count, generator, how="sobol"):  # noqa: ARG002
        low, high = self.box.T
        places = tuple(generator.uniform(low, high, (count, len(low))) for _ in range(self.places))
        return Points(places, generator.normal(size=(self.given, count)))


@dataclass(frozen=True, eq=False)
class Law:
    """The least that the engine asks of a problem."""

    coordinates: tuple[str, ...]
    fields: tuple[str, ...]
    box: np.ndarray
    blocks: tuple[Block, ...]
    ansatz: Ansatz | None = None
    unknown: Mapping[str, float] = field(default_factory=dict)


class Product(Ansatz):
    """u = x*t + (1 + x**2) * N in the coordinates (t, x): up to second order in x, first in t."""

    def needed(self, orders):
        return tuple(orders)

    def apply(self, network, points, orders):
        t, x = points.T
        n = dict(network)
        made = {
            (0, 0): lambda: x * t + (1 + x**2) * n[0, 0],
            (1, 0): lambda: x + (1 + x**2) * n[1, 0],
            (0, 1): lambda: t + 2 * x * n[0, 0] + (1 + x**2) * n[0, 1],
            (0, 2): lambda: 2 * n[0, 0] + 4 * x * n[0, 1] + (1 + x**2) * n[0, 2],
        }
        return {order: made[order]() for order in orders}


def burgers(ansatz=None, unknown=False):
    """Burgers' equation, an initial condition, and a periodic condition that joins two places."""

    def law(jets, places, parameters, values):
        u, u_t, u_x, u_xx = (jets[0][order][0] for order in ((0, 0), (1, 0), (0, 1), (0, 2)))
        speed = parameters["a"] if unknown else 1.0
        viscosity = parameters["nu"] if unknown else 0.01 / np.pi
        return (u_t + speed * u * u_x - viscosity * u_xx)[None]

    def initial(jets, places, parameters, values):
        return jets[0][0, 0] - values

    def periodic(jets, places, parameters, values):
        return torch.stack([jets[0][order][0] - jets[1][order][0] for order in ((0, 0), (0, 1))])

    box = np.array([[0.0, 1.0], [-1.0, 2.0]])
    blocks = (
        Block("law", "law", Box(box), (((0, 0), (1, 0), (0, 1), (0, 2)),), law),
        Block("initial", "condition", Box(box, values=1), (((0, 0),),), initial),
        Block("periodic", "condition", Box(box, places=2), (((0, 0), (0, 1)),) * 2, periodic, rows=2),
    )
    return Law(("t", "x"), ("u",), box, blocks, ansatz, {"a": 0.5, "nu": -0.02} if unknown else {})


def flow():
    """Steady flow with three outputs: two momentum equations and continuity."""
    u, u_x, u_y, u_xx, u_yy = (0, 0), (1, 0), (0, 1), (2, 0), (0, 2)

    def law(jets, places, parameters, values):
        j = jets[0]
        momentum = [
            j[u][0] * j[u_x][one] + j[u][1] * j[u_y][one] + j[grad][2] - (j[u_xx][one] + j[u_yy][one]) / 40
            for one, grad in ((0, u_x), (1, u_y))
        ]
        return torch.stack([*momentum, j[u_x][0] + j[u_y][1]])

    box = np.array([[-0.5, 1.0], [-0.5, 1.5]])
    block = Block("flow", "law", Box(box), ((u, u_x, u_y, u_xx, u_yy),), law, rows=3)
    return Law(("x", "y"), ("u", "v", "p"), box, (block,))


def heat(dimensions=2):
    """u_t = c * Laplacian of u + a term of fourth order, in two or three dimensions of space."""
    d = dimensions + 1
    unit = np.eye(d, dtype=int)
    u_t, second = tuple(map(int, unit[0])), [tuple(map(int, 2 * unit[axis])) for axis in range(1, d)]
    mixed = tuple(map(int, 2 * unit[1] + 2 * unit[2]))

    def law(jets, places, parameters, values):
        laplacian = sum(jets[0][order][0] for order in second)
        return (jets[0][u_t][0] - torch.exp(-places[0][:, 1]) * laplacian + 0.01 * jets[0][mixed][0])[None]

    box = np.array([[0.0, 2.0], *[[-1.0, 1.0]] * dimensions])
    block = Block("heat", "law", Box(box), ((u_t, *second, mixed),), law)
    return Law(tuple("txyz"[:d]), ("u",), box, (block,))


def draw_batch(law, counts: Sequence[int], seed=0) -> Batch:
    """Points for each block, with random weights."""
    generator = np.random.default_rng(seed)
    found = []
    for block, count in zip(law.blocks, counts, strict=True):
        points = block.region.sample(count, generator)
        weights = generator.uniform(0.1, 2, (block.rows, count)) / count
        places = tuple(torch.as_tensor(x) for x in points.places)
        found.append(BlockBatch(places, torch.as_tensor(points.values), torch.as_tensor(weights)))
    return tuple(found)

"""Jets of a given function by torch's automatic differentiation: slow, and independent of the engine."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.block import Block, Points


def jets_of(function: Callable[[Tensor], Tensor], place: Tensor, orders: Iterable[tuple[int, ...]]):
    """Return the derivatives `orders` of a function of places (points, d) with values (outputs, points)."""
    place = place.detach().requires_grad_()
    outputs = function(place)
    found = {}
    for order in orders:
        rows = []
        for row in outputs:
            for axis, count in enumerate(order):
                for _ in range(count):
                    if row.requires_grad:
                        (gradient,) = torch.autograd.grad(row.sum(), place, create_graph=True, allow_unused=True)
                        row = torch.zeros_like(row) if gradient is None else gradient[:, axis]
                    else:
                        row = torch.zeros_like(row)
            rows.append(row)
        found[order] = torch.stack(rows)
    return found


def residual_of(block: Block, function: Callable[[Tensor], Tensor], points: Points, parameters=None) -> np.ndarray:
    """Evaluate the residual of a block for a given function."""
    places = [torch.tensor(place) for place in points.places]
    jets = [jets_of(function, place, orders) for place, orders in zip(places, block.orders, strict=True)]
    named = {name: torch.tensor(value, dtype=torch.float64) for name, value in (parameters or {}).items()}
    return block.residual(jets, places, named, torch.tensor(points.values)).detach().numpy()

"""Losses and gradients as one graph that torch compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.residuals import ResidualModel
from physforge.pinn.engine.tier import EagerTier, LossTier

Outcome: TypeAlias = tuple[Tensor, Tensor, Tensor]

#: Numbers of points are rounded up to multiples of it: a graph is made for each number.
STEP = 512


class GraphTier(LossTier):
    """The eager tier's operations, recorded once and compiled by ``torch.compile``.

    It takes every network and every device that torch compiles for. A graph takes tens of
    seconds to compile the first time, and seconds from torch's own cache
    (``TORCHINDUCTOR_CACHE_DIR``). The residuals are recorded as they run: one whose operations
    depend on values, and not only on shapes, must not be compiled so.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    """

    def __init__(self, model: ResidualModel) -> None:
        super().__init__(model)
        self._eager = EagerTier(model)
        self._graphs: dict[tuple[int, ...], Callable[..., Outcome]] = {}

    def residuals(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        return self._eager.residuals(theta, batch)

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> Outcome:
        padded = [_pad(one) for one in batch]
        key = tuple(one.weights.shape[1] for one in padded)
        arrays = [array for one in padded for array in (*one.places, one.values, one.weights)]
        detached = theta.detach()
        if key not in self._graphs:
            self._graphs[key] = self._compile(detached, arrays, padded)
        return self._graphs[key](detached, *arrays)

    def _compile(self, theta: Tensor, arrays: Sequence[Tensor], like: Sequence[BlockBatch]) -> Callable[..., Outcome]:
        from torch.fx.experimental.proxy_tensor import make_fx  # slow to load, and seldom needed

        places = [len(one.places) for one in like]

        def flat(parameters: Tensor, *values: Tensor) -> Outcome:
            return self._eager.loss_and_gradient(parameters, tuple(_blocks(values, places)))

        graph = make_fx(flat)(theta, *arrays)
        compiled: Callable[..., Outcome] = torch.compile(graph, fullgraph=True, dynamic=False)
        return compiled


def _blocks(arrays: Sequence[Tensor], places: Sequence[int]) -> Iterator[BlockBatch]:
    left = iter(arrays)
    for count in places:
        yield BlockBatch(tuple(next(left) for _ in range(count)), next(left), next(left))


def _pad(one: BlockBatch) -> BlockBatch:
    """Repeat the last point, with no weight, until the number is a multiple of `STEP`."""
    points = one.weights.shape[1]
    missing = -points % STEP
    if not points or not missing:
        return one
    values, weights = (torch.cat([x, x[:, -1:].expand(-1, missing)], 1) for x in (one.values, one.weights))
    weights[:, points:] = 0
    return BlockBatch(tuple(torch.cat([x, x[-1:].expand(missing, -1)]) for x in one.places), values, weights)

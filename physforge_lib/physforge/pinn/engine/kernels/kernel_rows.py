"""The Jacobian's rows by generated code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from physforge.pinn.batch import BlockBatch
from physforge.pinn.engine.jacobian import NetworkRows
from physforge.pinn.engine.kernels.trunk import Pass
from physforge.pinn.jets import Jets
from physforge.pinn.networks.stack import unfold_slopes

if TYPE_CHECKING:
    from physforge.pinn.engine.kernels.kernel_tier import KernelTier


@dataclass(frozen=True, eq=False)
class Part:
    """The places of a block that are evaluated together.

    Parameters
    ----------
    group : int
        Which group of derivatives.
    places : tuple of int
        Of the block.
    made : torch.Tensor
        The network's derivatives there, a leaf of the graph.
    done : Pass
        The way forward.
    """

    group: int
    places: tuple[int, ...]
    made: Tensor
    done: Pass


class MixtureError(Exception):
    """A mixture turned out to be none, and was taken apart; what was computed is to be computed again."""


class KernelRows(NetworkRows):
    """By generated code for the network, and torch's differentiation of what is made of its outputs.

    Parameters
    ----------
    tier : KernelTier
        Has the code.
    theta : torch.Tensor
        Of shape (size,).
    """

    def __init__(self, tier: KernelTier, theta: Tensor) -> None:
        self._tier = tier
        self._theta = theta[: tier.model.network_size].detach()
        self._parts: list[Part] = []

    def jets(self, number: int, one: BlockBatch) -> list[Jets]:
        model = self._tier.model
        found: list[Jets] = [{} for _ in one.places]
        self._parts = []
        for index, group in enumerate(model.groups):
            places = tuple(place for block, place in group.members if block == number)
            if not places:
                continue
            points = [one.places[place] for place in places]
            made, done = self._tier.made_at(self._theta, index, points)
            self._parts.append(Part(index, places, made.requires_grad_(), done))
            for place, x, mine in zip(places, points, made.chunk(len(places), dim=2), strict=True):
                found[place] = model.fields.jets_of(mine, x, group.orders, model.blocks[number].orders[place])
        return found

    def gradients(self, residual: Tensor, retain: bool) -> Tensor:
        made = [part.made for part in self._parts]
        adjoints = torch.autograd.grad(
            residual.sum(), made, retain_graph=retain, allow_unused=True, materialize_grads=True
        )
        if self._tier.separate([part.group for part in self._parts], adjoints):
            raise MixtureError
        pairs = zip(self._parts, adjoints, strict=True)
        found = torch.stack([self._rows(part, adjoint, len(residual)) for part, adjoint in pairs])
        return unfold_slopes(self._tier.shape, self._theta, found[0] if len(found) == 1 else found.sum(0)).T

    def _rows(self, part: Part, adjoint: Tensor, points: int) -> Tensor:
        rows = self._tier.rows(part.group, adjoint, part.done)
        return _sum([rows[:, first * points : (first + 1) * points] for first in range(len(part.places))])


def _sum(parts: Sequence[Tensor]) -> Tensor:
    found = parts[0]
    for part in parts[1:]:
        found = found + part
    return found

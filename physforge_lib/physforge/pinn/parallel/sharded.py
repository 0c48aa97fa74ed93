"""A loss whose points are shared between processes."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine import Objective
from physforge.pinn.engine.objective import CHUNK, Tier
from physforge.pinn.networks import Network
from physforge.pinn.parallel.group import members, rank
from physforge.pinn.problem_like import ProblemLike


class ShardedObjective(Objective):
    """A weighted sum of squares, of which each process adds up its own points.

    All processes call the same methods with the same arguments. Losses, gradients and normal
    equations are sums over points: they are those of one process, but for the order of
    rounding, and the same bits in every process. So are residuals point by point, which
    sampling depends on. Jacobians and predictions are not shared.
    """

    def loss(self, theta: Tensor, batch: Batch) -> Tensor:
        """Return the loss over all processes' points (see `Objective.loss`)."""
        return _summed(super().loss(theta, _mine(batch)))[0]

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return loss, gradient and losses over all processes' points (see `Objective.loss_and_gradient`)."""
        loss, gradient, losses = _summed(*super().loss_and_gradient(theta, _mine(batch)))
        return loss, gradient, losses

    def normal_equations(self, theta: Tensor, batch: Batch, chunk: int = CHUNK) -> tuple[Tensor, Tensor, Tensor]:
        """Return J^T J and J^T r over all processes' points (see `Objective.normal_equations`)."""
        matrix, vector, loss = _summed(*super().normal_equations(theta, _mine(batch), chunk))
        return matrix, vector, loss

    def pointwise(self, theta: Tensor, block: int, places: tuple[Tensor, ...], values: Tensor) -> Tensor:
        """Return the residual at all points, a run of them from each process (see `Objective.pointwise`)."""
        count = len(places[0])
        length = -(-count // members())
        part = slice(rank() * length, (rank() + 1) * length)
        mine = super().pointwise(theta, block, tuple(place[part] for place in places), values[:, part])
        padded = mine.new_zeros((length, mine.shape[0]))
        padded[: mine.shape[1]] = mine.T
        found = [torch.empty_like(padded) for _ in range(members())]
        dist.all_gather(found, padded)
        return torch.cat(found)[:count].T


def make_objective(
    problem: ProblemLike, network: Network, *, tier: Tier = "auto", device: str | torch.device = "cpu"
) -> Objective:
    """Return the objective of this process, alone or with others.

    Parameters
    ----------
    problem : ProblemLike
        As for `Objective`.
    network : Network
        As for `Objective`.
    tier : {"auto", "compiled", "eager"}, default "auto"
        As for `Objective`.
    device : str or torch.device, default "cpu"
        As for `Objective`.

    Returns
    -------
    Objective
        A `ShardedObjective` within `data_parallel`.
    """
    kind = ShardedObjective if members() > 1 else Objective
    return kind(problem, network, tier=tier, device=device)


def _mine(batch: Batch) -> Batch:
    """Return this process's points: every so-manyth of each block."""
    part = slice(rank(), None, members())
    return tuple(
        BlockBatch(
            tuple(place[part].contiguous() for place in one.places),
            one.values[:, part].contiguous(),
            one.weights[:, part].contiguous(),
        )
        for one in batch
    )


def _summed(*parts: Tensor) -> list[Tensor]:
    """Return the sum of each part over all processes, in one message."""
    flat = torch.cat([part.reshape(-1) for part in parts])
    dist.all_reduce(flat)
    pieces = torch.split(flat, [part.numel() for part in parts])
    return [piece.reshape(part.shape) for piece, part in zip(pieces, parts, strict=True)]

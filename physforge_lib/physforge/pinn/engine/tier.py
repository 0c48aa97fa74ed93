"""How a loss and its gradient are computed: the interface, and the eager reference."""

from __future__ import annotations

import abc

import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.jacobian import EagerRows, jacobian_block
from physforge.pinn.engine.residuals import ResidualModel


class TierUnavailable(Exception):  # noqa: N818 - an answer, not a mistake
    """A tier cannot be used here; the message says why."""


class LossTier(abc.ABC):
    """Computes losses and gradients of one objective.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    """

    def __init__(self, model: ResidualModel) -> None:
        self.model = model

    @abc.abstractmethod
    def residuals(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        """Return the weighted residuals of each block, of shape (rows, points), without a graph."""

    def jacobian_block(self, theta: Tensor, number: int, one: BlockBatch) -> tuple[Tensor, Tensor]:
        """Return the weighted residuals of a block and their Jacobian, as `jacobian.jacobian_block` does."""
        return jacobian_block(self.model, theta, number, one, EagerRows(self.model, theta))

    @abc.abstractmethod
    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss, its gradient, and the part of each block, without a graph."""


class EagerTier(LossTier):
    """Torch's own operations, one after the other, and its automatic differentiation.

    It takes every network on every device, and is what the others are compared with.
    """

    def residuals(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        with torch.no_grad():
            return self.model.weighted(theta, batch)

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        leaf = theta.detach().requires_grad_()
        with torch.enable_grad():
            losses = losses_of(self.model.weighted(leaf, batch))
            loss = losses.sum()
            (gradient,) = torch.autograd.grad(loss, leaf)
        return loss.detach(), gradient, losses.detach()


def losses_of(residuals: list[Tensor]) -> Tensor:
    """Return the sum of squares of each block's residuals, of shape (blocks,)."""
    return torch.stack([(one * one).sum() for one in residuals])

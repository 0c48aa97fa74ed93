"""What training sees of a network on a problem."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers import LeastSquares


class Goal(LeastSquares, Protocol):
    """A loss whose residuals can be looked at point by point."""

    @property
    def size(self) -> int:
        """Number of parameters."""

    def start(self, seed: int) -> Tensor:
        """Return random parameters."""

    def loss(self, theta: Tensor, batch: Batch) -> Tensor:
        """Return the loss alone."""

    def pointwise(self, theta: Tensor, block: int, places: tuple[Tensor, ...], values: Tensor) -> Tensor:
        """Return unweighted residuals of a block, of shape (rows, points)."""

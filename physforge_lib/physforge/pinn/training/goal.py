"""What training sees of a problem and of a network on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor

from physforge.pinn.ansatz import Ansatz
from physforge.pinn.batch import Batch
from physforge.pinn.block import Block, Float
from physforge.pinn.optimisers import LeastSquares


class Task(Protocol):
    """A problem, as training sees it."""

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names, time first where there is time."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names."""

    @property
    def box(self) -> Float:
        """Bounds of each coordinate, of shape (coordinates, 2)."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What has to vanish."""

    @property
    def ansatz(self) -> Ansatz | None:
        """How the fields are made of the network's outputs."""

    @property
    def unknown(self) -> Mapping[str, float]:
        """Parameters of the law to be found, and where to start."""


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

"""What an engine and a training read of a problem, whoever states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from physforge.pinn.ansatz import Ansatz
from physforge.pinn.block import Block, Float


class ProblemLike(Protocol):
    """Fields on a domain, and what they have to satisfy.

    Where it has an attribute `periodic` too, as `Problem` does, networks repeat themselves along
    these coordinates, by their index.
    """

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the coordinates, time first where there is time."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields."""

    @property
    def box(self) -> Float:
        """Lowest and highest value of each coordinate, of shape (coordinates, 2)."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What the fields have to satisfy."""

    @property
    def ansatz(self) -> Ansatz | None:
        """How the fields are made of the network's outputs, if not one by one."""

    @property
    def unknown(self) -> Mapping[str, float]:
        """Unknown parameters of the law, and the values that they start from."""

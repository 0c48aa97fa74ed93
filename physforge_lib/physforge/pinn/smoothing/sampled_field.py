"""One field and its samples, in the form that the engine takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from physforge.pinn.ansatz import Ansatz
from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.block import Block, Float, Points, Residual
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import GivenPoints


@dataclass(frozen=True, eq=False)
class SampledField:
    """A field of which there are samples, and no law.

    Parameters
    ----------
    coordinates : tuple of str
        Names.
    box : numpy.ndarray of shape (coordinates, 2)
        Lowest and highest value of each coordinate.
    places : numpy.ndarray of shape (n, coordinates)
        Of the samples.
    values : numpy.ndarray of shape (n,)
        Finite; of the order of one.
    sd : numpy.ndarray of shape (n,)
        Relative, or absolute, standard deviation of their noise.
    reading : tuple of Order, default ()
        Derivatives that the block's rows are, in place of the samples' misfit.
    """

    coordinates: tuple[str, ...]
    box: Float
    places: Float
    values: Float
    sd: Float
    reading: tuple[Order, ...] = ()

    fields: ClassVar[tuple[str, ...]] = ("u",)
    ansatz: ClassVar[Ansatz | None] = None
    unknown: Mapping[str, float] = field(default_factory=dict)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The misfit of the samples, or the derivatives that are read."""
        region = GivenPoints(Points((self.places,), self.values[None]))
        if self.reading:
            return (Block("derivatives", "data", region, (self.reading,), _reader(self.reading), len(self.reading)),)
        value = (0,) * len(self.coordinates)
        return (Block("data", "data", region, ((value,),), _misfit),)

    def batch(self, device: torch.device) -> Batch:
        """Return all samples, weighted by their noise."""
        places, values, weights = (
            torch.as_tensor(one, device=device) for one in (self.places, self.values[None], self.sd[None] ** -2.0)
        )
        return (BlockBatch((places,), values, weights),)

    def read(self, orders: Sequence[Order]) -> SampledField:
        """Return the same field with a block whose rows are derivatives."""
        return replace(self, reading=tuple(orders))


def _misfit(
    jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
) -> Tensor:
    (only,) = jets[0].values()
    return only - values


def _reader(orders: tuple[Order, ...]) -> Residual:
    def rows(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], _values: Tensor
    ) -> Tensor:
        return torch.cat([jets[0][order] for order in orders])

    return rows

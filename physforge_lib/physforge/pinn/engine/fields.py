"""The fields and their derivatives, made of a network's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.ansatz import Ansatz
from physforge.pinn.block import Float
from physforge.pinn.jets import Jets, Order
from physforge.pinn.networks import Network
from physforge.pinn.networks.layers import Layers
from physforge.pinn.networks.orders import close_downwards


@dataclass(frozen=True, eq=False)
class FieldModel:
    """A network on the domain of a problem.

    Parameters
    ----------
    network : Network
        On coordinates scaled to [-1, 1].
    outputs : int
        Fields.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    ansatz : Ansatz or None
        What is made of the network's outputs.
    """

    network: Network
    outputs: int
    box: Float
    ansatz: Ansatz | None

    def __post_init__(self) -> None:
        if not np.all(np.isfinite(self.box)) or not np.all(self.box[:, 1] > self.box[:, 0]):
            raise PinnError(f"The domain {self.box.tolist()} is empty or infinite; give each coordinate (low, high).")

    @property
    def inputs(self) -> int:
        """How many coordinates there are."""
        return len(self.box)

    def needed(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Say which derivatives of the network those of the fields need, as a set closed downwards."""
        wanted = tuple(orders)
        if self.ansatz is not None:
            wanted = tuple(self.ansatz.needed(wanted))
        return close_downwards(wanted or ((0,) * self.inputs,))

    def outputs_at(self, layers: Layers, x: Tensor, closed: tuple[Order, ...]) -> Tensor:
        """Return the network's derivatives with respect to the scaled coordinates.

        Parameters
        ----------
        layers : Layers
            Of the network.
        x : torch.Tensor
            The problem's coordinates, of shape (points, coordinates).
        closed : tuple of Order
            As `needed` returns them.

        Returns
        -------
        torch.Tensor
            Of shape (outputs, channels, points).
        """
        return self.network.forward(layers, self.features(x, closed), self.outputs, closed)

    def features(self, x: Tensor, closed: tuple[Order, ...]) -> Tensor:
        """Return what enters the network's first layer, of shape (features, channels, points)."""
        low = x.new_tensor(self.box[:, 0])
        return self.network.features((x - low) * x.new_tensor(self._slopes) - 1, closed)

    def jets_of(self, made: Tensor, x: Tensor, closed: tuple[Order, ...], orders: Iterable[Order]) -> Jets:
        """Return the fields' derivatives.

        Parameters
        ----------
        made : torch.Tensor
            What `outputs_at` returned.
        x : torch.Tensor
            The problem's coordinates, of shape (points, coordinates).
        closed : tuple of Order
            The channels of `made`.
        orders : iterable of Order
            Of the fields.

        Returns
        -------
        dict of Order to torch.Tensor
            Of shape (fields, points) for each of `orders`.
        """
        made = made * made.new_tensor([self._factor(order) for order in closed])[:, None]
        network = {order: made[:, channel] for channel, order in enumerate(closed)}
        if self.ansatz is not None:
            return self.ansatz.apply(network, x, orders)
        return {order: network[order] for order in orders}

    @cached_property
    def _slopes(self) -> Float:
        slopes: Float = 2 / (self.box[:, 1] - self.box[:, 0])
        return slopes

    def _factor(self, order: Order) -> float:
        """Return by how much a derivative grows from the scaled coordinates to the problem's."""
        return prod(float(slope) ** count for slope, count in zip(self._slopes, order, strict=True))


def to_tensor(values: Float | Tensor, device: torch.device) -> Tensor:
    """Return an array as a tensor of float64 on a device."""
    return torch.as_tensor(values, dtype=torch.float64, device=device)

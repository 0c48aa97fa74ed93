"""Fields that satisfy conditions by construction."""

from __future__ import annotations

import abc
from collections.abc import Iterable

from torch import Tensor

from physforge.pinn.jets import Jets, Order


class Ansatz(abc.ABC):
    """How the fields are made of the network's outputs, for example u = A + B*N."""

    @abc.abstractmethod
    def needed(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Say which derivatives of the network the derivatives `orders` of the fields are made of.

        Parameters
        ----------
        orders : iterable of Order
            Of the fields.

        Returns
        -------
        tuple of Order
            Of the network's outputs.
        """

    @abc.abstractmethod
    def apply(self, network: Jets, points: Tensor, orders: Iterable[Order]) -> Jets:
        """Return the derivatives of the fields.

        Parameters
        ----------
        network : Jets
            Those of `needed`, with respect to the problem's coordinates.
        points : torch.Tensor
            Coordinates, of shape (points, coordinates).
        orders : iterable of Order
            Of the fields.

        Returns
        -------
        Jets
            One for each of `orders`.
        """

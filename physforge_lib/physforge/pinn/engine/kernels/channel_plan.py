"""Which derivatives have a channel of their own, and which are only needed added together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from physforge.pinn.jets import Order
from physforge.pinn.networks.orders import chain_terms, total


@dataclass(frozen=True)
class Term:
    """``count * weight * f^(k) * product of channels``, a part of the channel `made`.

    Parameters
    ----------
    made, count : int
        Channel, and how often.
    channels : tuple of int
        The factors, k of them.
    weight : int or None
        Which of the plan's weights, where one applies.
    """

    made: int
    count: int
    channels: tuple[int, ...]
    weight: int | None = None

    @property
    def slope(self) -> int:
        """The order k of the activation's derivative."""
        return len(self.channels)


@dataclass(frozen=True)
class ChannelPlan:
    """The channels that are propagated.

    A mixture is a weighted sum of derivatives that is propagated as one: the Laplacian, or all
    of ``u_t - nu*u_xx``. The chain rule of a sum is the sum of the rules, and its linear part
    is the sum's own channel.

    Parameters
    ----------
    orders : tuple of Order
        A set closed downwards.
    mixtures : tuple of tuple of int
        Positions in `orders`. No other derivative may be made of these.
    """

    orders: tuple[Order, ...]
    mixtures: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def alone(self) -> tuple[int, ...]:
        """The positions in `orders` that have a channel of their own: the first channels."""
        mixed = {one for mixture in self.mixtures for one in mixture}
        return tuple(one for one in range(len(self.orders)) if one not in mixed)

    @property
    def count(self) -> int:
        """How many channels there are: the mixtures follow those alone."""
        return len(self.alone) + len(self.mixtures)

    @property
    def weights(self) -> int:
        """How many weights the mixtures have, one for each member."""
        return sum(len(mixture) for mixture in self.mixtures)

    @property
    def highest(self) -> int:
        """The highest total order."""
        return total(self.orders)

    def terms(self) -> list[Term]:
        """Return the terms of the chain rule for all channels but the first."""
        channel = {self.orders[one]: place for place, one in enumerate(self.alone)}
        found = [
            Term(place, one.count, tuple(channel[factor] for factor in one.factors))
            for place, position in enumerate(self.alone)
            if place
            for one in chain_terms(self.orders[position])
        ]
        weight = 0
        for made, mixture in enumerate(self.mixtures, start=len(self.alone)):
            found.append(Term(made, 1, (made,)))
            for position in mixture:
                _, *others = chain_terms(self.orders[position])
                factors = [(one.count, tuple(channel[factor] for factor in one.factors)) for one in others]
                found.extend(Term(made, count, channels, weight) for count, channels in factors)
                weight += 1
        return found

    def mix(self, values: Tensor, weights: Sequence[float]) -> Tensor:
        """Return the channels of an array that has one for each order.

        Parameters
        ----------
        values : torch.Tensor
            Of shape (rows, orders, points).
        weights : sequence of float
            Of the mixtures' members.

        Returns
        -------
        torch.Tensor
            Of shape (rows, channels, points).
        """
        if not self.mixtures:
            return values
        columns, left = [values[:, list(self.alone)]], list(weights)
        for mixture in self.mixtures:
            mine, left = left[: len(mixture)], left[len(mixture) :]
            columns.append((values[:, list(mixture)] * values.new_tensor(mine)[:, None]).sum(1, keepdim=True))
        return torch.cat(columns, dim=1)

    def collect(self, adjoint: Tensor) -> Tensor:
        """Return the adjoint of the channels from that of what `spread` made.

        Parameters
        ----------
        adjoint : torch.Tensor
            Of shape (rows, orders, points).

        Returns
        -------
        torch.Tensor
            Of shape (rows, channels, points).
        """
        firsts = [mixture[0] for mixture in self.mixtures]
        return adjoint[:, [*self.alone, *firsts]] if firsts else adjoint

    def holds(self, adjoint: Tensor, weights: Sequence[float]) -> bool:
        """Whether the members of each mixture are read in the proportion of their weights.

        Parameters
        ----------
        adjoint : torch.Tensor
            Of what `spread` made, of shape (rows, orders, points).
        weights : sequence of float
            Of the mixtures' members.

        Returns
        -------
        bool
            To rounding.
        """
        left = list(weights)
        for mixture in self.mixtures:
            mine, left = left[: len(mixture)], left[len(mixture) :]
            found = adjoint[:, list(mixture)]
            expected = found[:, :1] * found.new_tensor(mine)[:, None]
            if not torch.allclose(found, expected, rtol=1e-10, atol=0, equal_nan=True):
                return False
        return True

    def spread(self, channels: Tensor) -> Tensor:
        """Return an array with one channel for each order that means the same to who reads the mixtures only.

        Parameters
        ----------
        channels : torch.Tensor
            Of shape (rows, channels, points).

        Returns
        -------
        torch.Tensor
            Of shape (rows, orders, points): a mixture stands where its first member does
            (whose weight is one), and its other members are zero.
        """
        if not self.mixtures:
            return channels
        zero = torch.zeros_like(channels[:, 0])
        place = {position: channels[:, one] for one, position in enumerate(self.alone)}
        place |= {mixture[0]: channels[:, len(self.alone) + one] for one, mixture in enumerate(self.mixtures)}
        return torch.stack([place.get(position, zero) for position in range(len(self.orders))], dim=1)

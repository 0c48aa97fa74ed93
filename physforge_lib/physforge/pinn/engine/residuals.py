"""Residuals of all blocks: the one function that every tier evaluates and differentiates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.batch import Batch
from physforge.pinn.block import Block
from physforge.pinn.engine.fields import FieldModel
from physforge.pinn.jets import Jets, Order
from physforge.pinn.networks.layers import Layers


@dataclass(frozen=True)
class Group:
    """Places at which the same derivatives of the network are needed, evaluated together.

    Parameters
    ----------
    orders : tuple of Order
        Of the network, a set closed downwards.
    members : tuple of (int, int)
        Block and place.
    """

    orders: tuple[Order, ...]
    members: tuple[tuple[int, int], ...]

    def places(self, batch: Batch) -> list[Tensor]:
        """Return the members' coordinates, of shape (points, coordinates) each."""
        return [batch[block].places[place] for block, place in self.members]


class ResidualModel:
    """The residuals of a problem's blocks as a function of the flat vector of parameters.

    Parameters
    ----------
    fields : FieldModel
        Network and ansatz.
    blocks : sequence of Block
        What is to vanish.
    names : sequence of str
        The unknown parameters, which follow the network's in the vector.
    scales : sequence of float
        What each is divided by there.
    """

    def __init__(
        self, fields: FieldModel, blocks: Sequence[Block], names: Sequence[str], scales: Sequence[float]
    ) -> None:
        self.fields = fields
        self.blocks = tuple(blocks)
        self.names = tuple(names)
        self.scales = tuple(scales)
        self.network_size = fields.network.size(fields.inputs, fields.outputs)
        self.groups = _groups(fields, self.blocks)

    def parameters(self, theta: Tensor) -> dict[str, Tensor]:
        """Return the unknown parameters by name, each of shape ()."""
        values = zip(self.names, self.scales, strict=True)
        return {name: theta[self.network_size + one] * scale for one, (name, scale) in enumerate(values)}

    def weighted(self, theta: Tensor, batch: Batch, made: Sequence[Tensor] | None = None) -> list[Tensor]:
        """Return each block's residual times the root of its weights, of shape (rows, points).

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Of the blocks.
        made : sequence of torch.Tensor, optional
            The network's outputs for each group, where they are known.

        Returns
        -------
        list of torch.Tensor
            One for each block.
        """
        jets = self._jets(self.outputs(theta, batch) if made is None else made, batch)
        parameters = self.parameters(theta)
        return [
            torch.sqrt(one.weights) * evaluate(block, mine, one.places, parameters, one.values)
            for block, mine, one in zip(self.blocks, jets, batch, strict=True)
        ]

    def outputs(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        """Return the network's derivatives for each group, of shape (outputs, channels, points)."""
        layers = [(self.layers(theta), group) for group in self.groups]
        return [self.fields.outputs_at(one, torch.cat(group.places(batch)), group.orders) for one, group in layers]

    def _jets(self, made: Sequence[Tensor], batch: Batch) -> list[list[Jets]]:
        found: list[list[Jets]] = [[{} for _ in block.orders] for block in self.blocks]
        for group, outputs in zip(self.groups, made, strict=True):
            places = group.places(batch)
            parts = torch.split(outputs, [len(place) for place in places], dim=2)
            for (block, place), part, x in zip(group.members, parts, places, strict=True):
                wanted = self.blocks[block].orders[place]
                found[block][place] = self.fields.jets_of(part, x, group.orders, wanted)
        return found

    def layers(self, theta: Tensor, record: bool = False) -> Layers:
        """Return the network's layers with their parameters."""
        return Layers(theta[: self.network_size], record)


def evaluate(
    block: Block, jets: Sequence[Jets], places: Sequence[Tensor], parameters: dict[str, Tensor], values: Tensor
) -> Tensor:
    """Return a block's residual, of shape (rows, points).

    Raises
    ------
    PinnError
        If the residual is of another shape.
    """
    found = block.residual(jets, places, parameters, values)
    wanted = (block.rows, len(places[0]))
    if tuple(found.shape) != wanted:
        raise PinnError(
            f"The residual of {block.name!r} is of shape {tuple(found.shape)}, and should be of shape {wanted}: "
            "(rows, points). Let it return one number for each row and point."
        )
    return found


def _groups(fields: FieldModel, blocks: Sequence[Block]) -> tuple[Group, ...]:
    members: dict[tuple[Order, ...], list[tuple[int, int]]] = {}
    for number, block in enumerate(blocks):
        for place, orders in enumerate(block.orders):
            members.setdefault(fields.needed(orders), []).append((number, place))
    return tuple(Group(orders, tuple(found)) for orders, found in members.items())

"""What a network is: the interface, and the part that all share."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from math import pi

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from physforge.pinn.jets import Jets, Order
from physforge.pinn.networks.channels import coordinate_channels, wave_channels
from physforge.pinn.networks.layers import Layers, LayerShape, draw, size_of
from physforge.pinn.networks.orders import close_downwards
from physforge.pinn.networks.stack import StackShape


class Network(BaseModel, abc.ABC):
    """A function of the coordinates with parameters, and its derivatives of any order.

    Subclasses are final, immutable and carry a ``kind`` tag, so that a call can be stored.
    A network holds no parameters: they are one flat vector that it is given. It says of
    which layers it is made (`layers`) and how they follow each other (`forward`).

    Parameters
    ----------
    periodic : tuple of int, default ()
        Coordinates along which the function repeats itself, exactly and with all its
        derivatives; the period is the length of the domain. They enter as
        ``sin(pi*x)`` and ``cos(pi*x)`` of the coordinate scaled to [-1, 1]
        (Dong & Ni, J. Comput. Phys. 435, 2021).
    """

    #: Tells the subclasses apart where a call is stored.
    kind: str

    model_config = ConfigDict(frozen=True, extra="forbid")

    periodic: tuple[int, ...] = Field(default=())

    @abc.abstractmethod
    def layers(self, inputs: int, outputs: int) -> tuple[LayerShape, ...]:
        """Say which layers there are, in the order of their parameters.

        Parameters
        ----------
        inputs : int
            Coordinates.
        outputs : int
            Fields.

        Returns
        -------
        tuple of LayerShape
            In the order in which `forward` applies them.
        """

    @abc.abstractmethod
    def forward(self, layers: Layers, features: Tensor, outputs: int, orders: tuple[Order, ...]) -> Tensor:
        """Apply the layers.

        Parameters
        ----------
        layers : Layers
            Gives each layer once, in the order of `layers`.
        features : torch.Tensor
            As `features` returns them.
        outputs : int
            Fields.
        orders : tuple of Order
            The channels' derivatives, a set closed downwards.

        Returns
        -------
        torch.Tensor
            Of shape (outputs, channels, points).
        """

    def stack(self, inputs: int, outputs: int) -> StackShape | None:  # noqa: ARG002 - for those that are one
        """Return the sizes, where the network is a plain stack of layers of one width.

        Parameters
        ----------
        inputs : int
            Coordinates.
        outputs : int
            Fields.

        Returns
        -------
        StackShape or None
            The compiled tier takes those that are.
        """
        return None

    def features(self, x: Tensor, orders: tuple[Order, ...]) -> Tensor:
        """Return what enters the first layer; it depends on no parameter.

        Parameters
        ----------
        x : torch.Tensor
            Coordinates, scaled to [-1, 1], of shape (points, inputs).
        orders : tuple of Order
            A set closed downwards.

        Returns
        -------
        torch.Tensor
            Of shape (features, channels, points).
        """
        inputs = x.shape[1]
        plain = [axis for axis in range(inputs) if axis not in self.periodic]
        coordinates = coordinate_channels(x, orders)
        if not self.periodic:
            return coordinates
        waves = torch.eye(inputs, dtype=x.dtype, device=x.device)[list(self.periodic)] * pi
        return torch.cat([coordinates[plain], wave_channels(x, waves, orders)])

    def feature_count(self, inputs: int) -> int:
        """Return how many `features` there are."""
        return inputs + len(self.periodic)

    def size(self, inputs: int, outputs: int) -> int:
        """Return how many parameters there are.

        Parameters
        ----------
        inputs : int
            Coordinates.
        outputs : int
            Fields.

        Returns
        -------
        int
            The length of the vector that `start` draws.
        """
        return size_of(self.layers(inputs, outputs))

    def start(self, inputs: int, outputs: int, generator: torch.Generator) -> Tensor:
        """Draw parameters to start from.

        Parameters
        ----------
        inputs : int
            Coordinates.
        outputs : int
            Fields.
        generator : torch.Generator
            On the CPU.

        Returns
        -------
        torch.Tensor
            Of float64 and shape (size,), on the CPU.
        """
        return draw(self.layers(inputs, outputs), generator)

    def jets(self, theta: Tensor, x: Tensor, orders: Iterable[Order]) -> Jets:
        """Return derivatives of the outputs.

        Parameters
        ----------
        theta : torch.Tensor
            Parameters, of shape (size,).
        x : torch.Tensor
            Coordinates, scaled to [-1, 1], of shape (points, inputs).
        orders : iterable of Order
            Which derivatives, with respect to the scaled coordinates.

        Returns
        -------
        dict of Order to torch.Tensor
            Of shape (outputs, points) for each of `orders`.
        """
        wanted = tuple(orders)
        closed = close_downwards(wanted)
        outputs = self._outputs(len(theta), x.shape[1])
        made = self.forward(Layers(theta), self.features(x, closed), outputs, closed)
        return {order: made[:, closed.index(order)] for order in wanted}

    def _outputs(self, size: int, inputs: int) -> int:
        """Infer the number of outputs: each has as many parameters as the next."""
        one, two = self.size(inputs, 1), self.size(inputs, 2)
        return 1 + (size - one) // (two - one)

"""Layers of one width, one behind the other."""

from __future__ import annotations

from torch import Tensor

from physforge.pinn.jets import Order
from physforge.pinn.networks.activations import Activation
from physforge.pinn.networks.channels import activate
from physforge.pinn.networks.layers import Layers, LayerShape


def stack_layers(features: int, width: int, depth: int, outputs: int, activation: Activation) -> tuple[LayerShape, ...]:
    """Return the layers of a stack.

    Parameters
    ----------
    features : int
        How many numbers enter.
    width, depth : int
        Of the hidden layers.
    outputs : int
        How many numbers leave.
    activation : {"tanh", "sine", "adaptive"}
        An adaptive one has a slope in each hidden layer.

    Returns
    -------
    tuple of LayerShape
        In the order in which `run_stack` applies them.
    """
    shapes = []
    for inputs in (features, *[width] * (depth - 1)):
        shapes.append(LayerShape("linear", inputs, width))
        if activation == "adaptive":
            shapes.append(LayerShape("slope"))
    return (*shapes, LayerShape("linear", width, outputs))


def run_stack(
    layers: Layers, a: Tensor, depth: int, width: int, outputs: int, activation: Activation, orders: tuple[Order, ...]
) -> Tensor:
    """Apply the layers of a stack.

    Parameters
    ----------
    layers : Layers
        Gives them.
    a : torch.Tensor
        Of shape (features, channels, points).
    depth, width : int
        Of the hidden layers.
    outputs : int
        How many numbers leave.
    activation : {"tanh", "sine", "adaptive"}
        Of the hidden layers.
    orders : tuple of Order
        The channels' derivatives.

    Returns
    -------
    torch.Tensor
        Of shape (outputs, channels, points).
    """
    for _ in range(depth):
        z = layers.linear(a, width)
        a = activate(activation, layers.slope(z) if activation == "adaptive" else z, orders)
    return layers.linear(a, outputs)

"""Layers of one width, one behind the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from physforge.pinn.jets import Order
from physforge.pinn.networks.activations import Activation
from physforge.pinn.networks.channels import activate
from physforge.pinn.networks.layers import Layers, LayerShape


@dataclass(frozen=True)
class StackShape:
    """Sizes of a stack of layers.

    Parameters
    ----------
    features, width, depth, outputs : int
        What enters; the hidden layers; what leaves.
    activation : {"tanh", "sine", "adaptive"}
        Of the hidden layers.
    """

    features: int
    width: int
    depth: int
    outputs: int
    activation: Activation


def stack_layers(shape: StackShape) -> tuple[LayerShape, ...]:
    """Return the layers of a stack.

    Parameters
    ----------
    shape : StackShape
        An adaptive one has a slope in each hidden layer.

    Returns
    -------
    tuple of LayerShape
        In the order in which `run_stack` applies them.
    """
    layers = []
    for inputs in (shape.features, *[shape.width] * (shape.depth - 1)):
        layers.append(LayerShape("linear", inputs, shape.width))
        if shape.activation == "adaptive":
            layers.append(LayerShape("slope"))
    return (*layers, LayerShape("linear", shape.width, shape.outputs))


def run_stack(shape: StackShape, layers: Layers, a: Tensor, orders: tuple[Order, ...]) -> Tensor:
    """Apply the layers of a stack.

    Parameters
    ----------
    shape : StackShape
        The stack.
    layers : Layers
        Gives them.
    a : torch.Tensor
        Of shape (features, channels, points).
    orders : tuple of Order
        The channels' derivatives.

    Returns
    -------
    torch.Tensor
        Of shape (outputs, channels, points).
    """
    for _ in range(shape.depth):
        z = layers.linear(a, shape.width)
        a = activate(shape.activation, layers.slope(z) if shape.activation == "adaptive" else z, orders)
    return layers.linear(a, shape.outputs)


def fold_slopes(shape: StackShape, theta: Tensor) -> Tensor:
    """Return the parameters of the same stack without slopes: each is put into the layer before it.

    Parameters
    ----------
    shape : StackShape
        The stack.
    theta : torch.Tensor
        Its parameters.

    Returns
    -------
    torch.Tensor
        `theta` itself where there is no slope.
    """
    if shape.activation != "adaptive":
        return theta
    *hidden, last = torch.split(theta, [layer.size for layer in stack_layers(shape)])
    return torch.cat([layer * slope for layer, slope in zip(hidden[::2], hidden[1::2], strict=True)] + [last])


def unfold_slopes(shape: StackShape, theta: Tensor, rows: Tensor) -> Tensor:
    """Return gradients with respect to the parameters from those with respect to what `fold_slopes` made.

    Parameters
    ----------
    shape : StackShape
        The stack.
    theta : torch.Tensor
        Its parameters.
    rows : torch.Tensor
        Of shape (folded parameters, points).

    Returns
    -------
    torch.Tensor
        Of shape (parameters, points): `rows` itself where there is no slope.
    """
    if shape.activation != "adaptive":
        return rows
    sizes = [layer.size for layer in stack_layers(shape)]
    *hidden, _ = torch.split(theta, sizes)
    *parts, last = torch.split(rows, sizes[0:-1:2] + sizes[-1:])
    found = []
    for part, layer, slope in zip(parts, hidden[::2], hidden[1::2], strict=True):
        found += [part * slope, (layer @ part)[None]]
    return torch.cat([*found, last])

"""Arithmetic on values together with their derivatives.

An array of shape (width, channels, points) holds, in channel c, the derivative
``orders[c]`` of each of `width` functions at each point. Channels lie side by side, so that
a layer's product with its weights is one matrix product for all of them.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

from physforge.pinn.jets import Order
from physforge.pinn.networks.activations import Activation, activation_derivatives
from physforge.pinn.networks.orders import chain_terms, product_terms, total, unit


def coordinate_channels(x: Tensor, orders: tuple[Order, ...]) -> Tensor:
    """Return the coordinates with their derivatives.

    Parameters
    ----------
    x : torch.Tensor
        Of shape (points, inputs).
    orders : tuple of Order
        A set closed downwards.

    Returns
    -------
    torch.Tensor
        Of shape (inputs, channels, points).
    """
    points, inputs = x.shape
    columns = [x.T]
    for order in orders[1:]:
        column = [float(order == unit(axis, inputs)) for axis in range(inputs)]
        columns.append(x.new_tensor(column)[:, None].expand(inputs, points))
    return torch.stack(columns, dim=1)


def wave_channels(x: Tensor, frequencies: Tensor, orders: tuple[Order, ...]) -> Tensor:
    """Return ``sin(w.x)`` and ``cos(w.x)`` with their derivatives.

    Parameters
    ----------
    x : torch.Tensor
        Of shape (points, inputs).
    frequencies : torch.Tensor
        The vectors w, in radians, of shape (waves, inputs).
    orders : tuple of Order
        A set closed downwards.

    Returns
    -------
    torch.Tensor
        Of shape (2 * waves, channels, points), the sines first.
    """
    phase = frequencies @ x.T
    sine, cosine = torch.sin(phase), torch.cos(phase)
    cycle = (sine, cosine, -sine, -cosine)
    columns = []
    for order in orders:
        factor = torch.ones_like(frequencies[:, 0])
        for axis, count in enumerate(order):
            factor = factor * frequencies[:, axis] ** count
        turned = [cycle[(sum(order) + quarter) % 4] for quarter in (0, 1)]
        columns.append(torch.cat([factor[:, None] * one for one in turned]))
    return torch.stack(columns, dim=1)


def shift(z: Tensor, bias: Tensor) -> Tensor:
    """Add a constant: to the values, not to the derivatives.

    Parameters
    ----------
    z : torch.Tensor
        Of shape (width, channels, points).
    bias : torch.Tensor
        Of shape (width,).

    Returns
    -------
    torch.Tensor
        Of the shape of `z`.
    """
    return torch.cat([z[:, :1] + bias[:, None, None], z[:, 1:]], dim=1)


def activate(activation: Activation, z: Tensor, orders: tuple[Order, ...]) -> Tensor:
    """Apply an activation, by the chain rule.

    Parameters
    ----------
    activation : {"tanh", "sine", "adaptive"}
        Which one.
    z : torch.Tensor
        Of shape (width, channels, points).
    orders : tuple of Order
        A set closed downwards.

    Returns
    -------
    torch.Tensor
        Of the shape of `z`.
    """
    f = activation_derivatives(activation, z[:, 0], total(orders))
    channel = {order: z[:, position] for position, order in enumerate(orders)}
    columns = [f[0]]
    for order in orders[1:]:
        terms = [
            _term(f[len(one.factors)], one.count, [channel[part] for part in one.factors]) for one in chain_terms(order)
        ]
        columns.append(_sum(terms))
    return torch.stack(columns, dim=1)


def multiply(left: Tensor, right: Tensor, orders: tuple[Order, ...]) -> Tensor:
    """Multiply functions, by the product rule.

    Parameters
    ----------
    left, right : torch.Tensor
        Of shape (width, channels, points).
    orders : tuple of Order
        A set closed downwards.

    Returns
    -------
    torch.Tensor
        Of the same shape.
    """
    position = {order: one for one, order in enumerate(orders)}
    columns = []
    for order in orders:
        terms = [
            left[:, position[one]] * right[:, position[other]] * count for count, one, other in product_terms(order)
        ]
        columns.append(_sum(terms))
    return torch.stack(columns, dim=1)


def _term(slope: Tensor, count: int, factors: list[Tensor]) -> Tensor:
    found = prod(factors[1:], start=slope * factors[0])
    return found * count if count > 1 else found


def _sum(terms: list[Tensor]) -> Tensor:
    found = terms[0]
    for term in terms[1:]:
        found = found + term
    return found

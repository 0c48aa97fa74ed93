"""Activations with all their derivatives."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

import torch
from torch import Tensor

#: ``"adaptive"`` is a tanh whose slope is trained, one for each layer
#: (Jagtap, Kawaguchi & Karniadakis, J. Comput. Phys. 404, 2020, equation 8).
Activation: TypeAlias = Literal["tanh", "sine", "adaptive"]


def activation_derivatives(activation: Activation, z: Tensor, count: int) -> list[Tensor]:
    """Return an activation and its derivatives.

    Parameters
    ----------
    activation : {"tanh", "sine", "adaptive"}
        Which one; the slope of an adaptive one is already in `z`.
    z : torch.Tensor
        Of any shape.
    count : int
        The highest order.

    Returns
    -------
    list of torch.Tensor
        The value and the derivatives of order 1 to `count`, each of the shape of `z`.
    """
    if activation == "sine":
        sine, cosine = torch.sin(z), torch.cos(z)
        cycle = (sine, cosine, -sine, -cosine)
        return [cycle[order % 4] for order in range(count + 1)]
    value = torch.tanh(z)
    square = value * value
    slope = 1 - square
    found = [value, slope]
    found.extend(slope * _polynomial(tanh_factor(order), value, square) for order in range(2, count + 1))
    return found[: count + 1]


def _polynomial(coefficients: tuple[int, ...], value: Tensor, square: Tensor) -> Tensor:
    """Evaluate a polynomial that is even or odd, by Horner's rule in the square."""
    odd = (len(coefficients) - 1) % 2
    steps = coefficients[odd::2]
    found = torch.full_like(value, steps[-1]) if len(steps) == 1 else square * steps[-1] + steps[-2]
    for coefficient in reversed(steps[:-2]):
        found = found * square + coefficient
    return found * value if odd else found


@lru_cache(maxsize=32)
def tanh_factor(order: int) -> tuple[int, ...]:
    """Return q, by ascending powers, with (d/dz)^order tanh = (1 - tanh**2) * q(tanh)."""
    if order == 1:
        return (1,)
    before = tanh_factor(order - 1)
    found = [0] * (len(before) + 1)
    for power, coefficient in enumerate(before):
        if power:
            found[power - 1] += power * coefficient
        found[power + 1] -= (power + 2) * coefficient
    return tuple(found)

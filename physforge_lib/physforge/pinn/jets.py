"""Derivatives of a network's outputs, propagated together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import Tensor

#: How often to differentiate along each coordinate, in the problem's order: with the
#: coordinates (t, x), ``(0, 2)`` stands for u_xx, and ``(0, 0)`` for u itself.
Order: TypeAlias = tuple[int, ...]

#: The derivatives of all outputs at some points: an array of shape (outputs, points) for each order.
Jets: TypeAlias = Mapping[Order, Tensor]

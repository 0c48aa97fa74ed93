"""Which derivatives are propagated together, and how each is made of the others.

The chain rule for many variables (Faa di Bruno) and the product rule (Leibniz) are both sums
over ways to divide the differentiations; the terms are counted here, once for each order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import comb, prod

from physforge.pinn.jets import Order


@dataclass(frozen=True)
class ChainTerm:
    """One term of a derivative of f(z): ``count * f^(k)(z) * product of derivatives of z``.

    Parameters
    ----------
    count : int
        How many partitions give this term.
    factors : tuple of Order
        Derivatives of z, k of them.
    """

    count: int
    factors: tuple[Order, ...]


@lru_cache(maxsize=1024)
def close_downwards(orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """Return the smallest set that holds `orders` and all that their derivatives are made of.

    Parameters
    ----------
    orders : tuple of Order
        What is wanted.

    Returns
    -------
    tuple of Order
        By total order; the value itself is always there, and first.
    """
    zero = tuple(0 for _ in orders[0])
    found = {zero}
    for order in orders:
        found.update(product(*(range(count + 1) for count in order)))
    return tuple(sorted(found, key=lambda order: (sum(order), tuple(-count for count in order))))


@lru_cache(maxsize=1024)
def chain_terms(order: Order) -> tuple[ChainTerm, ...]:
    """Return the terms of the derivative `order` of f(z), z a function of the coordinates.

    Each partition of the set of single differentiations into blocks gives one term
    (Hardy, "Combinatorics of partial derivatives", 2006, proposition 1).

    Parameters
    ----------
    order : Order
        Not all zeros.

    Returns
    -------
    tuple of ChainTerm
        Equal ones collected; the one with a single factor first.
    """
    axes = [axis for axis, count in enumerate(order) for _ in range(count)]
    found: Counter[tuple[Order, ...]] = Counter()
    for partition in _partitions(axes):
        found[tuple(sorted(_order_of(block, len(order)) for block in partition))] += 1
    ordered = sorted(found.items(), key=lambda item: (len(item[0]), item[0]))
    return tuple(ChainTerm(count, factors) for factors, count in ordered)


@lru_cache(maxsize=1024)
def product_terms(order: Order) -> tuple[tuple[int, Order, Order], ...]:
    """Return the terms of the derivative `order` of a product f*g.

    Parameters
    ----------
    order : Order
        Of the product.

    Returns
    -------
    tuple of (int, Order, Order)
        How often, and the derivatives of f and of g.
    """
    parts = product(*(range(count + 1) for count in order))
    return tuple(
        (
            prod(comb(n, k) for n, k in zip(order, part, strict=True)),
            tuple(part),
            tuple(n - k for n, k in zip(order, part, strict=True)),
        )
        for part in parts
    )


def total(orders: Iterable[Order]) -> int:
    """Return the highest total order."""
    return max(sum(order) for order in orders)


def unit(axis: int, inputs: int) -> Order:
    """Return the first derivative along `axis`."""
    return tuple(int(one == axis) for one in range(inputs))


def _order_of(axes: Sequence[int], inputs: int) -> Order:
    return tuple(axes.count(axis) for axis in range(inputs))


def _partitions(items: Sequence[int]) -> Iterator[list[list[int]]]:
    if not items:
        yield []
        return
    for rest in _partitions(items[1:]):
        yield [[items[0]], *rest]
        for position, block in enumerate(rest):
            yield [*rest[:position], [items[0], *block], *rest[position + 1 :]]

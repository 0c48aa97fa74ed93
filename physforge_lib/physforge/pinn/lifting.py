"""Fields of the form u = A + B*N, where A has the values that are given and B vanishes there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, prod
from typing import Any, Self, TypeAlias

import numpy as np
import torch
from torch import Tensor

from physforge.equations.calculus import differentiate_expression
from physforge.equations.expression import Expression
from physforge.equations.parser import parse_expression
from physforge.equations.text import expression_text
from physforge.pinn.ansatz import Ansatz
from physforge.pinn.block import Float
from physforge.pinn.jets import Jets, Order
from physforge.pinn.translation import Operation, Translation


@dataclass(frozen=True)
class Part:
    """How one field is made of its network output N: ``base + factor*N``.

    Parameters
    ----------
    base, factor : Expression
        In the coordinates, each scaled to go from zero to one over the domain.
    """

    base: Expression
    factor: Expression


#: A derivative of a known function: a number, or an operation on the scaled coordinates.
_Known: TypeAlias = float | Operation


@dataclass(frozen=True, eq=False)
class _Row:
    """A derivative of a field: ``base + sum of factor * derivative of N``."""

    base: _Known
    terms: tuple[tuple[_Known, Order], ...]


class Lifting(Ansatz):
    """Fields of the form u = A + B*N.

    All derivatives of A and B are exact, from expressions; those of the product follow from
    Leibniz's rule (Lagaris, Likas & Fotiadis, IEEE Trans. Neural Netw. 9, 1998, section III;
    for several faces A is the transfinite interpolation of Gordon & Hall, Numer. Math. 21, 1973).

    Parameters
    ----------
    coordinates : tuple of str
        Of the problem.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    parts : sequence of Part
        One for each field.
    """

    def __init__(self, coordinates: tuple[str, ...], box: Float, parts: Sequence[Part]) -> None:
        self.coordinates = coordinates
        self.box = box
        self.parts = tuple(parts)
        self._translation = Translation(coordinates, ())
        self._rows: dict[Order, tuple[_Row, ...]] = {}

    def needed(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Say which derivatives of the network are needed (see `Ansatz.needed`)."""
        found = {order for one in orders for row in self._rows_of(one) for _, order in row.terms}
        return tuple(sorted(found, key=lambda order: (sum(order), order)))

    def apply(self, network: Jets, points: Tensor, orders: Iterable[Order]) -> Jets:
        """Return the derivatives of the fields (see `Ansatz.apply`)."""
        low = points.new_tensor(self.box[:, 0])
        places = (points - low) / points.new_tensor(self.box[:, 1] - self.box[:, 0])
        return {order: self._field_rows(network, places, order) for order in orders}

    def _field_rows(self, network: Jets, places: Tensor, order: Order) -> Tensor:
        rows = []
        for index, row in enumerate(self._rows_of(order)):
            total = _value(row.base, places)
            for factor, part in row.terms:
                total = total + _value(factor, places) * network[part][index]
            rows.append(total if isinstance(total, Tensor) else places.new_full((places.shape[0],), total))
        return torch.stack([row.expand(places.shape[0]) for row in rows])

    def _rows_of(self, order: Order) -> tuple[_Row, ...]:
        if order not in self._rows:
            self._rows[order] = tuple(self._row(part, order) for part in self.parts)
        return self._rows[order]

    def _row(self, part: Part, order: Order) -> _Row:
        terms = []
        for lower in product(*(range(count + 1) for count in order)):
            rest = tuple(count - one for count, one in zip(order, lower, strict=True))
            times = prod(comb(count, one) for count, one in zip(order, lower, strict=True))
            known = self._derivative(part.factor, rest, float(times))
            if known != 0.0:
                terms.append((known, lower))
        return _Row(self._derivative(part.base, order, 1.0), tuple(terms))

    def _derivative(self, expression: Expression, order: Order, times: float) -> _Known:
        """Differentiate along the problem's coordinates, not the scaled ones."""
        axes = "".join(name * count for name, count in zip(self.coordinates, order, strict=True))
        derived = differentiate_expression(expression, axes, ())
        scale = times / float(np.prod((self.box[:, 1] - self.box[:, 0]) ** np.array(order)))
        constant = derived.constant
        if constant is not None:
            return constant * scale
        return _scaled(self._translation.translate(derived), scale)

    def to_document(self) -> dict[str, Any]:
        """Return the ansatz as JSON-serialisable facts.

        Returns
        -------
        dict
            What `from_document` takes.
        """
        parts = [{"base": expression_text(one.base), "factor": expression_text(one.factor)} for one in self.parts]
        return {"coordinates": list(self.coordinates), "box": self.box.tolist(), "parts": parts}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build the ansatz from what `to_document` returned.

        Parameters
        ----------
        document : mapping
            With the keys coordinates, box and parts.

        Returns
        -------
        Lifting
            Equal to the one written.
        """
        texts = ((str(one["base"]), str(one["factor"])) for one in document["parts"])
        parts = [Part(parse_expression(base, {}, ()), parse_expression(factor, {}, ())) for base, factor in texts]
        return cls(tuple(map(str, document["coordinates"])), np.array(document["box"], dtype=np.float64), parts)


def _scaled(operation: Operation, scale: float) -> Operation:
    if scale == 1.0:
        return operation
    return lambda jets, place, parameters: scale * operation(jets, place, parameters)


def _value(known: _Known, places: Tensor) -> float | Tensor:
    return known if isinstance(known, float) else known({}, places, {})

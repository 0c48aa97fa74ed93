"""Fields that go on smoothly from one face to the opposite one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Block
from physforge.pinn.conditions.condition import Condition, Statement
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.jets import Jets
from physforge.pinn.regions import OppositeFaces


class Periodic(Condition):
    """Demand that fields are periodic along some coordinates, with the domain as the period.

    Parameters
    ----------
    *axes : str
        Coordinates in space, such as ``"x"``.
    field : str, optional
        Which field; by default all of them.

    Examples
    --------
    >>> Periodic("x", "y")
    Periodic('x', 'y')
    """

    def __init__(self, *axes: str, field: str | None = None) -> None:
        if not axes:
            raise PinnError("Periodic() names no coordinate: write Periodic('x').")
        self.axes = axes
        self.field = field

    def __repr__(self) -> str:
        named = f", field={self.field!r}" if self.field else ""
        return f"Periodic({', '.join(map(repr, self.axes))}{named})"

    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands (see `Condition.statements`)."""
        return tuple(self._along(name, setting) for name in self.axes)

    def _along(self, name: str, setting: Setting) -> Statement:
        axis = setting.axis(name, repr(self))
        chosen = range(len(setting.fields)) if self.field is None else [setting.field_index(self.field, repr(self))]
        # A field and its derivatives below the highest one in the law; that one follows from the law.
        rows = [
            (index, tuple(height * int(one == axis) for one in range(len(setting.coordinates))))
            for index in chosen
            for height in range(max(1, setting.highest.get((setting.fields[index], name), 0)))
        ]
        orders = tuple(dict.fromkeys(order for _, order in rows))

        def residual(
            jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], _values: Tensor
        ) -> Tensor:
            lower, upper = jets
            return torch.stack([upper[order][index] - lower[order][index] for index, order in rows])

        names = ", ".join(setting.fields[index] for index in chosen)
        region = OppositeFaces(setting.box, axis)
        block = Block(f"{names} periodic in {name}", "condition", region, (orders, orders), residual, len(rows))
        whole = axis if len(chosen) == len(setting.fields) else None
        return Statement(block, frozenset((index, axis) for index in chosen), period=whole)

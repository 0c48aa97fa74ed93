"""What a condition is: blocks for the loss, and what could hold by construction instead."""

from __future__ import annotations

import abc
from dataclasses import dataclass

from physforge.pinn.block import Block
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.conditions.values import Given


@dataclass(frozen=True, eq=False)
class Pin:
    """A value, or a derivative along the axis, given on a whole face of the box.

    Parameters
    ----------
    field, axis : int
        Indices of the field, and of the coordinate that has one value on the face.
    end : {0, 1}
        The lower or the upper face.
    order : int
        How often the field is differentiated along the axis.
    value : Formula or Function
        What is given there.
    """

    field: int
    axis: int
    end: int
    order: int
    value: Given


@dataclass(frozen=True, eq=False)
class Statement:
    """One block of a condition.

    Parameters
    ----------
    block : Block
        How a loss measures it.
    touches : frozenset of (int, int)
        The pairs of field and axis that it says something about.
    pins : tuple of Pin, default ()
        The same on faces of the box. If all of them hold by construction, the block can go.
    period : int or None, default None
        Index of a coordinate in which the statement makes all fields periodic.
    start : frozenset of (int, int), default frozenset()
        Pairs of field and order of its time derivative that are given at one time.
    """

    block: Block
    touches: frozenset[tuple[int, int]]
    pins: tuple[Pin, ...] = ()
    period: int | None = None
    start: frozenset[tuple[int, int]] = frozenset()


class Condition(abc.ABC):
    """Something known of a solution beside its law."""

    @abc.abstractmethod
    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands.

        Parameters
        ----------
        setting : Setting
            Of the problem.

        Returns
        -------
        tuple of Statement
            At least one.

        Raises
        ------
        PinnError
            If it does not fit to the problem.
        """

"""What a solution has to satisfy, a kind of equation at a time."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from torch import Tensor

from physforge.pinn.jets import Jets, Order

Float: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """Where a block's residual is asked for.

    Parameters
    ----------
    places : tuple of numpy.ndarray
        Coordinates, of shape (points, coordinates). One place for most blocks; two where a
        residual joins two places, as a periodic condition does.
    values : numpy.ndarray
        What is given at the points, of shape (values, points): the right sides of conditions,
        measured values and their weights. Of shape (0, points) where nothing is.
    """

    places: tuple[Float, ...]
    values: Float

    def __len__(self) -> int:
        return len(self.places[0])


class Region(abc.ABC):
    """Where the points of a block come from."""

    #: Whether the points are given, so that `sample` always returns all of them.
    fixed: bool = False

    @abc.abstractmethod
    def sample(self, count: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol") -> Points:
        """Draw points.

        Parameters
        ----------
        count : int
            How many; ignored by a region whose points are fixed.
        generator : numpy.random.Generator
            Scrambles the sequence, or draws the points.
        how : {"sobol", "uniform"}, default "sobol"
            Evenly spread, or independent.

        Returns
        -------
        Points
            Inside the region.
        """


#: ``residual(jets, places, parameters, values)`` -> array of shape (rows, points).
#: `jets` and `places` hold one entry for each place, `parameters` the unknown ones by name.
Residual: TypeAlias = Callable[[Sequence[Jets], Sequence[Tensor], Mapping[str, Tensor], Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Block:
    """A residual that is to vanish on a region.

    Parameters
    ----------
    name : str
        As people know it: ``"u_t = -u*u_x + nu*u_xx"``, ``"u at x = -1"``, ``"data u"``.
    kind : {"law", "condition", "data"}
        What it states; sampling and weights depend on it.
    region : Region
        Where.
    orders : tuple of tuple of Order
        For each place, the derivatives that the residual reads, of all fields.
    residual : Residual
        Made of differentiable operations of torch; it depends on nothing else than its arguments.
    rows : int, default 1
        How many numbers a point gives.
    """

    name: str
    kind: Literal["law", "condition", "data"]
    region: Region
    orders: tuple[tuple[Order, ...], ...]
    residual: Residual
    rows: int = 1

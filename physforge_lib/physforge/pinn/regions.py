"""Where points come from: boxes, slices of a box, pairs of faces, and given points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import qmc

from physforge.pinn.block import Float, Points, Region

#: Places of shape (points, coordinates) -> values of shape (values, points).
ValuesAt: TypeAlias = Callable[[Float], Float]


def no_values(places: Float) -> Float:
    """Give nothing at the points.

    Parameters
    ----------
    places : numpy.ndarray
        Of shape (points, coordinates).

    Returns
    -------
    numpy.ndarray
        Of shape (0, points).
    """
    return np.empty((0, len(places)))


def unit_points(
    count: int, dimensions: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol"
) -> Float:
    """Draw points of the unit cube.

    Parameters
    ----------
    count : int
        How many.
    dimensions : int
        Of the cube.
    generator : numpy.random.Generator
        Scrambles the sequence, or draws the points.
    how : {"sobol", "uniform"}, default "sobol"
        Evenly spread (Owen's scrambling of Sobol's sequence), or independent.

    Returns
    -------
    numpy.ndarray
        Of shape (count, dimensions).
    """
    if how == "uniform" or dimensions == 0 or count == 0:
        return generator.random((count, dimensions))
    # The first of a power of two: SciPy warns of any other number, whose points are the same ones.
    exponent = max(0, int(np.ceil(np.log2(count))))
    drawn: Float = qmc.Sobol(dimensions, rng=generator).random_base2(exponent)
    return drawn[:count]


@dataclass(frozen=True, eq=False)
class Slice(Region):
    """A box, or the part of it where some coordinates have a given value.

    Parameters
    ----------
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    held : mapping of int to float, default {}
        Value of the coordinates that do not vary, by index: a face, an edge or a corner.
    values : callable, default `no_values`
        What is given at the points.
    """

    box: Float
    held: Mapping[int, float] = field(default_factory=dict)
    values: ValuesAt = no_values

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", len(self.held) == len(self.box))

    def sample(self, count: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol") -> Points:
        """Draw points; a corner is one point, whatever the count."""
        free = [index for index in range(len(self.box)) if index not in self.held]
        places = np.empty((count if free else 1, len(self.box)))
        low, high = self.box[free, 0], self.box[free, 1]
        places[:, free] = low + (high - low) * unit_points(len(places), len(free), generator, how)
        for index, value in self.held.items():
            places[:, index] = value
        return Points((places,), self.values(places))


@dataclass(frozen=True, eq=False)
class OppositeFaces(Region):
    """Two opposite faces of a box, point for point.

    Parameters
    ----------
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    axis : int
        Index of the coordinate in which the faces lie opposite each other.
    """

    box: Float
    axis: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", len(self.box) == 1)

    def sample(self, count: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol") -> Points:
        """Draw points of the lower face, and those opposite."""
        low, high = (Slice(self.box, {self.axis: float(end)}) for end in self.box[self.axis])
        (lower,) = low.sample(count, generator, how).places
        upper = lower.copy()
        upper[:, self.axis] = high.held[self.axis]
        return Points((lower, upper), no_values(lower))


@dataclass(frozen=True, eq=False)
class GivenPoints(Region):
    """Points that are given, with what is given at them.

    Parameters
    ----------
    points : Points
        All of them.
    """

    points: Points

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", True)

    def sample(self, count: int, generator: np.random.Generator, how: Literal["sobol", "uniform"] = "sobol") -> Points:  # noqa: ARG002
        """Return the points, always all of them."""
        return self.points

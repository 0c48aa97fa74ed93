"""Cells along one axis, in which what noise does is averaged, and test functions as seen from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices
from physforge.discovery.weak.axis_functions import AxisFunctions

#: Cells in the half-width of a function, for so many axes: its fourth derivative varies little in one, but on
#: three axes they would be too many.
_IN_A_HALF_WIDTH = {1: 6.0, 2: 6.0}
_IN_A_HALF_WIDTH_OF_MANY = 4.0


@dataclass(frozen=True, eq=False)
class AxisCells:
    """Neighbouring samples along one axis, taken together.

    Parameters
    ----------
    functions : AxisFunctions
        The test functions, whose width gives the cells' own.
    in_a_half_width : float
        Cells in the half-width of a function.
    """

    functions: AxisFunctions
    in_a_half_width: float
    _kept: dict[int, Float] = field(default_factory=dict, repr=False)

    @classmethod
    def along(cls, functions: Sequence[AxisFunctions]) -> tuple[AxisCells, ...]:
        """Return the cells of each axis."""
        fine = _IN_A_HALF_WIDTH.get(len(functions), _IN_A_HALF_WIDTH_OF_MANY)
        return tuple(cls(one, fine) for one in functions)

    @cached_property
    def places(self) -> Indices:
        """The cell of each sample, from 0, in the order of the samples, shape (n,)."""
        points = self.functions.axis.points
        along = np.floor(np.abs(points - points[0]) * (self.in_a_half_width / self.functions.half_width))
        return np.cumsum(np.diff(along, prepend=along[0]) != 0.0)

    @cached_property
    def sizes(self) -> Indices:
        """Samples in each cell, shape (cells,)."""
        return np.bincount(self.places)

    def __len__(self) -> int:
        return int(self.places[-1]) + 1

    def sums(self, array: Float, axis: int, part: slice) -> Float:
        """Sum samples over the cells.

        Parameters
        ----------
        array : numpy.ndarray
            Samples.
        axis : int
            That of the cells.
        part : slice
            Which samples along the axis they are.

        Returns
        -------
        numpy.ndarray
            With all cells along `axis`, empty ones with zero.
        """
        places = self.places[part]
        first = np.flatnonzero(np.diff(places, prepend=-1))
        total = np.zeros((*array.shape[:axis], len(self), *array.shape[axis + 1 :]))
        total[(slice(None),) * axis + (places[first],)] = np.add.reduceat(array, first, axis=axis)
        return total

    @cached_property
    def averages(self) -> Float:
        """The matrix that averages cells with the square of each function as weight, shape (k, cells)."""
        return np.asarray(np.add.reduceat(self.functions.average, self._firsts, axis=1), dtype=np.float64)

    def weights(self, order: int) -> Float:
        """Return the matrix that takes independent errors of unit variance in the cells to the functions' errors.

        Parameters
        ----------
        order : int
            Of the derivative, as for `AxisFunctions.integrals`.

        Returns
        -------
        numpy.ndarray of shape (k, cells)
            An error of one cell stands for those of its samples. The variance of each
            function's error is that of its samples.
        """
        if order not in self._kept:
            means = np.add.reduceat(self.functions.integrals(order), self._firsts, axis=1) / np.sqrt(self.sizes)
            seen = np.sum(means**2, axis=1)
            seen[seen == 0.0] = 1.0
            whole = np.diag(self.functions.overlap(order, order))
            self._kept[order] = means * np.sqrt(whole / seen)[:, None]
        return self._kept[order]

    @property
    def _firsts(self) -> Indices:
        return np.flatnonzero(np.diff(self.places, prepend=-1))

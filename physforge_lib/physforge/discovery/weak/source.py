"""The fields of one run on its grid, read slab by slab."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from physforge.derivatives.axis import Axis, Float
from physforge.discovery.weak.exponentials import FieldFunction
from physforge.discovery.weak.noise_free import NoiseFree
from physforge.discovery.weak.smooth_functions import SmoothFunction

if TYPE_CHECKING:
    from physforge.discovery.weak.weights import Weight

#: Samples of one field in a slab.
_SLAB = 65_536


@dataclass(frozen=True, eq=False)
class Slab:
    """Part of the fields along the first axis.

    Parameters
    ----------
    source : Source
        The whole.
    part : slice
        Of the first axis.
    """

    source: Source
    part: slice

    @property
    def fields(self) -> list[Any]:
        """Samples, NumPy or dask."""
        return [one[self.part] for one in self.source.fields]

    @property
    def variances(self) -> list[Any]:
        """Of their noise."""
        return [one if np.ndim(one) == 0 else one[self.part] for one in self.source.variances]

    def load(self) -> NoiseFree:
        """Return what columns are products of, in memory."""
        fields = [np.asarray(one, dtype=np.float64) for one in self.fields]
        variances = [one if np.ndim(one) == 0 else np.asarray(one, dtype=np.float64) for one in self.variances]
        points = [axis.points for axis in self.source.axes]
        points[0] = points[0][self.part]
        return self.source.factors(fields, variances, np.meshgrid(*points, indexing="ij", sparse=True))


@dataclass(frozen=True, eq=False)
class Source:
    """Fields on one grid.

    Parameters
    ----------
    axes : sequence of Axis
        The grid, each point of a period once.
    fields : sequence of array
        Samples, NumPy or dask, none missing.
    variances : sequence of float or array
        Of the noise of each field; an array gives it for every sample.
    weights : sequence of Weight, default ()
        Factors of columns that are known at every sample.
    functions : sequence of FieldFunction or SmoothFunction, default ()
        Functions of fields that columns take.
    """

    axes: Sequence[Axis]
    fields: Sequence[Any]
    variances: Sequence[Any]
    weights: Sequence[Weight] = field(default=(), kw_only=True)
    functions: Sequence[FieldFunction | SmoothFunction] = field(default=(), kw_only=True)

    def factors(self, fields: Sequence[Float], variances: Sequence[Any], places: Sequence[Float]) -> NoiseFree:
        """Return what columns are products of: fields, then factors that are known, then functions of fields.

        Parameters
        ----------
        fields : sequence of numpy.ndarray
            Samples, all of one shape.
        variances : sequence of float or array
            Of their noise.
        places : sequence of numpy.ndarray
            Their coordinates, of shapes that broadcast to that of the samples.

        Returns
        -------
        NoiseFree
            Factors that are known have no noise.
        """
        known = [np.broadcast_to(one.at(places), np.shape(fields[0])) for one in self.weights]
        return NoiseFree([*fields, *known], [*variances, *(0.0 for _ in known)], self.functions)

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def lazy(self) -> bool:
        """Whether some field is not in memory."""
        return not all(isinstance(one, np.ndarray) for one in self.fields)

    @property
    def sds(self) -> list[float]:
        """Root mean square of the noise of each field."""
        return [math.sqrt(float(np.mean(one))) for one in self.variances]

    @property
    def noise(self) -> list[float]:
        """The same, of what was measured."""
        return self.sds

    def spacing(self, index: int) -> float:
        """Return the mean distance between samples along one axis."""
        return abs(self.axes[index].spacing)

    @property
    def slabs(self) -> list[slice]:
        """Parts of the first axis: whole chunks of a dask array, and not too large."""
        length = self.shape[0]
        lazy = [one for one in self.fields if not isinstance(one, np.ndarray)]
        size = max(1, _SLAB * length // math.prod(self.shape))
        if lazy:
            size = max(size, max(lazy[0].chunks[0]))
        return [slice(low, min(low + size, length)) for low in range(0, length, size)]

    def slab(self, part: slice) -> Slab:
        """Return the fields on part of the first axis."""
        return Slab(self, part)

    def parts(self, count: int) -> list[Source]:
        """Divide the first axis into stretches of equal length that share no samples."""
        if count == 1:
            return [self]
        first = self.axes[0]
        edges = [round(index * len(first) / count) for index in range(count + 1)]
        found = []
        for low, high in itertools.pairwise(edges):
            cut = self.slab(slice(low, high))
            axis = Axis(first.name, first.points[low:high], None)
            found.append(replace(self, axes=[axis, *self.axes[1:]], fields=cut.fields, variances=cut.variances))
        return found

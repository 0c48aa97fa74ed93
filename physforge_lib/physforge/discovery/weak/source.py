"""The fields of one run on its grid, read slab by slab."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from physforge.derivatives.axis import Axis, Float

#: Samples of one field in a slab.
_SLAB = 65_536


@dataclass(frozen=True, eq=False)
class Slab:
    """Part of the fields along the first axis.

    Parameters
    ----------
    fields : sequence of array
        Samples, NumPy or dask.
    variances : sequence of float or array
        Of their noise.
    """

    fields: Sequence[Any]
    variances: Sequence[Any]

    def load(self) -> tuple[list[Float], list[Any]]:
        """Return samples and variances in memory."""
        fields = [np.asarray(field, dtype=np.float64) for field in self.fields]
        return fields, [one if np.ndim(one) == 0 else np.asarray(one, dtype=np.float64) for one in self.variances]


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
    """

    axes: Sequence[Axis]
    fields: Sequence[Any]
    variances: Sequence[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def lazy(self) -> bool:
        """Whether some field is not in memory."""
        return not all(isinstance(field, np.ndarray) for field in self.fields)

    @property
    def sds(self) -> list[float]:
        """Root mean square of the noise of each field."""
        return [math.sqrt(float(np.mean(one))) for one in self.variances]

    @property
    def noise(self) -> list[float]:
        """The same, of what was measured."""
        return self.sds

    @property
    def slabs(self) -> list[slice]:
        """Parts of the first axis: whole chunks of a dask array, and not too large."""
        length = self.shape[0]
        lazy = [field for field in self.fields if not isinstance(field, np.ndarray)]
        size = max(1, _SLAB * length // math.prod(self.shape))
        if lazy:
            size = max(size, max(lazy[0].chunks[0]))
        return [slice(low, min(low + size, length)) for low in range(0, length, size)]

    def slab(self, part: slice) -> Slab:
        """Return the fields on part of the first axis."""
        return Slab(
            [one[part] for one in self.fields], [one if np.ndim(one) == 0 else one[part] for one in self.variances]
        )

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
            found.append(Source([axis, *self.axes[1:]], cut.fields, cut.variances))
        return found

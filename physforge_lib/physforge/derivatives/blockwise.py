"""How a method works on a block of a field that does not fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from physforge.derivatives.axis import Axis
from physforge.derivatives.method import Estimate, Method, Orders, Samples

#: Samples around a block that a method sees of which nothing is known.
_OVERLAP = 64


class Blockwise(Protocol):
    """A method, ready for blocks."""

    @property
    def how(self) -> str:
        """What is recorded with the results."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results should know."""
        ...

    def overlaps(self, axes: Sequence[Axis]) -> list[int]:
        """Return the samples wanted around a block, along each axis."""
        ...

    def estimate(self, samples: Samples, inside: tuple[slice, ...], orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate a block; the results are those of the samples `inside`."""
        ...


@dataclass(frozen=True)
class Alone:
    """A method that treats each block as a field of its own.

    Parameters
    ----------
    method : Method
        Which one.
    """

    method: Method

    @property
    def how(self) -> str:
        """Name the method."""
        return f"{type(self.method).__name__}, block by block"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Nothing is known beforehand."""
        return ()

    def overlaps(self, axes: Sequence[Axis]) -> list[int]:
        """Return 64 samples for each axis."""
        return [_OVERLAP for _ in axes]

    def estimate(self, samples: Samples, inside: tuple[slice, ...], orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate the block with its surroundings, and keep the block."""
        return [
            Estimate(one.value[inside], one.sd[inside], one.how, one.warnings)
            for one in self.method.estimate(samples, orders)
        ]

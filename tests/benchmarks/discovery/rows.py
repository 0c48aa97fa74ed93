"""What a row of the table is, and which seeds it is measured with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.cells import Cell, Kept
from benchmarks.derivatives.rows import Answer, Line, markdown, reason_of, result, unavailable

__all__ = ["Answer", "Line", "Row", "Settings", "markdown", "noises", "reason_of", "result", "share", "unavailable"]

#: Seeds on which the method was developed, and those on which peers are tuned, begin here.
DEVELOPMENT, TUNING = 100, 200


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Parameters
    ----------
    seeds : int
        Fresh initial states of each problem, and draws of noise of each published file.
    sets : int
        Data sets whose intervals are looked at.
    draws : int
        Fields of pure noise.
    peer_seeds : int
        Seeds for the peers, as many to tune them as to score them.
    development : bool
        Whether on the seeds on which the method was developed.
    quick : bool
        Whether only to see that it runs.
    """

    seeds: int = 20
    sets: int = 500
    draws: int = 100
    peer_seeds: int = 3
    development: bool = False
    quick: bool = False

    @property
    def first(self) -> int:
        """The first seed."""
        return DEVELOPMENT if self.development else 0

    def range(self, count: int | None = None) -> range:
        """Return `count` seeds; all by default."""
        return range(self.first, self.first + (self.seeds if count is None else count))


@dataclass(frozen=True)
class Row:
    """A part of the table: the cells that it needs, and what they say."""

    name: str
    title: str
    cells: Callable[[Settings], list[Cell]]
    answer: Callable[[Settings, Kept], Answer]


def share(found: Sequence[bool]) -> float:
    """Return the share of true ones; nothing measured is none."""
    return sum(found) / len(found) if found else 0.0


def noises(levels: Sequence[float]) -> str:
    """Write levels of noise."""
    return ", ".join(f"{100 * level:g}" for level in levels) + " %"

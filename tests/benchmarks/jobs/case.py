"""What a case of the jobs' table is; each module beside this one has a tuple ``CASES`` of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.cells import Cell
from benchmarks.derivatives.rows import Line

__all__ = ["Case", "Line"]


@dataclass(frozen=True)
class Case:
    """Something to measure, and what it says.

    Parameters
    ----------
    name : str
        For ``--case``, and for the files that its cells are kept in.
    measure : callable
        ``measure(seed, quick)``: a function of a module, run in a process of its own;
        returns what JSON can hold. With `quick` a little of everything, in seconds.
        It may raise `benchmarks.cells.NotAvailable`.
    lines : callable
        Given the cells' results: the lines of the table, one for each goal.
    sources : tuple of str
        Patterns of the files, from the root, that the figure depends on.
    packages : tuple of str
        Distributions that it depends on.
    repeats : int
        How many cells.
    alone : bool
        Whether nothing else may run beside it.
    """

    name: str
    measure: Callable[[int, bool], dict]
    lines: Callable[[Sequence[dict]], Sequence[Line]]
    sources: tuple[str, ...]
    packages: tuple[str, ...] = ("sqlalchemy",)
    repeats: int = 1
    alone: bool = True

    def cells(self, quick: bool) -> list[Cell]:
        """Return the cells to be measured."""
        return [
            Cell(
                self.name,
                f"{'quick-' if quick else ''}{seed}",
                self.measure,
                (seed, quick),
                self.sources,
                self.packages,
                self.alone,
            )
            for seed in range(1 if quick else self.repeats)
        ]

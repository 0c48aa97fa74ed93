"""What a case of the PINNs' table is; each module beside this one has a tuple ``CASES`` of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.cells import Cell
from benchmarks.derivatives.rows import Line

__all__ = ["ENGINE", "PINN", "Case", "Line", "Part", "Results"]

#: What the speed of the engine depends on, and what the accuracy of a solution does.
ENGINE = ("physforge_lib/physforge/pinn/engine/**/*.py", "physforge_lib/physforge/pinn/networks/*.py")
PINN = ("physforge_lib/physforge/pinn/**/*.py",)

#: For each part, what its cells returned, in the order of the seeds; without those that failed.
Results = Mapping[str, Sequence[dict]]


@dataclass(frozen=True)
class Part:
    """One of the things that a case compares: a method, a peer, an ablation.

    Parameters
    ----------
    name : str
        Told apart by it within the case.
    measure : callable
        ``measure(seed, quick)``: a function of a module, run in a process of its own;
        returns what JSON can hold. With `quick` a little of everything, in seconds.
        It may raise `benchmarks.cells.NotAvailable`.
    sources : tuple of str
        Patterns of the files, from the root, that the figure depends on: a part is measured
        anew when one changes.
    packages : tuple of str
        Distributions that it depends on.
    """

    name: str
    measure: Callable[[int, bool], dict]
    sources: tuple[str, ...] = PINN
    packages: tuple[str, ...] = ("torch",)


@dataclass(frozen=True)
class Case:
    """Something to measure, and what it says.

    Parameters
    ----------
    name : str
        For ``--case``, and for the files that its cells are kept in.
    parts : tuple of Part
        What is compared.
    lines : callable
        Given the results of all parts: the lines of the table, one for each goal.
    details : callable, optional
        Given the same: markdown that follows the table, with all seeds, CPU and wall time.
    seeds : tuple of int, default (0, 1, 2, 3, 4)
        A cell of each part for each.
    """

    name: str
    parts: tuple[Part, ...]
    lines: Callable[[Results], Sequence[Line]]
    details: Callable[[Results], str] | None = None
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)

    def cells(self, quick: bool, seeds: int | None = None) -> dict[str, list[Cell]]:
        """Return the cells to be measured, by part; at most so many seeds."""
        chosen = self.seeds[: 1 if quick else seeds]
        return {part.name: [self._cell(part, seed, quick) for seed in chosen] for part in self.parts}

    def _cell(self, part: Part, seed: int, quick: bool) -> Cell:
        key = f"{'quick-' if quick else ''}{seed}"
        name = f"{self.name}-{part.name}"
        return Cell(name, key, part.measure, (seed, quick), part.sources, part.packages, alone=True)

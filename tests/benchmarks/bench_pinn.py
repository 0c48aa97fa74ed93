"""How accurate trained networks become, and how fast, beside DeepXDE.

The cases are in ``tests/benchmarks/pinn``. Each part of a case and each seed is kept when it
is measured, and measured anew when the sources that it depends on have changed; ``--kept``
writes the table of what is kept and measures nothing.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
# Inherited by the processes that measure: one thread each, and the peer on the same library.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", DDE_BACKEND="pytorch")

from benchmarks import cells
from benchmarks.derivatives.rows import Line, markdown
from benchmarks.pinn.case import Case, Results

TABLE = Path(__file__).with_name("pinn.md")
PACKAGES = ("torch", "deepxde", "numpy", "scipy")
COLUMNS = ("what", "figure", "goal", "reached", "seeds", "date", "commit", "wall (s)")
REACHED = {True: "yes", False: "no", None: "not measured"}


def find_cases() -> list[Case]:
    """Return the cases of all modules, by the modules' names."""
    folder = Path(__file__).parent / "pinn"
    names = sorted(one.name for one in pkgutil.iter_modules([str(folder)]))
    modules = [importlib.import_module(f"benchmarks.pinn.{name}") for name in names]
    return [case for module in modules for case in getattr(module, "CASES", ())]


class Answer:
    """What the kept cells say about a case."""

    def __init__(self, case: Case, wanted: dict[str, list[cells.Cell]], kept: cells.Kept) -> None:
        self.case = case
        found = {part: [kept.get((cell.name, cell.key), {}) for cell in mine] for part, mine in wanted.items()}
        self.done = [one for mine in found.values() for one in mine if "result" in one]
        self.results: Results = {
            part: [one["result"] for one in mine if "result" in one] for part, mine in found.items()
        }
        self.missing = {part: reason for part, mine in found.items() for reason in _reasons(mine)}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return the lines of the table, or one that says why there are none."""
        if not all(self.results.values()):
            yield (self.case.name, self._why(), "-", REACHED[None], "-", "-", "-", "-")
            return
        commits = " ".join(dict.fromkeys(one["commit"] for one in self.done))
        wall = f"{sum(one['seconds'][0] for one in self.done):.0f}"
        date = max(one["date"] for one in self.done)
        seeds = str(min(len(mine) for mine in self.results.values()))
        lines: Sequence[Line] = self.case.lines(self.results)
        for one in lines:
            reached = "-" if one.goal == "reported" else REACHED[one.reached]
            yield (one.what, one.figure, one.goal, reached, seeds, date, commits, wall)

    def details(self) -> str:
        """Return what follows the table."""
        text = self.case.details(self.results) if self.case.details and all(self.results.values()) else ""
        lacking = f"Not measured: {self._why()}." if self.missing else ""
        body = "\n\n".join(part for part in (text, lacking) if part)
        return f"## {self.case.name}\n\n{body}\n" if body else ""

    def _why(self) -> str:
        return "; ".join(f"{part}: {reason}" for part, reason in self.missing.items()) or "not measured"


def _reasons(found: list[dict]) -> Iterator[str]:
    for one in found:
        if "result" not in one:
            yield str(one.get("absent") or one.get("failed") or "not measured").replace("|", "/")


def main() -> int:
    cases = find_cases()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=[case.name for case in cases], help="only this one")
    parser.add_argument("--seeds", type=int, help="at most so many of each (default: all, five for most)")
    parser.add_argument("--quick", action="store_true", help="a little of everything (printed only)")
    parser.add_argument("--kept", action="store_true", help="measure nothing, and write what is kept")
    parser.add_argument("--part", action="append", help="measure only this part of each case, such as ours")
    options = parser.parse_args()
    chosen = [case for case in cases if not options.case or case.name in options.case]
    wanted = {case.name: case.cells(options.quick, options.seeds) for case in chosen}
    parts = [part for case in wanted.values() for part in case.items()]
    every = [cell for _, mine in parts for cell in mine]
    due = [cell for name, mine in parts for cell in mine if not options.part or name in options.part]
    kept = cells.find_kept("pinn", every) if options.kept else {}
    if not options.kept:
        kept = {**cells.fill("pinn", due), **cells.find_kept("pinn", every)}
    answers = [Answer(case, wanted[case.name], kept) for case in chosen]
    machine = f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}; one thread."
    rows = [row for answer in answers for row in answer.rows()]
    details = "\n".join(text for text in (answer.details() for answer in answers) if text)
    text = f"# PINNs\n\n{machine}\n\n{markdown(COLUMNS, rows)}\n\n{details}"
    print(text)
    if not options.case and not options.quick and options.seeds is None:
        TABLE.write_text(text.rstrip() + "\n", encoding="utf-8")
    return any("failed" in one for one in kept.values())


if __name__ == "__main__":
    sys.exit(main())

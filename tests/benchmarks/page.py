"""Measure the rows of a benchmark of figures, and write its page."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from benchmarks import cells
from benchmarks.derivatives.rows import Answer, Line, markdown


class Settings(Protocol):
    """How much is measured; each benchmark has more to say of it."""

    development: bool
    quick: bool


class Row(Protocol):
    """A part of the table: the cells that it needs, and what they say."""

    name: str
    title: str
    cells: Callable[[Any], list[cells.Cell]]
    answer: Callable[[Any, cells.Kept], Answer]


@dataclass(frozen=True)
class Page:
    """A benchmark of which every row has its own figures.

    Parameters
    ----------
    name, title : str
        Of the page, and of the folder of its cells.
    rows : sequence of Row
        In the order of the table.
    packages : tuple of str
        Distributions whose versions the page says.
    words : callable
        Says what stands above the table, with these settings.
    is_peer : callable
        Whether a cell does not depend on our sources.
    """

    name: str
    title: str
    rows: Sequence[Row]
    packages: tuple[str, ...]
    words: Callable[[Any], str]
    is_peer: Callable[[cells.Cell], bool]

    def parser(self, description: str | None, development: str, workers: int) -> argparse.ArgumentParser:
        """Return a parser of what every such benchmark is asked."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--case", action="append", choices=[row.name for row in self.rows], help="only this row")
        parser.add_argument("--development", action="store_true", help=development)
        parser.add_argument("--peers", action="store_true", help="measure the peers and stop")
        parser.add_argument("--quick", action="store_true", help="a little of everything (printed only)")
        parser.add_argument("--workers", type=int, default=workers, help=f"processes (default: {workers})")
        return parser

    def run(self, options: argparse.Namespace, settings: Settings, whole: bool = True) -> int:
        """Measure, print the page, and write it where everything was measured; return the exit code."""
        rows = [row for row in self.rows if not options.case or row.name in options.case]
        # What a row shows beside its own cells is looked up among those that are kept.
        wanted = list(dict.fromkeys(cell for row in rows for cell in row.cells(settings)))
        if options.peers:
            wanted = [cell for cell in wanted if self.is_peer(cell)]
        kept = cells.fill(self.name, wanted, options.workers)
        if options.peers:
            return 0
        answers = {row.name: row.answer(settings, kept) for row in rows}
        text = self._text(settings, rows, answers, kept)
        print(text)
        kind = "quick" if settings.quick else "development" if settings.development else "scored"
        records = cells.CACHE / self.name / f"{kind}.jsonl"
        records.write_text("".join(json.dumps(one) + "\n" for answer in answers.values() for one in answer.records))
        if whole and not (options.case or options.quick or options.development):
            (Path(__file__).parent / f"{self.name}.md").write_text(text, encoding="utf-8")
        return any("failed" in cell for cell in kept.values())

    def _text(self, settings: Settings, rows: Sequence[Row], answers: dict[str, Answer], kept: cells.Kept) -> str:
        table = [
            (line.what, line.figure, line.goal, _reached(line), *_when(row, settings, kept))
            for row in rows
            for line in answers[row.name].lines
        ]
        parts = [
            f"# {self.title}",
            f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in self.packages)}.",
            self.words(settings),
            markdown(("what", "figure", "goal", "reached", "date", "commit", "CPU (s)", "wall (s)"), table),
        ]
        for row in rows:
            if answers[row.name].details:
                parts += [f"## {row.title}", answers[row.name].details]
        return "\n\n".join(parts) + "\n"


def _reached(line: Line) -> str:
    return {True: "yes", False: "no", None: "no, not available"}[line.reached]


def _when(row: Row, settings: Settings, kept: cells.Kept) -> tuple[str, str, str, str]:
    found = [kept.get((cell.name, cell.key), {}) for cell in row.cells(settings)]
    done = [cell for cell in found if "result" in cell]
    if not done:
        return "-", "-", "-", "-"
    commits = dict.fromkeys(cell["commit"] for cell in sorted(done, key=lambda cell: cell["date"]))
    wall, cpu = (sum(cell["seconds"][index] for cell in done) for index in (0, 1))
    return max(cell["date"] for cell in done), " ".join(list(commits)[-3:]), f"{cpu:.0f}", f"{wall:.0f}"

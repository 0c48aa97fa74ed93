"""What a row of the table is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from benchmarks.cells import Cell, Kept


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Parameters
    ----------
    draws : int
        Random signals.
    seeds : int
        Draws of noise for each field, and of other small sets.
    development : bool
        Whether on the signals on which constants are settled.
    gigabytes : float
        Size of the large field.
    quick : bool
        Whether only to see that it runs.
    """

    draws: int = 200
    seeds: int = 3
    development: bool = False
    gigabytes: float = 20.0
    quick: bool = False


@dataclass(frozen=True)
class Line:
    """One goal: what, how far, whether reached, and in what detail.

    `reached` is None where it could not be measured.
    """

    what: str
    goal: str
    figure: str
    reached: bool | None


@dataclass(frozen=True)
class Answer:
    """A row's lines, its details (markdown), and the records for the machine-readable file."""

    lines: Sequence[Line]
    details: str = ""
    records: Sequence[dict] = field(default_factory=tuple)


@dataclass(frozen=True)
class Row:
    """A part of the table: the cells that it needs, and what they say."""

    name: str
    title: str
    cells: Callable[[Settings], list[Cell]]
    answer: Callable[[Settings, Kept], Answer]


def unavailable(whats: Iterable[tuple[str, str]], kept: Kept, cells: Sequence[Cell]) -> Answer | None:
    """Return "not available" for every goal where no cell has a result, with the reasons."""
    if any("result" in kept.get((cell.name, cell.key), {}) for cell in cells):
        return None
    reasons = dict.fromkeys(reason_of(kept.get((cell.name, cell.key), {})) for cell in cells)
    text = "; ".join(reasons) or "nothing measured"
    return Answer([Line(what, goal, "not available", None) for what, goal in whats], f"Not available: {text}")


def reason_of(cell: dict) -> str:
    """Say why a cell has no result."""
    return cell.get("absent") or cell.get("failed") or "not measured"


def result(kept: Kept, name: str, key: str) -> dict | None:
    """Return a cell's result, or None."""
    return kept.get((name, key), {}).get("result")


def geometric_mean(values: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(values)))))


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; floats get three digits."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += [
        "| " + " | ".join(f"{one:.3g}" if isinstance(one, float) else str(one) for one in row) + " |" for row in rows
    ]
    return "\n".join(lines)

"""Row about wrong laws that are stated as certain, over every run of the table."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import (
    clean_row,
    coupled_row,
    hard_row,
    interval_row,
    ours,
    pure_noise_row,
    recovery_row,
    trouble_row,
)
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, unavailable

PARTS: Sequence[Row] = (
    recovery_row.ROW,
    clean_row.ROW,
    coupled_row.ROW,
    hard_row.ROW,
    interval_row.ROW,
    pure_noise_row.ROW,
    trouble_row.ROW,
)
GOAL = 0.02
WHATS = [("all runs of this table: a wrong law stated as certain in", f"<= {GOAL:.0%}")]


def cells(settings: Settings) -> list[Cell]:
    return list(dict.fromkeys(cell for row in PARTS for cell in row.cells(settings)))


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(WHATS, kept, cells(settings))
    if absent:
        return absent
    counts, examples, seen = Counter(), [], set()
    table: list[Sequence[object]] = []
    for row in PARTS:
        here: Counter = Counter()
        for cell in dict.fromkeys(row.cells(settings)):
            one = kept.get((cell.name, cell.key), {})
            if "failed" in one:
                here["error"] += 1
            if "targets" in one.get("result", {}):
                kind = _kind(one["result"])
                here[kind] += 1
                if (cell.name, cell.key) not in seen:
                    seen.add((cell.name, cell.key))
                    counts[kind] += 1
                    examples += [_example(cell, one["result"])] if kind == KINDS[-1] else []
        table.append((row.title, sum(here.values()), *(here[kind] for kind in (*KINDS, "error"))))
    total = sum(counts.values())
    wrong = counts[KINDS[-1]]
    line = Line(*WHATS[0], f"{wrong / max(1, total):.1%} ({wrong} of {total})", wrong <= GOAL * total)
    note = (
        "Certain: the status is settled. A law that lacks only terms whose true coefficients are below "
        "r.detection_limits is counted apart. Rows share runs; the goal counts each once. An error is a run that "
        "raised one."
    )
    details = note + "\n\n" + markdown(("row", "runs", *KINDS, "error"), table)
    if examples:
        details += "\n\n" + markdown(("wrong and certain: data, noise, seed", "found"), examples[:40])
    return Answer([line], details)


#: What becomes of a run; the last is what must not happen.
KINDS = (
    "right, certain",
    "right, not certain",
    "no equation",
    "below its detection limit, certain",
    "below its detection limit, not certain",
    "wrong, not certain",
    "wrong, certain",
)


def _kind(one: dict) -> str:
    """Sort a run by the worst of its targets."""
    return max((_kind_of(target) for target in one["targets"]), key=KINDS.index)


def _kind_of(target: dict) -> str:
    if target["verdict"] == ours.NONE:
        return ours.NONE
    return f"{target['verdict']}, {'certain' if target['status'] == 'settled' else 'not certain'}"


def _example(cell: Cell, one: dict) -> tuple[str, str]:
    wrong = [target for target in one["targets"] if _kind_of(target) == KINDS[-1]]
    words = "; ".join(
        " + ".join(f"{value:.3g} {term}" for term, value in target["found"].items())
        if isinstance(target["found"], dict)
        else " + ".join(target["found"])
        for target in wrong
    )
    return f"{cell.name} {cell.key}", words[:300]


ROW = Row("certain", "Wrong laws stated as certain", cells, answer)

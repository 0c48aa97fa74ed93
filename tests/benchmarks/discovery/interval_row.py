"""Row about intervals after selection: how often they hold the truth, and how often a term is false."""

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, result, unavailable

NAMES = ("heat", "burgers", "advection-diffusion", "kdv")
LEVELS = (0.05, 0.1, 0.2, 0.5, 1.0)
LOW, HIGH, FALSE = 0.92, 0.98, 0.05


def cases(settings: Settings) -> list[tuple[str, float, int]]:
    if settings.quick:
        return ours.grid(["heat"], [0.5], settings.range(2))
    return ours.grid(NAMES, LEVELS, settings.range(max(1, settings.sets // (len(NAMES) * len(LEVELS)))))


def cells(settings: Settings) -> list[Cell]:
    return ours.cells(cases(settings))


def answer(settings: Settings, kept: Kept) -> Answer:
    count = len(cases(settings))
    whats = (
        (f"95 % intervals after selection, {count} data sets: hold the true coefficient", f"{LOW}-{HIGH}"),
        ("the same: terms that are false", f"<= {FALSE:.0%}"),
    )
    absent = unavailable(whats, kept, cells(settings))
    if absent:
        return absent
    held, false, _ = _counts(kept, cases(settings))
    lines = [
        Line(*whats[0], f"{held:.3f}", LOW <= held <= HIGH),
        Line(*whats[1], f"{false:.1%}", false <= FALSE),
    ]
    table = []
    for name in NAMES:
        for level in LEVELS:
            group = [case for case in cases(settings) if case[:2] == (name, level)]
            if any(result(kept, "found", ours.key(case)) for case in group):
                one, other, sets = _counts(kept, group)
                table.append((name, f"{level:.0%}", len(group), f"{one:.3f}", f"{other:.1%}", f"{sets:.1%}"))
    head = ("data", "noise", "sets", "held", "false terms", "sets with a false term")
    note = (
        "Of all terms that were reported; the true coefficient of a false term is 0. A set without an equation reports "
        "none."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


def _counts(kept: Kept, group: list[tuple[str, float, int]]) -> tuple[float, float, float]:
    """Return the shares of intervals that hold, of false terms, and of sets with a false term."""
    found = [one for case in group if (one := result(kept, "found", ours.key(case)))]
    targets = [target for one in found for target in one["targets"]]
    total = max(1, sum(one["intervals"] for one in targets))
    held, false = (sum(one[what] for one in targets) / total for what in ("held", "false"))
    return held, false, sum(one["false"] > 0 for one in targets) / max(1, len(targets))


ROW = Row("intervals", "Intervals after selection", cells, answer)

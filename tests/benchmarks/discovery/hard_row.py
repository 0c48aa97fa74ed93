"""Row about hard laws: the noise at which fewer than nine in ten are found."""

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours, peers_row
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, share, unavailable

LEVELS = (0.01, 0.02, 0.05, 0.10, 0.15, 0.22, 0.30, 0.50)
GOAL = 0.90

#: Highest noise to withstand, and what the prototype of the method withstood, where that is known.
STRETCH: dict[str, tuple[float, float | None]] = {
    "fisher-kpp": (0.30, None),
    "chafee-infante": (0.30, None),
    "chafee-infante-published": (0.30, None),
    "burgers-shock": (0.30, 0.10),
    "wave": (0.50, 0.10),
    "wave-published": (0.50, 0.10),
    "reaction-diffusion": (0.22, None),
    "allen-cahn-published": (0.10, None),
    "cahn-hilliard": (0.10, None),
}


def cases(settings: Settings, name: str) -> list[tuple[str, float, int]]:
    return ours.grid([name], LEVELS, settings.range())


def cells(settings: Settings) -> list[Cell]:
    if settings.quick:
        return ours.cells(ours.grid(["fisher-kpp"], LEVELS[:2], settings.range(1)))
    own = [cell for name in STRETCH for cell in ours.cells(cases(settings, name))]
    return own + peers_row.climbing_cells(settings, LEVELS)


def answer(settings: Settings, kept: Kept) -> Answer:
    lines, table, records = [], [], []
    for name, (stretch, prototype) in STRETCH.items():
        best = peers_row.withstood(settings, kept, name, LEVELS)
        least = max(best or 0.0, 2.0 * (prototype or 0.0), LEVELS[0])
        whats = [
            (
                f"{name}: noise up to which >= {GOAL:.0%} are right",
                f">= {least:.0%} (the best peer's, and twice the prototype's)",
            ),
            (f"{name}: the same, stretch", f">= {stretch:.0%}"),
        ]
        absent = unavailable(whats, kept, ours.cells(cases(settings, name)))
        if absent:
            lines += absent.lines
            continue
        shares = {level: _share(settings, kept, name, level) for level in LEVELS}
        level = withstood(shares)
        # Without a peer nothing says that the best one is matched.
        reached = (None if best is None else level >= least, level >= stretch)
        lines += [Line(what, goal, f"{level:.0%}", ok) for (what, goal), ok in zip(whats, reached, strict=True)]
        words = ["-" if one is None else f"{one:.0%}" for one in shares.values()]
        table.append((name, *words, "not measured" if best is None else f"{best:.0%}"))
        records.append({"row": "hard", "name": name, "withstood": level, "shares": list(shares.values())})
    head = ("right in", *(f"{level:.0%}" for level in LEVELS), "the best peer's noise")
    note = (
        "The noise is the highest of the ladder up to which every level has nine in ten right; 0 % if none has. The "
        "first goal asks for the lowest level at least: not known is what the prototype withstood of some. A peer is "
        "tuned for each level. On the plane the peers' candidates are monomials and single derivatives to the second "
        "order, 20 in all; of cahn-hilliard u_x**2 and u*u_x**2 are added to those that tabulate derivatives, and the "
        "weak library cannot hold them."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table), records)


def withstood(shares: dict[float, float | None]) -> float:
    """Return the highest level up to which every share that was measured reaches the goal."""
    highest = 0.0
    for level in sorted(shares):
        found = shares[level]
        if found is None:
            continue
        if found < GOAL:
            break
        highest = level
    return highest


def _share(settings: Settings, kept: Kept, name: str, level: float) -> float | None:
    found = ours.rights(kept, [case for case in cases(settings, name) if case[1] == level])
    return share(found) if found else None


ROW = Row("hard", "Hard laws", cells, answer)

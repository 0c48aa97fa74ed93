"""Row about the laws that should be found in any noise."""

from statistics import median

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, noises, share, unavailable

#: Problems with fresh initial states, and published files, which have noise alone to draw.
NAMES = (
    "burgers",
    "kdv",
    "kuramoto-sivashinsky",
    "heat",
    "klein-gordon",
    "euler-bernoulli",
    "burgers-inviscid",
    "kdv-raissi",
    "burgers-published",
    "kdv-published",
    "kuramoto-sivashinsky-published",
)
LEVELS, FULL = (0.1, 0.3, 0.5), 1.0
SHARE_GOAL, FULL_GOAL, ERROR_GOAL = 0.95, 0.90, 0.1


def cases(settings: Settings, name: str, level: float) -> list[tuple[str, float, int]]:
    return ours.grid([name], [level], settings.range())


def cells(settings: Settings) -> list[Cell]:
    if settings.quick:
        return ours.cells(ours.grid(["heat", "burgers"], [0.5, FULL], settings.range()))
    return ours.cells(ours.grid(NAMES, [*LEVELS, FULL], settings.range()))


def answer(settings: Settings, kept: Kept) -> Answer:
    lines, table, records = [], [], []
    for name in NAMES:
        lines += _lines(settings, kept, name)
        for level in (*LEVELS, FULL):
            found = ours.rights(kept, cases(settings, name, level))
            if found:
                errors = ours.errors(kept, cases(settings, name, level))
                ratio = f"{median(errors) / level:.3f}" if errors else "-"
                table.append((name, f"{level:.0%}", f"{sum(found)}/{len(found)}", ratio))
                records.append({"row": "recovery", "name": name, "level": level, "right": share(found)})
    note = (
        "Error: the worst relative error of a coefficient of a law that was found, median over the seeds, over the "
        "noise. Files named -published and kdv-raissi have one initial state; their seeds draw the noise."
    )
    return Answer(lines, note + "\n\n" + markdown(("data", "noise", "right", "error over noise"), table), records)


def _lines(settings: Settings, kept: Kept, name: str) -> list[Line]:
    whats = (
        (f"{name} at {noises(LEVELS)}: right", f">= {SHARE_GOAL:.0%} each"),
        (f"{name} at {noises(LEVELS)}: median worst coefficient error over noise", f"<= {ERROR_GOAL}"),
        (f"{name} at {noises([FULL])}: right", f">= {FULL_GOAL:.0%}"),
    )
    every = [*LEVELS, FULL]
    absent = unavailable(whats, kept, ours.cells(ours.grid([name], every, settings.range())))
    if absent:
        return list(absent.lines)
    found = {level: ours.rights(kept, cases(settings, name, level)) for level in every}
    shares = [share(found[level]) for level in LEVELS if found[level]]
    errors = {level: ours.errors(kept, cases(settings, name, level)) for level in LEVELS}
    ratios = [median(values) / level for level, values in errors.items() if values]
    worst = max(ratios, default=float("inf"))
    figures = (
        ("; ".join(f"{one:.0%}" for one in shares), bool(shares) and min(shares) >= SHARE_GOAL),
        ("; ".join(f"{one:.3f}" for one in ratios) or "-", worst <= ERROR_GOAL),
        (f"{share(found[FULL]):.0%}", share(found[FULL]) >= FULL_GOAL),
    )
    return [Line(what, goal, figure, ok) for (what, goal), (figure, ok) in zip(whats, figures, strict=True)]


ROW = Row("recovery", "Laws that should be found in any noise", cells, answer)

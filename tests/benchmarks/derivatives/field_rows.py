"""Rows about fields: against tuned filters, and the coverage of the bands."""

import numpy as np
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import field_peers, ours
from benchmarks.derivatives.fields import EQUATIONS, NAMES, field
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, geometric_mean, markdown, result, unavailable
from benchmarks.derivatives.signals import DEVELOPMENT, NOISES

FOLDER = "tests/benchmarks/derivatives"
FIELDS = (f"{FOLDER}/fields.py",)
GOALS = {"u_x": 0.85, "u_xx": 0.70, "u_t": 0.95}
COVERAGE_GOAL = (0.93, 0.97)


def cases(settings: Settings) -> list[tuple[str, bool, float, int]]:
    first = DEVELOPMENT if settings.development else 0
    if settings.quick:
        return [("burgers", False, NOISES[2], first)]
    return [
        (equation, published, level, first + seed)
        for published in (True, False)
        for equation in EQUATIONS
        for level in NOISES
        for seed in range(settings.seeds)
    ]


def key(case: tuple[str, bool, float, int]) -> str:
    equation, published, level, seed = case
    return f"{equation}{'-published' if published else ''}-{level}-{seed}"


def measure_ours(equation: str, published: bool, level: float, seed: int) -> dict:
    truth = field(equation, published)
    d = ours.differentiate(truth.noisy(level, seed), NAMES)
    return {
        name: {"error": ours.rms(d, name, exact), "covered": ours.covered(d, name, exact)}
        for name, exact in truth.truth.items()
    }


def our_cells(settings: Settings) -> list[Cell]:
    sources = (*ours.SOURCES, *FIELDS)
    return [Cell("field-ours", key(case), measure_ours, case, sources, ours.PACKAGES) for case in cases(settings)]


def peer_cells(settings: Settings) -> list[Cell]:
    sources, packages = (*FIELDS, f"{FOLDER}/field_peers.py"), ("numpy", "scipy")
    return [Cell("field-tuned", key(case), field_peers.tuned, case, sources, packages) for case in cases(settings)]


def against_tuned(settings: Settings, kept: Kept) -> Answer:
    whats = [(f"{_of(published)} fields, {name}", f"<= {GOALS[name]}") for published in (True, False) for name in NAMES]
    absent = unavailable(whats, kept, our_cells(settings))
    if absent:
        return absent
    lines, table, records = [], [], []
    for published in (True, False):
        for name in NAMES:
            ratios: dict[tuple[str, float], list[float]] = {}
            for case in cases(settings):
                own, other = result(kept, "field-ours", key(case)), result(kept, "field-tuned", key(case))
                if case[1] == published and own and other:
                    ratio = own[name]["error"] / min(peer["error"] for peer in other[name].values())
                    ratios.setdefault((case[0], case[2]), []).append(ratio)
                    records.append({"row": "fields", "key": key(case), "name": name, "ratio": ratio} | other[name])
            lines.append(_line(published, name, [one for values in ratios.values() for one in values]))
            for equation in EQUATIONS:
                found = [ratios.get((equation, level), []) for level in NOISES]
                if any(found):
                    cells = [f"{geometric_mean(values):.3f}" if values else "-" for values in found]
                    table.append((f"{_of(published)} {equation}", name, *cells))
    head = ("field, ours over the better tuned filter", "derivative", *(f"noise {level:.0%}" for level in NOISES))
    return Answer(lines, markdown(head, table), records)


def _line(published: bool, name: str, ratios: list[float]) -> Line:
    what = f"{_of(published)} fields at 1-25 %, {name} over the better of two tuned filters: geo-mean"
    goal = f"<= {GOALS[name]}"
    if not ratios:
        return Line(what, goal, "not available", None)
    figure = geometric_mean(ratios)
    return Line(what, goal, f"{figure:.3f} (median {np.median(ratios):.3f})", figure <= GOALS[name])


def _of(published: bool) -> str:
    return "published" if published else "computed"


def coverage(settings: Settings, kept: Kept) -> Answer:
    low, high = COVERAGE_GOAL
    names = ("u", *NAMES)
    whats = [(f"coverage of 95 % bands, fields, {name}", f"{low}-{high}") for name in names]
    absent = unavailable(whats, kept, our_cells(settings))
    if absent:
        return absent
    table, pooled = [], {name: [] for name in names}
    for published in (True, False):
        for equation in EQUATIONS:
            for name in names:
                shares = [[] for _ in NOISES]
                for case in cases(settings):
                    own = result(kept, "field-ours", key(case))
                    if case[:2] == (equation, published) and own:
                        shares[NOISES.index(case[2])].append(own[name]["covered"])
                        pooled[name].append(own[name]["covered"])
                means = [f"{np.mean(values):.3f}" if values else "-" for values in shares]
                table.append((f"{_of(published)} {equation}", name, *means))
    figures = [float(np.mean(pooled[name])) for name in names]
    lines = [
        Line(what, goal, f"{figure:.3f}", low <= figure <= high)
        for (what, goal), figure in zip(whats, figures, strict=True)
    ]
    return Answer(lines, markdown(("field", "coverage of", *(f"noise {level:.0%}" for level in NOISES)), table))


TUNED = Row("fields", "Fields, filters tuned with the truth", lambda s: our_cells(s) + peer_cells(s), against_tuned)
COVERAGE = Row("field-coverage", "Coverage on fields", our_cells, coverage)

"""Rows about signals: against tuned peers, against untuned ones, and the coverage of the bands."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours, peers
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, geometric_mean, markdown, result, unavailable
from benchmarks.derivatives.signals import DEVELOPMENT, NOISES, Signal, draw, pynumdiff_signals

FOLDER = "tests/benchmarks/derivatives"
SIGNALS = (f"{FOLDER}/signals.py",)
PEER_SOURCES = (*SIGNALS, f"{FOLDER}/peers.py", f"{FOLDER}/trend_filter.py")
PEER_PACKAGES = ("numpy", "scipy", "pynumdiff", "derivative", "pysindy")

#: Derivative, and its goals: geometric mean and 95th percentile over the best tuned peer.
GOALS = {"1": ("first", 1.05, 1.8), "2": ("second", 1.15, 2.2)}

#: What the error without tuning must be below, as a factor.
UNTUNED_GOAL = 1.5

COVERAGE_GOAL = (0.93, 0.97)


def case(key: str) -> tuple[Signal, float, int]:
    """Return the signal, the noise over its sd, and the seed that a key stands for."""
    name, _, level = key.partition("@")
    if level:
        return _simulated()[name], float(level), 0
    return *draw(int(name)), int(name)


@lru_cache(maxsize=1)
def _simulated() -> dict[str, Signal]:
    return {signal.name: signal for signal in pynumdiff_signals()}


def keys(settings: Settings) -> list[str]:
    """Return the draws: of the score, or those on which constants are settled."""
    if not settings.development:
        return [str(seed) for seed in range(settings.draws)]
    random = [str(DEVELOPMENT + seed) for seed in range(settings.draws)]
    names = ("sine", "triangle", "pop_dyn", "linear_autonomous", "pi_cruise_control", "lorenz_x")
    return random + [f"{name}@{level}" for name in names for level in NOISES]


def measure_ours(key: str) -> dict:
    signal, level, seed = case(key)
    d = ours.differentiate(ours.series(signal.t, signal.noisy(level, seed)), ["u_t", "u_tt"])
    found = {}
    for order, (name, exact) in enumerate(zip(("u", "u_t", "u_tt"), signal.jet, strict=True)):
        if exact is not None:
            found[str(order)] = {"error": ours.rms(d, name, exact), "covered": ours.covered(d, name, exact)}
    return {**found, "how": d["u_t"].attrs["method"]}


def measure_tuned(key: str) -> dict:
    return peers.tuned(*case(key))


def measure_untuned(key: str) -> dict:
    return peers.untuned(*case(key))


def our_cells(settings: Settings) -> list[Cell]:
    sources = (*ours.SOURCES, *SIGNALS)
    return [Cell("signal-ours", key, measure_ours, (key,), sources, ours.PACKAGES) for key in keys(settings)]


def tuned_cells(settings: Settings) -> list[Cell]:
    return [Cell("signal-tuned", key, measure_tuned, (key,), PEER_SOURCES, PEER_PACKAGES) for key in keys(settings)]


def untuned_cells(settings: Settings) -> list[Cell]:
    return [Cell("signal-untuned", key, measure_untuned, (key,), PEER_SOURCES, PEER_PACKAGES) for key in keys(settings)]


def against_tuned(settings: Settings, kept: Kept) -> Answer:
    whats = [
        (f"random signals, {name} derivative, over the best of six tuned peers: {figure}", f"<= {goal}")
        for name, mean, top in GOALS.values()
        for figure, goal in (("geo-mean", mean), ("95th percentile", top))
    ]
    absent = unavailable(whats, kept, our_cells(settings))
    if absent:
        return absent
    lines, parts, records = [], [], []
    for order, (name, *goals) in GOALS.items():
        rows = list(_ratios(settings, kept, order))
        records += rows
        ratios = np.array([row["ratio"] for row in rows])
        figures = (geometric_mean(ratios), float(np.percentile(ratios, 95)))
        for (what, goal), figure, most in zip(whats[2 * (int(order) - 1) :], figures, goals, strict=False):
            lines.append(Line(what, goal, f"{figure:.3f} (median {np.median(ratios):.3f})", figure <= most))
        parts.append(_by_noise(name, rows))
        parts.append(_peers_won(name, rows))
        if settings.development:
            parts.append(_every(name, rows))
    return Answer(lines, "\n\n".join(parts), records)


def _ratios(settings: Settings, kept: Kept, order: str) -> list[dict]:
    rows = []
    for key in keys(settings):
        own, other = result(kept, "signal-ours", key), result(kept, "signal-tuned", key)
        if own and other and order in own and other[order]:
            best = min(other[order], key=lambda peer: other[order][peer]["error"])
            ratio = own[order]["error"] / other[order][best]["error"]
            level = float(key.partition("@")[2] or NOISES[int(key.partition("@")[0]) % len(NOISES)])
            rows.append(
                {"row": "signals", "key": key, "order": order, "noise": level, "ratio": ratio, "best": best}
                | {"error": own[order]["error"], "peers": other[order], "how": own["how"]}
            )
    return rows


def _by_noise(name: str, rows: Sequence[dict]) -> str:
    table = []
    for level in NOISES:
        ratios = [row["ratio"] for row in rows if row["noise"] == level]
        if ratios:
            spread = [float(np.percentile(ratios, q)) for q in (50, 95, 100)]
            table.append((f"{level:.0%}", len(ratios), geometric_mean(ratios), *spread))
    head = (f"noise, {name} derivative", "draws", "geo-mean", "median", "95th percentile", "worst")
    return markdown(head, table)


def _peers_won(name: str, rows: Sequence[dict]) -> str:
    wins = Counter(row["best"] for row in rows)
    table = []
    for peer in peers.PEERS:
        ratios = [row["error"] / row["peers"][peer]["error"] for row in rows if peer in row["peers"]]
        table.append((peer, wins[peer], geometric_mean(ratios) if ratios else "-"))
    return markdown((f"tuned peer, {name} derivative", "best in", "ours over it, geo-mean"), table)


def _every(name: str, rows: Sequence[dict]) -> str:
    table = [
        (row["key"], case(row["key"])[0].name.partition(": ")[2], f"{row['noise']:.0%}", row["ratio"], row["best"])
        for row in sorted(rows, key=lambda row: -row["ratio"])
    ]
    return markdown((f"draw, {name} derivative", "made of", "noise", "ratio", "best peer"), table)


def against_untuned(settings: Settings, kept: Kept) -> Answer:
    whats = [
        (f"the same, nothing tuned, {name} derivative: least of the peers' errors over ours", f">= {UNTUNED_GOAL}")
        for name, *_ in GOALS.values()
    ]
    absent = unavailable(whats, kept, our_cells(settings))
    if absent:
        return absent
    lines, table, records = [], [], []
    for (what, goal), order in zip(whats, GOALS, strict=True):
        ratios: dict[str, list[float]] = {peer: [] for peer in peers.DEFAULTS}
        for key in keys(settings):
            own, other = result(kept, "signal-ours", key), result(kept, "signal-untuned", key)
            if own and other and order in own:
                for peer, entry in other[order].items():
                    ratios[peer].append(entry["error"] / own[order]["error"])
                records.append({"row": "untuned", "key": key, "order": order, "peers": other[order]})
        means = {peer: geometric_mean(values) for peer, values in ratios.items()}
        nearest = min(means, key=lambda peer: means[peer])
        figure = means[nearest]
        lines.append(Line(what, goal, f"{figure:.2f} ({nearest})", figure >= UNTUNED_GOAL))
        for peer, values in ratios.items():
            spread = (float(np.median(values)), float(np.min(values)))
            table.append((peer, GOALS[order][0], means[peer], *spread))
    head = ("peer without settings", "derivative", "its error over ours, geo-mean", "median", "least")
    return Answer(lines, markdown(head, table), records)


def coverage(settings: Settings, kept: Kept) -> Answer:
    labels = ("u", "first derivative", "second derivative")
    low, high = COVERAGE_GOAL
    whats = [(f"coverage of 95 % bands, random signals, {label}", f"{low}-{high}") for label in labels]
    absent = unavailable(whats, kept, our_cells(settings))
    if absent:
        return absent
    lines, table = [], []
    for (what, goal), order, label in zip(whats, "012", labels, strict=True):
        shares: dict[float, list[float]] = {level: [] for level in NOISES}
        for key in keys(settings):
            own = result(kept, "signal-ours", key)
            if own and order in own and "@" not in key:
                shares[NOISES[int(key) % len(NOISES)]].append(own[order]["covered"])
        every = [share for values in shares.values() for share in values]
        figure = float(np.mean(every))
        lines.append(Line(what, goal, f"{figure:.3f}", low <= figure <= high))
        table.append((label, *(f"{np.mean(values):.3f}" if values else "-" for values in shares.values())))
    return Answer(lines, markdown(("coverage of", *(f"noise {level:.0%}" for level in NOISES)), table))


TUNED = Row("signals", "Signals, peers tuned with the truth", lambda s: our_cells(s) + tuned_cells(s), against_tuned)
UNTUNED = Row("untuned", "Signals, nothing tuned", lambda s: our_cells(s) + untuned_cells(s), against_untuned)
COVERAGE = Row("coverage", "Coverage on signals", our_cells, coverage)

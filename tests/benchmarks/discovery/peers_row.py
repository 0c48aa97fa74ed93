"""Row about peers: pysindy's libraries for fields, and PyNumDiff's derivatives, beside ours on the same data."""

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType

from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours
from benchmarks.discovery.rows import TUNING, Answer, Line, Row, Settings, markdown, result, share, unavailable

#: Beside the laws that should be found in any noise, the hard ones on a line with one field.
NAMES = (
    "burgers",
    "kdv",
    "kuramoto-sivashinsky",
    "heat",
    "klein-gordon",
    "euler-bernoulli",
    "burgers-inviscid",
    "kdv-raissi",
)
LEVELS = (0.1, 0.3, 0.5)
HARD = (
    "fisher-kpp",
    "chafee-infante",
    "chafee-infante-published",
    "burgers-shock",
    "wave",
    "wave-published",
    "allen-cahn-published",
    "reaction-diffusion",
    "cahn-hilliard",
)

#: Laws that need candidates of their own -> the module that tabulates them.
OWN_TABLES = {"reaction-diffusion": "peers_plane", "cahn-hilliard": "peers_slopes"}

SOURCES = (f"{ours.FOLDER}/peers.py", f"{ours.FOLDER}/truth.py", "physforge_lib/physforge/problems/**/*.py")
PACKAGES = ("numpy", "scipy", "pysindy", "scikit-learn")
MORE_SOURCES = (*SOURCES, f"{ours.FOLDER}/peers_pynumdiff.py", f"{ours.FOLDER}/peers_filters.py")
MORE_PACKAGES = (*PACKAGES, "pynumdiff")

#: Kinds of the peers' cells.
KINDS = ("peers", "pynumdiff")
WHATS = [(f"mean share right at 10, 30, 50 % over {len(NAMES)} laws: ours less the best peer's, tuned", "> 0")]


def scored(name: str, level: float, seed: int) -> dict:
    """`peers.scored`."""
    return _module("peers").scored(name, level, seed)


def scored_pynumdiff(name: str, level: float, seed: int) -> dict:
    """`peers_pynumdiff.scored`."""
    return _module("peers_pynumdiff").scored(name, level, seed)


def climbed(name: str, levels: Sequence[float], seed: int) -> dict:
    """Return what pysindy's libraries do in rising noise, by level, up to where no setting of any is right."""
    return _climbed(_module(OWN_TABLES.get(name, "peers")).scored, name, levels, seed)


def climbed_pynumdiff(name: str, levels: Sequence[float], seed: int) -> dict:
    """Return the same with PyNumDiff's derivatives."""
    if name in OWN_TABLES:
        return _climbed(_module(OWN_TABLES[name]).scored_pynumdiff, name, levels, seed)
    return _climbed(_module("peers_pynumdiff").scored, name, levels, seed)


def _climbed(score_one: Callable[[str, float, int], dict], name: str, levels: Sequence[float], seed: int) -> dict:
    found = {}
    for level in levels:
        one = found[f"{level:g}"] = score_one(name, level, seed)
        if not any(any(peer.get("grid", [])) for peer in one.values()):
            break
    return found


def _module(name: str) -> ModuleType:
    # Imported where it is used: pysindy takes seconds to load.
    return importlib.import_module(f"benchmarks.discovery.{name}")


def _seeds(settings: Settings) -> tuple[Sequence[int], Sequence[int]]:
    """Return the seeds that score peers, and those that tune them."""
    count = settings.peer_seeds
    return settings.range(count), range(TUNING, TUNING + count)


def peer_cells(settings: Settings, names: Sequence[str], levels: Sequence[float]) -> list[Cell]:
    """Return the peers' cells, on seeds that score them and on those that tune them."""
    cases = ours.grid(names, levels, [seed for group in _seeds(settings) for seed in group])
    theirs = [Cell("peers", ours.key(case), scored, case, SOURCES, PACKAGES) for case in cases]
    more = [Cell("pynumdiff", ours.key(case), scored_pynumdiff, case, MORE_SOURCES, MORE_PACKAGES) for case in cases]
    return theirs + more


def cells(settings: Settings) -> list[Cell]:
    names, levels = (NAMES[:1], LEVELS[-1:]) if settings.quick else (NAMES, LEVELS)
    return peer_cells(settings, names, levels) + ours.cells(ours.grid(names, levels, settings.range()))


def climbing_cells(settings: Settings, levels: tuple[float, ...]) -> list[Cell]:
    """Return the peers' cells for the hard laws, one for all levels of noise."""
    cases = [(name, levels, seed) for name in HARD for seeds in _seeds(settings) for seed in seeds]
    found = []
    for case in cases:
        key = ours.key((case[0], "climbed", case[2]))
        more = tuple(f"{ours.FOLDER}/{own}.py" for own in [OWN_TABLES.get(case[0])] if own)
        found.append(Cell("peers", key, climbed, case, (*SOURCES, *more), PACKAGES))
        found.append(Cell("pynumdiff", key, climbed_pynumdiff, case, (*MORE_SOURCES, *more), MORE_PACKAGES))
    return found


def score(settings: Settings, kept: Kept, name: str, level: float) -> dict[str, dict]:
    """Return each peer's share right: ``default``, ``tuned``, and the index of the frozen ``setting``.

    The setting is the one that is right most often on the seeds apart, for this law and this
    noise; of equals the one in the middle.
    """
    scoring, tuning = _seeds(settings)
    here, asked = _runs(kept, name, level, scoring)
    apart, asked_apart = _runs(kept, name, level, tuning)
    answer: dict[str, dict] = {}
    for peer in dict.fromkeys(peer for found in here for peer in found):
        scored_here = [found[peer] for found in here if "grid" in found.get(peer, {})]
        tuned_apart = [found[peer] for found in apart if "grid" in found.get(peer, {})]
        if scored_here and tuned_apart:
            hits = [sum(column) for column in zip(*(one["grid"] for one in tuned_apart), strict=True)]
            best = [index for index, count in enumerate(hits) if count == max(hits)]
            chosen = best[len(best) // 2]
            answer[peer] = {
                "default": sum(one["default"] for one in scored_here) / asked,
                "tuned": sum(one["grid"][chosen] for one in scored_here) / asked,
                "setting": chosen,
                "settings right": sum(count == asked_apart for count in hits) / len(hits),
            }
    return answer


def _runs(kept: Kept, name: str, level: float, seeds: Sequence[int]) -> tuple[list[dict], int]:
    """Return what the peers did at one level, and how many seeds there are: one that did not climb so high is wrong."""
    if name not in HARD:
        found = [one for seed in seeds if (one := _merged(kept, ours.key((name, level, seed))))]
        return found, len(found)
    climbs = [_climbed_to(kept, name, f"{level:g}", seed) for seed in seeds]
    return [one for one in climbs if one], sum(one is not None for one in climbs)


def _merged(kept: Kept, key: str) -> dict:
    found: dict = {}
    for kind in KINDS:
        found |= result(kept, kind, key) or {}
    return found


def _climbed_to(kept: Kept, name: str, level: str, seed: int) -> dict | None:
    """Return the peers that climbed to a level of noise; None where no climb was measured."""
    climbs = [one for kind in KINDS if (one := result(kept, kind, ours.key((name, "climbed", seed))))]
    if not climbs:
        return None
    return {peer: found for climb in climbs for peer, found in climb.get(level, {}).items()}


def withstood(settings: Settings, kept: Kept, name: str, levels: Sequence[float]) -> float | None:
    """Return the highest noise up to which some tuned peer has nine in ten right; None if not measured."""
    highest = None
    scores = {level: score(settings, kept, name, level) for level in levels}
    for peer in dict.fromkeys(peer for one in scores.values() for peer in one):
        mine = 0.0
        for level in levels:
            # A level that no seed climbed to has no setting that is right.
            if scores[level].get(peer, {"tuned": 0.0})["tuned"] < 0.9:
                break
            mine = level
        highest = max(highest or 0.0, mine)
    return highest


def answer(settings: Settings, kept: Kept) -> Answer:
    from benchmarks.discovery import peers, peers_pynumdiff

    every = (*peers.PEERS, peers_pynumdiff.PEER)
    absent = unavailable(WHATS, kept, cells(settings))
    if absent:
        return absent
    table, records = [], []
    shares: dict[str, list[float]] = {}
    for name in NAMES:
        for level in LEVELS:
            found = score(settings, kept, name, level)
            own = ours.rights(kept, ours.grid([name], [level], settings.range()))
            if not found or not own:
                continue
            shares.setdefault("ours", []).append(share(own))
            row = [name, f"{level:.0%}", f"{share(own):.0%}"]
            for peer in every:
                one = found.get(peer)
                shares.setdefault(peer, []).append(one["tuned"] if one else 0.0)
                row.append(f"{one['default']:.0%}; {one['tuned']:.0%}; {one['settings right']:.0%}" if one else "-")
            table.append(row)
            words = {
                peer: peers_pynumdiff.settings_in_words(one["setting"])
                if peer == peers_pynumdiff.PEER
                else peers.settings_in_words(peer, one["setting"])
                for peer, one in found.items()
            }
            records.append(
                {"row": "peers", "name": name, "level": level, "ours": share(own), **found, "settings": words}
            )
    lines = []
    if shares:
        means = {who: sum(values) / len(values) for who, values in shares.items()}
        best = max((peer for peer in means if peer != "ours"), key=lambda peer: means[peer])
        difference = means["ours"] - means[best]
        figure = f"{means['ours']:.0%} - {means[best]:.0%} ({best})"
        lines = [Line(*WHATS[0], figure, difference > 0.0)]
    else:
        lines = [Line(*WHATS[0], "not available", None)]
    head = ("data", "noise", "ours, nothing set", *every)
    note = (
        "Of each peer: right by default; right with the setting of a fixed grid that is best on "
        f"{settings.peer_seeds} seeds apart, for this law and this noise; and the share of the grid that is right on "
        f"all of those seeds. The peers are scored on {settings.peer_seeds} seeds, ours on {settings.seeds}. Their "
        "candidates: monomials to the third degree, derivatives to the fourth order, and products of the two, 20 in "
        "all. The grid: 15 thresholds of the candidates and 16 of normalised ones; of the weak library each of these "
        f"with {peers.MORE_ROWS} test functions of two widths and {len(peers.RIDGES)} ridges, and {peers.ROWS} by "
        "default. PyNumDiff differentiates "
        "along each axis, higher orders by repetition, a tenth of each axis left out at either end: by its splines as "
        f"they come, and each threshold with {len(peers_pynumdiff.SMOOTHINGS)} settings of its Butterworth and "
        "Savitzky-Golay filters. A dash: the weak library has no second derivative in time."
    )
    return Answer(lines, note + "\n\n" + markdown(head, table), records)


ROW = Row("peers", "Peers", cells, answer)

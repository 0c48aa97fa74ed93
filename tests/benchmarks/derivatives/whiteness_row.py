"""Row about the whiteness test: a warning where the noise is correlated, none where it is white."""

import numpy as np
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, markdown, result, unavailable
from benchmarks.derivatives.signals import DEVELOPMENT, random_signal
from scipy.signal import lfilter

#: Correlation of neighbouring noise; 0 is white.
CORRELATIONS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
LEVELS = (0.05, 0.1, 0.25)
FIRES_GOAL, SILENT_GOAL = 0.9, 0.05
WHATS = (
    ("correlated noise, AR(1) of 0.5 to 0.9: a warning in", f">= {FIRES_GOAL:.0%}"),
    ("white noise: a warning in", f"<= {SILENT_GOAL:.0%}"),
)


def measure(seed: int, correlation: float) -> dict:
    """Differentiate a random signal under AR(1) noise, and look for a warning."""
    signal = random_signal(seed)
    level = LEVELS[seed % len(LEVELS)]
    rng = np.random.default_rng([seed, 9, round(100 * correlation)])
    white = rng.standard_normal(len(signal.t) + 200)
    noise = np.sqrt(1 - correlation**2) * lfilter([1.0], [1.0, -correlation], white)[200:]
    noisy = signal.jet[0] + level * np.std(signal.jet[0]) * noise
    d = ours.differentiate(ours.series(signal.t, noisy), ["u_t"])
    texts = [str(d[name].attrs["warning"]) for name in ("u", "u_t") if "warning" in d[name].attrs]
    return {"fired": bool(texts), "text": texts[0] if texts else "", "samples": len(signal.t)}


def _seeds(settings: Settings, correlation: float) -> list[int]:
    # Apart from the signals of the score; white noise takes five times as many, for the smaller figure.
    first = (2 * DEVELOPMENT if settings.development else 1000) + round(1000 * correlation)
    count = 1 if settings.quick else 100 if correlation == 0 else 20
    return [first + index for index in range(count)]


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/signals.py", f"{folder}/whiteness_row.py")
    return [
        Cell("whiteness", f"{correlation}-{seed}", measure, (seed, correlation), sources, ours.PACKAGES)
        for correlation in CORRELATIONS[: 2 if settings.quick else None]
        for seed in _seeds(settings, correlation)
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(WHATS, kept, cells(settings))
    if absent:
        return absent
    fired: dict[float, list[bool]] = {}
    for correlation in CORRELATIONS:
        for seed in _seeds(settings, correlation):
            found = result(kept, "whiteness", f"{correlation}-{seed}")
            if found:
                fired.setdefault(correlation, []).append(found["fired"])
    coloured = [one for correlation, values in fired.items() if correlation for one in values]
    white = fired.get(0.0, [])
    lines = [
        Line(*WHATS[0], _share(coloured), float(np.mean(coloured)) >= FIRES_GOAL if coloured else None),
        Line(*WHATS[1], _share(white), float(np.mean(white)) <= SILENT_GOAL if white else None),
    ]
    table = [(correlation, len(values), _share(values)) for correlation, values in fired.items()]
    return Answer(lines, markdown(("AR(1) coefficient", "draws", "warned"), table))


def _share(values: list[bool]) -> str:
    return f"{np.mean(values):.1%}" if values else "-"


ROW = Row("whiteness", "Whiteness of the noise", cells, answer)

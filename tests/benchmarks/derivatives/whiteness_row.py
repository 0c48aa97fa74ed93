"""Row about the whiteness test: a warning where the noise is correlated, none where it is white."""

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.derivatives import ours
from benchmarks.derivatives.fields import EQUATIONS, field
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, markdown, result, unavailable
from benchmarks.derivatives.signals import DEVELOPMENT, random_signal
from scipy.signal import lfilter

#: Correlation of neighbouring noise; 0 is white.
CORRELATIONS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
LEVELS = (0.05, 0.1, 0.25)
FIRES_GOAL, SILENT_GOAL = 0.9, 0.05
KINDS = ("signals", "fields")


def _whats() -> list[tuple[str, str]]:
    return [
        (f"{kind}, {noise}: a warning in", goal)
        for kind in KINDS
        for noise, goal in (
            ("noise AR(1) along t of 0.5 to 0.9", f">= {FIRES_GOAL:.0%}"),
            ("white noise", f"<= {SILENT_GOAL:.0%}"),
        )
    ]


def measure_signal(seed: int, correlation: float) -> dict:
    """Differentiate a random signal under AR(1) noise, and look for a warning."""
    signal = random_signal(seed)
    noise = _noise(np.random.default_rng([seed, 9]), correlation, (len(signal.t),))
    noisy = signal.jet[0] + LEVELS[seed % len(LEVELS)] * np.std(signal.jet[0]) * noise
    return _warned(ours.series(signal.t, noisy))


def measure_field(seed: int, correlation: float) -> dict:
    """The same for a computed field, whose noise is correlated along t alone."""
    truth = field(EQUATIONS[seed % len(EQUATIONS)], False)
    noise = _noise(np.random.default_rng([seed, 10]), correlation, truth.truth["u"].shape)
    return _warned(truth.dataset(truth.truth["u"] + LEVELS[seed // 3 % len(LEVELS)] * np.std(truth.truth["u"]) * noise))


def _noise(rng: np.random.Generator, correlation: float, shape: tuple[int, ...]) -> np.ndarray:
    white = rng.standard_normal((shape[0] + 200, *shape[1:]))
    return np.sqrt(1 - correlation**2) * lfilter([1.0], [1.0, -correlation], white, axis=0)[200:]


def _warned(ds: xr.Dataset) -> dict:
    d = ours.differentiate(ds, ["u_t"])
    texts = [str(d[name].attrs["warning"]) for name in ("u", "u_t") if "warning" in d[name].attrs]
    return {"fired": bool(texts), "text": texts[0] if texts else ""}


def _seeds(settings: Settings, kind: str, correlation: float) -> list[int]:
    # Apart from the signals of the score; white noise takes more, for the smaller figure.
    first = (2 * DEVELOPMENT if settings.development else 1000) + round(1000 * correlation)
    count = 1 if settings.quick else {"signals": (100, 20), "fields": (45, 9)}[kind][correlation > 0]
    return [first + index for index in range(count)]


def cells(settings: Settings) -> list[Cell]:
    folder = "tests/benchmarks/derivatives"
    sources = (*ours.SOURCES, f"{folder}/signals.py", f"{folder}/fields.py", f"{folder}/whiteness_row.py")
    work = {"signals": measure_signal, "fields": measure_field}
    return [
        Cell(f"whiteness-{kind}", f"{correlation}-{seed}", work[kind], (seed, correlation), sources, ours.PACKAGES)
        for kind in KINDS
        for correlation in CORRELATIONS[: 2 if settings.quick else None]
        for seed in _seeds(settings, kind, correlation)
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    absent = unavailable(_whats(), kept, cells(settings))
    if absent:
        return absent
    lines, table = [], []
    for kind in KINDS:
        fired: dict[float, list[bool]] = {}
        for correlation in CORRELATIONS:
            for seed in _seeds(settings, kind, correlation):
                found = result(kept, f"whiteness-{kind}", f"{correlation}-{seed}")
                if found:
                    fired.setdefault(correlation, []).append(found["fired"])
        white = fired.get(0.0, [])
        coloured = [one for correlation, values in fired.items() if correlation for one in values]
        most, least = (float(np.mean(values)) if values else None for values in (coloured, white))
        (fires, fires_goal), (silent, silent_goal) = _whats()[2 * KINDS.index(kind) :][:2]
        lines.append(Line(fires, fires_goal, _share(coloured), None if most is None else most >= FIRES_GOAL))
        lines.append(Line(silent, silent_goal, _share(white), None if least is None else least <= SILENT_GOAL))
        table += [(kind, correlation, len(values), _share(values)) for correlation, values in fired.items()]
    head = ("of", "AR(1) coefficient", "draws", "warned")
    return Answer(lines, markdown(head, table))


def _share(values: list[bool]) -> str:
    return f"{np.mean(values):.1%}" if values else "-"


ROW = Row("whiteness", "Whiteness of the noise", cells, answer)

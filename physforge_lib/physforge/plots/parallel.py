"""Draw many runs at once: an axis for each setting in which they differ, and one for what came of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from physforge.plots.backend import holoviews

#: Axes and runs that are drawn, at most.
MOST_AXES, MOST_RUNS = 10, 1000

#: Different values of an axis of texts whose names are written.
_NAMED = 8

#: Longest name of a value or an axis.
_LONGEST = 18


def plot_parallel(runs: pd.DataFrame, result: str | None = None) -> Any:
    """Draw runs in parallel coordinates.

    Parameters
    ----------
    runs : pandas.DataFrame
        A row for each run; of columns of numbers and of texts those that vary are drawn.
    result : str, optional
        The column that gives the colour and stands last.

    Returns
    -------
    holoviews.Overlay
        A line for each run; each axis goes from its smallest value to its largest, texts are in order of the alphabet.
        Where a run has no value, its line is broken.
    """
    hv = holoviews()
    runs = runs.head(MOST_RUNS)
    names = [name for name in runs.columns if name != result and _places(runs[name])[1]]
    names = [*names[: MOST_AXES - 1], *([result] if result is not None and _places(runs[result])[1] else [])]
    axes = [_places(runs[name]) for name in names]
    colours = axes[-1][0] if axes else np.zeros(len(runs))
    heights = np.column_stack([axis[0] for axis in axes]) if axes else np.zeros((0, 0))
    across = np.arange(len(names), dtype=float)
    lines = [
        {"axis": across, "place": row, "colour": 0.5 if np.isnan(colour) else float(colour)}
        for row, colour in zip(heights, colours, strict=False)
    ]
    paths = hv.Contours(lines, kdims=["axis", "place"], vdims=["colour"])
    marks = [(float(place), height, words) for place, axis in enumerate(axes) for height, words in axis[1]]
    labels = hv.Labels(marks, kdims=["axis", "place"], vdims=["words"])
    ticks = [(float(place), _short(name)) for place, name in enumerate(names)]
    bars = hv.Overlay([hv.VLine(float(place)).opts(color="gray", line_width=1) for place in range(len(names))])
    written = labels.opts(text_font_size="9pt", text_align="left", xoffset=0.02, text_color="#777777")
    return (paths.opts(**_paths_look()) * bars * written).opts(
        xticks=ticks,
        yaxis=None,
        xlabel="",
        xlim=(-0.1, max(len(names) - 1, 0) + 0.5),
        ylim=(-0.06, 1.08),
        responsive=True,
        height=340,
        show_legend=False,
        show_grid=False,
    )


def _paths_look() -> dict[str, Any]:
    return {"color": "colour", "cmap": "viridis", "line_width": 1.2, "alpha": 0.7, "colorbar": False, "clim": (0, 1)}


def _places(column: pd.Series[Any]) -> tuple[npt.NDArray[np.float64], list[tuple[float, str]]]:
    """Return where each run is on an axis from 0 to 1, and what is written there; nothing where all are alike."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        finite = values[np.isfinite(values)]
        if finite.size == 0 or finite.min() == finite.max():
            return np.full(len(values), np.nan), []
        low, high = float(finite.min()), float(finite.max())
        scaled = np.where(np.isfinite(values), (values - low) / (high - low), np.nan)
        return scaled, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]
    texts = column.map(lambda one: None if one is None or one != one else str(one))
    known = sorted(set(texts.dropna()))
    if len(known) < 2:
        return np.full(len(texts), np.nan), []
    place: dict[Hashable, float] = {name: index / (len(known) - 1) for index, name in enumerate(known)}
    named = known if len(known) <= _NAMED else [known[0], known[-1]]
    return np.asarray(texts.map(place), dtype=np.float64), [(place[name], _short(name)) for name in named]


def _short(name: object) -> str:
    words = str(name)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."

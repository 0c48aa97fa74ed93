"""Draw the equations that were considered: how long they are against how well they fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from physforge.plots.backend import holoviews
from physforge.plots.theme import DATA, HEIGHT, SERIES, WIDTH

#: Misfits of zero are drawn this far below the smallest other one.
_BELOW = 0.5


def plot_candidates(table: pd.DataFrame, *, title: str = "") -> Any:
    """Draw complexity against misfit, and mark what was chosen.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``equation``, ``complexity``, ``misfit`` and ``chosen``, of one target, as `DiscoveryResult.candidates`.
    title : str, default: ""
        Above the figure.

    Returns
    -------
    holoviews.Overlay
        A point for each equation, with the equation where one points at it; a line through the best for each
        number of terms that is better than all shorter ones (the Pareto front); a ring around the chosen one.
    """
    hv = holoviews()
    rows = table[np.isfinite(table["misfit"].to_numpy(dtype=float))]
    positive = rows["misfit"][rows["misfit"] > 0]
    lowest = _BELOW * float(positive.min()) if len(positive) else 1.0
    shown = pd.DataFrame(
        {
            "terms": rows["complexity"].astype(float),
            "misfit": rows["misfit"].astype(float).clip(lower=lowest),
            "equation": rows["equation"].astype(str),
            "chosen": rows["chosen"].astype(bool),
        }
    )
    details = ["misfit", "equation"]
    points = hv.Scatter(shown, "terms", details, label="considered").opts(size=6, color=DATA, tools=["hover"])
    front = hv.Curve(pareto_front(shown), "terms", "misfit", label="best of its length").opts(color=SERIES[0])
    ring = hv.Scatter(shown[shown["chosen"]], "terms", details, label="chosen")
    ring = ring.opts(size=15, fill_alpha=0.0, line_width=3, color=SERIES[1], tools=["hover"])
    return (points * front * ring).opts(
        title=title,
        logy=True,
        xlabel="number of terms",
        ylabel="misfit",
        width=2 * WIDTH,
        height=HEIGHT,
        legend_position="right",
        show_grid=True,
    )


def pareto_front(table: pd.DataFrame) -> pd.DataFrame:
    """Return what no other is both shorter and better than.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``terms`` and ``misfit``.

    Returns
    -------
    pandas.DataFrame
        Rows of it, by the number of terms.

    Examples
    --------
    >>> table = pd.DataFrame({"terms": [2.0, 1.0, 3.0, 2.0], "misfit": [0.1, 0.5, 0.2, 0.3]})
    >>> pareto_front(table)["misfit"].tolist()
    [0.5, 0.1]
    """
    ordered = table.sort_values(["terms", "misfit"])
    return ordered[ordered["misfit"] < ordered["misfit"].cummin().shift(fill_value=np.inf)]

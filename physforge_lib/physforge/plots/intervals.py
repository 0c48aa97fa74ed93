"""Draw coefficients with their intervals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from physforge.plots.backend import holoviews
from physforge.plots.dataset import HEIGHT, WIDTH


def plot_intervals(table: pd.DataFrame, *, title: str = "") -> Any:
    """Draw each coefficient with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        With columns ``term``, ``low``, ``estimate``, ``high``, as `conf_int` gives.
    title : str, default: ""
        Above the figure.

    Returns
    -------
    holoviews.Overlay
        One point and one bar a term; a dashed line marks zero.
    """
    hv = holoviews()
    below = table["estimate"] - table["low"]
    above = table["high"] - table["estimate"]
    rows = list(zip(table["term"], table["estimate"], below, above, strict=True))
    bars = hv.ErrorBars(rows, "term", ["coefficient", "below", "above"])
    points = hv.Scatter(list(zip(table["term"], table["estimate"], strict=True)), "term", "coefficient")
    zero = hv.HLine(0.0).opts(color="gray", line_dash="dashed", line_width=1)
    return (bars * points.opts(size=8) * zero).opts(width=2 * WIDTH, height=HEIGHT, title=title, xrotation=30)

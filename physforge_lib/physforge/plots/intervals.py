"""Draw coefficients with their intervals, and a discovery as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from physforge.plots.backend import holoviews
from physforge.plots.candidates import plot_candidates
from physforge.plots.theme import GUIDE, HEIGHT, SERIES, WIDTH

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult


def plot_discovery(result: DiscoveryResult, *, title: str = "") -> Any:
    """Draw the coefficients with their intervals, and for each target the equations considered.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    title : str, default: ""
        Above the first figure.

    Returns
    -------
    holoviews.Layout
        The intervals (none where no equation is supported), and one figure for each target (see
        `physforge.plots.plot_candidates`).
    """
    intervals = result.conf_int()
    panels = [plot_intervals(intervals, title=title)] if len(intervals) else []
    targets = list(dict.fromkeys(result.candidates["target"]))
    for target in targets:
        rows = result.candidates[result.candidates["target"] == target]
        panels.append(plot_candidates(rows, title=f"equations considered for {target}"))
    return holoviews().Layout(panels).cols(1)


def plot_intervals(table: pd.DataFrame, *, title: str = "") -> Any:
    """Draw each coefficient with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        With columns ``term``, ``low``, ``estimate``, ``high``, as `conf_int` gives; with ``target`` too, where there
        are several.
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
    names = list(table["term"])
    if "target" in table and table["target"].nunique() > 1:
        names = [f"{target}: {term}" for target, term in zip(table["target"], table["term"], strict=True)]
    bars = hv.ErrorBars(
        list(zip(names, table["estimate"], below, above, strict=True)), "term", ["coefficient", "below", "above"]
    )
    points = hv.Scatter(list(zip(names, table["estimate"], strict=True)), "term", "coefficient")
    zero = hv.HLine(0.0).opts(color=GUIDE, line_dash="dashed", line_width=1)
    look = {"width": 2 * WIDTH, "height": HEIGHT, "title": title, "xrotation": 30}
    return (
        bars.opts(color=SERIES[0], lower_head=None, upper_head=None) * points.opts(size=8, color=SERIES[0]) * zero
    ).opts(**look)

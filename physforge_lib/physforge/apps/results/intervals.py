"""Coefficients with their intervals: a table, and a picture in which each is seen against zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource
from bokeh.models.annotations import Span, Whisker

from physforge.apps.markup import table
from physforge.apps.results.canvas import MEASURED, SERIES, canvas
from physforge.apps.results.cards import number

Row = Mapping[str, Any]


def interval_table(rows: Sequence[Row], label: str) -> str:
    """List intervals as HTML.

    Parameters
    ----------
    rows : sequence of mapping
        With ``low``, ``estimate`` and ``high``, and the other columns before them.
    label : str
        What it is, for a screen reader.

    Returns
    -------
    str
        A table.
    """
    names = [name for name in rows[0] if name not in ("low", "estimate", "high")]
    shown = [
        (*(str(one[name]) for name in names), *(number(one[name], 5) for name in ("low", "estimate", "high")))
        for one in rows
    ]
    return table((*names, "low", "estimate", "high"), shown, label=label)


def interval_plot(rows: Sequence[Row], title: str) -> Any:
    """Draw each interval, relative to its estimate, so that large and small ones are seen alike.

    Parameters
    ----------
    rows : sequence of mapping
        With ``low``, ``estimate`` and ``high``.
    title : str
        Above it.

    Returns
    -------
    bokeh.plotting.figure
        As wide as the page.
    """
    names = [
        " in ".join(str(one[name]) for name in ("term", "parameter", "name", "target") if name in one) for one in rows
    ]
    data: dict[str, Any] = {"name": names, "low": [], "estimate": [], "high": []}
    for one in rows:
        size = abs(one["estimate"]) or 1.0
        for key in ("low", "estimate", "high"):
            data[key].append(None if one[key] is None else one[key] / size)
    source = ColumnDataSource(data)
    plot = canvas(
        title=title,
        height=90 + 34 * len(rows),
        y_range=list(reversed(names)),
        x_axis_label="coefficient as a share of its size",
        tools="save",
    )
    plot.add_layout(
        Whisker(
            base="name", lower="low", upper="high", source=source, dimension="width", line_color=SERIES[0], line_width=2
        )
    )
    plot.scatter("estimate", "name", source=source, size=8, color=SERIES[0])
    plot.add_layout(Span(location=0.0, dimension="height", line_color=MEASURED, line_dash="dashed"))
    return plot

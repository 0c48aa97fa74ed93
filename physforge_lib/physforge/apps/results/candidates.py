"""The equations that were considered: how long they are against how well they fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool

from physforge.apps.markup import table
from physforge.apps.results.canvas import MEASURED, SERIES, canvas
from physforge.apps.results.cards import number

#: Rows of the table for each target.
ROWS = 10

Row = Mapping[str, Any]


def candidate_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the candidates of a discovery.

    Parameters
    ----------
    content : mapping
        Of its ``result.json``.

    Returns
    -------
    list of dict
        ``target``, ``equation``, ``complexity``, ``misfit``, ``chosen`` and more; best first for each target.
    """
    columns = dict(content.get("candidates", {}))
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def found_equations(content: Mapping[str, Any]) -> list[str]:
    """Return the equations that were found, as texts.

    Parameters
    ----------
    content : mapping
        Of a discovery's ``result.json``.

    Returns
    -------
    list of str
        None for a target that has no supported equation.
    """
    supported = {one["target"] for one in content.get("findings", ()) if one["terms"]}
    chosen = {one["target"]: one["equation"] for one in candidate_rows(content) if one["chosen"]}
    return [text for target, text in chosen.items() if target in supported]


def candidate_table(rows: Sequence[Row]) -> str:
    """List the best candidates of a target as HTML.

    Parameters
    ----------
    rows : sequence of mapping
        Of one target.

    Returns
    -------
    str
        The chosen one is said to be so in words.
    """
    shown = [
        (("chosen: " if one["chosen"] else "") + str(one["equation"]), str(one["complexity"]), number(one["misfit"]))
        for one in rows[:ROWS]
    ]
    return table(("equation", "terms", "misfit"), shown, label=f"Equations considered for {rows[0]['target']}")


def pareto_plot(rows: Sequence[Row]) -> Any:
    """Draw complexity against misfit, with a ring around what was chosen.

    Parameters
    ----------
    rows : sequence of mapping
        Of one target.

    Returns
    -------
    bokeh.plotting.figure
        As wide as the page.
    """
    known = [one for one in rows if one["misfit"] is not None and math.isfinite(one["misfit"])]
    positive = [one["misfit"] for one in known if one["misfit"] > 0]
    # A misfit of zero has no logarithm.
    lowest = 0.5 * min(positive, default=1.0)
    plot = canvas(
        title=f"Equations considered for {rows[0]['target']}",
        y_axis_type="log",
        x_axis_label="number of terms",
        y_axis_label="misfit",
        tools="box_zoom,reset,save",
    )
    front = pareto_front(known)
    plot.line(*_places(front, lowest), color=SERIES[0], line_width=2, legend_label="best of its length")
    points = plot.scatter("x", "y", source=_source(known, lowest), size=7, color=MEASURED, legend_label="considered")
    chosen = _source([one for one in known if one["chosen"]], lowest)
    plot.scatter("x", "y", source=chosen, size=16, fill_alpha=0.0, line_width=3, color=SERIES[1], legend_label="chosen")
    plot.add_tools(HoverTool(renderers=[points], tooltips=[("equation", "@equation"), ("misfit", "@y")]))
    plot.legend.background_fill_alpha = 0.5
    return plot


def pareto_front(rows: Sequence[Row]) -> list[Row]:
    """Return what no other is both shorter and better than, by the number of terms.

    Parameters
    ----------
    rows : sequence of mapping
        With ``complexity`` and ``misfit``.

    Returns
    -------
    list of mapping
        Some of `rows`.
    """
    best, front = math.inf, []
    for one in sorted(rows, key=lambda row: (row["complexity"], row["misfit"])):
        if one["misfit"] < best:
            best = one["misfit"]
            front.append(one)
    return front


def _places(rows: Sequence[Row], lowest: float) -> tuple[list[float], list[float]]:
    return [float(one["complexity"]) for one in rows], [max(one["misfit"], lowest) for one in rows]


def _source(rows: Sequence[Row], lowest: float) -> ColumnDataSource:
    x, y = _places(rows, lowest)
    return ColumnDataSource({"x": x, "y": y, "equation": [str(one["equation"]) for one in rows]})

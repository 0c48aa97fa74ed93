"""How the losses of training went."""

from __future__ import annotations

from typing import Any

import numpy as np

from physforge.apps.results.canvas import SERIES, canvas


def history_plot(rows: list[dict[str, Any]]) -> Any:
    """Draw how the losses of training went.

    Parameters
    ----------
    rows : list of dict
        With ``step``, ``loss``, ``held_out`` and ``loss of NAME``.

    Returns
    -------
    bokeh.plotting.figure
        Logarithmic; the held-out residual is squared, so that it is on the scale of the losses.
    """
    plot = canvas(
        title="Losses over the steps of training",
        y_axis_type="log",
        x_axis_label="step",
        y_axis_label="loss",
        tools="box_zoom,reset,save,hover",
        tooltips=[("step", "$x"), ("loss", "$y")],
    )
    steps = [one["step"] for one in rows]
    lines = {"loss": [one.get("loss") for one in rows]}
    lines["held out"] = [None if one.get("held_out") is None else one["held_out"] ** 2 for one in rows]
    for number, (label, values) in enumerate(lines.items()):
        shown = [value if value is not None and value > 0 else np.nan for value in values]
        plot.line(steps, shown, color=SERIES[number], line_width=2, legend_label=label)
        if len(steps) < 3:
            plot.scatter(steps, shown, color=SERIES[number], size=7)
    plot.legend.background_fill_alpha = 0.5
    return plot

"""The losses of a training while it runs; only new points are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import panel as pn
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from physforge.apps.jobs.losses import thinned
from physforge.tasks.pinn.loss_lines import LossPoint

#: Points of the curve, at most; those that are added push the first ones out.
MOST = 4000

#: Points that are sent at once, at most.
_AT_ONCE = 1000

_SERIES = (
    ("loss", "loss at the training points", "#0b6fb8", "solid"),
    ("held_out", "residual held out", "#c8660a", "dashed"),
)


class LossCurve(pn.viewable.Viewer):
    """Draws losses over steps, both on scales of powers of ten."""

    def __init__(self) -> None:
        super().__init__()
        self.source = ColumnDataSource({"step": [], "loss": [], "held_out": []})
        self._last = -1
        self._pane = pn.pane.Bokeh(self._figure(), sizing_mode="stretch_width", visible=False)

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self._pane

    def add(self, points: Sequence[LossPoint]) -> None:
        """Add points.

        Parameters
        ----------
        points : sequence of LossPoint
            In the order of their steps. Where a training goes on from an earlier step, what came after it is
            forgotten.
        """
        if not points:
            return
        if points[0].step <= self._last:
            self._forget(points[0].step)
        self._last = points[-1].step
        chosen = thinned(points, _AT_ONCE)
        new: dict[str, Any] = {name: [getattr(one, name) for one in chosen] for name in LossPoint._fields}
        self.source.stream(new, rollover=MOST)
        self._pane.visible = True

    def _forget(self, first: int) -> None:
        rows = [index for index, step in enumerate(self.source.data["step"]) if step < first]
        self.source.data = {str(name): [column[row] for row in rows] for name, column in self.source.data.items()}

    def _figure(self) -> Any:
        # What it takes is known only when it runs.
        make: Any = figure
        drawn = make(
            height=260,
            sizing_mode="stretch_width",
            y_axis_type="log",
            x_axis_label="step",
            y_axis_label="loss",
            tools="pan,wheel_zoom,box_zoom,reset,hover",
            active_drag=None,
            tooltips=[("step", "@step"), ("loss", "@loss"), ("held out", "@held_out")],
        )
        for name, words, colour, dash in _SERIES:
            drawn.line("step", name, source=self.source, legend_label=words, color=colour, line_dash=dash, line_width=2)
        drawn.legend.location = "top_right"
        drawn.legend.background_fill_alpha = 0.6
        drawn.toolbar.logo = None
        return drawn

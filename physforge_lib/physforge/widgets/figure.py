"""A HoloViews figure as a widget: drawn once, then only what changes is sent."""

from __future__ import annotations

from typing import Any

from bokeh.document import Document

from physforge.plots.backend import holoviews
from physforge.widgets.bokeh_widget import BokehWidget


class FigureWidget(BokehWidget):
    """Shows a HoloViews figure with Bokeh's tools for zooming.

    Parameters
    ----------
    label : str
        What the figure shows, for screen readers.
    """

    def __init__(self, label: str = "") -> None:
        super().__init__(label)
        self._stream: Any = None
        self._shape: object = None

    def show(self, figure: Any, shape: object = None) -> None:
        """Draw a figure, or change the one that is there.

        Parameters
        ----------
        figure : holoviews object
            What to draw.
        shape : object, optional
            What the figure is made of, comparable. Where it equals the one before, the axes, the zoom and the
            tools stay, and only what differs is sent. By default everything is drawn anew.
        """
        hv = holoviews()
        if self._stream is not None and shape is not None and shape == self._shape:
            self._stream.event(figure=figure)
            self.send_changes()
            return
        self._shape = shape
        self._stream = hv.streams.Stream.define("Shown", figure=figure)()
        moving = hv.DynamicMap(lambda figure: figure, streams=[self._stream]) if shape is not None else figure
        document = Document()
        document.add_root(hv.renderer("bokeh").get_plot(moving, doc=document).state)
        self.put(document)

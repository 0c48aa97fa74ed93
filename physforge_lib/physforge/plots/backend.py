"""HoloViews with its Bokeh backend, loaded when the first figure is drawn."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def holoviews() -> Any:
    """Return the module `holoviews`, with Bokeh as its backend.

    Returns
    -------
    module
        In a notebook, figures bring their scripts and styles along: nothing is
        fetched from outside.
    """
    hv: Any = import_module("holoviews")
    if "bokeh" not in hv.Store.renderers:
        hv.extension("bokeh", logo=False, inline=True)
        # HoloViews' own way of showing a figure leaves its styles to a content delivery
        # network; Panel's way has them inline.
        hv.Store.set_display_hook("html+js", hv.core.dimension.LabelledData, _show)
    return hv


def _show(figure: Any) -> Any:
    pn: Any = import_module("panel")
    pn.config.inline = True
    pn.config.console_output = "disable"
    return pn.pane.HoloViews(figure)._repr_mimebundle_()

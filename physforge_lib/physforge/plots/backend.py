"""HoloViews with its Bokeh backend, loaded when the first figure is drawn."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def holoviews() -> Any:
    """Return the module `holoviews`, with Bokeh as its backend.

    Returns
    -------
    module
        In a notebook, the first figure that is shown brings its scripts and styles along: nothing is
        fetched from outside. Widgets bring their own.
    """
    hv: Any = import_module("holoviews")
    if "bokeh" not in hv.Store.renderers:
        import_module("holoviews.plotting.bokeh")
        hv.Store.set_current_backend("bokeh")
        _show_as_panel_does(hv)
    return hv


def _show_as_panel_does(hv: Any) -> None:
    # HoloViews' own way of showing a figure leaves its styles to a content delivery
    # network; Panel's way has them inline.
    hv.Store.set_display_hook("html+js", hv.core.dimension.LabelledData, _show)


def _show(figure: Any) -> Any:
    hv: Any = import_module("holoviews")
    if not hv.extension._loaded:
        hv.extension("bokeh", logo=False, inline=True)
        _show_as_panel_does(hv)
    pn: Any = import_module("panel")
    pn.config.inline = True
    pn.config.console_output = "disable"
    return pn.pane.HoloViews(figure)._repr_mimebundle_()

"""HoloViews with its Bokeh backend, loaded when the first figure is drawn."""

from __future__ import annotations

from typing import Any


def holoviews() -> Any:
    """Return the module `holoviews`, with Bokeh as its backend.

    Returns
    -------
    module
        In a notebook, Bokeh's scripts come inline with the first figure: nothing
        is fetched from outside.
    """
    import holoviews as hv

    if "bokeh" not in hv.Store.renderers:
        hv.extension("bokeh", logo=False)
    return hv

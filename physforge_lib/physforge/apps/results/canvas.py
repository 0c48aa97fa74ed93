"""What every figure of the page has in common."""

from __future__ import annotations

from typing import Any

from bokeh import plotting

#: In pixels; the width is that of the page.
HEIGHT = 270

#: Of curves: told apart with any colour vision (after Okabe and Ito), and visible on light and on dark.
SERIES = ("#0f7fc4", "#c9610f", "#12906c", "#b8528f", "#8a7a12", "#7a63d2")

#: Of what was measured, and of lines that only guide the eye.
MEASURED = "#7d848c"


def canvas(title: str, *, height: int = HEIGHT, **options: Any) -> Any:
    """Return an empty figure as wide as the page, on the page's own background.

    Parameters
    ----------
    title : str
        Above it.
    height : int, default 270
        In pixels.
    **options : object
        Of a Bokeh figure.

    Returns
    -------
    bokeh.plotting.figure
        To be drawn on.
    """
    # Bokeh does not say of what types the options of a figure are.
    make: Any = plotting.figure
    options |= {name: plain(options[name]) for name in ("x_axis_label", "y_axis_label") if name in options}
    return make(
        title=plain(title),
        height=height,
        sizing_mode="stretch_width",
        background_fill_alpha=0.0,
        border_fill_alpha=0.0,
        **options,
    )


def plain(words: str) -> str:
    """Return a text in which Bokeh finds no formula: names are people's, and formulas load what sets them.

    Parameters
    ----------
    words : str
        Any.

    Returns
    -------
    str
        That looks the same.
    """
    return words.replace("$$", "$\u200b$").replace("\\(", "\\\u200b(").replace("\\[", "\\\u200b[")

"""Pictures of a report: drawn without a display, and always to the same bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from physforge.reports.document import Picture

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: In inches, at 72 points each.
_WIDTH, _LINE = 6.5, 0.3

#: Most terms of one picture; more cannot be told apart.
_MOST_TERMS = 30

_BLUE = "#1b5e9b"

#: Of what is drawn as an image inside a picture.
_DPI = 150


def interval_picture(intervals: pd.DataFrame) -> tuple[Picture, ...]:
    """Draw coefficients with their intervals, each beside the size of its own estimate.

    Parameters
    ----------
    intervals : pandas.DataFrame
        With target, term, low, estimate and high.

    Returns
    -------
    tuple of Picture
        None where there is nothing to draw, or nothing to draw with.
    """
    is_known = np.isfinite(intervals[["low", "estimate", "high"]].to_numpy(dtype=float)).all(axis=1)
    rows = intervals[is_known & (intervals["estimate"].to_numpy() != 0)]
    if not 0 < len(rows) <= _MOST_TERMS:
        return ()

    def draw(axes: Axes) -> None:
        size = rows["estimate"].abs().to_numpy()
        sign = np.sign(rows["estimate"].to_numpy())
        low, high = (sign * rows[name].to_numpy() / size for name in ("low", "high"))
        places = np.arange(len(rows))[::-1]
        axes.hlines(places, np.minimum(low, high), np.maximum(low, high), color=_BLUE)
        axes.plot(np.ones(len(rows)), places, "o", color=_BLUE)
        axes.axvline(0.0, color="#999999", linewidth=0.8)
        axes.set_yticks(places, [f"{one.target}: {one.term}" for one in rows.itertuples()])
        axes.set_xlabel("coefficient / estimate")
        axes.set_ylim(-0.7, len(rows) - 0.3)

    caption = "Intervals of 95 % beside their estimates; one that reaches zero may be of no term at all."
    return picture(draw, 0.9 + _LINE * len(rows), caption)


def history_picture(history: pd.DataFrame) -> tuple[Picture, ...]:
    """Draw how the residual fell that training does not see.

    Parameters
    ----------
    history : pandas.DataFrame
        With ``step`` and ``held_out``.

    Returns
    -------
    tuple of Picture
        None where there is nothing to draw, or nothing to draw with.
    """
    rows = history[np.isfinite(history["held_out"]) & (history["held_out"] > 0)]
    if len(rows) < 2:
        return ()

    def draw(axes: Axes) -> None:
        axes.semilogy(rows["step"], rows["held_out"], color=_BLUE)
        axes.set_xlabel("step")
        axes.set_ylabel("held-out residual")
        axes.grid(visible=True, color="#dddddd")

    caption = "Root mean square of laws and conditions at points apart from those of training."
    return picture(draw, 2.6, caption)


def picture(
    draw: Callable[[Any], None], height: float, caption: str, *, projection: str | None = None
) -> tuple[Picture, ...]:
    """Draw with matplotlib, always to the same bytes.

    Parameters
    ----------
    draw : callable
        Draws on the axes that it is given.
    height : float
        In inches.
    caption : str
        Of the picture.
    projection : str, optional
        ``"3d"`` for axes in space.

    Returns
    -------
    tuple of Picture
        None where there is nothing to draw with.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:  # a report without pictures is a report
        return ()
    # Letters as outlines look the same everywhere; identifiers come of the content and not of chance; and a
    # name with dollars in it is no formula.
    settings: dict[str, Any] = {
        "svg.fonttype": "path",
        "svg.hashsalt": caption,
        "font.size": 9.0,
        "text.parse_math": False,
    }
    with (
        mpl.rc_context(cast("Any", {**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **settings})),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "Glyph .* missing")  # of a script that the font does not have
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots(subplot_kw={"projection": projection})
        draw(axes)
        for side in () if projection else ("top", "right"):
            axes.spines[side].set_visible(False)
        written = io.StringIO()
        figure.savefig(written, format="svg", dpi=_DPI, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    return (Picture(text[text.index("<svg") :], caption),)

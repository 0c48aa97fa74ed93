"""Colours and sizes of every figure: one look, which can be read on light and on dark pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Mode = Literal["light", "dark"]

#: Of curves and points, in this order: told apart with any colour vision (after Okabe and Ito), and
#: with a contrast of three to one or more on both backgrounds.
SERIES = ("#0f7fc4", "#c9610f", "#12906c", "#b8528f", "#8a7a12", "#7a63d2", "#c23b4b", "#3f8f9f")

#: Of what was measured, and of what marks a place without saying anything itself.
DATA, GUIDE = "#7d848c", "#7f868d"

#: In pixels: of one panel, and of three side by side.
WIDTH, HEIGHT, THIRD = 380, 280, 300

#: A field has two signs if the smaller side is at least this share of the larger one: what noise
#: does around zero is no change of sign.
_TWO_SIDED = 0.05


@dataclass(frozen=True)
class Theme:
    """What a picture that is not drawn by the page itself needs to fit into it.

    Parameters
    ----------
    background : str
        Of the picture.
    ink : str
        Of letters and axes.
    """

    background: str
    ink: str


THEMES: dict[Mode, Theme] = {"light": Theme("#ffffff", "#1b1b1b"), "dark": Theme("#16181b", "#e8e8e8")}


@dataclass(frozen=True)
class ColourScale:
    """How values become colours.

    Parameters
    ----------
    low : float
        Value of the first colour.
    high : float
        Value of the last one, above `low`.
    diverging : bool
        Whether the middle colour is zero.
    """

    low: float
    high: float
    diverging: bool

    @property
    def palette(self) -> tuple[str, ...]:
        """256 colours, perceptually uniform: viridis, or blue over white to red."""
        if self.diverging:
            return tuple(import_module("colorcet").palette["coolwarm"])
        return tuple(import_module("bokeh.palettes").Viridis256)

    @property
    def options(self) -> dict[str, Any]:
        """What HoloViews has to be told."""
        return {"cmap": list(self.palette), "clim": (self.low, self.high)}


def colour_scale(values: npt.ArrayLike, *, diverging: bool | None = None) -> ColourScale:
    """Choose colours for values.

    Parameters
    ----------
    values : array_like
        Missing ones are NaN.
    diverging : bool, optional
        Whether zero is in the middle; by default where the values have both signs.

    Returns
    -------
    ColourScale
        Over all of the values; of no values at all, from 0 to 1.

    Examples
    --------
    >>> colour_scale([-1.0, 2.0])
    ColourScale(low=-2.0, high=2.0, diverging=True)
    >>> colour_scale([1.0, 2.0, float("nan")])
    ColourScale(low=1.0, high=2.0, diverging=False)
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if diverging is None:
        diverging = low < 0.0 < high and min(-low, high) >= _TWO_SIDED * max(-low, high)
    if diverging:
        reach = max(abs(low), abs(high)) or 1.0
        return ColourScale(-reach, reach, True)
    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return ColourScale(low, high, False)


def number_text(value: float) -> str:
    """Write a number for an axis: short, and without an exponent where that is shorter.

    Parameters
    ----------
    value : float
        Any.

    Returns
    -------
    str
        At most four digits.

    Examples
    --------
    >>> number_text(0.25), number_text(-0.0), number_text(1234567.0)
    ('0.25', '0', '1.235e+06')
    """
    return f"{value + 0.0:.4g}"


def plain_words(text: str) -> str:
    r"""Write a name so that no page takes a part of it for a formula.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        It looks the same; between the two signs that would open or close a formula is a space without a width.

    Examples
    --------
    >>> plain_words("$$x$$") == "$\u200b$x$\u200b$", plain_words("u (m/s)")
    (True, 'u (m/s)')
    """
    return re.sub(r"\$(?=\$)|\\(?=[\[\]()])", lambda found: found.group() + "\u200b", text)


def even_ticks(low: float, high: float, most: int = 4) -> tuple[float, ...]:
    """Choose round numbers within a range.

    Parameters
    ----------
    low : float
        One end.
    high : float
        The other, above it.
    most : int, default 4
        So many steps are not exceeded.

    Returns
    -------
    tuple of float
        Multiples of one, two or five times a power of ten; the two ends where the range is no range.

    Examples
    --------
    >>> even_ticks(-1.0, 1.0)
    (-1.0, -0.5, 0.0, 0.5, 1.0)
    """
    length = high - low
    if not (np.isfinite(length) and length > 0):
        return (low, high)
    power = 10.0 ** np.floor(np.log10(length / most))
    step = next(power * one for one in (1.0, 2.0, 5.0, 10.0) if length / (power * one) <= most + 1e-9)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return tuple(float(one * step) + 0.0 for one in np.arange(first, last + 1))

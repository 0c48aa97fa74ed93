"""Curves and coloured planes of a page, which take new values without being drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from bokeh.models import ColumnDataSource, LinearColorMapper
from bokeh.models.annotations import Band, ColorBar
from bokeh.palettes import RdBu11, Viridis256, interp_palette

from physforge.apps.acts.packing import unpack
from physforge.apps.results.canvas import MEASURED, SERIES, canvas

Picture = Mapping[str, Any]
Array = npt.NDArray[np.float32]

_TOOLS = "box_zoom,reset,save,hover"


class Plane:
    """Colours over two axes, at one moment of those that there are.

    Parameters
    ----------
    picture : mapping
        See `physforge.apps.acts.field_pictures.field_picture`, with two or three axes.
    title : str
        Above it.
    diverging : bool, default False
        Whether white is zero.
    limits : tuple of float, optional
        Of the colours; by default those of the values at all moments.
    """

    def __init__(
        self, picture: Picture, title: str, *, diverging: bool = False, limits: tuple[float, float] | None = None
    ) -> None:
        self.moment = 0
        self._diverging = diverging
        palette = list(interp_palette(RdBu11, 256)) if diverging else list(Viridis256)
        self._colours = LinearColorMapper(palette=palette, nan_color="#00000000")
        self._source = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        up, across = picture["axes"][-2:] if picture["axes"][-2]["name"] == "t" else picture["axes"][-2:][::-1]
        self._flip = picture["axes"][-2] is not up
        self.figure = canvas(
            title=title,
            x_axis_label=axis_label(across),
            y_axis_label=axis_label(up),
            tools=_TOOLS,
            tooltips=[(across["name"], "$x"), (up["name"], "$y"), (picture["name"], "@image")],
            x_range=_ends(across),
            y_range=_ends(up),
        )
        self.figure.image("image", "x", "y", "dw", "dh", source=self._source, color_mapper=self._colours)
        self.figure.add_layout(ColorBar(color_mapper=self._colours, width=10, background_fill_alpha=0.0), "right")
        self._place = (up, across)
        self.draw(picture, limits)

    def draw(self, picture: Picture, limits: tuple[float, float] | None = None) -> None:
        """Show other values on the same axes.

        Parameters
        ----------
        picture : mapping
            As before.
        limits : tuple of float, optional
            Of the colours.
        """
        values = unpack(picture["values"])
        self._values = values if values.ndim == 3 else values[None]
        low, high = limits or value_range([self._values], diverging=self._diverging)
        self._colours.update(low=low, high=high)
        self.draw_moment(min(self.moment, len(self._values) - 1))

    def draw_moment(self, moment: int) -> None:
        """Show the values of one moment.

        Parameters
        ----------
        moment : int
            Its number.
        """
        self.moment = moment
        plane = self._values[moment].T if self._flip else self._values[moment]
        (y, top), (x, right) = (_ends(axis) for axis in self._place)
        self._source.data = {
            "image": [np.ascontiguousarray(plane)],
            "x": [x],
            "y": [y],
            "dw": [right - x],
            "dh": [top - y],
        }


class Curves:
    """Several curves over one axis; what was measured is points.

    Parameters
    ----------
    pictures : mapping of str to mapping
        Label -> picture with one axis; see `physforge.apps.acts.field_pictures.field_picture`.
    title : str
        Above them.
    points : tuple of str, default ("data",)
        Labels of those that are points.
    """

    def __init__(self, pictures: Mapping[str, Picture], title: str, *, points: tuple[str, ...] = ("data",)) -> None:
        first = next(iter(pictures.values()))
        units = f" ({first['units']})" if first["units"] else ""
        self.figure = canvas(
            title=title,
            x_axis_label=axis_label(first["axes"][0]),
            y_axis_label=f"{first['name']}{units}" if len(pictures) == 1 or first["name"] in title else "",
            tools=_TOOLS,
            tooltips=[(first["axes"][0]["name"], "$x"), ("value", "$y")],
        )
        self._sources: dict[str, ColumnDataSource] = {}
        for number, (label, picture) in enumerate(pictures.items()):
            self._sources[label] = source = ColumnDataSource(_curve_data(picture))
            if label in points:
                self.figure.scatter("x", "y", source=source, size=6, color=MEASURED, legend_label=label)
                continue
            colour = SERIES[number % len(SERIES)]
            if picture["sd"] is not None:
                band = Band(base="x", lower="low", upper="high", source=source, fill_color=colour, fill_alpha=0.25)
                self.figure.add_layout(band)
            self.figure.line("x", "y", source=source, color=colour, line_width=2, legend_label=label)
        self.figure.legend.visible = len(pictures) > 1
        self.figure.legend.background_fill_alpha = 0.5

    def draw(self, pictures: Mapping[str, Picture]) -> None:
        """Show other values; a label that is not there keeps its own.

        Parameters
        ----------
        pictures : mapping of str to mapping
            As before.
        """
        for label, picture in pictures.items():
            if label in self._sources:
                self._sources[label].data = _curve_data(picture)


def value_range(arrays: list[Array], *, diverging: bool = False) -> tuple[float, float]:
    """Return the limits of colours.

    Parameters
    ----------
    arrays : list of numpy.ndarray
        With NaN where there is nothing.
    diverging : bool, default False
        Whether zero is in the middle.

    Returns
    -------
    tuple of float
        Two different numbers.
    """
    known = np.concatenate([one[np.isfinite(one)].ravel() for one in arrays])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if diverging:
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def axis_label(axis: Mapping[str, Any]) -> str:
    """Return what stands beside an axis: its name and, where known, its unit."""
    return f"{axis['name']} ({axis['units']})" if axis["units"] else str(axis["name"])


def _ends(axis: Mapping[str, Any]) -> tuple[float, float]:
    """Return the outer edges of the first and the last cell."""
    places = axis["places"]
    half = (places[-1] - places[0]) / max(len(places) - 1, 1) / 2 or 0.5
    return places[0] - half, places[-1] + half


def _curve_data(picture: Picture) -> dict[str, Any]:
    places = np.asarray(picture["axes"][0]["places"])
    values = unpack(picture["values"])
    reach = 2.0 * unpack(picture["sd"]) if picture["sd"] is not None else np.zeros_like(values)
    return {"x": places, "y": values, "low": values - reach, "high": values + reach}

"""Controls that choose a section of a dataset, and the picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import xarray as xr

from physforge.errors import DatasetError
from physforge.widgets.cloud import cloud_axes, cloud_figure, is_scattered
from physforge.widgets.figure import FigureWidget
from physforge.widgets.positions import Positions
from physforge.widgets.section_figure import section_figure, words_on
from physforge.widgets.sections import (
    Section,
    choices_across,
    fields_to_show,
    first_section,
    value_range,
    with_axes,
)
from physforge.widgets.words import paragraph

#: What stands for "no dim up".
VALUES = "its values"


class SectionView(ipywidgets.VBox):
    """Shows one field at a time: over two of its dims, or as a curve over one.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid, or at scattered points.
    fields : sequence of str, optional
        What can be chosen; by default everything that can be drawn.

    Raises
    ------
    DatasetError
        If there is nothing to draw.
    """

    def __init__(self, ds: xr.Dataset, fields: Sequence[str] | None = None) -> None:
        self._ds = ds
        names = list(fields) if fields is not None else fields_to_show(ds)
        if not names:
            raise DatasetError("The dataset has no field with numbers along an axis, so there is nothing to explore.")
        self._limits: dict[str, tuple[float, float]] = {}
        self._is_changing = False
        self.field = _dropdown("field", options=names)
        self.across = _dropdown("across")
        self.up = _dropdown("up")
        self.positions = Positions()
        self.figure = FigureWidget()
        self.words = ipywidgets.HTML()
        self.section = self._first(names[0])
        controls = ipywidgets.HBox(
            [self.field, self.across, self.up], layout=ipywidgets.Layout(flex_flow="row wrap", max_width="100%")
        )
        super().__init__([controls, self.positions, self.figure, self.words], layout=ipywidgets.Layout(width="540px"))
        self._show_controls()
        self._draw()
        self.field.observe(self._take_field, "value")
        self.across.observe(self._take_axes, "value")
        self.up.observe(self._take_axes, "value")
        self.positions.on_change(self._take_positions)

    def _first(self, name: str) -> Section:
        if not is_scattered(self._ds, name):
            return first_section(self._ds, name)
        axes = cloud_axes(self._ds)
        return Section(name, axes[0], axes[1] if len(axes) > 1 else None)

    def _take_field(self, change: dict[str, Any]) -> None:
        before, name = self.section, change["new"]
        if self._ds[name].dims == self._ds[before.field].dims:
            self.section = Section(name, before.across, before.up, before.held)
        else:
            self.section = self._first(name)
        self._show_controls()
        self._draw()

    def _take_axes(self, _change: dict[str, Any]) -> None:
        if self._is_changing:
            return
        across, up = self.across.value, None if self.up.value == VALUES else self.up.value
        if is_scattered(self._ds, self.section.field):
            self.section = Section(self.section.field, across, None if up == across else up)
        else:
            self.section = with_axes(self._ds, self.section, across, up)
        self._show_controls()
        self._draw()

    def _take_positions(self, held: dict[str, int]) -> None:
        self.section = Section(self.section.field, self.section.across, self.section.up, held)
        self._draw()

    def _show_controls(self) -> None:
        self._is_changing = True
        section = self.section
        scattered = is_scattered(self._ds, section.field)
        axes = cloud_axes(self._ds) if scattered else choices_across(self._ds, section.field)
        self.across.options = axes
        self.across.value = section.across
        self.up.options = [*(axis for axis in axes if axis != section.across), VALUES]
        self.up.value = section.up or VALUES
        self.positions.show(self._ds, section.held)
        self._is_changing = False

    def _draw(self) -> None:
        name = self.section.field
        if name not in self._limits:
            self._limits[name] = value_range(self._ds, name)
        scattered = is_scattered(self._ds, name)
        draw = cloud_figure if scattered else section_figure
        figure, shape = draw(self._ds, self.section, self._limits[name])
        words = "" if scattered else words_on(self._ds, self.section)
        over = self.section.across if self.section.up is None else f"{self.section.across} and {self.section.up}"
        self.figure.label = f"{name} over {over}" + (f" at {words}" if words else "")
        self.words.value = paragraph(words)
        self.figure.show(figure, shape)


def _dropdown(description: str, **options: Any) -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(
        description=description,
        layout=ipywidgets.Layout(width="170px"),
        style={"description_width": "50px"},
        **options,
    )

"""The pictures of one field side by side: measured, simulated, and what is between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.acts.packing import unpack
from physforge.apps.markup import STYLE, text
from physforge.apps.results.pictures import Curves, Picture, Plane, value_range

#: What is a difference, with zero in the middle of its colours, and not on the scale of the field.
_DIFFERENCES = ("difference",)

_TITLES = {"network": "network", "data": "data", "simulation": "simulation", "difference": "simulation - data"}


class FieldPanels(pn.viewable.Viewer):
    """Pictures of one field on the same axes and the same colours.

    Parameters
    ----------
    name : str
        Of the field.
    pictures : mapping of str to mapping
        What each is -> picture; at least one.
    """

    def __init__(self, name: str, pictures: Mapping[str, Picture]) -> None:
        super().__init__()
        self._name = name
        axes = next(iter(pictures.values()))["axes"]
        self._curves: Curves | None = None
        self._planes: dict[str, Plane] = {}
        if len(axes) == 1:
            shown = {what: one for what, one in pictures.items() if what not in _DIFFERENCES}
            self._curves = Curves({_TITLES.get(what, what): one for what, one in shown.items()}, name)
        else:
            limits = _shared_limits(pictures)
            for what, one in pictures.items():
                title = name if len(pictures) == 1 else f"{name}: {_TITLES.get(what, what)}"
                apart = what in _DIFFERENCES
                self._planes[what] = Plane(one, title, diverging=apart, limits=None if apart else limits)
        self._slider = _moments(name, axes) if len(axes) == 3 else None
        if self._slider is not None:
            self._slider.param.watch(self._show_moment, "value")
        self._notes = sorted({one["note"] for one in pictures.values() if one["note"]})

    @property
    def axes(self) -> int:
        """How many axes the pictures have."""
        return 1 if self._curves is not None else 3 if self._slider is not None else 2

    def __panel__(self) -> Any:
        """Return what is shown."""
        parts: list[Any] = []
        if self._notes:
            parts.append(
                pn.pane.HTML(f"<p>{text(self._name)}: {text(', '.join(self._notes))}.</p>", stylesheets=[STYLE])
            )
        if self._curves is not None:
            return pn.Column(*parts, _pane(self._curves.figure), sizing_mode="stretch_width")
        # As many beside each other as the page is wide for.
        style = {"flex": "1 1 260px", "min-width": "min(260px, 100%)"}
        grid = pn.FlexBox(
            *(_pane(plane.figure, style) for plane in self._planes.values()), gap="8px", sizing_mode="stretch_width"
        )
        return pn.Column(*parts, grid, *([self._slider] if self._slider else []), sizing_mode="stretch_width")

    def draw(self, pictures: Mapping[str, Picture]) -> None:
        """Show other values on the same axes.

        Parameters
        ----------
        pictures : mapping of str to mapping
            As before.
        """
        # Bokeh takes new values while nobody else writes to the page; whoever comes from a kernel is not alone.
        pn.state.execute(lambda: self._draw(pictures), schedule=True)

    def _draw(self, pictures: Mapping[str, Picture]) -> None:
        if self._curves is not None:
            self._curves.draw({_TITLES.get(what, what): one for what, one in pictures.items()})
            return
        limits = _shared_limits({what: one for what, one in pictures.items() if what == "data"} or pictures)
        for what, one in pictures.items():
            if what in self._planes:
                self._planes[what].draw(one, None if what in _DIFFERENCES else limits)

    def _show_moment(self, event: Any) -> None:
        for plane in self._planes.values():
            plane.draw_moment(int(event.new))


def _moments(name: str, axes: list[Mapping[str, Any]]) -> Any:
    axis = axes[0]
    units = f" {axis['units']}" if axis["units"] else ""
    times = {f"{place:.4g}{units}": number for number, place in enumerate(axis["places"])}
    return pmui.DiscreteSlider(
        label=f"Time of {name}", options=times, value=0, sizing_mode="stretch_width", margin=(4, 24)
    )


def _pane(drawn: Any, styles: Mapping[str, str] | None = None) -> Any:
    return pn.pane.Bokeh(drawn, sizing_mode="stretch_width", margin=0, styles=dict(styles or {}))


def _shared_limits(pictures: Mapping[str, Picture]) -> tuple[float, float]:
    arrays = [unpack(one["values"]) for what, one in pictures.items() if what not in _DIFFERENCES]
    return value_range(arrays or [unpack(one["values"]) for one in pictures.values()])

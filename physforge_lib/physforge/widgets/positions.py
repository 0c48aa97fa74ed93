"""A slider for each dim that a picture does not show; time can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import xarray as xr

from physforge.datasets.conventions import TIME

#: Between two moments of an animation, in milliseconds.
STEP_MS = 120

#: An animation has at most so many moments; of more, every second or third is shown.
MOST_MOMENTS = 300


class Positions(ipywidgets.VBox):
    """Sliders for the indices along dims that are held."""

    def __init__(self) -> None:
        super().__init__()
        self.sliders: dict[str, ipywidgets.IntSlider] = {}
        self._tell: Callable[[dict[str, int]], None] = _nobody

    def on_change(self, tell: Callable[[dict[str, int]], None]) -> None:
        """Say who is told of new positions.

        Parameters
        ----------
        tell : callable
            Given the index along each dim.
        """
        self._tell = tell

    def show(self, ds: xr.Dataset, held: Mapping[str, int]) -> None:
        """Show a slider for each of these dims.

        Parameters
        ----------
        ds : xarray.Dataset
            Knows how long they are.
        held : mapping of str to int
            Index along each.
        """
        if held.keys() == self.sliders.keys():
            return
        self.sliders, rows = {}, []
        for dim, index in held.items():
            last = ds.sizes[dim] - 1
            slider = ipywidgets.IntSlider(
                value=index,
                min=0,
                max=last,
                description=dim,
                layout=ipywidgets.Layout(width="340px"),
                style={"description_width": "50px"},
            )
            slider.observe(self._take, "value")
            self.sliders[dim] = slider
            rows.append(ipywidgets.HBox([slider, *([_player(slider)] if dim == TIME and last > 0 else [])]))
        self.children = tuple(rows)

    def _take(self, _change: dict[str, Any]) -> None:
        self._tell({dim: int(slider.value) for dim, slider in self.sliders.items()})


def _player(slider: ipywidgets.IntSlider) -> ipywidgets.Play:
    step = max(1, (slider.max + 1) // MOST_MOMENTS)
    player = ipywidgets.Play(min=slider.min, max=slider.max, step=step, interval=STEP_MS, value=slider.value)
    # In the browser: the animation waits for no answer.
    ipywidgets.jslink((player, "value"), (slider, "value"))
    return player


def _nobody(_held: dict[str, int]) -> None:
    """Tell nobody."""

"""A simulation beside data, or the words on why there is none."""

from __future__ import annotations

from typing import Any

import ipywidgets

from physforge.datasets.conventions import TIME, spatial_dims
from physforge.errors import PhysForgeError
from physforge.widgets.beside import beside_figure
from physforge.widgets.figure import FigureWidget
from physforge.widgets.positions import Positions
from physforge.widgets.recalculation import Rerun
from physforge.widgets.words import paragraph


class BesideView(ipywidgets.VBox):
    """Shows the outcome of a `Recalculation`; data in the plane or in space at one moment."""

    def __init__(self) -> None:
        self.figure = FigureWidget("data, simulation and their difference")
        self.words = ipywidgets.HTML()
        self.moments = Positions()
        self._rerun: Rerun | None = None
        self.moments.on_change(self._draw)
        super().__init__([self.moments, self.figure, self.words])

    def say(self, words: str) -> None:
        """Show words alone.

        Parameters
        ----------
        words : str
            Why there is no picture.
        """
        self._rerun = None
        self.words.value = paragraph(words)
        self.figure.layout.display = "none"
        self.moments.layout.display = "none"

    def show(self, rerun: Rerun) -> None:
        """Show a simulation.

        Parameters
        ----------
        rerun : Rerun
            Its outcome.
        """
        if rerun.simulated is None:
            self.say(rerun.words)
            return
        self._rerun = rerun
        self.figure.layout.display = self.moments.layout.display = ""
        self.words.value = paragraph(rerun.words)
        if len(spatial_dims(rerun.simulated)) > 1:
            last = rerun.simulated.sizes[TIME] - 1
            self.moments.show(rerun.simulated, {TIME: min(self._moment(last), last)})
        self._draw({})

    def _moment(self, default: int) -> int:
        slider = self.moments.sliders.get(TIME)
        return default if slider is None else int(slider.value)

    def _draw(self, _held: dict[str, Any]) -> None:
        rerun = self._rerun
        if rerun is None or rerun.simulated is None:
            return
        measured = rerun.measured.isel({TIME: slice(0, rerun.simulated.sizes[TIME])})
        try:
            figure, shape = beside_figure(
                measured, rerun.simulated, min(self._moment(0), rerun.simulated.sizes[TIME] - 1)
            )
        except PhysForgeError as error:
            self.say(str(error))
            return
        self.figure.show(figure, shape)

"""Look at what discovery found: candidates, their equations, and what they predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import xarray as xr

from physforge.discovery import DiscoveryResult
from physforge.equations import Equation
from physforge.errors import PhysForgeError
from physforge.plots import plot_intervals
from physforge.widgets.beside_view import BesideView
from physforge.widgets.candidates import equation_of, first_row, intervals_of, rows_of, system_with
from physforge.widgets.coefficients import Coefficients
from physforge.widgets.copying import CopyAs
from physforge.widgets.figure import FigureWidget
from physforge.widgets.recalculation import Recalculation
from physforge.widgets.table import TableWidget
from physforge.widgets.words import bullets, formula, paragraph, table

_WITHOUT_DATA = (
    "Give the data, as in result.explore(ds), to see what the equation predicts beside them, and how it changes with "
    "the coefficients."
)


class DiscoveryExplorer(ipywidgets.VBox):
    """What ``result.explore()`` shows for a discovery.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    data : xarray.Dataset, optional
        What it was found in, or other data on a grid.
    """

    def __init__(self, result: DiscoveryResult, data: xr.Dataset | None = None) -> None:
        self._result, self._data = result, data
        self._recalculation: Recalculation | None = None
        heads, rows = rows_of(result)
        self.table = TableWidget("equations considered", heads, rows, first_row(result) if rows else 0)
        self.formula = ipywidgets.HTMLMath()
        self.intervals = ipywidgets.HTML()
        self.figure = FigureWidget("coefficients with their intervals")
        self.coefficients = Coefficients()
        self.beside = BesideView()
        self.copy = CopyAs()
        super().__init__([_status(result), *self._parts(rows)])
        if rows:
            self.coefficients.on_change(self._change)
            self.table.observe(self._pick, "picked")
            self._pick(None)

    def _parts(self, rows: Sequence[Any]) -> list[Any]:
        if not rows:
            return [ipywidgets.HTML(paragraph("No equation was considered."))]
        self.tabs = ipywidgets.Tab(
            [self.beside, ipywidgets.VBox([self.intervals, self.figure]), self.copy],
            titles=("beside the data", "intervals", "copy as"),
        )
        return [self.table, self.formula, self.coefficients, self.tabs]

    def _pick(self, _change: Any) -> None:
        row = self.table.picked
        equation = equation_of(self._result, row)
        intervals = intervals_of(self._result, equation, row)
        self.coefficients.show(equation, intervals)
        self._show_intervals(equation, intervals)
        self._change(equation)

    def _show_intervals(self, equation: Equation, intervals: dict[str, tuple[float, float]]) -> None:
        if not intervals:
            self.intervals.value = paragraph(
                "Intervals are known for the chosen equation alone; the sliders range around the estimates."
            )
            self.figure.layout.display = "none"
            return
        rows = [(term, low, equation.terms[term], high) for term, (low, high) in intervals.items()]
        self.intervals.value = table(["term", "low", "estimate", "high"], rows, "Intervals of 95 %")
        known = self._result.conf_int()
        self.figure.layout.display = ""
        self.figure.show(plot_intervals(known[known["target"] == equation.target]))

    def _change(self, equation: Equation) -> None:
        self.formula.value = formula(equation.to_latex())
        self.copy.show(equation)
        if self._data is None:
            self.beside.say(_WITHOUT_DATA)
            return
        try:
            system = system_with(self._result, equation)
            if self._recalculation is None:
                self._recalculation = Recalculation(self._data, system)
            self.beside.show(self._recalculation.run(system))
        except PhysForgeError as error:
            self.beside.say(str(error))


def _status(result: DiscoveryResult) -> ipywidgets.HTML:
    return ipywidgets.HTML(f"<div><b>{paragraph(result.status)}</b>{bullets(result.diagnostics)}</div>")


def explore_discovery(result: DiscoveryResult, data: xr.Dataset | None = None) -> DiscoveryExplorer:
    """Show what discovery found, with controls.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.
    data : xarray.Dataset, optional
        Data on a grid: the picked equation is simulated from their first state, thinned so that it answers at
        once, and shown beside them. By default nothing is simulated.

    Returns
    -------
    DiscoveryExplorer
        A widget: every candidate in a table that can be sorted; the picked one in LaTeX, with its intervals, with
        a slider for each coefficient, and as text to be copied.
    """
    return DiscoveryExplorer(result, data)

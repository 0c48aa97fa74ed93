"""Look at what a network learned: its fields, what the laws leave of them, and how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import xarray as xr

from physforge.plots import plot_history
from physforge.widgets.figure import FigureWidget
from physforge.widgets.section_view import SectionView
from physforge.widgets.words import paragraph, table

if TYPE_CHECKING:
    from physforge.pinn import PinnResult

#: Most samples of the domain that are evaluated, and most along each coordinate.
_SAMPLES, _ALONG = 200_000, 101

#: The smallest residual that is told apart, relative to the largest.
_SMALLEST = 1e-8


class PinnExplorer(ipywidgets.VBox):
    """What ``result.explore()`` shows for a trained network.

    Parameters
    ----------
    result : PinnResult
        What was trained.
    """

    def __init__(self, result: PinnResult) -> None:
        grid = result.grid(_samples_along(len(result.problem.coordinates)))
        self.prediction = SectionView(_predicted(result, grid))
        self.residual = SectionView(residual_map(result, grid))
        self.history = FigureWidget("losses over the steps of training")
        self.history.show(plot_history(result.history))
        self.tabs = ipywidgets.Tab(
            [self.prediction, self.residual, self.history],
            titles=("prediction", "residual", "training"),
            layout=ipywidgets.Layout(flex="0 1 590px"),
        )
        self.words = ipywidgets.HTML(
            f"{parameters_html(result)}{paragraph(result.summary())}",
            layout=ipywidgets.Layout(flex="1 1 240px", min_width="240px", max_width="420px"),
        )
        beside = ipywidgets.Layout(flex_flow="row wrap", max_width="100%")
        super().__init__([ipywidgets.HBox([self.tabs, self.words], layout=beside)])


def explore_pinn(result: PinnResult) -> PinnExplorer:
    """Show a trained network, with controls.

    Parameters
    ----------
    result : PinnResult
        What was trained.

    Returns
    -------
    PinnExplorer
        A widget: slices of the prediction and of the residual, the losses over the steps, and the summary.
    """
    return PinnExplorer(result)


def residual_map(result: PinnResult, grid: xr.Dataset) -> xr.Dataset:
    """Evaluate what each law leaves.

    Parameters
    ----------
    result : PinnResult
        What was trained.
    grid : xarray.Dataset
        Samples of the domain.

    Returns
    -------
    xarray.Dataset
        The logarithm to base 10 of each residual's size, by the name of the law, and of all together.
    """
    left = result.residual(grid)
    sizes = {str(name): np.abs(left[name]) for name in left.data_vars}
    if len(sizes) > 1:
        total = np.sqrt(sum(one**2 for one in sizes.values()))
        sizes = {"all laws": total, **sizes}
    return xr.Dataset({f"log10 of {name}": _logarithm(one) for name, one in sizes.items()})


def _logarithm(size: xr.DataArray) -> xr.DataArray:
    # A residual that vanishes somewhere must not stretch the colours over all decades.
    lowest = max(_SMALLEST * float(size.max()), np.finfo(np.float64).tiny)
    logarithm: xr.DataArray = xr.apply_ufunc(np.log10, size.clip(min=lowest))
    return logarithm


def _predicted(result: PinnResult, grid: xr.Dataset) -> xr.Dataset:
    found: xr.Dataset = result.predict(grid, sd=result.spread is not None)
    return found


def _samples_along(dims: int) -> int:
    return max(9, min(_ALONG, int(_SAMPLES ** (1 / dims))))


def parameters_html(result: PinnResult) -> str:
    """Return the parameters found, with their intervals where these are known.

    Parameters
    ----------
    result : PinnResult
        What was trained.

    Returns
    -------
    str
        HTML, empty where the law has no unknown parameters.
    """
    if not result.parameters:
        return ""
    if result.inference is None:
        return table(["parameter", "estimate"], [(name, float(value)) for name, value in result.parameters.items()])
    known = result.conf_int()
    columns = ["parameter", "low", "estimate", "high"]
    return table(columns, known[columns].itertuples(index=False, name=None), "Intervals of 95 %")

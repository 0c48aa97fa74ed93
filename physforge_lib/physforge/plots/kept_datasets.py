"""Draw results that are datasets: derivatives with their uncertainty, and simulations beside data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX, field_names, spatial_dims
from physforge.plots.backend import holoviews
from physforge.plots.comparison import plot_comparison
from physforge.plots.dataset import axis_label, field_image, plot_curves, plot_dataset
from physforge.plots.theme import WIDTH, colour_scale


class KeepsDataset(Protocol):
    """A result that keeps a Dataset, as those of derivatives and simulations do."""

    @property
    def dataset(self) -> xr.Dataset:
        """What it keeps."""


def plot_derivatives(result: KeepsDataset | xr.Dataset, *, fields: Sequence[str] | None = None) -> Any:
    """Draw derivatives with their standard deviations.

    Parameters
    ----------
    result : DerivativesResult or xarray.Dataset
        As `differentiate` returns them.
    fields : sequence of str, optional
        Which ones; by default all.

    Returns
    -------
    holoviews.Layout or holoviews.HoloMap
        Over one dim a panel for each derivative, with a band of two sd; over two the values beside their sd;
        over more as `plot_dataset` draws them.

    Raises
    ------
    DatasetError
        If there is no such field.
    """
    ds = result if isinstance(result, xr.Dataset) else result.dataset
    names = list(fields) if fields is not None else field_names(ds)
    if any(name not in ds for name in names) or len(ds[names].dims) > 2 or len(spatial_dims(ds)) > 1:
        return plot_dataset(ds, fields=fields)
    hv = holoviews()
    if len(ds[names].dims) == 1:
        return hv.Layout([_curve(ds, name) for name in names]).cols(2)
    return hv.Layout([panel for name in names for panel in _values_and_sd(ds, name)]).cols(2)


def _curve(ds: xr.Dataset, name: str) -> Any:
    figure = plot_curves(ds, [name], title=axis_label(ds[name]))
    return figure.opts(width=WIDTH, show_legend=False)


def _values_and_sd(ds: xr.Dataset, name: str) -> list[Any]:
    panels = [field_image(ds[name], axis_label(ds[name]))]
    if name + SD_SUFFIX in ds:
        sd = ds[name + SD_SUFFIX]
        panels.append(
            field_image(sd, f"{name}: standard deviation", **colour_scale(sd.values, diverging=False).options)
        )
    return panels


def plot_simulation(result: KeepsDataset | xr.Dataset, *, data: xr.Dataset | None = None, **options: Any) -> Any:
    """Draw a simulation, beside the data that it should reproduce where these are given.

    Parameters
    ----------
    result : SimulationResult or xarray.Dataset
        What was integrated.
    data : xarray.Dataset, optional
        With the same fields; for colours on the same grid.
    **options
        Passed on to `plot_dataset` where there are no data.

    Returns
    -------
    holoviews.Layout or holoviews.Overlay
        See `plot_comparison` and `plot_dataset`.

    Raises
    ------
    DatasetError
        If the data have other fields, or no flat picture.
    """
    ds = result if isinstance(result, xr.Dataset) else result.dataset
    return plot_dataset(ds, **options) if data is None else plot_comparison(data, ds)

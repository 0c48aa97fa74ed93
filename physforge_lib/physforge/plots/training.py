"""Draw what a network learned: its fields, what the law leaves of them, and how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from physforge.errors import DatasetError
from physforge.plots.backend import holoviews
from physforge.plots.comparison import difference_image
from physforge.plots.dataset import field_image, plot_curves
from physforge.plots.theme import DATA, HEIGHT, SERIES, THIRD, WIDTH, colour_scale

if TYPE_CHECKING:
    from physforge.pinn import PinnResult

#: Samples along each coordinate.
_POINTS = 101

#: The smallest residual that is told apart, relative to the largest.
_DECADES = 1e-8


def plot_training(
    result: PinnResult,
    *,
    exact: xr.Dataset | None = None,
    simulated: xr.Dataset | None = None,
    at: dict[str, float] | None = None,
) -> Any:
    """Draw a solution, the residual that the laws leave, and the history of training.

    Parameters
    ----------
    result : PinnResult
        What was trained.
    exact : xarray.Dataset, optional
        Values to compare with (data, or a known solution), on a grid within the domain: the difference is drawn
        beside the field.
    simulated : xarray.Dataset, optional
        What `physforge.simulate` makes of the laws, at the places of `exact`: data, network and simulation are
        drawn side by side, in the same colours, and below them what the network and the simulation miss.
    at : dict of str to float, optional
        Coordinates that are held, so that at most two are left; by default all but two are
        held at the end of their range, time first.

    Returns
    -------
    holoviews.Layout
        A picture of each field, one of its error where `exact` is given, one of the residual
        (its logarithm), and the losses over the steps.

    Raises
    ------
    DatasetError
        If more than two coordinates are left, `exact` has other dims, or `simulated` is given without it.
    """
    hv = holoviews()
    panels = [plot_history(result.history)]
    if simulated is not None and exact is None:
        raise DatasetError("A simulation is compared at the places of data: give them too, with exact=.")
    if exact is not None:
        found = result.predict(exact)
        if simulated is not None:
            names = [name for name in result.problem.fields if name in exact and name in simulated]
            rows = [one for name in names for one in side_by_side(exact[name], found[name], simulated[name])]
            return hv.Layout([*rows, *_residuals(result, exact), *panels]).cols(3)
        for name in result.problem.fields:
            if name in exact:
                panels += _compared(exact[name], found[name])
        return hv.Layout([*panels, *_residuals(result, exact)]).cols(2)
    grid = _grid(result, at or {})
    found = result.predict(grid).squeeze(drop=True)
    if found.sizes.keys() <= {"t"}:
        return hv.Layout([*panels, plot_curves(found, result.problem.fields)]).cols(1)
    panels += [_panel(found[name], name) for name in result.problem.fields]
    return hv.Layout([*panels, *_residuals(result, grid)]).cols(2)


def plot_history(history: pd.DataFrame) -> Any:
    """Draw the losses of training over its steps.

    Parameters
    ----------
    history : pandas.DataFrame
        With ``step``, ``loss``, ``held_out`` and ``loss of NAME``, as `PinnResult.history`.

    Returns
    -------
    holoviews.Overlay
        Logarithmic; the held-out residual is squared, so that it is on the scale of the losses.
    """
    hv = holoviews()
    lines = {"loss": history["loss"], "held out": history["held_out"] ** 2}
    parts = [str(name) for name in history if str(name).startswith("loss of ")]
    lines |= {name.removeprefix("loss of "): history[name] for name in parts}
    steps = history["step"].to_numpy()
    curves = []
    for number, (name, values) in enumerate(lines.items()):
        shown = np.where(values.to_numpy() > 0, values.to_numpy(), np.nan)
        style = {"line_width": 2.5} if name in ("loss", "held out") else {"line_dash": "dotted"}
        curve = hv.Curve((steps, shown), "step", "loss", label=_short(name))
        curves.append(curve.opts(color=SERIES[number % len(SERIES)], **style))
    return hv.Overlay(curves).opts(
        logy=True, width=2 * WIDTH, height=HEIGHT, legend_position="right", show_grid=True, title="training"
    )


def _compared(exact: xr.DataArray, found: xr.DataArray) -> list[Any]:
    if len(exact.dims) != 2:
        raise DatasetError(f"Values over {tuple(exact.dims)} have no flat picture; select a slice with two dims first.")
    error = (found - exact).rename(f"{exact.name} error")
    wide = int(1.2 * THIRD)
    return [
        field_image(found.transpose(*exact.dims), str(exact.name), width=wide),
        difference_image(error, f"{exact.name}: error", width=wide),
    ]


def side_by_side(data: xr.DataArray, found: xr.DataArray, simulated: xr.DataArray) -> list[Any]:
    """Draw data, what a network says and what a simulation says, and what the two miss.

    Parameters
    ----------
    data : xarray.DataArray
        With at most two dims.
    found : xarray.DataArray
        Of the network, on the same grid.
    simulated : xarray.DataArray
        Of the simulation, on the same grid.

    Returns
    -------
    list of holoviews objects
        Five panels in the same colours and, for the two differences, in others that are the same; over one dim one
        panel with three curves, and one with the differences.

    Raises
    ------
    DatasetError
        If there are more than two dims.
    """
    name = str(data.name)
    missed = {"network": found - data, "simulation": simulated.transpose(*data.dims) - data.values}
    if len(data.dims) == 1:
        return _curves_side_by_side(data, found, simulated, missed)
    if len(data.dims) != 2:
        raise DatasetError(f"Values over {tuple(data.dims)} have no flat picture; select a slice with two dims first.")
    shared = {**colour_scale(data.values).options, "width": THIRD}
    both = np.concatenate([one.values.ravel() for one in missed.values()])
    apart = {**colour_scale(both, diverging=True).options, "width": THIRD}
    return [
        field_image(data, f"{name}: data", **shared),
        field_image(found.transpose(*data.dims), f"{name}: network", **shared),
        field_image(simulated.transpose(*data.dims), f"{name}: simulation", **shared),
        *(field_image(one.rename(f"{name} difference"), f"{said} - data", **apart) for said, one in missed.items()),
    ]


def _curves_side_by_side(
    data: xr.DataArray, found: xr.DataArray, simulated: xr.DataArray, missed: dict[str, xr.DataArray]
) -> list[Any]:
    hv = holoviews()
    (dim,) = data.dims
    places, name = data[dim].values, str(data.name)
    look = {"width": WIDTH, "height": HEIGHT, "show_grid": True, "legend_position": "top"}
    colours = dict(zip(missed, SERIES, strict=False))
    points = hv.Scatter((places, data.values), str(dim), name, label="data").opts(size=5, color=DATA)
    lines = [
        hv.Curve((places, one.values), str(dim), name, label=said).opts(color=colours[said])
        for said, one in (("network", found), ("simulation", simulated))
    ]
    errors = [
        hv.Curve((places, one.values), str(dim), f"{name} difference", label=f"{said} - data").opts(color=colours[said])
        for said, one in missed.items()
    ]
    return [
        hv.Overlay([points, *lines]).opts(title=name, **look),
        hv.Overlay(errors).opts(title=f"{name}: differences", **look),
    ]


def _residuals(result: PinnResult, grid: xr.Dataset) -> list[Any]:
    coordinates = {name: grid[name] for name in result.problem.coordinates}
    found = result.residual(xr.Dataset(coords=coordinates)).squeeze(drop=True)
    total = np.sqrt(sum(found[name] ** 2 for name in found.data_vars))
    # A residual that vanishes somewhere must not stretch the colours over all decades.
    lowest = max(_DECADES * float(total.max()), np.finfo(np.float64).tiny)
    logarithm = np.log10(np.maximum(total, lowest)).rename("log10 |residual|")
    return [_panel(logarithm, "residual of the laws, log10", cmap="magma")]


def _panel(field: xr.DataArray, title: str, **options: Any) -> Any:
    if len(field.dims) == 2:
        return field_image(field, title, **options)
    hv = holoviews()
    (dim,) = field.dims
    curve = hv.Curve((field[dim].values, field.values), str(dim), str(field.name))
    return curve.opts(color=SERIES[0], title=title, width=WIDTH, height=HEIGHT, show_grid=True)


def _grid(result: PinnResult, at: dict[str, float]) -> xr.Dataset:
    """Return even samples of at most two coordinates; the others have one value."""
    names = result.problem.coordinates
    unknown = [name for name in at if name not in names]
    if unknown:
        raise DatasetError(f"There is no coordinate {unknown[0]!r} to hold; there are {', '.join(names)}.")
    ends = {name: (float(low), float(high)) for name, (low, high) in zip(names, result.problem.box, strict=True)}
    held = dict(at)
    for name in names:
        if len(names) - len(held) > 2 and name not in held:
            held[name] = ends[name][1]
    axes = {name: [held[name]] if name in held else np.linspace(*ends[name], _POINTS) for name in names}
    return xr.Dataset(coords={name: (name, np.asarray(values)) for name, values in axes.items()})


def _short(name: str) -> str:
    return name if len(name) <= 30 else name[:29] + "…"

"""Differentiate the fields of a dataset: one entry point for every method."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr

from physforge.datasets.conventions import POINT, TRAJECTORY, field_names, period_of
from physforge.derivatives.automatic import Automatic
from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.chunked import differentiate_blocks, differentiate_linearly, is_lazy, windows_of
from physforge.derivatives.method import Estimate, LinearMethod, Method, Orders, Samples
from physforge.derivatives.noise import estimate_noise
from physforge.derivatives.points import places_of, point_axes, points_of
from physforge.derivatives.registry import find_strategy
from physforge.equations import split_derivative
from physforge.errors import DerivativeError, DerivativeWarning, EquationError


def differentiate(
    ds: xr.Dataset,
    names: str | Sequence[str],
    *,
    method: Method | str | None = None,
    field: str | None = None,
    at: xr.Dataset | None = None,
) -> xr.Dataset:
    """Differentiate sampled fields, with a standard deviation for each result.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid, or scattered samples with the one dim ``point`` (for ``method="gp"`` or ``"pinn"``),
        by the conventions of `physforge.datasets`. Runs along ``trajectory`` are differentiated each on
        its own. The sd of the
        noise is the variable ``<field>_sd`` where there is one (NaN nowhere), and is
        estimated from differences of high order otherwise.
    names : str or sequence of str
        Derivatives in subscript notation: ``["u_t", "u_xx"]``. The longest field name
        that fits wins.
    method : Method or str, optional
        How: an object such as ``SavitzkyGolay(window=11)`` or a short name such as
        ``"finite-difference"``. The default lets the data decide for each derivative
        (see `Automatic`): Fourier series where a period is known, else finite
        differences, and a Gaussian process (``"gp"``) once the noise in the derivative exceeds
        one percent of it, or samples are missing or scattered.
    field : str, optional
        Which field the names speak of, where a dataset has both ``u`` and ``u_x``. Names
        of other fields are then refused.
    at : xarray.Dataset, optional
        Where to give the results for scattered samples: a grid or other points, with the same
        coordinates. The default is at the samples. Outside their range the sd grows fast.

    Returns
    -------
    xarray.Dataset
        On the coordinates of `ds` (or of `at`), never trimmed at the edges: each field named
        (smoothed, if the method smooths),
        each derivative, and ``<name>_sd`` for each. Every variable's attribute
        ``method`` says how it was made, and ``warning`` what to beware of, where there is
        anything; a derivative's ``units`` follow from those of the field and the axes.

    Raises
    ------
    DerivativeError
        If a name is not a derivative of a field of `ds`, samples are missing for a method that does not
        take them, an axis is too short, or the method does not suit the grid.

    Warns
    -----
    DerivativeWarning
        Once for a call, if the method noticed something that makes its results or their sd
        doubtful. The sentences are the attribute ``warning`` of the variables concerned.

    Notes
    -----
    The sd covers the noise, propagated exactly for independent samples. It does not
    cover truncation or smoothing error, except with ``method="gp"``, whose posterior does.

    A field that is a dask array stays one: results are computed when they are asked for, in blocks
    of about a million samples that overlap as far as needed. Only up to eight parts of
    the field, of a million samples each, are read at once, for the size of the noise and the hyper-parameters of
    ``method="gp"``, which all blocks share. Methods with fixed weights give what they give in memory;
    others choose their settings in each block. Allow 0.5 GB of memory for each thread, write the results
    together (``d.to_zarr(...)``), and state a period as ``ds.x.attrs["period"]``: it is not looked for.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> x = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    >>> ds = xr.Dataset({"u": ("x", np.sin(x))}, {"x": x})
    >>> d = differentiate(ds, "u_x")
    >>> bool(np.allclose(d.u_x, np.cos(x)))
    True
    >>> d.u_x.attrs["method"]
    'Fourier series in x'
    """
    chosen = resolve_method(method)
    asked = _by_field(ds, [names] if isinstance(names, str) else list(names), field)
    result = xr.Dataset(coords=(ds if at is None else at).coords, attrs=dict(ds.attrs))
    noticed: dict[str, None] = {}
    for name, wanted in asked.items():
        along = _along(ds, name)
        orders = {label: tuple(axes.count(axis) for axis in along) for label, axes in {name: "", **wanted}.items()}
        dims, estimates = _estimate(ds, name, chosen, list(orders.values()), at)
        for label, order, estimate in zip(orders, orders.values(), estimates, strict=True):
            units = _units(ds, name, along, order)
            _store(result, dims, label, units, estimate)
            noticed.update(dict.fromkeys(estimate.warnings))
    if noticed:
        warnings.warn("\n".join(noticed), DerivativeWarning, stacklevel=2)
    return result


def resolve_method(method: Method | str | None) -> Method:
    """Return the method object for what a caller gave.

    Parameters
    ----------
    method : Method, str or None
        An object, a registered short name, or None for `Automatic`.

    Returns
    -------
    Method
        Ready to use.

    Raises
    ------
    DerivativeError
        If no differentiation method of that name is registered.
    """
    if method is None:
        return Automatic()
    if isinstance(method, str):
        # mypy asks for a concrete class here, but any subclass will do.
        return find_strategy(method, Method, DerivativeError)  # type: ignore[type-abstract]
    return method


def _along(ds: xr.Dataset, field: str) -> tuple[str, ...]:
    """Return the names of the axes that a field can be differentiated along."""
    dims = tuple(str(dim) for dim in ds[field].dims)
    return point_axes(ds) if POINT in dims else tuple(dim for dim in dims if dim != TRAJECTORY)


def _estimate(
    ds: xr.Dataset, field: str, method: Method, orders: list[Orders], at: xr.Dataset | None
) -> tuple[tuple[str, ...], list[Estimate]]:
    """Return the dims of the results, and the results."""
    dims = tuple(str(dim) for dim in ds[field].dims)
    if TRAJECTORY in dims:
        runs = [_estimate(ds.isel({TRAJECTORY: run}), field, method, orders, at) for run in range(ds.sizes[TRAJECTORY])]
        return (TRAJECTORY, *runs[0][0]), [_stacked(results) for results in zip(*(run for _, run in runs), strict=True)]
    if POINT in dims:
        points = points_of(ds, field)
        places = None if at is None else places_of(at, points)
        return dims if places is None else places.dims, method.estimate_points(points, orders, places)
    if at is not None:
        raise DerivativeError(f"at= is for scattered samples; {field!r} is on a grid. Use interp(...) on the result.")
    if is_lazy(ds[field]):
        return dims, _lazily(ds, field, method, orders)
    return dims, method.estimate(samples_of(ds, field, missing=method.accepts_missing), orders)


def _lazily(ds: xr.Dataset, field: str, method: Method, orders: list[Orders]) -> list[Estimate]:
    """Differentiate a dask-backed field; a period is known only where a coordinate states it."""
    variable, sd = ds[field], ds.get(f"{field}_sd")
    grid = ds.coords.to_dataset()
    axes = tuple(_axis(grid, str(dim)) for dim in variable.dims)
    if sd is not None:
        sd = sd.broadcast_like(variable).transpose(*variable.dims).chunk(variable.chunksizes)
    windows = windows_of(variable, sd, axes)
    if not windows:
        raise DerivativeError(f"No samples of {field!r} were found in parts spread over it; is it all missing?")
    spread = float(np.median([window.sd for window in windows])) if sd is None else sd.data
    if isinstance(method, LinearMethod) and not method.reads_values:
        whole = Samples(field, windows[0].values, windows[0].sd, axes)
        return differentiate_linearly(variable, spread, whole, method, orders)
    return differentiate_blocks(variable, spread, axes, method.in_blocks(windows, orders), orders, known=sd is not None)


def _stacked(runs: Sequence[Estimate]) -> Estimate:
    how = "; ".join(dict.fromkeys(run.how for run in runs))
    said = tuple(dict.fromkeys(sentence for run in runs for sentence in run.warnings))
    return Estimate(np.stack([run.value for run in runs]), np.stack([run.sd for run in runs]), how, said)


def samples_of(ds: xr.Dataset, field: str, *, missing: bool = False) -> Samples:
    """Return a field of `ds` with its noise and grid.

    Parameters
    ----------
    ds : xarray.Dataset
        The dataset.
    field : str
        One of its fields.
    missing : bool, default False
        Whether NaN is let through, for a method that accepts missing samples.

    Returns
    -------
    Samples
        With the given sd, or one estimated from the data.

    Raises
    ------
    DerivativeError
        If samples are infinite, or missing where they may not, a dim has no coordinate, or
        an axis has fewer than two samples.
    """
    variable = ds[field]
    values = variable.to_numpy().astype(np.float64)
    absent = int(np.count_nonzero(np.isinf(values) if missing else ~np.isfinite(values)))
    if absent:
        raise DerivativeError(
            f"{absent} of {values.size} samples of {field!r} are missing or infinite; fill them, for example with "
            f"ds[{field!r}].interpolate_na({str(variable.dims[0])!r}), or cut them off with ds.isel(...)."
        )
    axes = tuple(_axis(ds, str(dim)) for dim in variable.dims)
    return Samples(field, values, _noise(ds, field, values, axes), axes, sd_known=f"{field}_sd" in ds)


def _axis(ds: xr.Dataset, dim: str) -> Axis:
    if dim not in ds.coords:
        raise DerivativeError(f"Dim {dim!r} has no coordinate; give its values, as ds.assign_coords({dim}=...).")
    points = ds[dim].to_numpy().astype(np.float64)
    if len(points) < 2:
        raise DerivativeError(f"Derivatives need at least 2 samples along {dim!r}; there is {len(points)}.")
    return Axis(dim, points, None if dim == "t" else period_of(ds, dim))


def _noise(ds: xr.Dataset, field: str, values: Float, axes: Sequence[Axis]) -> Float:
    given = f"{field}_sd"
    if given not in ds:
        return np.asarray(estimate_noise(values, axes) if np.isfinite(values).all() else np.nan)
    sd = ds[given].broadcast_like(ds[field]).transpose(*ds[field].dims).to_numpy().astype(np.float64)
    if not np.all(np.isfinite(sd) & (sd >= 0) | np.isnan(values)):
        raise DerivativeError(f"{given!r} must be finite and not negative everywhere; repair it or drop the variable.")
    return np.asarray(sd)


def _by_field(ds: xr.Dataset, names: list[str], only: str | None) -> dict[str, dict[str, str]]:
    fields = field_names(ds)
    if only is not None and only not in fields:
        raise DerivativeError(f"There is no field {only!r}; the fields are {', '.join(fields)}.")
    asked: dict[str, dict[str, str]] = {}
    for name in names:
        field, axes = _split(name, fields if only is None else [only])
        if axes:
            along = _along(ds, field)
            absent = sorted(set(axes) - set(along))
            if absent:
                dims = ", ".join(along) or "none"
                raise DerivativeError(f"{name!r} needs a dim {absent[0]!r}; {field!r} has {dims}.")
            asked.setdefault(field, {})[name] = axes
        else:
            asked.setdefault(field, {})
    return asked


def _split(name: str, fields: list[str]) -> tuple[str, str]:
    try:
        field, axes = split_derivative(name, fields)
    except EquationError as error:
        raise DerivativeError(f"{name!r} is not the name of a derivative: {error}") from error
    if field not in fields:
        raise DerivativeError(f"{name!r} is not a derivative of a field; the fields are {', '.join(fields)}.")
    return field, axes


def _store(result: xr.Dataset, dims: tuple[str, ...], label: str, units: str | None, estimate: Estimate) -> None:
    shared = {"units": units} if units else {}
    if estimate.warnings:
        shared["warning"] = " ".join(estimate.warnings)
    result[label] = (dims, estimate.value, {"method": estimate.how, **shared})
    result[f"{label}_sd"] = (dims, estimate.sd, shared)


def _units(ds: xr.Dataset, field: str, along: tuple[str, ...], orders: Orders) -> str | None:
    units = ds[field].attrs.get("units")
    if units is None:
        return None
    text = str(units)
    for name, order in zip(along, orders, strict=True):
        if order:
            axis = ds[name].attrs.get("units")
            if axis is None:
                return None
            text += f" / ({axis})" + (f"**{order}" if order > 1 else "")
    return text

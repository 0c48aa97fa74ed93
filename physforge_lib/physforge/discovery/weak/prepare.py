"""From a dataset to the fields of a weak form: grid, noise, and what stands in for missing samples."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX, period_of, validate
from physforge.derivatives import GaussianProcess, differentiate
from physforge.derivatives.axis import Axis, Float
from physforge.discovery.scattered import is_scattered
from physforge.discovery.weak.points_source import scattered_source
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spectrum import noise_level
from physforge.discovery.weak.uneven_source import is_uneven, uneven_source
from physforge.errors import DatasetError, DiscoveryError

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

#: Fewest samples along an axis that hold a test function and its neighbours.
FEWEST_SAMPLES = 24

#: Largest share of missing samples that is filled.
_MOST_MISSING = 0.5


def source_of(
    ds: xr.Dataset,
    fields: Sequence[str],
    dims: Sequence[str],
    rng: np.random.Generator,
    exact: Collection[str] = (),
) -> Source:
    """Read the fields of one run.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid, or scattered samples; a variable ``<field>_sd`` gives their noise where it is known.
    fields, dims : sequence of str
        Names, in the order of the columns' powers and derivatives.
    rng : numpy.random.Generator
        Draws the noise of samples that are missing.
    exact : collection of str, default ()
        Fields that are given rather than measured: without noise, unless ``<field>_sd`` says otherwise.

    Returns
    -------
    Source
        Without missing samples.

    Raises
    ------
    DiscoveryError
        If an axis is too short or not monotonic, a field is complex or infinite, or too much is missing.
    """
    if is_scattered(ds, fields):
        return scattered_source(ds, fields, dims, rng)
    ds = _checked(ds, fields, dims)
    axes = [_axis(ds, dim) for dim in dims]
    for axis in axes:
        if len(axis) < FEWEST_SAMPLES:
            raise DiscoveryError(
                f"The weak form needs at least {FEWEST_SAMPLES} samples along every axis; {axis.name!r} has "
                f"{len(axis)}. Measure more, or use method='stlsq'."
            )
    ones = [axis.without_repeated_end() for axis in axes]
    kept = dict(zip(dims, (slice(0, len(axis)) for axis in ones), strict=True))
    uneven = any(is_uneven(axis) for axis in ones) and all(isinstance(ds[one].data, np.ndarray) for one in fields)
    arrays, smooth, variances = [], [], []
    for field in fields:
        values, picture = _samples(ds, field, dims, kept, rng, smoothed=uneven)
        arrays.append(values)
        smooth.append(picture)
        variances.append(_variance(ds, field, dims, kept, values, ones, exact=field in exact))
    return uneven_source(ones, arrays, smooth, variances, rng) if uneven else Source(ones, arrays, variances)


def _samples(
    ds: xr.Dataset,
    field: str,
    dims: Sequence[str],
    kept: dict[str, slice],
    rng: np.random.Generator,
    *,
    smoothed: bool,
) -> tuple[Any, tuple[Float, Float]]:
    """Return samples with none missing, and where it is wanted the same smoothed with its sd."""
    values = ds[field].transpose(*dims).isel(kept).data
    nothing = (np.zeros(0), np.zeros(0))
    if not isinstance(values, np.ndarray):
        return values, nothing
    values = values.astype(np.float64, copy=False)
    missing = ~np.isfinite(values)
    if not (smoothed or missing.any()):
        return values, nothing
    mean, sd = _smoothed(ds, field, dims, kept, missing)
    return (_filled(values, mean, sd, missing, rng) if missing.any() else values), (mean, sd)


def _variance(
    ds: xr.Dataset,
    field: str,
    dims: Sequence[str],
    kept: dict[str, slice],
    values: Any,
    axes: Sequence[Axis],
    *,
    exact: bool,
) -> Any:
    """Return the variance of the noise: as it is given, none, or estimated."""
    if f"{field}{SD_SUFFIX}" in ds:
        variance = ds[f"{field}{SD_SUFFIX}"].transpose(*dims).isel(kept).data ** 2
        if isinstance(variance, np.ndarray):
            variance = np.where(np.isfinite(variance), variance, np.nanmean(variance))
        return variance
    return 0.0 if exact else noise_level(values, axes) ** 2


def _checked(ds: xr.Dataset, fields: Sequence[str], dims: Sequence[str]) -> xr.Dataset:
    """Refuse what breaks the conventions, and turn axes that run downwards."""
    used = [*fields, *(f"{field}{SD_SUFFIX}" for field in fields if f"{field}{SD_SUFFIX}" in ds)]
    try:
        validate(ds[used].reset_coords(drop=True), "the data")
    except DatasetError as error:
        raise DiscoveryError(f"The weak form cannot use {error}") from error
    down = [dim for dim in dims if ds[dim].to_numpy()[0] > ds[dim].to_numpy()[-1]]
    return ds.isel({dim: slice(None, None, -1) for dim in down})


def _axis(ds: xr.Dataset, dim: str) -> Axis:
    points = ds[dim].to_numpy().astype(np.float64)
    # A period that is guessed from noisy data may be none; without one a few test functions are lost.
    stated = dim != "t" and "period" in ds[dim].attrs
    return Axis(dim, points, period_of(ds, dim) if stated else None)


def _smoothed(
    ds: xr.Dataset, field: str, dims: Sequence[str], kept: dict[str, slice], missing: Mask
) -> tuple[Float, Float]:
    """Return a smoothed field and its sd, where samples are missing too."""
    share = float(np.mean(missing))
    if share > _MOST_MISSING:
        raise DiscoveryError(
            f"{share:.0%} of the samples of {field!r} are missing; the weak form fills at most {_MOST_MISSING:.0%}. "
            "Select a part with fewer gaps."
        )
    smooth = differentiate(ds[[field]].transpose(*dims), [field], method=GaussianProcess())
    mean, sd = (smooth[name].transpose(*dims).isel(kept).to_numpy() for name in (field, f"{field}{SD_SUFFIX}"))
    return mean, sd


def _filled(values: Float, mean: Float, sd: Float, missing: Mask, rng: np.random.Generator) -> Float:
    """Put a smoothed field and fresh noise where samples are missing, so that all are alike."""
    noise = float(np.sqrt(np.mean((values - mean)[~missing] ** 2)))
    drawn = np.sqrt(np.maximum(noise**2 - sd**2, 0.0)) * rng.standard_normal(values.shape)
    return np.where(missing, mean + drawn, values)

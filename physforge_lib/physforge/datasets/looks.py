"""The single looks that `physforge.datasets.check.check` takes at a dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import MESH_DIMS, POINT, SD_SUFFIX, SPACE, TIME, TRAJECTORY, is_uniform, period_of
from physforge.datasets.roughness import lines_along, noise_level
from physforge.datasets.units import is_unit

#: Topic, verdict, sentence.
Remark = tuple[str, Literal["ok", "note", "problem"], str]

#: Fewer samples along an axis hardly determine a second derivative with an error bar.
FEW_SAMPLES = 10

#: Missing samples beyond this part of a field leave little to differentiate.
MANY_MISSING = 0.5

#: A field that takes at most this many equally spaced values is called quantised.
MAX_LEVELS = 4096

#: Noise below this part of the field's spread is round-off or the solver's.
QUIET = 1e-4

#: Noise above this part of the spread makes second derivatives unreliable.
LOUD = 0.1


def at_part(ds: xr.Dataset, part: xr.Dataset) -> Remark:
    """Say which part of a large dataset was read.

    Parameters
    ----------
    ds : xarray.Dataset
        With data that stay on disk.
    part : xarray.Dataset
        What was read of it.

    Returns
    -------
    tuple of str
        Topic, verdict and sentence.
    """
    size = sum(int(field.nbytes) for field in ds.data_vars.values()) / 2**30
    places = ", ".join(f"{part.sizes[dim]} of {ds.sizes[dim]} along {dim}" for dim in ds.dims)
    return (
        "part",
        "note",
        f"the data take {size:.3g} GiB and stay on disk; what follows on missing samples, variation, precision and "
        f"noise is from {places}, in the middle. Everything computed from them is computed block by block.",
    )


def at_points(ds: xr.Dataset) -> Remark:
    """Describe scattered samples.

    Parameters
    ----------
    ds : xarray.Dataset
        With the dim ``point``.

    Returns
    -------
    tuple of str
        Topic, verdict and sentence.
    """
    axes = ", ".join(str(name) for name in ds.coords if ds[name].dims == (POINT,)) or "no coordinate"
    return (
        "samples",
        "note",
        f"{ds.sizes[POINT]} scattered samples over {axes}; methods that need a grid (finite differences, spectral, "
        "Savitzky-Golay) do not apply.",
    )


def at_axis(ds: xr.Dataset, dim: str) -> list[Remark]:
    """Describe the samples along a dim: number, spacing, direction, period.

    Parameters
    ----------
    ds : xarray.Dataset
        Following the conventions.
    dim : str
        One of its dims.

    Returns
    -------
    list of tuple of str
        Topic, verdict and sentence of each remark.
    """
    topic = f"axis {dim}"
    if dim == POINT or dim in MESH_DIMS:
        return []
    if dim == TRAJECTORY:
        return [(topic, "ok", f"{ds.sizes[dim]} runs, each with its own initial state.")]
    values = ds[dim].to_numpy()
    unit = f" {ds[dim].attrs['units']}" if ds[dim].attrs.get("units") else ""
    extent = f"{values.size} samples from {values[0]:g} to {values[-1]:g}{unit}"
    remarks = [_spacing(topic, values, extent)]
    if values.size < FEW_SAMPLES:
        remarks.append(
            (topic, "note", f"{values.size} samples are few; derivatives along {dim} have wide error bars, if any.")
        )
    if dim in SPACE:
        remarks.append(_period(ds, dim, topic, unit))
    return remarks


def _spacing(topic: str, values: npt.NDArray[np.float64], extent: str) -> Remark:
    steps = np.diff(values)
    falling = ", falling" if steps[0] < 0 else ""
    if is_uniform(values):
        return topic, "ok", f"{extent}{falling}, equally spaced."
    steps = np.abs(steps)
    middle = float(np.median(steps))
    span = f"steps from {steps.min():.3g} to {steps.max():.3g}"
    if np.abs(steps - middle).max() < 0.01 * middle:
        cause = "which may be digits lost in writing; if the axis is meant to be equally spaced, write more digits"
    elif steps.max() > 3 * middle:
        cause = "with gaps, across which derivatives are guesses"
    else:
        cause = "which is kept as it is"
    return (
        topic,
        "note",
        f"{extent}{falling}, not equally spaced ({span}), {cause}; spectral and Savitzky-Golay derivatives need equal "
        "steps.",
    )


def _period(ds: xr.Dataset, dim: str, topic: str, unit: str) -> Remark:
    period = period_of(ds, dim)
    if period is None:
        return (
            topic,
            "ok",
            f"not periodic; derivatives along {dim} are least certain at both ends "
            f'(if it is periodic, set ds["{dim}"].attrs["period"]).',
        )
    known = "stated" if "period" in ds[dim].attrs else "found in the data"
    return (
        topic,
        "ok",
        f"periodic with period {period:g}{unit} ({known}); derivatives have no ends to lose accuracy at.",
    )


def at_units(ds: xr.Dataset) -> list[Remark]:
    """Say which variables and axes have units, and which of these are no unit that is known.

    Parameters
    ----------
    ds : xarray.Dataset
        Following the conventions.

    Returns
    -------
    list of tuple of str
        Topic, verdict and sentence of each remark.
    """
    names = [
        str(name)
        for name, variable in ds.variables.items()
        if name != TRAJECTORY and not str(name).endswith(SD_SUFFIX) and not set(variable.dims) <= set(MESH_DIMS)
    ]
    units = {name: str(ds[name].attrs.get("units") or "") for name in names}
    remarks: list[Remark] = []
    for name, unit in units.items():
        if unit and not is_unit(unit):
            remarks.append(
                (
                    "units",
                    "note",
                    f"{name} has the unit {unit!r}, which is not a known one and so counts as one of its own; units "
                    "that are to be converted are written as in 'm/s' or 'kg*m**2'.",
                )
            )
    without = [name for name in names if not units[name]]
    if not without and not remarks:
        return [("units", "ok", "every field and axis has one, so the coefficients of an equation have theirs.")]
    if without:
        whose = "nothing has one" if len(without) == len(names) else f"{', '.join(without)} without one"
        cure = f"give them when opening, units={{{without[0]!r}: '...'}}"
        remarks.append(("units", "note", f"{whose}; terms cannot be checked for consistent units ({cure})."))
    return remarks


def at_infinite(fields: Sequence[xr.DataArray]) -> list[Remark]:
    """Find infinite values, which only data that stay on disk can hold.

    Parameters
    ----------
    fields : sequence of xarray.DataArray
        In memory.

    Returns
    -------
    list of tuple of str
        One remark on each field with infinite values.
    """
    return [
        (
            f"field {field.name}",
            "problem",
            "it holds infinite values, which make every derivative near them infinite; mark missing samples with NaN.",
        )
        for field in fields
        if np.isinf(field.to_numpy()).any()
    ]


def at_missing(fields: Sequence[xr.DataArray]) -> list[Remark]:
    """Count missing samples.

    Parameters
    ----------
    fields : sequence of xarray.DataArray
        With NaN where samples are missing.

    Returns
    -------
    list of tuple of str
        One remark on each field with gaps, or one that there are none.
    """
    remarks: list[Remark] = []
    for field in fields:
        missing = np.isnan(field.to_numpy())
        share = float(missing.mean())
        if share == 0:
            continue
        text = f"{field.name}: {int(missing.sum())} of {missing.size} samples ({share:.2g} of all) are missing"
        if share > MANY_MISSING:
            remarks.append(("missing samples", "problem", f"{text}; too few are left to differentiate reliably."))
        else:
            text += "; finite differences and spectral derivatives lose their neighbours, a Gaussian process fills them"
            remarks.append(("missing samples", "note", f"{text} with wider error bars."))
    return remarks or [("missing samples", "ok", "none.")]


def at_variation(field: xr.DataArray) -> list[Remark]:
    """Say where a field does not vary.

    Parameters
    ----------
    field : xarray.DataArray
        A field with at least one sample that is not NaN.

    Returns
    -------
    list of tuple of str
        Empty if it varies along each of its dims.
    """
    topic = f"field {field.name}"
    values = field.to_numpy()
    first = values[np.isfinite(values)][0]
    if np.nanmax(values) == np.nanmin(values):
        return [(topic, "problem", f"it is {first:g} everywhere; nothing can be learned from it, so leave it out.")]
    remarks: list[Remark] = []
    for dim in map(str, field.dims):
        lines = lines_along(field, dim)
        known = lines[:, np.isfinite(lines).any(axis=0)]
        if (np.nanmax(known, axis=0) == np.nanmin(known, axis=0)).all() and dim not in (POINT, TRAJECTORY, *MESH_DIMS):
            meaning = "it has no evolution to explain" if dim == TIME else f"its derivatives by {dim} are zero"
            remarks.append((topic, "note", f"it does not vary along {dim}, so {meaning}."))
    return remarks


def at_precision(field: xr.DataArray) -> list[Remark]:
    """Say whether a field was rounded: to single precision, or to steps of an instrument.

    Parameters
    ----------
    field : xarray.DataArray
        A field.

    Returns
    -------
    list of tuple of str
        Empty for full double precision.
    """
    topic = f"precision of {field.name}"
    values = np.unique(field.to_numpy())
    values = values[np.isfinite(values)].astype(np.float64)
    if values.size < 3:
        return []
    step = _quantum(values)
    if step is not None and field.size >= values.size * 2:
        levels = round(float(np.ptp(values)) / step) + 1
        return [
            (
                topic,
                "note",
                f"it comes in steps of {step:.3g} ({levels} levels); the rounding acts like noise with a standard "
                f"deviation of {step / math.sqrt(12):.2g}, which slow changes do not average out.",
            )
        ]
    if field.dtype == np.float32 or (step is None and _fits_float32(values)):
        return [
            (
                topic,
                "note",
                "stored in single precision (7 digits); third and higher derivatives may show its rounding.",
            )
        ]
    return []


def _fits_float32(values: npt.NDArray[np.float64]) -> bool:
    # Numbers beyond the range of single precision become infinite, and so do not compare equal.
    with np.errstate(over="ignore"):
        return bool((values.astype(np.float32).astype(np.float64) == values).all())


def _quantum(values: npt.NDArray[np.float64]) -> float | None:
    """Return the step of which all differences of sorted values are multiples, or None."""
    spread = float(np.ptp(values))
    gaps = np.diff(values)
    # Digits written in decimal are equal only up to the round-off of their binary form.
    slack = 8 * float(np.spacing(np.abs(values).max()))
    gaps = gaps[gaps > slack]
    step = float(gaps.min()) if gaps.size else 0.0
    if step <= 0 or spread / step > MAX_LEVELS:
        return None
    multiples = (values - values[0]) / step
    return step if np.abs(multiples - np.round(multiples)).max() < 0.01 else None


def at_noise(ds: xr.Dataset, field: xr.DataArray) -> list[Remark]:
    """Estimate the noise of a field, where its samples are equally spaced.

    Parameters
    ----------
    ds : xarray.Dataset
        Gives the standard deviation ``u_sd`` of a field ``u``, if it is known.
    field : xarray.DataArray
        One of its fields.

    Returns
    -------
    list of tuple of str
        Empty where nothing can be said.
    """
    topic = f"noise of {field.name}"
    remarks: list[Remark] = []
    if f"{field.name}{SD_SUFFIX}" in ds:
        remarks.append((topic, "ok", f"its standard deviation is given, as {field.name}{SD_SUFFIX}."))
    regular = [str(dim) for dim in field.dims if dim not in (POINT, TRAJECTORY, *MESH_DIMS) and is_uniform(ds[dim])]
    # A field that one axis does not resolve looks rough along it, so the smoothest axis is believed.
    levels = [noise_level(lines_along(field, dim)) for dim in regular if field.sizes[dim] >= 16]
    spread = float(field.std())
    if not levels or spread == 0:
        return remarks
    share = min(levels) / spread
    about = f"at most about {100 * share:.2g} % of the field's standard deviation"
    if share < QUIET:
        remarks.append((topic, "ok", "next to none; neighbouring samples run smoothly."))
    elif share < LOUD:
        remarks.append((topic, "note", f"{about}; differences of neighbours magnify it, smoothing methods do not."))
    else:
        remarks.append(
            (topic, "note", f"{about}, or the samples do not resolve the field; second derivatives need many samples.")
        )
    return remarks

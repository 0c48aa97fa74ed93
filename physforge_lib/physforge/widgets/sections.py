"""Cut a field of any number of dims down to a curve or a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from physforge.datasets.conventions import SPACE, TIME, field_names, is_uniform, spatial_dims
from physforge.datasets.lazy import glimpse
from physforge.errors import DatasetError

#: Most samples that are drawn along an axis; a screen shows no more.
MOST_ACROSS = 400


@dataclass(frozen=True)
class Section:
    """Which part of a dataset is drawn.

    Parameters
    ----------
    field : str
        Name of the variable.
    across : str
        The dim that runs across the picture.
    up : str or None
        The dim that runs up; None draws the values as a curve.
    held : mapping of str to int
        Index along each of the other dims.
    """

    field: str
    across: str
    up: str | None = None
    held: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def shape(self) -> tuple[str, str, str | None]:
        """What two sections share that differ in their position alone."""
        return self.field, self.across, self.up


def first_section(ds: xr.Dataset, name: str) -> Section:
    """Choose what is shown of a field at first.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid.
    name : str
        The field.

    Returns
    -------
    Section
        Space where there are two dims of it, else space and time, else a curve; the middle of the other dims
        of space, and the first time and run.

    Raises
    ------
    DatasetError
        If the field has no dims.
    """
    dims = [str(dim) for dim in ds[name].dims]
    space = [dim for dim in spatial_dims(ds) if dim in dims]
    order = [*space[:2], *(dim for dim in (TIME,) if dim in dims), *(dim for dim in dims if dim not in (*space, TIME))]
    if not order:
        raise DatasetError(f"{name!r} is a single number; there is nothing to draw.")
    across, up = order[0], order[1] if len(order) > 1 and order[1] in (*SPACE, TIME) else None
    return with_axes(ds, Section(name, across, up), across, up)


def with_axes(ds: xr.Dataset, section: Section, across: str, up: str | None) -> Section:
    """Choose other axes, and keep the position where it still has a meaning.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    section : Section
        The one before.
    across, up : str or None
        The new axes; equal ones are taken as a curve.

    Returns
    -------
    Section
        Of the same field.
    """
    up = None if up == across else up
    sizes = {str(dim): size for dim, size in ds[section.field].sizes.items()}
    middle = {dim: size // 2 if dim in SPACE else 0 for dim, size in sizes.items()}
    held = {dim: section.held.get(dim, middle[dim]) for dim in sizes if dim not in (across, up)}
    return replace(section, across=across, up=up, held=held)


def choices_across(ds: xr.Dataset, name: str) -> list[str]:
    """List the dims of a field that can run across a picture.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    name : str
        The field.

    Returns
    -------
    list of str
        Its dims but those that only number runs, unless there is no other.
    """
    dims = [str(dim) for dim in ds[name].dims]
    return [dim for dim in (*SPACE, TIME) if dim in dims] or dims


def cut(ds: xr.Dataset, section: Section) -> xr.DataArray:
    """Take the values of a section.

    Parameters
    ----------
    ds : xarray.Dataset
        The data; of those that stay on disk only this part is read.
    section : Section
        Which part.

    Returns
    -------
    xarray.DataArray
        With the dim across, and the dim up where there is one; thinned to `MOST_ACROSS` samples along each.
    """
    axes = [section.across] if section.up is None else [section.across, section.up]
    part = ds[section.field].isel(dict(section.held)).transpose(*axes)
    part = part.isel({dim: slice(None, None, stride_of(part.sizes[dim])) for dim in axes})
    return part.compute()


def stride_of(size: int) -> int:
    """Say which samples are drawn: every first, every second, ...

    Parameters
    ----------
    size : int
        Samples along an axis.

    Returns
    -------
    int
        1 where all are drawn.
    """
    return max(1, -(-size // MOST_ACROSS))


def value_range(ds: xr.Dataset, name: str) -> tuple[float, float]:
    """Return the range of a field, over which colours and heights stay the same.

    Parameters
    ----------
    ds : xarray.Dataset
        The data; of those that stay on disk a part is looked at.
    name : str
        The field.

    Returns
    -------
    (float, float)
        Least and largest finite value, apart from each other.
    """
    values = np.asarray(glimpse(ds[[name]])[name].values, dtype=float)
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def is_even(part: xr.DataArray) -> bool:
    """Say whether a picture has equal steps along its axes.

    Parameters
    ----------
    part : xarray.DataArray
        From `cut`.

    Returns
    -------
    bool
        Pictures of one kind change by their values alone.
    """
    return all(is_uniform(part[dim]) for dim in part.dims)


def fields_to_show(ds: xr.Dataset) -> list[str]:
    """List the variables that can be drawn.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.

    Returns
    -------
    list of str
        The fields, and then the standard deviations of their samples.
    """
    fields = field_names(ds)
    deviations = [str(name) for name in ds.data_vars if str(name) not in fields]
    return [name for name in (*fields, *deviations) if ds[name].ndim and np.issubdtype(ds[name].dtype, np.number)]

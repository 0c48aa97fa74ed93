"""What a dataset looks like: names of dims, order of axes, regular grids.

Dims are ``t`` and any of ``x y z``; several runs add ``trajectory``, scattered
samples have one dim ``point`` with t, x, ... as coordinates, a mesh also ``cell``.
A system of ODEs has only ``t``. Missing samples are NaN; the standard deviation of the samples of ``u``
is the variable ``u_sd``; a complex field ``h`` is ``h_re`` and ``h_im``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.lazy import is_lazy, strip
from physforge.datasets.roughness import lines_along, noise_level
from physforge.errors import DatasetError

TIME = "t"
SPACE = ("x", "y", "z")
POINT = "point"
TRAJECTORY = "trajectory"

#: Dims of a mesh: its cells, and the corners of all cells one after another (see `physforge.datasets.mesh`).
CELL = "cell"
CORNER = "corner"
MESH_DIMS = (CELL, CORNER)

#: Order of the axes of every field.
DIM_ORDER = (TRAJECTORY, TIME, *SPACE, POINT, CELL)

SD_SUFFIX = "_sd"


def field_names(ds: xr.Dataset) -> list[str]:
    """List the measured fields of a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        A dataset that follows the conventions.

    Returns
    -------
    list of str
        Data variables in their order, without the standard deviations (``u_sd``
        where there is a ``u``).

    Examples
    --------
    >>> import xarray as xr
    >>> field_names(xr.Dataset({"u": ("t", [1.0, 2.0]), "u_sd": ("t", [0.1, 0.1])}))
    ['u']
    """
    names = [str(name) for name in ds.data_vars]
    return [name for name in names if not (name.endswith(SD_SUFFIX) and name.removesuffix(SD_SUFFIX) in names)]


def spatial_dims(ds: xr.Dataset) -> list[str]:
    """List the spatial dims of a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        A dataset that follows the conventions.

    Returns
    -------
    list of str
        Those of x, y, z that are dims, in that order; empty for a system of ODEs.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> spatial_dims(xr.Dataset({"u": (("t", "y", "x"), np.zeros((2, 3, 4)))}))
    ['x', 'y']
    """
    return [dim for dim in SPACE if dim in ds.dims]


def is_uniform(coord: xr.DataArray | npt.ArrayLike, rtol: float = 1e-6) -> bool:
    """Say whether a coordinate is equally spaced.

    Parameters
    ----------
    coord : array_like, shape (n,)
        The coordinate.
    rtol : float, default 1e-6
        Largest deviation of a step from the mean step, as a fraction of it. Files
        that keep six digits pass; a larger value lets jitter pass as uniform.

    Returns
    -------
    bool
        False for fewer than two values or a mean step of zero.

    Examples
    --------
    >>> is_uniform([0.0, 0.1, 0.2]), is_uniform([0.0, 0.1, 0.3])
    (True, False)
    """
    values = np.asarray(coord, dtype=float)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        return False
    step = (values[-1] - values[0]) / (values.size - 1)
    # A coordinate far from zero cannot hold its steps better than its last digit.
    slack = rtol * abs(step) + 4 * float(np.spacing(np.abs(values).max()))
    return bool(step != 0 and (np.abs(np.diff(values) - step) <= slack).all())


def period_of(ds: xr.Dataset, dim: str) -> float | None:
    """Return the period of the fields along a spatial dim.

    The coordinate's attribute ``period`` is believed, if the grid covers one
    period (a window cut from a periodic field is not periodic). Without it the data are
    asked: a uniform grid of n samples has period ``n*dx`` if every field runs
    smoothly over the seam from its last sample to its first, and ``(n-1)*dx`` if
    the last sample repeats the first and the seam is smooth. A field that is zero
    at both ends with unequal slopes (a clamped string) is not periodic.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields on a grid.
    dim : str
        For example ``"x"``.

    Returns
    -------
    float or None
        The period in the coordinate's units, or None if the fields are not
        periodic (set ``ds[dim].attrs["period"]`` to overrule).

    Raises
    ------
    DatasetError
        If there is no such dim, or the attribute is not a positive number.

    Notes
    -----
    A seam is smooth if second differences across it are not more than twice the
    largest in the interior (root mean square over the other axes). Where noise
    drowns the differences of neighbours, strides up to n/8 are looked at as well,
    since they see a kink that noise hides from narrow ones. Of fields that stay on
    disk a few whole lines are read; where these lie in too many blocks, only a
    stated period counts.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> x = np.linspace(0, 1, 32, endpoint=False)
    >>> period_of(xr.Dataset({"u": ("x", np.sin(2 * np.pi * x))}, {"x": x}), "x")
    1.0
    >>> period_of(xr.Dataset({"u": ("x", np.sin(np.pi * x))}, {"x": x}), "x") is None
    True
    """
    if dim not in ds.dims or dim not in ds.coords:
        raise DatasetError(f"There is no dim {dim!r} with a coordinate; the dataset has {list(ds.dims)}.")
    stated = ds[dim].attrs.get("period")
    if stated is not None:
        return _stated_period(ds[dim], stated)
    coord = ds[dim].to_numpy()
    if coord.size < 4 or not is_uniform(coord):
        return None
    strips = [strip(ds[name], dim) for name in field_names(ds) if dim in ds[name].dims]
    fields = [lines_along(part, dim) for part in strips if part is not None]
    if not fields or len(fields) < len(strips):
        return None
    length = abs(float(coord[-1]) - float(coord[0]))
    closed = [_closes_on_itself(lines) for lines in fields]
    if all(closed) and not all(_flat_ends(lines) for lines in fields):
        return length if all(_smooth_seam(lines[:-1]) for lines in fields) else None
    if all(_smooth_seam(lines) for lines in fields):
        return length * coord.size / (coord.size - 1)
    return None


def validate(ds: xr.Dataset, where: str) -> None:
    """Check that a dataset follows the conventions.

    Parameters
    ----------
    ds : xarray.Dataset
        What a reader made.
    where : str
        Named in the message, for example a file name.

    Raises
    ------
    DatasetError
        For unknown dims; coordinates that are missing, repeated, not monotonic or
        not finite; variables that are not real numbers, hold infinite values or
        nothing but NaN; fewer than two samples along a dim. The values of dask
        arrays are not looked at, since that would compute them.
    """
    if not ds.data_vars:
        raise DatasetError(f"{where}: there is no field in it; a dataset needs at least one variable.")
    for dim, size in ds.sizes.items():
        _check_dim(ds, str(dim), size, where)
    for name, variable in ds.variables.items():
        _check_values(str(name), variable, where)
    for name in ds.data_vars:
        if ds[name].chunks is None and np.isnan(ds[name].to_numpy()).all():
            raise DatasetError(f"{where}: variable {name!r} holds nothing but NaN; leave it out or repair the file.")


def _check_dim(ds: xr.Dataset, dim: str, size: int, where: str) -> None:
    if dim in MESH_DIMS:
        return
    if dim not in DIM_ORDER:
        known = ", ".join(name for name in DIM_ORDER if name != CELL)
        raise DatasetError(f"{where}: unknown dim {dim!r}; name the axes with dims=(...) out of {known}.")
    if dim == TRAJECTORY:
        return
    if size < 2:
        raise DatasetError(f"{where}: dim {dim!r} has {size} sample(s); at least 2 are needed.")
    if dim == POINT:
        return
    if dim not in ds.coords:
        raise DatasetError(f"{where}: dim {dim!r} has no coordinate; give its values, as coords={{{dim!r}: [...]}}.")
    _check_monotonic(dim, ds[dim].to_numpy(), where)


def _check_monotonic(dim: str, values: npt.NDArray[Any], where: str) -> None:
    if values.dtype.kind not in "iuf":
        raise DatasetError(f"{where}: coordinate {dim!r} is not numeric (dtype {values.dtype}).")
    if not np.isfinite(values).all():
        index = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DatasetError(f"{where}: coordinate {dim!r} is {values[index]} at index {index}; every sample needs one.")
    rising = values[1:] > values[:-1]
    if rising.all() or (values[1:] < values[:-1]).all():
        return
    unique, counts = np.unique(values, return_counts=True)
    if unique.size < values.size:
        twice = unique[counts > 1][0]
        raise DatasetError(
            f"{where}: coordinate {dim!r} has the value {twice:g} more than once; keep one sample of each."
        )
    steps = np.diff(values.astype(float))
    if not ((steps > 0).all() or (steps < 0).all()):
        turn = int(np.flatnonzero(np.sign(steps) != np.sign(steps[0]))[0]) + 1
        raise DatasetError(
            f"{where}: coordinate {dim!r} is not monotonic: {values[turn]:g} follows {values[turn - 1]:g} "
            f"at index {turn}; sort the samples by {dim!r}."
        )


def _check_values(name: str, variable: xr.Variable, where: str) -> None:
    if name == TRAJECTORY:
        return
    if variable.dtype.kind == "c":
        raise DatasetError(f"{where}: variable {name!r} is complex; split it into {name}_re and {name}_im.")
    if variable.dtype.kind not in "iuf":
        raise DatasetError(f"{where}: variable {name!r} is not numeric (dtype {variable.dtype}); leave it out.")
    if variable.chunks is not None:
        return
    if is_lazy(variable):
        return
    infinite = np.isinf(variable.to_numpy())
    if infinite.any():
        index = tuple(int(i) for i in np.argwhere(infinite)[0])
        raise DatasetError(f"{where}: variable {name!r} is infinite at index {index}; mark missing samples with NaN.")


def _stated_period(coord: xr.DataArray, stated: Any) -> float | None:
    try:
        period = float(stated)
    except (TypeError, ValueError):
        period = math.nan
    if not (math.isfinite(period) and period > 0):
        raise DatasetError(f"Coordinate {coord.name!r} has the period {stated!r}; it must be a positive number.")
    length = abs(float(coord[-1]) - float(coord[0]))
    step = length / max(coord.size - 1, 1)
    covered = any(math.isclose(period, span, rel_tol=1e-6, abs_tol=0.01 * step) for span in (length, length + step))
    return period if covered or not is_uniform(coord) else None


def _spread(lines: npt.NDArray[np.float64]) -> float:
    finite = lines[np.isfinite(lines)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _closes_on_itself(lines: npt.NDArray[np.float64]) -> bool:
    return bool((np.nan_to_num(np.abs(lines[0] - lines[-1])) <= 1e-9 * _spread(lines)).all())


def _flat_ends(lines: npt.NDArray[np.float64]) -> bool:
    """Say whether both ends are at rest, where a repeated endpoint cannot be told from a new sample."""
    steps = np.abs(np.stack([lines[1] - lines[0], lines[-1] - lines[-2]]))
    return bool((np.nan_to_num(steps) <= 1e-9 * _spread(lines)).all())


def _smooth_seam(lines: npt.NDArray[np.float64]) -> bool:
    count = lines.shape[0]
    drowned = 3 * math.sqrt(6) * noise_level(lines)
    stride = 1
    while stride <= max(1, count // 8):
        bend = np.roll(lines, stride, axis=0) - 2 * lines + np.roll(lines, -stride, axis=0)
        known = np.isfinite(bend)
        samples = np.maximum(known.sum(axis=1), 1)
        size = np.sqrt((np.where(known, bend, 0.0) ** 2).sum(axis=1) / samples)
        interior, seam = size[stride:-stride], np.concatenate([size[:stride], size[-stride:]])
        if interior.size and seam.max() > 2 * interior.max() + 1e-9 * _spread(lines):
            return False
        if interior.size and interior.max() > drowned:
            return True
        stride *= 2
    return True

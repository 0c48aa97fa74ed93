"""From a dataset to the samples of a regression: derivatives, terms, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod, sqrt

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX, field_names
from physforge.derivatives import Method, differentiate
from physforge.derivatives.axis import Float
from physforge.discovery.regression import Indices, Regression
from physforge.discovery.scattered import is_scattered, scattered_dims
from physforge.equations import derivative_name, split_derivative
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

#: More samples than this are thinned evenly; they would add time, not information.
MOST_SAMPLES = 100_000

#: Number of blocks aimed at, over all axes together.
_BLOCKS = 36

#: Fewest samples along an axis of a block.
_SHORTEST_BLOCK = 3

#: Samples whose derivative is this much less certain than the median are left out.
_CERTAIN = 2.0


@dataclass(frozen=True, eq=False)
class TermSamples:
    """Every candidate term and target at the samples that are used.

    Parameters
    ----------
    regressions : tuple of Regression
        One for each target.
    noise : dict of str to float
        For each derivative and candidate, the root mean square of its sd as a share of its own.
    used : int
        Number of samples used.
    schemes : dict of str to str
        How each derivative was taken.
    """

    regressions: tuple[Regression, ...]
    noise: dict[str, float]
    used: int
    schemes: dict[str, str]


def check_dataset(ds: xr.Dataset) -> tuple[list[str], list[str]]:
    """Return the fields and dims of a dataset that discovery can use.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields over ``t`` and any of x, y, z, or scattered samples over ``point``.

    Returns
    -------
    fields : list of str
        Names of the fields.
    dims : list of str
        ``t`` first.

    Raises
    ------
    DiscoveryError
        If there is no field, no time, another kind of dim, or the time does not
        increase.
    """
    fields = field_names(ds)
    if not fields:
        raise DiscoveryError("The dataset has no field; give one with a variable over 't'.")
    dims = [str(dim) for dim in ds[fields[0]].dims]
    for field in fields:
        if set(map(str, ds[field].dims)) != set(dims):
            raise DiscoveryError(
                f"{field!r} is over {_listed(ds[field].dims)} and {fields[0]!r} over {_listed(dims)}; discovery needs "
                "all fields on the same grid. Leave one out with ds.drop_vars(...)."
            )
    if is_scattered(ds, fields):
        return fields, scattered_dims(ds)
    if "t" not in dims:
        raise DiscoveryError(
            f"Discovery needs a dim 't'; the fields are over {_listed(dims)}. Rename it with ds.rename."
        )
    strange = [dim for dim in dims if dim not in ("t", "x", "y", "z")]
    if strange:
        raise DiscoveryError(
            f"Discovery works on one grid over t, x, y, z; {fields[0]!r} has the dim {strange[0]!r}. "
            f"Select one entry with ds.isel({strange[0]}=0)."
        )
    _check_time(ds)
    return fields, ["t", *(dim for dim in ("x", "y", "z") if dim in dims)]


def _check_time(ds: xr.Dataset) -> None:
    if "t" not in ds.coords:
        raise DiscoveryError("Dim 't' has no coordinate; give the times with ds.assign_coords(t=...).")
    times = ds["t"].to_numpy()
    if len(times) < 2:
        raise DiscoveryError(f"Discovery needs a series in time; 't' has {len(times)} sample. Measure at more times.")
    if not np.issubdtype(times.dtype, np.number):
        raise DiscoveryError(f"The times are of type {times.dtype}; convert them to numbers with a unit.")
    steps = np.diff(times.astype(np.float64))
    if not np.all(steps > 0):
        where = int(np.argmin(steps > 0)) + 1
        raise DiscoveryError(
            f"The times must increase; sample {where} of 't' ({times[where]:g}) does not follow {times[where - 1]:g}. "
            "Sort with ds.sortby('t') and drop repeats with ds.drop_duplicates('t')."
        )


@dataclass(frozen=True, eq=False)
class _Run:
    """Samples of one run: candidates and targets as they are, their sd, and the blocks."""

    names: tuple[str, ...]
    table: Float
    columns_sd: Float
    derivatives: dict[str, Float]
    derivatives_sd: dict[str, Float]
    blocks: Indices
    schemes: dict[str, str]


def gather_samples(
    runs: Sequence[xr.Dataset],
    targets: Sequence[str],
    library: CandidateLibrary,
    fields: Sequence[str],
    dims: Sequence[str],
    *,
    method: Method | None = None,
    stretches: int | None = None,
) -> TermSamples:
    """Differentiate, evaluate the library, and reduce to one regression for each target.

    Parameters
    ----------
    runs : sequence of xarray.Dataset
        Each checked by `check_dataset`, on its own grid.
    targets : sequence of str
        Time derivatives, for example ``["u_t"]``.
    library : CandidateLibrary
        The candidates.
    fields, dims : sequence of str
        As `check_dataset` returns them.
    method : Method, optional
        How to differentiate; by default as `physforge.differentiate` does.
    stretches : int, optional
        Make so many stretches of time of each run its blocks. By default blocks are short along every axis.

    Returns
    -------
    TermSamples
        At most `MOST_SAMPLES` samples. The fields in the terms are smoothed as the
        derivatives are.

    Raises
    ------
    DiscoveryError
        If there are fewer samples than candidates, or candidates that no equation can
        write.
    LibraryError
        If the library cannot be built or evaluated on the data.
    DerivativeError
        If the data do not give the derivatives.
    """
    if isinstance(library.functions, dict):
        raise DiscoveryError(
            f"An equation cannot contain the Python functions {', '.join(library.functions)}; write them in the "
            "grammar of equations, as CandidateLibrary(functions=('u/(1 + u**2)',))."
        )
    library = library.complete(runs[0], fields)
    parts = [_gather_run(ds, len(runs), targets, library, fields, dims, method, stretches) for ds in runs]
    names, table = parts[0].names, np.concatenate([part.table for part in parts])
    if len(table) <= len(names):
        raise DiscoveryError(
            f"{len(table)} usable samples cannot tell {len(names)} candidate terms apart. Measure more, or use a "
            "smaller library, such as CandidateLibrary(polynomial=1)."
        )
    blocks = np.concatenate([part.blocks + index * MOST_SAMPLES for index, part in enumerate(parts)])
    values = {name: np.concatenate([part.derivatives[name] for part in parts]) for name in parts[0].derivatives}
    regressions = tuple(Regression.build(name, names, table, values[name], blocks) for name in targets)
    return TermSamples(regressions, _noise(parts, table, values), len(table), parts[0].schemes)


def _gather_run(
    ds: xr.Dataset,
    runs: int,
    targets: Sequence[str],
    library: CandidateLibrary,
    fields: Sequence[str],
    dims: Sequence[str],
    method: Method | None,
    stretches: int | None,
) -> _Run:
    lower = _lower_time_derivatives(targets, fields)
    needed = list(dict.fromkeys([*targets, *lower, *library.derivative_names(fields, dims)]))
    derived = differentiate(ds.transpose(*dims, ...), [*needed, *fields], method=method)
    certain = _certain(derived, needed)
    step = _stride(certain.shape, runs)
    steps = (slice(None, None, step),) * len(dims)
    keep = certain[steps]
    used = derived.isel(dict(zip(dims, steps, strict=True))).where(xr.DataArray(keep, dims=list(dims)))
    states = list(fields)
    if lower and len(dims) == 1:
        # In an ODE of higher order the lower time derivatives are part of the state.
        states, library = [*fields, *lower], library.model_copy(update={"time_derivatives": 0})
    theta = library.evaluate(used, fields=states)
    flat = keep.reshape(-1)
    values = {name: used[name].transpose(*dims).to_numpy()[keep] for name in needed}
    spread = {name: used[f"{name}{SD_SUFFIX}"].transpose(*dims).to_numpy()[keep] for name in needed}
    names, table, sds = list(theta.names), theta.values[flat], theta.column_sd
    added = [name for name in lower if name not in names] if len(dims) > 1 else []
    sds = np.zeros(len(names)) if sds is None else np.nan_to_num(sds)
    return _Run(
        (*names, *added),
        np.column_stack([table, *(values[name] for name in added)]),
        np.array([*sds, *(_rms(spread[name]) for name in added)]),
        values,
        spread,
        (_blocks(keep.shape, runs) if stretches is None else _stretches(keep.shape, stretches))[keep],
        {name: str(derived[name].attrs["method"]) for name in needed},
    )


def _noise(parts: Sequence[_Run], table: Float, values: dict[str, Float]) -> dict[str, float]:
    """Return the share of noise in each derivative and each candidate, over all runs."""
    found = {}
    for index, name in enumerate(parts[0].names):
        squares = sum(part.columns_sd[index] ** 2 * len(part.table) for part in parts) / len(table)
        found[name] = _share(sqrt(squares), _rms(table[:, index]))
    for name, whole in values.items():
        found[name] = _share(_rms(np.concatenate([part.derivatives_sd[name] for part in parts])), _rms(whole))
    return found


def _lower_time_derivatives(targets: Sequence[str], fields: Sequence[str]) -> list[str]:
    split = [split_derivative(target, fields) for target in targets]
    return [derivative_name(field, axes[:order]) for field, axes in split for order in range(1, len(axes))]


def _certain(derived: xr.Dataset, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mark samples whose derivatives are not from the poor stencils at an end."""
    marks = np.ones(derived[names[0]].shape, dtype=bool)
    for name in names:
        sd = derived[f"{name}_sd"].to_numpy()
        marks &= sd <= _CERTAIN * np.median(sd)
    # Where that would cost half of a short series, a poor sample is better than none.
    return marks if 2 * np.count_nonzero(marks) >= marks.size else np.ones_like(marks)


def _stride(shape: Sequence[int], runs: int) -> int:
    excess = runs * prod(shape) / MOST_SAMPLES
    return max(1, ceil(float(excess ** (1.0 / len(shape)))))


def _blocks(shape: Sequence[int], runs: int) -> Indices:
    wanted = max(2, round((_BLOCKS / runs) ** (1.0 / len(shape))))
    labels = np.zeros(shape, dtype=np.intp)
    for axis, size in enumerate(shape):
        parts = max(1, min(wanted, size // _SHORTEST_BLOCK))
        along = np.arange(size) * parts // size
        labels = labels * parts + along.reshape(-1, *(1,) * (len(shape) - axis - 1))
    return labels


def _stretches(shape: Sequence[int], count: int) -> Indices:
    along = np.arange(shape[0]) * count // shape[0]
    return np.broadcast_to(along.reshape(-1, *(1,) * (len(shape) - 1)), tuple(shape)).copy()


def _rms(values: Float) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _listed(dims: Sequence[object]) -> str:
    return ", ".join(str(dim) for dim in dims)

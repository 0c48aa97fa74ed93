"""Evaluate a plan on samples: in memory, or lazily on Dask arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from physforge.features.columns import Float
from physforge.features.limits import check_memory
from physforge.features.plan import Plan
from physforge.features.samples import Samples

#: Samples whose sd is held at once where only its mean is wanted.
_PART = 16_384

_Fill = Callable[..., None]


def values_of(plan: Plan, samples: Samples) -> Any:
    """Evaluate every term.

    Parameters
    ----------
    plan : Plan
        What to evaluate.
    samples : Samples
        Where.

    Returns
    -------
    numpy.ndarray or dask.array.Array of shape (n_samples, n_terms)
        Each column contiguous in memory.

    Raises
    ------
    LibraryError
        If the matrix does not fit into memory and the samples are not lazy.
    """
    names = list(samples.values)
    arrays = tuple(samples.values.values())
    return _matrix(
        samples, arrays, len(plan.terms), lambda out, *given: plan.values(dict(zip(names, given, strict=True)), out)
    )


def sd_of(plan: Plan, samples: Samples) -> Any:
    """Propagate standard deviations to every term at every sample.

    Parameters
    ----------
    plan : Plan
        What to evaluate.
    samples : Samples
        With some sd.

    Returns
    -------
    numpy.ndarray or dask.array.Array of shape (n_samples, n_terms)
        Each column contiguous in memory.

    Raises
    ------
    LibraryError
        If the matrix does not fit into memory and the samples are not lazy.
    """
    arrays = (*samples.values.values(), *samples.sd.values())
    return _matrix(samples, arrays, len(plan.terms), _deviations(plan, samples))


def column_sd_of(plan: Plan, samples: Samples, values: Any) -> Any:
    """Return the root mean square of each term's sd, without keeping that of every sample.

    Parameters
    ----------
    plan : Plan
        What to evaluate.
    samples : Samples
        With some sd.
    values : array of shape (n_samples, n_terms)
        The terms; samples where one is not finite do not count.

    Returns
    -------
    numpy.ndarray or dask.array.Array of shape (n_terms,)
        NaN where no sample counts.
    """
    if samples.lazy:
        import dask.array as da

        sd = sd_of(plan, samples)
        usable = da.isfinite(values).all(axis=1)[:, None] & da.isfinite(sd)
        counts = usable.sum(axis=0)
        mean = da.where(usable, sd**2, 0.0).sum(axis=0) / da.where(counts > 0, counts, 1)
        return da.sqrt(da.where(counts > 0, mean, np.nan))
    total, counts = np.zeros(len(plan.terms)), np.zeros(len(plan.terms))
    fill = _deviations(plan, samples)
    arrays = (*samples.values.values(), *samples.sd.values())
    for start in range(0, samples.size, _PART):
        part = slice(start, start + _PART)
        sd = np.empty((len(plan.terms), len(values[part]))).T
        fill(sd, *(array[part] for array in arrays))
        usable = np.isfinite(values[part]).all(axis=1)[:, None] & np.isfinite(sd)
        total += np.where(usable, sd**2, 0.0).sum(axis=0)
        counts += usable.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.sqrt(total / counts)


def _deviations(plan: Plan, samples: Samples) -> _Fill:
    names, uncertain = list(samples.values), list(samples.sd)

    def fill(out: Float, *arrays: Float) -> None:
        given = dict(zip(names, arrays[: len(names)], strict=True))
        plan.variances(given, dict(zip(uncertain, arrays[len(names) :], strict=True)), out)
        np.sqrt(out, out=out)

    return fill


def _matrix(samples: Samples, arrays: tuple[Any, ...], columns: int, fill: _Fill) -> Any:
    if not samples.lazy:
        check_memory(samples.size, columns)
        return _filled(arrays, samples.size, columns, fill)
    import dask.array as da

    return da.map_blocks(  # type: ignore[no-untyped-call]
        lambda *parts: _filled(parts, len(parts[0]), columns, fill),
        *arrays,
        dtype=np.float64,
        new_axis=1,
        chunks=(arrays[0].chunks[0], (columns,)),
        meta=np.empty((0, 0)),
    )


def _filled(arrays: tuple[Float, ...], size: int, columns: int, fill: _Fill) -> Float:
    # Terms first in memory: each is written, and later read, as one contiguous run.
    out = np.empty((columns, size)).T
    fill(out, *arrays)
    return out

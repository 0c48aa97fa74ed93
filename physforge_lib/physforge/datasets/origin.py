"""What a run records of the data that it was given: whence they came, what is in them, and what was noticed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from physforge.datasets.check import check
from physforge.datasets.lazy import is_lazy

#: Attributes that say where data can be had again, and in which content.
_MARKS = ("title", "catalog_name", "store_dataset", "source", "sha256")

#: A check takes long for more samples than these, and is told of the first few runs only.
_MOST_SAMPLES = 2**20
_MOST_CHECKED = 3

#: Means and limits of the same data differ by no more than this share of their size, on whatever machine.
_SAME = 1e-7

#: What is said of one variable.
Figures = dict[str, Any]


def describe_inputs(data: xr.Dataset | Sequence[xr.Dataset]) -> list[dict[str, Any]]:
    """Describe the data of a run, so that somebody else can find them again and see that they are the same.

    Parameters
    ----------
    data : xarray.Dataset or sequence of xarray.Dataset
        What the run was given.

    Returns
    -------
    list of dict
        JSON-serialisable, one for each dataset: ``title``, ``catalog_name``, ``store_dataset``, ``source`` and
        ``sha256`` where they are known; ``sizes``; ``variables`` (see `variable_figures`; not of data that stay
        on disk); and ``check``, the findings of `physforge.datasets.check.check` as topic, verdict and sentence
        (of the first three runs, up to a million samples).
    """
    given = [data] if isinstance(data, xr.Dataset) else list(data)
    return [_described(one, place < _MOST_CHECKED) for place, one in enumerate(given)]


def _described(ds: xr.Dataset, checked: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {name: str(ds.attrs[name]) for name in _MARKS if name in ds.attrs}
    facts["sizes"] = {str(dim): int(size) for dim, size in ds.sizes.items()}
    if is_lazy(ds):
        return facts
    facts["variables"] = variable_figures(ds)
    if checked and max((one.size for one in ds.data_vars.values()), default=0) <= _MOST_SAMPLES:
        facts["check"] = [[one.topic, one.verdict, one.sentence] for one in check(ds).findings]
    return facts


def variable_figures(ds: xr.Dataset) -> dict[str, Figures]:
    """Return the few figures of each variable by which data are known again.

    Parameters
    ----------
    ds : xarray.Dataset
        In memory.

    Returns
    -------
    dict of str to dict
        By name of field or coordinate: ``shape``, ``missing`` (how many samples are not finite), ``low``,
        ``high`` and ``mean`` of the others (None where there is none), and ``units`` where they are known.
        Variables that hold no numbers are left out.

    Examples
    --------
    >>> variable_figures(xr.Dataset({"u": ("t", [1.0, np.nan, 3.0])}))["u"]
    {'shape': [3], 'missing': 1, 'low': 1.0, 'high': 3.0, 'mean': 2.0}
    """
    return {str(name): _figures(one) for name, one in ds.variables.items() if one.dtype.kind in "biuf"}


def _figures(variable: xr.Variable) -> Figures:
    values = variable.to_numpy()
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    known = np.isfinite(values)
    count = int(np.count_nonzero(known))
    facts: Figures = {"shape": list(values.shape), "missing": values.size - count}
    with np.errstate(all="ignore"):
        low = values.min(where=known, initial=np.inf)
        high = values.max(where=known, initial=-np.inf)
        mean = values.sum(where=known, dtype=np.float64) / max(count, 1)
    facts |= {"low": _number(low, count), "high": _number(high, count), "mean": _number(mean, count)}
    if variable.attrs.get("units"):
        facts["units"] = str(variable.attrs["units"])
    return facts


def _number(value: np.floating[Any], count: int) -> float | None:
    return float(value) if count and np.isfinite(value) else None


def find_difference(found: dict[str, Figures], expected: dict[str, Figures], rtol: float = _SAME) -> str | None:
    """Say in what data differ from others, as far as `variable_figures` tell.

    Parameters
    ----------
    found, expected : dict of str to dict
        What `variable_figures` returned.
    rtol : float, default 1e-7
        Limits and means may differ by this share of the largest value: other machines round otherwise.

    Returns
    -------
    str or None
        The first difference, as a sentence without its end; None where there is none.

    Examples
    --------
    >>> one = variable_figures(xr.Dataset({"u": ("t", [1.0, 2.0])}))
    >>> other = variable_figures(xr.Dataset({"u": ("t", [1.0, 2.5])}))
    >>> find_difference(one, one), find_difference(other, one)
    (None, "the high of 'u' is 2.5, and was 2.0")
    """
    for name, figures in expected.items():
        if name not in found:
            return f"there is no {name!r}; there are {', '.join(found) or 'no variables'}"
        size = max((abs(figures[key]) for key in ("low", "high") if figures[key] is not None), default=0.0)
        for key, value in figures.items():
            other = found[name].get(key)
            both = isinstance(value, float) and isinstance(other, float)
            if not (abs(other - value) <= rtol * size if both else other == value):
                return f"the {key} of {name!r} is {other}, and was {value}"
    return None

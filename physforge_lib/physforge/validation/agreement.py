"""Compare fields with what they should be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from physforge.errors import DatasetError

#: Error, as a share of the field's spread, up to which a prediction counts as good.
GOOD_AGREEMENT = 0.1


def compare(predicted: xr.Dataset, measured: xr.Dataset, fields: Iterable[str]) -> pd.DataFrame:
    """Compare fields sample by sample.

    Parameters
    ----------
    predicted : xarray.Dataset
        NaN where the prediction broke off, which counts as infinitely wrong, not as missing.
    measured : xarray.Dataset
        On the same samples. NaN where nothing was measured.
    fields : iterable of str
        Which ones.

    Returns
    -------
    pandas.DataFrame
        A row for each field: ``field``, ``rms_error`` and ``largest_error`` in its unit,
        ``relative_error``, the former as a share of the standard deviation of the measured
        field, and ``horizon``: the last time before that share first exceeds 0.1, NaN where
        there is no time.

    Raises
    ------
    DatasetError
        If nothing was measured of a field.

    Examples
    --------
    >>> measured = xr.Dataset({"u": ("t", [0.0, 1.0, 2.0])}, {"t": [0.0, 1.0, 2.0]})
    >>> compare(measured + 0.01, measured, ["u"])["horizon"].item()
    2.0
    """
    return pd.DataFrame([{"field": name, **_compare(predicted[name], measured[name])} for name in fields])


def _compare(predicted: xr.DataArray, measured: xr.DataArray) -> dict[str, float]:
    exact = measured.to_numpy()
    known = np.isfinite(exact)
    if not known.any():
        raise DatasetError(f"There is no sample of {measured.name!r} to compare with.")
    found = np.nan_to_num(predicted.transpose(*measured.dims).to_numpy(), nan=np.inf)
    error = np.where(known, found - np.where(known, exact, 0.0), 0.0)
    spread = float(measured.std()) or 1.0
    rms = float(np.sqrt(np.mean(error[known] ** 2)))
    return {
        "rms_error": rms,
        "largest_error": float(np.max(np.abs(error))),
        "relative_error": rms / spread,
        "horizon": _horizon(error, known, measured, spread),
    }


def _horizon(error: np.ndarray, known: np.ndarray, measured: xr.DataArray, spread: float) -> float:
    if "t" not in measured.dims:
        return float("nan")
    others = tuple(index for index, dim in enumerate(measured.dims) if dim != "t")
    at_time = np.sqrt((error**2).sum(axis=others) / np.maximum(known.sum(axis=others), 1)) / spread
    bad = np.flatnonzero(at_time > GOOD_AGREEMENT)
    last = len(at_time) - 1 if not len(bad) else max(int(bad[0]) - 1, 0)
    return float(measured["t"][last])

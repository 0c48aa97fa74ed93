"""Errors of predictions are in the units that they say."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.errors import DatasetError
from physforge.validation import compare

T, X = np.linspace(0.0, 4.0, 9), np.linspace(0.0, 1.0, 5)


def field(values):
    return xr.Dataset({"u": (("t", "x"), values)}, {"t": T, "x": X})


def test_errors_and_their_share_of_the_spread():
    measured = field(np.where(np.arange(45).reshape(9, 5) % 2, 1.0, -1.0))
    off = np.zeros((9, 5))
    off[4, 1] = -0.9
    (row,) = compare(measured + off, measured, ["u"]).to_dict("records")
    spread = float(measured["u"].std())
    assert row["rms_error"] == pytest.approx(0.9 / np.sqrt(45))
    assert row["relative_error"] == pytest.approx(0.9 / np.sqrt(45) / spread)
    assert row["largest_error"] == pytest.approx(0.9)
    # At that time the error is 0.9/sqrt(5) of a spread of 1.
    assert row["horizon"] == T[3]


def test_what_was_not_measured_does_not_count_and_what_broke_off_does():
    measured = field(np.random.default_rng(0).normal(size=(9, 5)))
    predicted = measured.copy(deep=True)
    holes = measured.where(measured["x"] > 0.1)
    predicted["u"][:, 0] = 100.0
    assert compare(predicted, holes, ["u"])["rms_error"].item() == 0.0
    predicted["u"][6, 2] = np.nan
    (row,) = compare(predicted, holes, ["u"]).to_dict("records")
    assert row["rms_error"] == np.inf
    assert row["horizon"] == T[5]


def test_dims_are_matched_by_name_and_steady_fields_have_no_horizon():
    measured = field(np.random.default_rng(0).normal(size=(9, 5)))
    assert compare(measured.transpose("x", "t"), measured, ["u"])["largest_error"].item() == 0.0
    steady = measured.rename(t="y")
    assert np.isnan(compare(steady, steady, ["u"])["horizon"].item())


def test_nothing_measured_is_said():
    with pytest.raises(DatasetError, match="'u'"):
        compare(field(np.zeros((9, 5))), field(np.full((9, 5), np.nan)), ["u"])

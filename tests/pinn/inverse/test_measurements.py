"""Samples as training sees them."""

import numpy as np
import pytest
import xarray as xr

from physforge.errors import PinnError
from physforge.pinn.inverse.measurements import read_measurements


def grid():
    t, x = np.linspace(0, 1, 3), np.linspace(2, 3, 4)
    values = 10 * t[:, None] + x
    return xr.Dataset({"u": (("t", "x"), values), "u_sd": ("x", 0.1 * x)}, {"t": t, "x": x})


def test_a_grid_gives_each_sample_its_place_and_its_sd():
    (found,) = read_measurements(grid().transpose("x", "t"), ["u"], ["t", "x"])
    assert len(found) == 12
    np.testing.assert_allclose(found.values, 10 * found.places[:, 0] + found.places[:, 1])
    np.testing.assert_allclose(found.sd, 0.1 * found.places[:, 1])


def test_missing_samples_are_left_out_and_counted():
    ds = grid()
    ds.u[1, 2] = np.nan
    (found,) = read_measurements(ds, ["u"], ["t", "x"])
    assert (len(found), found.missing) == (11, 1)
    np.testing.assert_allclose(found.values, 10 * found.places[:, 0] + found.places[:, 1])
    np.testing.assert_allclose(found.sd, 0.1 * found.places[:, 1])


def test_fields_that_were_not_observed_are_not_there():
    (found,) = read_measurements(grid(), ["v", "u"], ["t", "x"])
    assert found.field == "u"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ds: ds.rename(u="w"), "none of the fields"),
        (lambda ds: ds.expand_dims(trajectory=2), "several runs"),
        (lambda ds: ds.expand_dims(y=[0.0]), "a dim 'y' that the law lacks"),
        (lambda ds: ds.drop_vars("x"), "no such coordinate"),
        (lambda ds: ds.assign(u=ds.u * np.inf), "infinite"),
        (lambda ds: ds.assign(u=ds.u * np.nan), "missing"),
        (lambda ds: ds.assign(u_sd=-ds.u_sd), "positive at every sample"),
    ],
)
def test_data_that_cannot_be_used_are_refused(change, message):
    with pytest.raises(PinnError, match=message):
        read_measurements(change(grid()), ["u"], ["t", "x"])

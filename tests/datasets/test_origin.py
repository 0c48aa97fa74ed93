"""What a run records of its data tells them from others, and says where they are."""

import json

import numpy as np
import pytest
import xarray as xr

import physforge as pf
from physforge.datasets.origin import describe_inputs, find_difference, variable_figures


def noisy(seed=0):
    t = np.linspace(0.0, 1.0, 50)
    u = np.sin(t) + 0.01 * np.random.default_rng(seed).normal(size=50)
    return xr.Dataset({"u": ("t", u, {"units": "m"})}, {"t": t})


def test_a_name_sizes_and_the_check_are_recorded():
    ds = pf.open_dataset("lynx-hare")
    (found,) = describe_inputs(ds)
    assert found["catalog_name"] == "lynx-hare"
    assert found["sha256"] == ds.attrs["sha256"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["sizes"] == {"t": 21}
    assert found["variables"]["hare_thousands"]["high"] == float(ds.hare_thousands.max())
    assert [one.sentence for one in ds.pf.check().findings] == [sentence for _, _, sentence in found["check"]]


def test_what_is_missing_or_infinite_is_counted_and_left_out():
    found = variable_figures(xr.Dataset({"u": ("t", [np.nan, 1.0, np.inf, 4.0]), "none": ("t", [np.nan] * 4)}))
    assert found["u"] == {"shape": [4], "missing": 2, "low": 1.0, "high": 4.0, "mean": 2.5}
    assert found["none"] == {"shape": [4], "missing": 4, "low": None, "high": None, "mean": None}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ds: ds.isel(t=slice(1, None)), "shape"),
        (lambda ds: ds.assign(u=ds.u.where(ds.t > 0.5)), "missing"),
        (lambda ds: ds.assign(u=ds.u + 1e-6 * (ds.t > 0.5)), "of 'u'"),
        (lambda ds: ds.assign(u=ds.u.assign_attrs(units="mm")), "units"),
        (lambda ds: ds.assign_coords(t=ds.t * 2), "of 't'"),
        (lambda ds: ds.rename(u="v"), "there is no 'u'"),
    ],
)
def test_other_data_are_told_apart(change, said):
    expected = variable_figures(noisy())
    assert find_difference(variable_figures(noisy()), expected) is None
    assert said in find_difference(variable_figures(change(noisy())), expected)


def test_another_machine_may_round_otherwise():
    ds = noisy()
    expected = json.loads(json.dumps(variable_figures(ds)))
    assert find_difference(variable_figures(ds.assign(u=ds.u * (1 + 4e-16))), expected) is None


def test_data_on_disk_are_not_read():
    (found,) = describe_inputs(noisy().chunk())
    assert set(found) == {"sizes"}


def test_every_run_is_described_and_the_first_ones_are_checked():
    found = describe_inputs([noisy(seed) for seed in range(5)])
    assert len(found) == 5
    assert ["check" in one for one in found] == [True, True, True, False, False]
    assert all("variables" in one for one in found)

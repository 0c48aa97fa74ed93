"""What the weak form cannot use is refused at once, by the name of its cause."""

from __future__ import annotations

import time

import numpy as np
import pytest
import xarray as xr

from physforge.discovery import WeakForm, discover
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

T, X = np.linspace(0.0, 2.0, 40), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)


def decaying() -> xr.Dataset:
    modes = [(1, 1.0, 0.2), (2, 0.8, 1.0), (3, 0.6, 2.0)]
    u = sum(a * np.exp(-0.1 * k**2 * T[:, None]) * np.cos(k * X + p) for k, a, p in modes)
    u = u + 0.02 * np.random.default_rng(0).standard_normal(u.shape)
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": T, "x": ("x", X, {"period": 2 * np.pi})})


def holes(share: float) -> xr.Dataset:
    ds = decaying()
    return ds.assign(u=ds.u.where(np.random.default_rng(1).random(ds.u.shape) > share))


INTEGRABLE = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)

REFUSED = {
    "short axis": (decaying().isel(x=slice(0, 20)), {}, "at least 24 samples along every axis; 'x' has 20"),
    "few times": (decaying().isel(t=slice(0, 23)), {}, "'t' has 23"),
    "not integrable": (
        decaying(),
        {"library": CandidateLibrary(polynomial=1)},
        r"integrated by parts.* u\*u_xx.* cannot be. Leave them out",
    ),
    "too wide": (decaying(), {"method": WeakForm(half_widths={"x": 3.2})}, "half-width 3.2 does not fit into 'x'"),
    "negative width": (decaying(), {"method": WeakForm(half_widths={"t": -0.5})}, "must be positive"),
    "half missing": (holes(0.6), {}, r"60% of the samples of 'u' are missing; the weak form fills at most 50%"),
    "all missing": (decaying() * np.nan, {}, "'u' holds nothing but NaN"),
    "infinite": (decaying().where(decaying().x > 0.1, np.inf), {}, "'u' is infinite at index.*mark missing samples"),
    "complex": (decaying() * (1 + 1j), {}, "'u' is complex; split it"),
    "unknown axis": (
        decaying(),
        {"method": WeakForm(half_widths={"q": 1.0})},
        "'q', which is no axis.* there are t, x",
    ),
    "no coordinate": (decaying().drop_vars("x"), {}, "'x' has no coordinate"),
    "unsorted points": (decaying().isel(x=np.r_[0:20, 24:19:-1, 25:48]), {}, "'x' is not monotonic"),
    "repeated point": (decaying().isel(x=np.r_[0:20, 19:48]), {}, "'x' has the value 2.48.* more than once"),
    "one step wide": (
        decaying(),
        {"method": WeakForm(half_widths={"x": 0.15})},
        "too few samples along 'x'.*at least 1.18",
    ),
    "no width": (decaying(), {"method": WeakForm(half_widths={"t": 1e-6})}, "too few samples along 't'"),
    "lazy with gaps": (holes(0.1).chunk({"t": 20}), {"library": INTEGRABLE}, "dask arrays are missing.*ds.load()"),
    "noise unknown": (decaying().assign(u_sd=decaying().u * np.nan), {}, "'u_sd' holds nothing but NaN"),
    "too few functions": (
        decaying().isel(t=slice(0, 24), x=slice(0, 24)).drop_attrs(),
        {"method": WeakForm(half_widths={"t": 0.55, "x": 1.45})},
        "test functions fit into the data; they cannot tell 17 candidate terms apart",
    ),
    "no such field": (decaying(), {"target": "w_t"}, "'w_t' is not a time derivative of a field; possible are u_t"),
    "no time derivative": (decaying(), {"target": "u_x"}, "possible are u_t"),
    "unsorted times": (decaying().isel(t=np.r_[0:20, 25:20:-1, 26:40]), {}, "'t'.* does not follow"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_refusals_name_the_cause_at_once(case):
    ds, options, message = REFUSED[case]
    begin = time.process_time()
    with pytest.raises(DiscoveryError, match=message):
        discover(ds, **{"method": "weak", **options})
    assert time.process_time() - begin < 5.0


def test_some_samples_may_be_missing():
    assert discover(holes(0.3), method="weak", library=INTEGRABLE).equation.matches("u_t = 0.1*u_xx", rtol=0.1)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e-5])
def test_a_constant_field_supports_no_equation(value):
    result = discover(decaying() * 0.0 + value, method="weak", library=INTEGRABLE)
    assert result.status == "no equation supported"


def test_a_second_field_that_vanishes_does_no_harm():
    ds = decaying()
    result = discover(ds.assign(v=ds.u * 0.0), method="weak", library=INTEGRABLE, target="u_t")
    assert result.equation.matches("u_t = 0.1*u_xx", rtol=0.05)


def test_a_steady_field_supports_no_equation():
    ds = decaying()
    result = discover(ds.assign(u=ds.u * 0.0 + ds.u.isel(t=0)), method="weak", library=INTEGRABLE)
    assert result.status == "no equation supported"


@pytest.mark.parametrize("periodic", [True, False])
def test_a_descending_axis_gives_the_same_law(periodic):
    ds = decaying() if periodic else decaying().drop_attrs()
    down = ds.isel(x=slice(None, None, -1))
    assert discover(down, method="weak", library=INTEGRABLE).equation.terms == pytest.approx(
        discover(ds, method="weak", library=INTEGRABLE).equation.terms, rel=0.02
    )


@pytest.mark.parametrize("sd", [0.0, 1e-5])
def test_noise_that_is_stated_far_too_small_settles_nothing(sd):
    ds = decaying()
    result = discover(ds.assign(u_sd=ds.u * 0.0 + sd), method="weak", library=INTEGRABLE)
    assert result.status != "settled"


@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_extreme_units_give_the_same_law(unit):
    plain, other = (discover(decaying() * one, method="weak", library=INTEGRABLE) for one in (1.0, unit))
    assert other.equation.terms == pytest.approx(plain.equation.terms, rel=1e-6)
    assert other.status == plain.status

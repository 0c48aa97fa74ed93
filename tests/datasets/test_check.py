"""What a check of a dataset finds, and what it stays silent about."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import physforge as pf  # noqa: F401 - registers the accessor
from physforge.datasets.check import Check, check


def field(noise: float = 0.0, **attrs: str) -> xr.Dataset:
    """A travelling wave over 64 x 100 samples, periodic in x."""
    t, x = np.linspace(0, 2, 100), np.arange(64) / 64
    u = np.exp(np.sin(2 * np.pi * (x - 0.3 * t[:, None])))
    u += noise * u.std() * np.random.default_rng(0).normal(size=u.shape)
    return xr.Dataset({"u": (("t", "x"), u, attrs)}, {"t": ("t", t, attrs), "x": ("x", x, attrs)})


def sentence(found: Check, topic: str, verdict: str) -> str:
    sentences = [one.sentence for one in found.about(topic) if one.verdict == verdict]
    assert sentences, str(found)
    return " ".join(sentences)


def test_a_clean_field_with_units_has_nothing_to_note() -> None:
    found = field(units="m").pf.check()
    assert isinstance(found, Check)
    assert found.verdict == "ok"
    assert "periodic with period 1 m (found in the data)" in sentence(found, "axis x", "ok")
    assert "100 samples from 0 to 2 m, equally spaced" in sentence(found, "axis t", "ok")
    assert {one.topic for one in found.findings} == {"axis t", "axis x", "units", "missing samples", "noise of u"}


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.25])
def test_the_noise_is_estimated(noise: float) -> None:
    text = sentence(check(field(noise)), "noise of u", "note")
    percent = float(text.split("about ")[1].split(" %")[0])
    assert percent == pytest.approx(100 * noise, rel=0.1)


def test_a_constant_field_is_a_problem_and_a_steady_one_a_note() -> None:
    ds = field().assign(c=(("t", "x"), np.full((100, 64), 3.0)), s=lambda ds: ds["u"].isel(t=0) + 0 * ds["u"])
    found = check(ds)
    assert [one.topic for one in found.problems] == ["field c"]
    assert "3 everywhere" in found.problems[0].sentence
    assert "does not vary along t" in sentence(found, "field s", "note")
    assert not found.about("field u")


def test_missing_samples_are_counted() -> None:
    ds = field()
    ds["u"][3, :16] = np.nan
    assert "16 of 6400 samples (0.0025 of all)" in sentence(check(ds), "missing samples", "note")
    ds["u"][:60] = np.nan
    assert "too few" in sentence(check(ds), "missing samples", "problem")


def test_uneven_axes_are_described_by_what_may_be_behind() -> None:
    ds = field()
    gap = ds.isel(t=np.r_[0:40, 60:100])
    assert "gaps" in sentence(check(gap), "axis t", "note")
    rounded = ds.assign_coords(t=np.round(ds["t"], 4))
    assert "digits lost" in sentence(check(rounded), "axis t", "note")
    stretched = ds.assign_coords(t=ds["t"] ** 2 + ds["t"])
    assert "kept as it is" in sentence(check(stretched), "axis t", "note")
    assert "falling, equally spaced" in sentence(check(ds.isel(t=slice(None, None, -1))), "axis t", "ok")
    assert "few" in sentence(check(ds.isel(t=slice(0, 6))), "axis t", "note")


def test_missing_units_are_named() -> None:
    ds = field(units="m")
    del ds["t"].attrs["units"]
    assert sentence(check(ds), "units", "note").startswith("t without one")


def test_precision() -> None:
    topic = "precision of u"
    ds = field(noise=0.1)
    assert not check(ds).about(topic)
    single = ds.assign(u=ds["u"].astype(np.float32).astype(np.float64))
    assert "single precision" in sentence(check(single), topic, "note")
    steps = ds.assign(u=np.round(ds["u"] / 0.02) * 0.02)
    assert "steps of 0.02" in sentence(check(steps), topic, "note")
    assert "0.0058" in sentence(check(steps), topic, "note")  # 0.02 / sqrt(12)


def test_scattered_samples_and_known_errors() -> None:
    rng = np.random.default_rng(0)
    points = {"t": ("point", rng.random(50)), "x": ("point", rng.random(50))}
    found = check(xr.Dataset({"u": ("point", rng.random(50))}, points))
    assert "50 scattered samples over t, x" in sentence(found, "samples", "note")
    ds = field(noise=0.01)
    assert "given, as u_sd" in sentence(check(ds.assign(u_sd=0 * ds["u"] + 0.01)), "noise of u", "ok")


def test_what_breaks_the_conventions_is_said_and_not_raised() -> None:
    found = check(xr.Dataset({"u": ("t", [1.0, np.inf])}, {"t": [0.0, 1.0]}))
    assert found.verdict == "problem"
    assert "'u' is infinite at index (1,)" in sentence(found, "conventions", "problem")


def test_names_are_escaped_in_html() -> None:
    ds = field().assign_attrs(title="<script>alert(1)</script>").rename(u="<b>u</b>")
    page = check(ds)._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;u" in page


def test_an_unknown_unit_is_named() -> None:
    ds = field(units="m")
    ds["u"].attrs["units"] = "kilopelts"
    text = sentence(check(ds), "units", "note")
    assert "u has the unit 'kilopelts', which is not a known one" in text
    for unit in ("m3 s-1", "µm", "°C", "%", "1", "kg*m**2"):
        ds["u"].attrs["units"] = unit
        assert check(ds).about("units")[0].verdict == "ok", unit
    for hostile in ("10**10**10", "m**(9**999999)", "(" * 99, "__import__('os')"):
        ds["u"].attrs["units"] = hostile
        assert "not a known one" in sentence(check(ds), "units", "note")

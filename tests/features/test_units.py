"""Units of terms and of their coefficients; terms that make no sense are told apart."""

from __future__ import annotations

import time

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.errors import LibraryError
from physforge.features import BSpline, CandidateLibrary, Fourier, Powers
from physforge.features.units import parse_units


def field(units: str | None, *, x: str | None = "mm", t: str | None = "s") -> xr.Dataset:
    def attrs(one: str | None) -> dict[str, str]:
        return {} if one is None else {"units": one}

    points = np.linspace(0.0, 1.0, 12)
    values = np.outer(points, points)
    ds = xr.Dataset({"u": (("t", "x"), values, attrs(units))}, {"t": points, "x": points})
    ds["t"].attrs, ds["x"].attrs = attrs(t), attrs(x)
    return ds


def test_the_coefficient_of_a_term_has_the_units_of_the_target_over_the_term():
    d = differentiate(field("K"), ["u_t", "u_x", "u_xx"])
    theta = CandidateLibrary(polynomial=2, derivatives=2).evaluate(d)
    assert theta.units["u*u_x"] == parse_units("K**2/mm", "u")
    coefficients = theta.coefficient_units("u_t")
    assert coefficients["u_xx"] == parse_units("mm**2/s", "nu")
    assert coefficients["u*u_x"] == parse_units("mm/s/K", "a")
    assert coefficients["u"] == parse_units("1/s", "k")
    assert theta.coefficient_units("u_tt")["u"] == parse_units("1/s**2", "k")
    assert theta.problems == {}


def test_units_follow_from_the_field_even_before_it_is_differentiated():
    assert CandidateLibrary().units(field("K")) == CandidateLibrary().units(
        differentiate(field("K"), ["u_x", "u_xx", "u_xxx", "u_xxxx"])
    )


def test_without_units_nothing_is_claimed_and_nothing_dropped():
    library = CandidateLibrary(polynomial=1, derivatives=1, functions=("sin",))
    units = library.units(field("K", x=None))
    assert units["u_x"] is None
    assert str(units["u"]) == "kelvin"
    bare = field(None)
    assert set(library.units(bare).values()) == {None, parse_units("", "1")}
    assert library.consistent(bare) == library


def test_functions_need_plain_numbers():
    library = CandidateLibrary(polynomial=1, derivatives=0, functions=("sin", "exp", "u/(1 + u**2)", "abs", "sqrt"))
    assert library.consistent(field("mm")).term_names(["u"], ["t", "x"]) == ["1", "u", "abs(u)", "sqrt(u)"]
    assert library.consistent(field("rad")).exclude == ()
    assert library.consistent(field("mm/m")).exclude == ("sin(u)", "exp(u)", "u/(1 + u**2)")
    units = library.units(field("mm"))
    assert units["sqrt(u)"] == parse_units("mm**0.5", "u")
    assert units["sin(u)"] is None


@pytest.mark.parametrize("angle", ["degree", "percent"])
def test_an_angle_in_degrees_is_no_argument_of_a_sine(angle):
    d = field(angle).drop_vars("x").isel(x=0)
    theta = CandidateLibrary(fourier=1).evaluate(d)
    assert "convert it to radians or a fraction" in theta.problems["sin(u)"]


def test_a_sum_of_unlike_units_is_named():
    library = CandidateLibrary(polynomial=1, derivatives=1, terms=("sqrt(u + x)", "1/(2*u + 3*t)"))
    theta = library.evaluate(differentiate(field("mm"), ["u_x"]))
    assert set(theta.problems) == {"1/(t + 0.6666666666666666*u)"}
    assert "adds" in theta.problems["1/(t + 0.6666666666666666*u)"]
    metres = library.evaluate(differentiate(field("m"), ["u_x"]))
    assert len(metres.problems) == 2


def test_animals_are_units_too():
    t = xr.DataArray(np.arange(5.0), dims="t", attrs={"units": "year"})
    ds = xr.Dataset({"hare": ("t", np.arange(5.0) + 1, {"units": "pelts"}), "lynx": ("t", np.ones(5))}, {"t": t})
    ds["lynx"].attrs["units"] = "pelts"
    theta = CandidateLibrary().evaluate(ds)
    assert theta.coefficient_units("hare_t")["hare*lynx"] == parse_units("1/(pelts*year)", "b")


def test_a_temperature_in_celsius_counts_by_its_differences():
    ds = field("degC")
    library = CandidateLibrary(polynomial=2, derivatives=2, terms=("1/u",))
    theta = library.evaluate(differentiate(ds, ["u_t", "u_x", "u_xx"]))
    assert theta.coefficient_units("u_t")["u_xx"] == parse_units("mm**2/s", "a")
    assert theta.coefficient_units("u_t")["u"] == parse_units("1/s", "k")
    assert theta.units["u_x"] == parse_units("delta_degC/mm", "u_x")
    assert "absolute units, such as K" in theta.problems["1/u"]
    assert library.consistent(ds).exclude == ("1/u",)
    with pytest.raises(LibraryError, match="'u' is in decibel"):
        library.units(field("dB"))


def test_varying_coefficients_have_units_by_their_basis():
    ds = field("K")
    powers = CandidateLibrary(polynomial=1, derivatives=2, varying={"x": Powers(degree=2, terms=("u_xx",))})
    assert powers.units(ds)["x**2*u_xx"] == parse_units("K", "u")
    series = CandidateLibrary(polynomial=1, derivatives=1, varying={"x": Fourier(period=1.0, terms=("u_x",))})
    assert powers.units(ds)["u_xx"] == parse_units("K/mm**2", "u")
    units = [unit for name, unit in series.units(ds).items() if "u_x" in name and "u*" not in name]
    assert units == [parse_units("K/mm", "u")] * 3
    splines = CandidateLibrary(polynomial=1, derivatives=1, varying={"x": BSpline(terms=("u_x",))})
    assert splines.units(ds)["bspline3(x)*u_x"] == parse_units("K/mm", "u")


@pytest.mark.parametrize(
    ("text", "same"),
    [("m s-1", "m/s"), ("W m-2 K-1", "W/m**2/K"), ("m2", "m**2"), ("m / (s**2)**2", "m/s**4"), ("1", "")],
)
def test_usual_notations_are_read(text, same):
    assert parse_units(text, "u") == parse_units(same, "u")


@pytest.mark.parametrize(
    "text", ["9**9**9", "(9)**9**9", "m**9**9**9", "m**(9)**(9)", "10 m", "m-", "f('x')", "m" * 300]
)
def test_units_that_cannot_be_read_are_refused_at_once(text):
    start = time.process_time()
    with pytest.raises(LibraryError, match="The units of 'u' cannot be read"):
        CandidateLibrary().units(field(text))
    assert time.process_time() - start < 5.0

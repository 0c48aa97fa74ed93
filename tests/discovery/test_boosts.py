"""Frames that move along: what they tie together, and what they rule out."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.discovery import discover
from physforge.discovery.boosts import Boost
from physforge.equations.parser import parse_expression
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

MOVING = "x -> x + c*t, u -> u + c"


def noisy(ds: xr.Dataset, level: float, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


@pytest.mark.parametrize(
    ("text", "field", "rate"),
    [
        (MOVING, "u", 1.0),
        ("v -> v+c ,x->x - 2.5*c*t", "v", -2.5),
        ("x -> x + 6 * c * t, u -> u + c", "u", 6.0),
    ],
)
def test_a_moving_frame_is_read(text, field, rate):
    read = Boost.parse(text, ["u", "v"], ["t", "x"])
    assert (read.axis, read.field, read.rate) == ("x", field, rate)
    assert read.tied("w_t", ["u", "v", "w"]) == (f"{field}*w_x", -rate)


def test_a_boosted_solution_obeys_what_is_tied():
    """In numbers: u_t + u*u_x of a boosted field is that of the field, elsewhere, and u_xx too; u*u_x alone is not."""
    t, x, c, h = 0.3, 0.7, 0.4, 1e-4

    def still(t, x):
        return np.sin(x - 0.5 * t) + 0.3 * np.cos(2 * x + t)

    def moving(t, x):
        return still(t, x - c * t) + c

    def parts(u, t, x):
        u_t, u_x = (u(t + h, x) - u(t - h, x)) / (2 * h), (u(t, x + h) - u(t, x - h)) / (2 * h)
        return u_t + u(t, x) * u_x, (u(t, x + h) - 2 * u(t, x) + u(t, x - h)) / h**2, u(t, x) * u_x

    first, second = parts(still, t, x - c * t), parts(moving, t, x)
    assert second[:2] == pytest.approx(first[:2], abs=1e-6)
    assert abs(second[2] - first[2]) > 0.1
    read = Boost.parse(MOVING, ["u"], ["t", "x"])
    kept = {"u_xx", "u_x**2", "t*u_x", "1"}
    for text in kept | {"u", "x*u_x", "u*u_x", "u_t", "sin(u)", "c(x)*u_xx"}:
        assert read.breaks(parse_expression(text, {}, {"u"})) == (text not in kept), text


@pytest.mark.parametrize(("method", "level"), [("weak", 0.5), ("stlsq", 0.01)])
def test_advection_is_tied_to_the_rate_of_change(burgers, method, level):
    result = discover(noisy(burgers, level, 0), symmetries=MOVING, method=method)
    assert result.equation.terms["u*u_x"] == -1.0
    assert set(result.equation.terms) == {"u*u_x", "u_xx"}
    assert result.equation.terms["u_xx"] == pytest.approx(0.2, rel=0.1)
    considered = set(result.inclusion_probability["term"])
    assert {"u_x", "u_xx", "1"} <= considered
    assert not considered & {"u", "u**2", "u*u_x", "u*u_xx"}
    assert result.provenance["knowledge"]["known"] == {"u_t": {"u*u_x": -1.0}}


def test_moving_frames_that_make_no_sense_are_refused(burgers):
    for text, message in (
        ("x -> x + c*t", "a moving frame is written 'x -> x \\+ c\\*t, u -> u \\+ c'"),
        ("x -> x + c*t, u -> u", "cannot be read"),
        ("x -> x + c*t, w -> w + c", "moves along 'x' and adds to 'w'; there are the axes t, x and the fields u"),
        ("t -> t + c*t, u -> u + c", "moves along 't'"),
    ):
        with pytest.raises(DiscoveryError, match=message):
            discover(burgers, symmetries=text)
    with pytest.raises(DiscoveryError, match=r"known gives 'u\*u_x' the coefficient -2, but .* makes it -1"):
        discover(burgers, symmetries=MOVING, known={"u*u_x": -2.0})
    with pytest.raises(DiscoveryError, match="needs a first time derivative as target, not 'u_tt'"):
        discover(burgers, symmetries=MOVING, target="u_tt")
    with pytest.raises(DiscoveryError, match="needs method='weak' or 'stlsq'"):
        discover(burgers, symmetries=MOVING, method="symbolic")
    with pytest.raises(DiscoveryError, match="known names 'u\\*u_x', but no candidate"):
        discover(burgers, symmetries=MOVING, library=CandidateLibrary(polynomial=1, include_interactions=False))

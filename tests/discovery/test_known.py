"""What the scientist knows beside the data: sorted, checked, and of use where the noise is large."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from physforge.discovery import STLSQ, WeakForm, discover
from physforge.discovery.known import coefficient_bounds, fixed_terms, known_coefficients, place_of
from physforge.discovery.symmetries import Symmetry
from physforge.equations.parser import parse_expression
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary, Legendre

LAW = {"u*u_x", "u_xx"}

#: Fewer test functions: a little less is seen, in a third of the time.
QUICK = WeakForm(rows=300)

SMALL = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)


def noisy(ds: xr.Dataset, level: float, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


def terms_of(result) -> set[str]:
    return set(result.equation.terms) if result.equations else set()


@pytest.mark.parametrize(
    ("symmetry", "kept", "broken"),
    [
        ("x -> -x", {"u_xx", "u", "1", "u**2", "u_x**2", "x*u_x"}, {"u_x", "u*u_x", "u_xxx", "x"}),
        ("u -> -u", {"u", "u_x", "u_xxx", "u**3", "sin(u)"}, {"u**2", "1", "u*u_x", "cos(u)", "exp(u)", "sqrt(u)"}),
        ("x -> -x, u -> -u", {"u*u_x", "u_xx", "u**3"}, {"u_x", "u**2", "1"}),
        ("t -> -t", {"t*u", "sin(t)*u_xx"}, {"u", "u_xx", "cos(t)*u"}),
        ("u -> 2*u", {"u", "u_xxxx", "x*u_x"}, {"u**2", "u*u_x", "1", "sin(u)"}),
        ("x -> 2*x, t -> 4*t", {"u_xx", "u_x**2", "x*u_x/t"}, {"u", "u_x", "u_xxxx"}),
        ("u -> u + c", {"u_xx", "u_x**2", "1", "x"}, {"u", "u*u_x", "sin(u)"}),
        ("x -> x + c", {"u", "u*u_x", "t*u"}, {"x*u_x", "cos(x)", "c(x)*u_xx"}),
    ],
)
def test_a_symmetry_keeps_what_changes_as_the_target_does(symmetry, kept, broken):
    read = Symmetry.parse(symmetry, ["t", "x", "u"])
    for text in kept | broken:
        assert read.keeps(parse_expression(text, {}, {"u"}), "u_t", ["u"]) == (text in kept), text


def test_the_order_of_the_target_counts():
    read, damping = Symmetry.parse("t -> -t", ["t", "u"]), parse_expression("u_t", {}, {"u"})
    assert read.keeps(damping, "u_ttt", ["u"])
    assert not read.keeps(damping, "u_tt", ["u"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = -x", "cannot be read; write 'x -> -x'"),
        ("x -> -y", "cannot be read"),
        ("w -> -w", "names 'w', which is no field or axis; there are t, x, u"),
        ("x -> -x, x -> -x", "changes 'x' twice"),
        ("u -> 0*u", "makes 'u' vanish"),
    ],
)
def test_symmetries_that_make_no_sense_are_refused(burgers, text, message):
    with pytest.raises(DiscoveryError, match=message):
        discover(burgers, symmetries=text)


def test_known_things_are_sorted_by_target():
    targets = ["u_t", "v_t"]
    assert known_coefficients({"v_t": {"u": 2}}, targets) == {"u_t": {}, "v_t": {"u": 2.0}}
    assert fixed_terms({"u_t": ("u", "v")}, targets) == {"u_t": ("u", "v"), "v_t": ()}
    assert fixed_terms("u_xx", ["u_t"]) == fixed_terms(["u_xx"], ["u_t"]) == {"u_t": ("u_xx",)}
    assert coefficient_bounds({"u_t": {"u": (None, 3)}}, targets) == {"u_t": {"u": (-np.inf, 3.0)}, "v_t": {}}
    assert coefficient_bounds({"u": (0, None)}, ["u_t"]) == {"u_t": {"u": (0.0, np.inf)}}
    assert place_of("known", "(u**2)_x", ["u", "u*u_x"], ["u"]) == (1, 2.0)
    for sort, given in ((known_coefficients, {"u": 1.0}), (fixed_terms, ["u"]), (coefficient_bounds, {"u": (0, 1)})):
        with pytest.raises(DiscoveryError, match="There are 2 targets; say of which 'u' is"):
            sort(given, targets)


REFUSED = {
    "fixed, unknown": ({"fixed": ("v_xx",)}, "fixed names 'v_xx', but no candidate is of that name; there are 1, u"),
    "fixed and excluded": (
        {"fixed": ("u_xx",), "library": CandidateLibrary(polynomial=1, derivatives=2, exclude=("u_xx", "u*u_xx"))},
        "'u_xx', but no candidate.*take it out of exclude=",
    ),
    "fixed and known": ({"fixed": ("u_xx",), "known": {"u_xx": 0.2}}, "'u_xx' is in fixed= and in known="),
    "fixed breaks": ({"fixed": ("u_x",), "symmetries": "x -> -x"}, "fixed names 'u_x', which breaks.* 'x -> -x'"),
    "known breaks": ({"known": {"u*u_x": -1.0}, "symmetries": "x -> -x"}, "known names 'u\\*u_x', which breaks"),
    "fixed, no target": ({"fixed": {"w_t": ("u",)}}, "fixed names 'w_t', which is no target; there are u_t"),
    "bounds, unknown": ({"bounds": {"v": (0, 1)}}, "bounds names 'v', but no candidate"),
    "bounds turned": ({"bounds": {"u_xx": (1, 0)}}, "bounds of 'u_xx' leave no coefficient: 1 to 0.*lower one first"),
    "bounds of no width": ({"bounds": {"u_xx": (1, 1)}}, "that is known goes into known="),
    "bounds, one number": ({"bounds": {"u_xx": 0.0}}, r"bounds of 'u_xx' are 0.0; give the lowest.*\(0, None\)"),
    "bounds and known": (
        {"bounds": {"u_xx": (0, 1)}, "known": {"u_xx": -0.1}},
        "known coefficient of 'u_xx', -0.1, is outside its bounds, 0 to 1",
    ),
    "fixed, symbolic": ({"fixed": ("u_xx",), "method": "symbolic"}, "fixed= names 'u_xx', which needs method='weak'"),
    "bounds, symbolic": (
        {"bounds": {"u_xx": (0, 1)}, "method": "symbolic"},
        "bounds= names 'u_xx', which needs method='weak' or 'stlsq'; 'symbolic' does not use it",
    ),
    "known, symbolic": ({"known": {"u_xx": 0.2}, "method": "symbolic"}, "known= names 'u_xx', which needs"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_contradictions_and_unknown_names_are_refused(burgers, case):
    options, message = REFUSED[case]
    with pytest.raises(DiscoveryError, match=message):
        discover(burgers, **{"method": "weak", **options})


def test_a_fixed_term_is_found_where_noise_hides_it(burgers):
    ds = noisy(burgers, 2.0, 1)
    assert "u_xx" not in terms_of(discover(ds))
    result = discover(ds, fixed=("u_xx",))
    low, high = result.conf_int().set_index("term").loc["u_xx", ["low", "high"]]
    assert 0.0 < low < 0.2 < high
    assert "u_xx" in terms_of(result)
    inclusion = result.inclusion_probability.set_index("term")["probability"]
    assert inclusion["u_xx"] == pytest.approx(1.0)
    assert result.candidates["equation"].str.contains("u_xx").all()


def test_a_fixed_term_that_the_data_do_not_show_is_named(burgers):
    result = discover(noisy(burgers, 0.1, 0), fixed=("u", "u_xx"))
    assert terms_of(result) == {"u", *LAW}
    assert any("u is in the equation because it was fixed; the data do not show it" in s for s in result.diagnostics)


def test_bounds_keep_the_coefficient_and_doubt_themselves(burgers):
    ds = noisy(burgers, 0.1, 0)
    free = discover(ds, method=QUICK)
    inside = discover(ds, method=QUICK, bounds={"u_xx": (0.1, 0.3), "u": (None, 0)})
    assert inside.equation.terms == pytest.approx(free.equation.terms, rel=1e-4)
    # Advection takes part of what diffusion may not do: a wrong bound shows.
    wrong = discover(ds, method=QUICK, bounds={"u_xx": (0.25, None)})
    assert wrong.equation.terms["u_xx"] == pytest.approx(0.25)
    assert wrong.status == "not settled"
    assert any("u_xx would be 0.2" in s and "the data speak against the bounds" in s for s in wrong.diagnostics)
    # The other sign is no equation at all: diffusion is left out, and the rest does not explain the data.
    negative = discover(ds, method=QUICK, bounds={"u_xx": (None, 0)})
    assert "u_xx" not in terms_of(negative)
    assert negative.status == "not settled"


def test_bounds_that_leave_out_zero_fix_a_term(burgers):
    ds = noisy(burgers, 2.0, 1)
    result = discover(ds, bounds={"u_xx": (0.1, 0.3)})
    assert 0.1 <= result.equation.terms["u_xx"] <= 0.3
    assert result.candidates["equation"].str.contains("u_xx").all()


def test_symmetries_leave_the_law_where_noise_hides_it(burgers):
    found = dict.fromkeys(("without", "with"), 0)
    for level, seed in ((0.7, 1), (0.7, 2), (1.0, 1), (1.0, 3)):
        ds = noisy(burgers, level, seed)
        found["without"] += terms_of(discover(ds, method=QUICK)) == LAW
        result = discover(ds, method=QUICK, symmetries="x -> -x, u -> -u")
        found["with"] += terms_of(result) == LAW
        considered = set(result.inclusion_probability["term"])
        assert considered & {"u", "u*u_x", "u_xx"} == {"u", "u*u_x", "u_xx"}
        assert not considered & {"1", "u**2", "u_x", "u_xxx"}
    assert found["with"] > found["without"]


def test_symmetries_work_with_any_method(burgers):
    library = CandidateLibrary(polynomial=1, derivatives=2)
    result = discover(burgers, library=library, symmetries=["x -> -x, u -> -u"], method="stlsq")
    assert set(result.inclusion_probability["term"]) == {"u", "u_xx", "u*u_x"}
    assert result.provenance["knowledge"]["symmetries"] == ["x -> -x, u -> -u"]
    varying = CandidateLibrary(polynomial=1, derivatives=2, varying={"x": Legendre(degree=2, terms=("u_xx",))})
    with pytest.raises(DiscoveryError, match=r"legendre1\(x\) keeps the symmetry 'x -> -x'.*Powers"):
        discover(burgers, library=varying, symmetries="x -> -x", method="stlsq")
    oscillation = xr.Dataset({"u": ("t", np.cos(np.linspace(0.0, 9.0, 200)))}, {"t": np.linspace(0.0, 9.0, 200)})
    with pytest.raises(DiscoveryError, match="lower derivatives"):
        discover(oscillation, target="u_tt", symmetries="t -> -t", method="stlsq")


def test_each_target_has_symmetries_of_its_own():
    t, x = np.linspace(0.0, 2.0, 50), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    wave = [(1, 1.0, 0.3), (2, 0.6, 1.0), (3, 0.4, 2.2)]
    u = sum(a * np.cos(k * (x[None, :] + t[:, None]) + p) for k, a, p in wave)
    v = sum(a * np.cos(k * (x[None, :] + t[:, None]) + 2 * p) for k, a, p in wave)
    ds = xr.Dataset({"u": (("t", "x"), u), "v": (("t", "x"), v)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})})
    result = discover(noisy(ds, 0.05, 0), method=QUICK, library=SMALL, symmetries=["u -> -u"])
    table = result.inclusion_probability
    considered = {target: set(rows["term"]) for target, rows in table.groupby("target")}
    assert {"u", "u_x", "u*v"} <= considered["u_t"]
    assert not considered["u_t"] & {"v", "1", "u**2", "v_x"}
    assert {"v", "u**2", "v_x", "1"} <= considered["v_t"]
    assert not considered["v_t"] & {"u", "u*v", "u_x"}


def test_what_was_known_is_stored(burgers):
    result = discover(
        noisy(burgers, 0.05, 0), known={"u*u_x": -1}, fixed="u_xx", bounds={"u": (0, None)}, symmetries="u -> u"
    )
    stored = json.loads(json.dumps(result.provenance["knowledge"], allow_nan=False))
    assert stored == {
        "known": {"u_t": {"u*u_x": -1.0}},
        "fixed": {"u_t": ["u_xx"]},
        "bounds": {"u_t": {"u": [0.0, None]}},
        "symmetries": ["u -> u"],
    }


def diffusing(level: float) -> xr.Dataset:
    """Modes in the plane: u_t = 0.2*(u_xx + u_yy)."""
    t, x = np.linspace(0.0, 1.5, 31), np.linspace(0.0, 2 * np.pi, 28, endpoint=False)
    times, xs, ys = np.meshgrid(t, x, x, indexing="ij")
    modes = [(1.0, 1, 0, 0.3), (0.7, 1, 2, 1.0), (0.5, 2, 1, 2.0), (0.4, 0, 2, 0.5)]
    u = sum(a * np.exp(-0.2 * (i * i + j * j) * times) * np.cos(i * xs + j * ys + p) for a, i, j, p in modes)
    u = u + level * u.std() * np.random.default_rng(0).standard_normal(u.shape)
    around = {"period": 2 * np.pi}
    return xr.Dataset({"u": (("t", "x", "y"), u)}, {"t": t, "x": ("x", x, around), "y": ("y", x, around)})


def test_axes_that_a_law_does_not_tell_apart_share_coefficients():
    ds = diffusing(0.3)
    free = discover(ds, library=SMALL, method=QUICK).conf_int().set_index("term")
    result = discover(ds, library=SMALL, method=QUICK, symmetries="x <-> y")
    assert set(result.inclusion_probability["term"]) == {
        "1", "u", "u**2", "u_x + u_y", "u_xx + u_yy", "u_xy", "(u**2)_x + (u**2)_y", "(u**2)_xx + (u**2)_yy",
        "(u**2)_xy",
    }  # fmt: skip
    terms = result.equation.terms
    assert set(terms) == {"u_xx", "u_yy"}
    assert terms["u_xx"] == terms["u_yy"] == pytest.approx(0.2, rel=0.05)
    tied = result.conf_int().set_index("term").loc["u_xx + u_yy"]
    assert tied["high"] - tied["low"] < 0.85 * (free.loc["u_xx", "high"] - free.loc["u_xx", "low"])


def test_a_term_that_only_one_axis_has_breaks_the_exchange():
    ds = diffusing(0.0)
    library = CandidateLibrary(polynomial=1, derivatives=2, include_interactions=False, exclude=("u_y",))
    result = discover(ds, library=library, method=STLSQ(), symmetries=["x <-> y"])
    assert set(result.inclusion_probability["term"]) == {"1", "u", "u_xx + u_yy", "u_xy"}
    assert result.equation.matches("u_t = 0.2*u_xx + 0.2*u_yy", rtol=0.05)
    with pytest.raises(
        DiscoveryError, match="names 't'; only axes of space change places, of which the data have x, y"
    ):
        discover(ds, symmetries="t <-> x")

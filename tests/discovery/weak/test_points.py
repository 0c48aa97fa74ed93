"""Scattered samples: shares of the volume, picture, integrals, noise, laws, refusals."""

from __future__ import annotations

import time

import numpy as np
import pytest
import xarray as xr

from physforge.derivatives.axis import Axis
from physforge.discovery import discover
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.points import Samples, Scattered, integrate_source
from physforge.discovery.weak.points_picture import Frame, noise_of
from physforge.discovery.weak.points_shares import shares_of
from physforge.discovery.weak.points_source import scattered_source
from physforge.discovery.weak.rows import integrate, place_functions
from physforge.discovery.weak.source import Source
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

PERIOD, UNTIL, VISCOSITY = 2 * np.pi, 1.5, 0.2
COLUMNS = (
    Column("u_t", 1.0, (1,), (1, 0)),
    Column("u_xx", 1.0, (1,), (0, 2)),
    Column("u*u_x", 0.5, (2,), (0, 1)),
    Column("(u**3)_x", 1.0, (3,), (0, 1)),
)
REACHES = (0.3, 1.1)
LIBRARY = CandidateLibrary(polynomial=2, derivatives=3, conservative=True, include_interactions=False)


def burgers(t, x):
    """Cole-Hopf: u_t = -u*u_x + 0.2*u_xx."""
    modes = [(1, 0.6, 0.0), (2, 0.25, 1.0), (3, 0.1, 2.0)]
    phi = 1.0 + sum(a * np.exp(-VISCOSITY * k**2 * t) * np.cos(k * x + p) for k, a, p in modes)
    slope = sum(-k * a * np.exp(-VISCOSITY * k**2 * t) * np.sin(k * x + p) for k, a, p in modes)
    return -2 * VISCOSITY * slope / phi


def drawn(count, seed, dense=1.0):
    rng = np.random.default_rng([seed, 1])
    return UNTIL * rng.random(count), PERIOD * rng.random(count) ** dense


def scattered(count=3000, noise=0.1, seed=0, dense=1.0):
    t, x = drawn(count, seed, dense)
    u = burgers(t, x)
    u = u + noise * np.sqrt(np.mean(u**2)) * np.random.default_rng([seed, 2]).standard_normal(count)
    return xr.Dataset({"u": ("point", u)}, {"t": ("point", t), "x": ("point", x, {"period": PERIOD})})


@pytest.fixture(scope="module")
def measured():
    return scattered()


@pytest.fixture(scope="module")
def found(measured):
    return discover(measured, library=LIBRARY)


def test_shares_fill_the_volume_and_follow_the_density():
    t, x = drawn(4000, 0, dense=2.0)
    shares = shares_of((t, x), (0.0, 0.0), (UNTIL, PERIOD))
    assert np.sum(shares) == pytest.approx(UNTIL * PERIOD, rel=1e-12)
    # The density of x = P r**2 is 1 / (2 sqrt(P x)), that of t constant.
    expected = UNTIL * 2.0 * np.sqrt(PERIOD * x) / 4000
    assert np.sqrt(np.mean((shares / expected - 1.0)[x > 0.1] ** 2)) < 0.35
    assert np.corrcoef(shares, expected)[0, 1] > 0.9


def test_samples_at_one_place_share_what_there_is():
    t, x = drawn(500, 0)
    once = shares_of((t, x), (0.0, 0.0), (UNTIL, PERIOD))
    three = shares_of((np.tile(t, 3), np.tile(x, 3)), (0.0, 0.0), (UNTIL, PERIOD))
    assert np.sum(three) == pytest.approx(np.sum(once))
    np.testing.assert_allclose(three[:500], three[500:1000])
    same = shares_of((np.ones(200), np.ones(200)), (0.0, 0.0), (2.0, 3.0))
    np.testing.assert_allclose(same, 6.0 / 200)


@pytest.mark.parametrize("periods", [(None, PERIOD), (None, None)])
def test_splines_of_a_picture_converge_at_fourth_order(periods):
    errors = []
    for count in (1000, 4000):
        places = drawn(count, 0)
        frame = Frame.about(("t", "x"), places, periods)
        nodes = burgers(frame.axes[0].points[:, None], frame.axes[1].points)
        fine = burgers(frame.fine[0].points[:, None], frame.fine[1].points)
        errors.append(np.max(np.abs(frame.at_samples(nodes, places) - burgers(*places))))
        assert np.max(np.abs(frame.at_fine(nodes) - fine)) < 3.0 * errors[-1]
        assert len(frame.fine[0]) > 3 * len(frame.axes[0])
    # Twice the nodes along each axis.
    assert errors[1] < errors[0] / 10.0
    assert errors[1] < 1e-4


def made(picture, count, sd, seed):
    """Return exact samples under known noise, with a picture that is given as a function."""
    grid = Axis("t", np.linspace(0.0, UNTIL, 121)), Axis("x", np.linspace(0.0, PERIOD, 160, endpoint=False), PERIOD)
    t, x = drawn(count, seed)
    values = burgers(t, x) + sd * np.random.default_rng([seed, 3]).standard_normal(count)
    shares = shares_of((t, x), (0.0, 0.0), (UNTIL, PERIOD))
    on_grid = picture(grid[0].points[:, None], grid[1].points)
    samples = Samples((t, x), shares, [values], [picture(t, x)], [sd**2])
    return Scattered(grid, [on_grid], [sd**2], [on_grid], samples)


def exact_rows(functions, source):
    t, x = (axis.points for axis in source.axes)
    return integrate(Source(source.axes, [burgers(t[:, None], x)], [0.0]), functions, COLUMNS)


def poor(t, x):
    return 0.7 * burgers(t, x) + 0.1 * np.cos(x) * t


def test_with_a_perfect_picture_and_no_noise_the_law_holds_row_by_row():
    source = made(burgers, 2000, 0.0, 0)
    rows = integrate_source(source, place_functions(source.axes, REACHES, 150), COLUMNS)
    u_t, u_xx, advection, _ = rows.values.T
    assert np.max(np.abs(u_t - 0.2 * u_xx + advection)) < 1e-4 * np.max(np.abs(u_t))
    assert all(np.max(np.abs(one)) < 1e-12 for one in rows.spread.values())


@pytest.mark.parametrize("picture", [burgers, poor, lambda t, x: 0.0 * (t + x)], ids=["perfect", "poor", "none"])
def test_sums_are_unbiased_and_as_uncertain_as_stated_whatever_the_picture(picture):
    draws, sd = 120, 0.15
    sources = [made(picture, 1500, sd, seed) for seed in range(draws)]
    functions = place_functions(sources[0].axes, REACHES, 60)
    clean = exact_rows(functions, sources[0])
    rows = [integrate_source(one, functions, COLUMNS) for one in sources]
    errors = np.array([one.values - clean.values for one in rows])
    bias = np.mean(errors, axis=0) / np.std(errors, axis=0) * np.sqrt(draws)
    assert np.sqrt(np.mean(bias**2)) < 1.4
    for index, column in enumerate(COLUMNS):
        overlaps = [np.diag(one.overlap(order, order)) for one, order in zip(functions, column.orders, strict=True)]
        overlap = np.multiply.outer(*overlaps).reshape(-1)
        stated = column.factor**2 * np.mean([one.covariance(column.powers, column.powers) for one in rows], axis=0)
        ratio = np.mean(errors[:, :, index] ** 2) / np.mean(stated * overlap)
        # Boxes take off some of what chance in the places does where the picture lacks much.
        assert (0.85 if picture is burgers else 0.3) < ratio < 1.15, (column.name, ratio)


def test_powers_need_the_noise_taken_off():
    sources = [made(burgers, 1500, 0.4, seed) for seed in range(60)]
    functions = place_functions(sources[0].axes, REACHES, 60)
    clean = exact_rows(functions, sources[0])
    cubes = np.array([integrate_source(one, functions, COLUMNS).values[:, 3] for one in sources])
    biased = clean.values[:, 3] + 3 * 0.4**2 * np.array(
        [integrate_source(made(burgers, 1500, 0.0, 0), functions, [Column("u_x", 1.0, (1,), (0, 1))]).values[:, 0]]
    )
    error = np.std(cubes, axis=0) / np.sqrt(60)
    assert np.sqrt(np.mean(((np.mean(cubes, axis=0) - clean.values[:, 3]) / error) ** 2)) < 1.5
    assert np.sqrt(np.mean(((np.mean(cubes, axis=0) - biased) / error) ** 2)) > 2.0


def test_parts_share_no_sample():
    source = made(burgers, 2000, 0.1, 0)
    for count in (1, 2, 4):
        parts = source.parts(count)
        times = np.concatenate([one.samples.places[0] for one in parts])
        assert len(times) == len(np.unique(times)) > 0.95 * 2000
        assert all(one.axes[0].points[0] <= one.samples.places[0].min() for one in parts)
        assert [len(one.picture[0]) for one in parts] == [len(one.axes[0]) for one in parts]


@pytest.mark.parametrize("lack", [0.0, 0.3])
def test_noise_is_found_though_the_picture_lacks_detail(lack):
    ratios = []
    for seed in range(8):
        t, x = drawn(3000, seed)
        frame = Frame.about(("t", "x"), (t, x), (None, PERIOD))
        nodes = (1.0 - lack) * burgers(frame.axes[0].points[:, None], frame.axes[1].points)
        residual = lack * burgers(t, x) + 0.1 * np.random.default_rng([seed, 4]).standard_normal(3000)
        ratios.append(noise_of(residual, (t, x), frame, nodes) / 0.01)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.03)
    assert np.std(ratios) < 0.06


def test_noise_is_found_under_a_constant_picture():
    t, x = drawn(2000, 0)
    frame = Frame.about(("t", "x"), (t, x), (None, None))
    noise = np.random.default_rng(5).standard_normal(2000)
    nodes = np.zeros([len(axis) for axis in frame.axes])
    assert noise_of(noise, (t, x), frame, nodes) == pytest.approx(1.0, abs=0.12)


def test_a_law_is_found_from_scattered_samples(measured, found):
    assert found.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.1)
    table = found.conf_int(0.999).set_index("term")
    for term, value in {"u*u_x": -1.0, "u_xx": 0.2}.items():
        assert table.low[term] < value < table.high[term]
    level = 0.1 * np.sqrt(np.mean(burgers(measured.t, measured.x) ** 2))
    assert found.provenance["noise"][0][0] == pytest.approx(float(level), rel=0.05)
    assert found.summary().startswith("Data: u at 3000 scattered samples.")
    assert dict(found.sizes) == {"point": 3000}


def test_the_order_of_the_samples_and_copies_do_not_matter(measured, found):
    order = np.random.default_rng(6).permutation(np.r_[0:3000, 0:500])
    again = discover(measured.isel(point=order), library=LIBRARY)
    assert again.equation.terms == pytest.approx(found.equation.terms, rel=1e-6)


def test_places_that_are_denser_somewhere_and_gaps_in_the_field_do_no_harm():
    ds = scattered(dense=1.5, seed=1)
    ds = ds.assign(u=ds.u.where(np.random.default_rng(7).random(3000) > 0.1))
    result = discover(ds.drop_attrs(), library=LIBRARY)
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.3)


def test_noise_that_is_given_is_used(measured, found):
    sd = found.provenance["noise"][0][0]
    result = discover(measured.assign(u_sd=("point", np.full(3000, sd))), library=LIBRARY)
    assert result.provenance["noise"][0][0] == pytest.approx(sd, rel=1e-9)
    assert result.equation.matches(found.equation, rtol=0.1)


def test_noise_alone_supports_no_equation():
    t, x = drawn(2000, 0)
    u = np.random.default_rng(8).standard_normal(2000)
    result = discover(xr.Dataset({"u": ("point", u)}, {"t": ("point", t), "x": ("point", x)}), library=LIBRARY)
    assert result.status == "no equation supported"


def test_samples_without_noise_give_the_law_closely():
    result = discover(scattered(1000, noise=0.0), library=LIBRARY)
    assert set(result.equation.terms) == {"u*u_x", "u_xx"}
    assert result.equation.matches("u_t = -u*u_x + 0.2*u_xx", rtol=0.01)


def line() -> xr.Dataset:
    ds = scattered(400)
    return ds.assign_coords(x=("point", 3.0 * ds.t.to_numpy()))


def hole() -> xr.Dataset:
    ds = scattered(1500).drop_attrs()
    return ds.isel(point=((ds.x < 0.8) | (ds.x > 5.5)).to_numpy())


def wrong_coordinate(value: float) -> xr.Dataset:
    ds = scattered(400)
    x = ds.x.to_numpy().copy()
    x[7] = value
    return ds.assign_coords(x=("point", x))


REFUSED = {
    "few": (scattered(200), {}, "at least 300 scattered samples; there are 200"),
    "few that are known": (scattered(400).where(scattered(400).t > 0.5), {}, "there are 2.. different ones"),
    "copies": (scattered(250).isel(point=np.tile(np.arange(250), 3)), {}, "there are 250 different ones"),
    "line": (line(), {}, "lie on a line in the space of t, x"),
    "hole": (hole(), {}, "leave a hole about t = .*, x = 3.*Select a box"),
    "stations": (scattered(600).assign_coords(x=("point", np.arange(600) % 7)), {}, "7 different values of 'x'"),
    "one place": (scattered(400).assign_coords(x=("point", np.ones(400))), {}, "All samples have x = 1; drop that"),
    "coordinate missing": (wrong_coordinate(np.nan), {}, "'x' is nan at point 7"),
    "coordinate infinite": (wrong_coordinate(np.inf), {}, "'x' is inf at point 7"),
    "field infinite": (scattered(400).where(scattered(400).x > 1.0, np.inf), {}, "samples of 'u' are infinite; mark"),
    "no field": (scattered(400) * np.nan, {}, "At no point are all of u known"),
    "complex": (scattered(400) * (1 + 1j), {}, "'u' is complex; split it"),
    "no time": (scattered(400).drop_vars("t"), {}, "need their times as a coordinate 't' along 'point'; there is x"),
    "no place": (scattered(400).drop_vars("x"), {}, "are a series: make time their dim"),
    "strong form": (scattered(400), {"method": "stlsq"}, "STLSQ needs samples on a grid; use method='weak'"),
    "negative sd": (scattered(400).assign(u_sd=("point", np.full(400, -1.0))), {}, "'u_sd' must be finite and not neg"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_refusals_name_the_cause_at_once(case):
    ds, options, message = REFUSED[case]
    begin = time.process_time()
    with pytest.raises(DiscoveryError, match=message):
        discover(ds, **options)
    assert time.process_time() - begin < 1.0


def test_a_period_is_taken_only_where_samples_cover_it():
    rng = np.random.default_rng(0)
    whole = scattered(600)
    assert scattered_source(whole, ["u"], ["t", "x"], rng).axes[1].period == PERIOD
    part = whole.isel(point=(whole.x < 4.0).to_numpy())
    assert scattered_source(part, ["u"], ["t", "x"], rng).axes[1].period is None

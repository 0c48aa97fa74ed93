"""Noise has the statistics that its documentation promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.noise import add_correlated, add_gaussian, add_outliers, remove_samples, subsample
from physforge.errors import DatasetError

T, X = np.linspace(0.0, 4.0, 400), np.linspace(0.0, 1.0, 100, endpoint=False)


def clean() -> xr.Dataset:
    """Two fields of unlike size and mean, one line, and the sd of one of them."""
    wave = np.sin(2 * np.pi * (X - T[:, None]))
    return xr.Dataset(
        {
            "u": (("t", "x"), 5.0 + wave, {"units": "m"}),
            "v": (("t", "x"), 100 * wave),
            "u_sd": (("t", "x"), np.full(wave.shape, 0.1)),
        },
        {"t": T, "x": ("x", X, {"period": 1.0})},
        {"title": "A wave"},
    )


SPOILERS: dict[str, Callable[[xr.Dataset, np.random.Generator], xr.Dataset]] = {
    "gaussian": lambda ds, rng: add_gaussian(ds, 0.1, rng),
    "correlated": lambda ds, rng: add_correlated(ds, 0.1, rng),
    "outliers": lambda ds, rng: add_outliers(ds, 0.01, rng),
    "gaps": lambda ds, rng: remove_samples(ds, 0.1, rng, dim="t", length=7),
    "removed": lambda ds, rng: remove_samples(ds, 0.1, rng),
    "fewer": lambda ds, rng: subsample(ds, 0.5, rng),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_the_seed_decides_and_the_original_stays(name: str) -> None:
    ds, before = clean(), clean()
    spoiled = SPOILERS[name](ds, np.random.default_rng(1))
    assert ds.identical(before)
    assert spoiled.identical(SPOILERS[name](ds, np.random.default_rng(1)))
    assert not spoiled.identical(SPOILERS[name](ds, np.random.default_rng(2)))
    assert spoiled.attrs == before.attrs
    assert spoiled.u.attrs["units"] == "m"
    assert ("noise_sd" in spoiled.u.attrs) == (name in ("gaussian", "correlated"))
    assert spoiled.x.attrs == {"period": 1.0}
    assert spoiled.u.dims == ("t", "x")
    assert (spoiled.u_sd == 0.1).all()


@pytest.mark.parametrize("spoil", [add_gaussian, add_correlated])
def test_the_level_is_relative_to_each_fields_own_spread(spoil: Callable[..., xr.Dataset]) -> None:
    ds = clean()
    spoiled = spoil(ds, 0.25, np.random.default_rng(0))
    for name in ("u", "v"):
        # 40,000 samples, of which correlation leaves some 9,000 independent.
        noise = (spoiled[name] - ds[name]) / ds[name].std()
        assert float(noise.std()) == pytest.approx(0.25, rel=0.03)
        assert abs(float(noise.mean())) < 0.25 * 0.04
    between = np.corrcoef((spoiled.u - ds.u).values.ravel(), (spoiled.v - ds.v).values.ravel())[0, 1]
    assert abs(between) < 0.03
    assert spoil(ds, 0.0, np.random.default_rng(0)).identical(ds)


def test_white_noise_is_normal_and_without_memory() -> None:
    from scipy.stats import kstest

    ds = clean()
    noise = ((add_gaussian(ds, 0.1, np.random.default_rng(0)) - ds).v / (0.1 * ds.v.std())).values
    assert kstest(noise.ravel(), "norm").pvalue > 0.01
    for first, second in ((noise[1:], noise[:-1]), (noise[:, 1:], noise[:, :-1])):
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("correlation", [0.9, 0.0, -0.5])
@pytest.mark.parametrize("dim", ["t", "x"])
def test_correlated_noise_remembers_along_one_dim_only(dim: str, correlation: float) -> None:
    ds = clean()
    rng = np.random.default_rng(4)
    noise = (add_correlated(ds, 1.0, rng, dim=dim, correlation=correlation) - ds).v
    other = "x" if dim == "t" else "t"
    for axis, lag, expected in ((dim, 1, correlation), (dim, 3, correlation**3), (other, 1, 0.0)):
        size = noise.sizes[axis]
        left, right = noise.isel({axis: slice(lag, size)}), noise.isel({axis: slice(0, size - lag)})
        assert np.corrcoef(left.values.ravel(), right.values.ravel())[0, 1] == pytest.approx(expected, abs=0.03)
    # There is no transient: the first samples spread as the last ones.
    spread = noise.std(other)
    edge = slice(0, 5), slice(-5, None)
    first, last = (float((spread.isel({dim: part}) ** 2).mean()) for part in edge)
    assert first == pytest.approx(last, rel=0.5)
    assert first == pytest.approx(float(ds.v.std()) ** 2, rel=0.5)


def test_a_field_without_the_dim_gets_no_correlated_noise() -> None:
    ds = clean().assign(profile=("x", X))
    assert add_correlated(ds, 0.5, np.random.default_rng(0)).profile.identical(ds.profile)


@pytest.mark.parametrize("spoil", [add_gaussian, add_correlated])
def test_the_level_may_count_the_mean_and_the_size_is_recorded(spoil: Callable[..., xr.Dataset]) -> None:
    ds = clean()
    rms = float(np.sqrt((ds.u**2).mean()))
    spoiled = spoil(ds, 0.1, np.random.default_rng(0), relative_to="rms", record_sd=True)
    assert rms > 5 * float(ds.u.std())
    assert float((spoiled.u - ds.u).std()) == pytest.approx(0.1 * rms, rel=0.04)
    assert spoiled.u.attrs["noise_sd"] == pytest.approx(0.1 * rms)
    # A measured sd of 0.1 was there; v had none.
    np.testing.assert_allclose(spoiled.u_sd, np.hypot(0.1, 0.1 * rms))
    np.testing.assert_allclose(spoiled.v_sd, spoiled.v.attrs["noise_sd"])
    assert spoiled.u_sd.attrs == {"units": "m"}
    twice = spoil(spoiled, 0.1, np.random.default_rng(1), relative_to="rms")
    assert twice.u.attrs["noise_sd"] == pytest.approx(float((twice.u - ds.u).std()), rel=0.04)


def test_noise_goes_to_the_fields_that_are_named() -> None:
    ds = clean()
    for spoil in (add_gaussian, add_correlated, add_outliers):
        spoiled = spoil(ds, 0.1, np.random.default_rng(0), fields=["v"])
        assert spoiled.u.identical(ds.u)
        assert not spoiled.v.equals(ds.v)


def test_noise_may_be_correlated_in_time_and_space() -> None:
    ds = clean()
    noise = (add_correlated(ds, 1.0, np.random.default_rng(2), dim=("t", "x"), correlation=0.6) - ds).v
    assert float(noise.std() / ds.v.std()) == pytest.approx(1.0, rel=0.05)
    for lags, expected in (((1, 0), 0.6), ((0, 1), 0.6), ((1, 1), 0.36), ((2, 0), 0.36), ((0, 3), 0.216)):
        ahead = noise.values[lags[0] :, lags[1] :]
        behind = noise.values[: 400 - lags[0], : 100 - lags[1]]
        assert np.corrcoef(ahead.ravel(), behind.ravel())[0, 1] == pytest.approx(expected, abs=0.04)


def test_outliers_are_as_many_and_as_far_as_asked() -> None:
    ds = remove_samples(clean(), 0.5, np.random.default_rng(9))
    spoiled = add_outliers(ds, 0.02, np.random.default_rng(0), size=8.0)
    for name in ("u", "v"):
        offset = ((spoiled[name] - ds[name]) / ds[name].std()).values
        moved = offset[np.isfinite(offset) & (offset != 0)]
        assert moved.size == 400
        np.testing.assert_allclose(np.abs(moved), 8.0, rtol=1e-9)
        assert 140 < (moved > 0).sum() < 260
    assert not ((spoiled.u != ds.u) & (spoiled.v != ds.v) & ds.u.notnull() & ds.v.notnull()).sum() > 40


def test_missing_samples_stay_missing() -> None:
    ds = remove_samples(clean(), 0.3, np.random.default_rng(0))
    for spoil in (add_gaussian, add_correlated):
        noisy = spoil(ds, 0.1, np.random.default_rng(1))
        assert noisy.u.isnull().equals(ds.u.isnull())
        assert float((noisy.u - ds.u).std() / ds.u.std()) == pytest.approx(0.1, rel=0.05)


def test_single_samples_go_from_each_field_on_its_own() -> None:
    spoiled = remove_samples(clean(), 0.1, np.random.default_rng(0))
    assert int(spoiled.u.isnull().sum()) == int(spoiled.v.isnull().sum()) == 4000
    both = int((spoiled.u.isnull() & spoiled.v.isnull()).sum())
    assert both == pytest.approx(400, abs=80)
    kept = spoiled.u.notnull()
    assert (spoiled.u.where(kept, 0.0) == clean().u.where(kept, 0.0)).all()


def test_gaps_are_common_to_all_and_of_the_length_asked() -> None:
    spoiled = remove_samples(clean(), 0.2, np.random.default_rng(0), dim="t", length=9)
    missing = spoiled.u.isnull()
    assert missing.equals(spoiled.v.isnull())
    assert (missing.all("x") == missing.any("x")).all()
    line = missing.isel(x=0).values
    assert line.sum() == 80
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
    runs = edges[1::2] - edges[::2]
    # Eight gaps of nine and one of eight; those that touch count as one.
    assert {run % 9 for run in runs} <= {0, 8}
    assert runs.min() >= 8
    assert runs.size > 5


def test_gaps_lie_anywhere() -> None:
    ds = xr.Dataset({"u": ("t", np.arange(40.0))}, {"t": np.arange(40.0)})
    rng = np.random.default_rng(0)
    counts = sum(remove_samples(ds, 0.25, rng, dim="t", length=1).u.isnull().values.astype(int) for _ in range(2000))
    # Binomial with mean 500 and sd 19.4: five sd either side.
    assert counts.min() > 400
    assert counts.max() < 600


def test_a_random_part_is_kept_in_order() -> None:
    ds = clean()
    part = subsample(ds, 0.25, np.random.default_rng(0))
    assert dict(part.sizes) == {"t": 100, "x": 100}
    assert (np.diff(part.t) > 0).all()
    assert part.identical(ds.sel(t=part.t))
    assert np.unique(np.diff(part.t).round(9)).size > 3
    assert subsample(ds, 1.0, np.random.default_rng(0)).identical(ds)
    assert subsample(ds, 1e-9, np.random.default_rng(0), dim="x").sizes["x"] == 2


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ds, rng: add_gaussian(ds, -0.1, rng), "level is -0.1"),
        (lambda ds, rng: add_gaussian(ds, float("nan"), rng), "level is nan"),
        (lambda ds, rng: add_correlated(ds, 0.1, rng, correlation=1.0), "correlation is 1.0"),
        (lambda ds, rng: add_correlated(ds, 0.1, rng, dim="y"), "'y'; the fields have t, x"),
        (lambda ds, rng: add_gaussian(ds, 0.1, rng, fields=["z"]), "no field 'z'"),
        (lambda ds, rng: add_gaussian(ds, 0.1, rng, relative_to="max"), "must be 'sd' or 'rms'"),
        (lambda ds, rng: add_outliers(ds, 2.0, rng), "share is 2.0"),
        (lambda ds, rng: add_outliers(ds, 0.1, rng, size=-1.0), "size is -1.0"),
        (lambda ds, rng: remove_samples(ds, 1.0, rng), "leave nothing"),
        (lambda ds, rng: remove_samples(ds, 0.1, rng, length=3), "needs dim"),
        (lambda ds, rng: remove_samples(ds, 0.1, rng, dim="t", length=0), "at least 1"),
        (lambda ds, rng: remove_samples(ds, 0.1, rng, dim="z"), "No field has"),
        (lambda ds, rng: subsample(ds, 0.0, rng), "share is 0"),
        (lambda ds, rng: subsample(ds, -0.5, rng), "share is -0.5"),
    ],
)
def test_what_makes_no_sense_is_refused(
    spoil: Callable[[xr.Dataset, np.random.Generator], xr.Dataset], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        spoil(clean(), np.random.default_rng(0))

"""Intervals by resampling: they agree with the covariance where the noise is as thought, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.discovery import DiscoveryResult, discover
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary
from physforge.problems import get_problem

LIBRARY = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)


def _found(seed, correlation=0.0):
    """Burgers with 20 % noise, correlated along x or not, whose sd is stated."""
    ds = get_problem("burgers", seed).generate()
    u = ds["u"].transpose("t", "x")
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(u.shape)
    for column in range(1, noise.shape[1]):
        fresh = np.sqrt(1.0 - correlation**2) * noise[:, column]
        noise[:, column] = correlation * noise[:, column - 1] + fresh
    sd = 0.2 * float(np.sqrt((u**2).mean()))
    noisy = (u + sd * noise).to_dataset(name="u").assign(u_sd=xr.full_like(u, sd))
    return discover(noisy, library=LIBRARY, fixed=("u*u_x", "u_xx"), seed=seed)


def _ratio(found):
    """Width by resampling over that by the covariance, for the terms of Burgers' equation."""
    own, drawn = (found.conf_int(by=by).set_index("term").loc[["u*u_x", "u_xx"]] for by in ("covariance", "bootstrap"))
    return ((drawn["high"] - drawn["low"]) / (own["high"] - own["low"])).to_numpy()


def test_they_agree_where_the_noise_is_white():
    ratios = np.array([_ratio(_found(seed)) for seed in range(8)])
    assert np.all(np.abs(np.median(ratios, axis=0) - 1.0) < 0.35)


def test_they_are_wider_where_noise_is_correlated():
    white = np.median([_ratio(_found(seed)) for seed in range(4)])
    coloured = np.median([_ratio(_found(seed, 0.7)) for seed in range(4)])
    assert coloured > 1.4 * white


def test_they_are_reproducible_and_kept(tmp_path):
    found = _found(1)
    assert found.conf_int(by="bootstrap").equals(_found(1).conf_int(by="bootstrap"))
    found.save(tmp_path / "result")
    again = DiscoveryResult.load(tmp_path / "result")
    assert again.conf_int(0.5, by="bootstrap").equals(found.conf_int(0.5, by="bootstrap"))
    narrow, wide = (found.conf_int(level, by="bootstrap") for level in (0.5, 0.95))
    assert ((narrow["high"] - narrow["low"]) < 0.5 * (wide["high"] - wide["low"])).all()


def test_known_coefficients_stay():
    ds = get_problem("burgers", 2).generate()
    table = discover(ds, library=LIBRARY, known={"u_xx": 0.1}).conf_int(by="bootstrap").set_index("term")
    assert table.loc["u_xx", ["low", "estimate", "high"]].tolist() == [0.1, 0.1, 0.1]


def test_other_ways_are_refused():
    with pytest.raises(DiscoveryError, match="'covariance' or by 'bootstrap', not by 'jackknife'"):
        _found(1).conf_int(by="jackknife")

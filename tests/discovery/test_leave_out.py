"""Candidates that are refitted without a stretch of the data, and tried on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from physforge.discovery import STLSQ, DiscoveryResult, WeakForm, discover
from physforge.discovery.runs import stretches
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary, Powers

SMALL = CandidateLibrary(polynomial=2, derivatives=2, conservative=True, include_interactions=False)


def noisy(ds: xr.Dataset, level: float, seed: int = 0) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    return ds.map(lambda field: field + level * float(field.std()) * rng.standard_normal(field.shape))


def decay(rates: list[float], level: float) -> list[xr.Dataset]:
    t, rng = np.linspace(0.0, 4.0, 120), np.random.default_rng(1)
    return [
        xr.Dataset({"u": ("t", a * np.exp(-rate * t) + level * rng.standard_normal(t.size))}, {"t": t})
        for a, rate in zip((1.0, 2.0, 1.5, 3.0), rates, strict=True)
    ]


@pytest.mark.parametrize(("method", "level"), [("weak", 0.1), ("stlsq", 0.01)])
def test_the_law_leaves_what_noise_leaves_and_half_of_it_far_more(burgers, method, level):
    ds = noisy(burgers, level)
    result = discover(ds, library=SMALL, method=method)
    table = result.leave_out(ds, most=40)
    assert {"left_out_misfit", "worst_stretch", *result.candidates.columns} == set(table.columns)
    assert table["left_out_misfit"].is_monotonic_increasing
    assert (table["worst_stretch"] >= table["left_out_misfit"]).all()
    law = table[table["chosen"]].iloc[0]
    assert law["complexity"] == 2
    assert 0.3 < law["left_out_misfit"] < 2.0
    # What lacks one of its terms cannot predict a stretch that it has not seen.
    short = table[table["complexity"] < 2]
    assert len(short)
    assert (short["left_out_misfit"] > 4.0 * law["left_out_misfit"]).all()
    assert table.attrs["summary"].startswith("u_t: on each of ")
    assert "chosen equation leaves" in table.attrs["summary"]
    assert "speak against" not in table.attrs["summary"]


def test_a_poor_choice_is_spoken_against(burgers):
    ds = noisy(burgers, 0.01)
    result = discover(ds, library=SMALL, method=STLSQ(threshold=0.9))
    forced = result.candidates.assign(chosen=result.candidates["complexity"] == 0)
    changed = DiscoveryResult.from_document(
        {
            **result.to_document()[0],
            "candidates": forced.to_dict(orient="list"),
            "base": {
                "status": result.status,
                "diagnostics": result.diagnostics,
                "provenance": result.provenance,
                "citations": result.citations,
            },
        },
        result.to_document()[1],
    )
    assert "they speak against the choice" in changed.leave_out(ds, most=200).attrs["summary"]


@pytest.mark.parametrize("method", ["weak", "stlsq"])
def test_whole_runs_are_left_out(method):
    alike = decay([0.7] * 4, 0.002)
    library = CandidateLibrary(polynomial=1)
    same = discover(alike, library=library, method=method).leave_out(alike, most=1)
    assert "on each of 4 stretches" in same.attrs["summary"]
    assert same.loc[0, "worst_stretch"] < 5.0
    # A run with a law of its own does not follow from the others.
    odd = decay([0.7, 0.7, 0.7, 1.4], 0.002)
    other = discover(odd, library=library, method=method, fixed=("u",)).leave_out(odd, most=1)
    assert other.loc[0, "worst_stretch"] > 50.0 * same.loc[0, "worst_stretch"]


def test_what_is_known_stays_known_and_results_can_be_read_back(burgers, tmp_path):
    ds = noisy(burgers, 0.1)
    library = SMALL.model_copy(update={"varying": {"x": Powers(degree=1, terms=("u_xx",))}})
    result = discover(
        ds, library=library, method=WeakForm(rows=300), known={"u*u_x": -1.0}, bounds={"u_xx": (0.1, None)}
    )
    loaded = DiscoveryResult.load(result.save(tmp_path / "result"))
    first, again = (one.leave_out(ds, most=3) for one in (result, loaded))
    pd.testing.assert_frame_equal(first, again)
    assert first["equation"].str.contains(r"- ?u\*u_x").all()
    # A wrong coefficient that is known leaves much more.
    wrong = discover(ds, library=SMALL, method=WeakForm(rows=300), known={"u*u_x": -2.0}).leave_out(ds, most=3)
    assert wrong["left_out_misfit"].min() > 2.0 * first["left_out_misfit"].min()


def test_stretches_cover_everything_once():
    t = np.linspace(0.0, 1.0, 100)
    run = xr.Dataset({"u": ("t", t)}, {"t": t})
    parts = stretches([run], 5, 24)
    assert [part[0].sizes["t"] for part in parts] == [25] * 4
    np.testing.assert_array_equal(np.concatenate([part[0]["t"] for part in parts]), t)
    assert [len(group) for group in stretches([run] * 7, 3, 24)] == [3, 2, 2]
    points = xr.Dataset({"u": ("point", t)}, {"t": ("point", t[::-1].copy()), "x": ("point", t)})
    early, late = stretches([points], 2, 24)
    assert float(early[0]["t"].max()) < float(late[0]["t"].min())


def test_what_cannot_be_left_out_is_said(burgers):
    result = discover(burgers, library=SMALL, method="stlsq")
    with pytest.raises(DiscoveryError, match="most=0 and stretches=5"):
        result.leave_out(burgers, most=0)
    with pytest.raises(DiscoveryError, match="most=5 and stretches=1"):
        result.leave_out(burgers, stretches=1)
    with pytest.raises(DiscoveryError, match="have the fields w, but the equations are for u"):
        result.leave_out(burgers.rename(u="w"))
    short = burgers.isel(t=slice(0, 40))
    with pytest.raises(DiscoveryError, match="40 samples in time cannot be parted into stretches of 24"):
        discover(short, library=SMALL, method=WeakForm(rows=300)).leave_out(short)
    t = np.linspace(0.0, 6.0, 150)
    ds = xr.Dataset({"u": ("t", 2.0 / (1.0 + np.exp(1.0 - t)))}, {"t": t})
    searched = discover(ds, method="symbolic")
    with pytest.raises(DiscoveryError, match=r"'symbolic' are not refitted.*r.forecasts"):
        searched.leave_out(ds)

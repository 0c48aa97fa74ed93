"""The benchmark of discovery runs, in its smallest size, and judges as it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physforge.equations import Equation
from physforge.problems import get_problem

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_discovery.py"


@pytest.mark.slow
def test_every_row_of_the_benchmark_is_measured(tmp_path):
    environment = {**os.environ, "PHYSFORGE_BENCH_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(BENCH), "--quick"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "heat at 10, 30, 50 %: right | 100%",
        "clean data, every problem: right",
        "nonlinear-schroedinger at 50 %",
        "fisher-kpp: noise up to which",
        "a wrong law stated as certain in",
        "95 % intervals after selection",
        "pure noise, 2 draws: no equation in",
        "three runs at 20%: right",
        "scattered points",
        "times less CPU than pysindy's weak library",
        "plane, two fields",
        "lynx-hare",
        "ours less the best peer's",
    ):
        assert words in done.stdout
    # A second run finds every cell.
    again = subprocess.run(
        [sys.executable, str(BENCH), "--quick", "--case", "recovery"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert " after " not in again.stdout


def _waves(rate: float) -> xr.Dataset:
    """Waves that decay as in heat conduction, with a little noise."""
    t, x = np.linspace(0.0, 2.0, 80), np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    u = sum(np.exp(-rate * k**2 * t[:, None]) * np.cos(k * x + k) for k in (1, 2, 3))
    noise = 0.05 * np.random.default_rng(0).standard_normal(u.shape)
    return xr.Dataset({"u": (("t", "x"), u + noise)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})})


def test_a_law_is_right_wrong_or_below_its_detection_limit():
    from benchmarks.discovery.ours import BELOW, RIGHT, WRONG, judged

    ds = _waves(0.1)
    verdicts = {
        text: judged(ds, [Equation.parse(text)])
        for text in (
            "u_t = 0.1*u_xx",
            "u_t = 0.1*u_xx + 0.00001*u",
            "u_t = 0.1*u_xx + 5*u",
            "u_t = 0.1*u_xxxx",
        )
    }
    assert [one["targets"][0]["verdict"] for one in verdicts.values()] == [RIGHT, BELOW, WRONG, WRONG]
    right, _, _, other = verdicts.values()
    assert right["right"]
    assert 0.0 < right["error"] < 0.1
    (target,) = right["targets"]
    assert (target["intervals"], target["false"]) == (1, 0)
    assert not other["right"]
    assert other["targets"][0]["false"] == 1
    assert other["targets"][0]["held"] == 0


def test_candidates_in_divergence_form_have_their_true_coefficients():
    from benchmarks.discovery.ours import coefficient

    law = get_problem("cahn-hilliard").equation
    assert coefficient("(u**3)_xx", law, ("u",)) == pytest.approx(1.0)
    assert coefficient("u_xxxx", law, ("u",)) == pytest.approx(-0.5)
    assert coefficient("(u**2)_xx", law, ("u",)) is None


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("burgers", "burgers-published"),
        ("kdv", "kdv-published"),
        ("kuramoto-sivashinsky", "kuramoto-sivashinsky-published"),
    ],
)
def test_data_that_obey_a_law_leave_nothing_over(name, file):
    from benchmarks.discovery import clean_row

    ds = get_problem(name).generate()
    law = clean_row.LAWS[file]
    assert clean_row._left_over(ds, law) < 1e-4
    for index in range(len(law[0][2])):
        order, field, fluxes = law[0]
        wrong = [(factor * (1.1 if place == index else 1.0), flux, k) for place, (factor, flux, k) in enumerate(fluxes)]
        assert clean_row._left_over(ds, [(order, field, wrong)]) > 5e-3


def test_the_noise_withstood_ends_where_a_level_fails():
    from benchmarks.discovery.hard_row import withstood

    assert withstood({0.01: 1.0, 0.05: 0.9, 0.1: 0.85, 0.3: 1.0}) == 0.05
    assert withstood({0.01: 0.8, 0.05: 1.0}) == 0.0
    assert withstood({0.01: 1.0, 0.05: None}) == 0.01


def test_names_of_peers_are_read_as_ours():
    pytest.importorskip("pysindy")
    from benchmarks.discovery.peers import term

    names = ["1", "u", "u^3", "u_1", "u_1111", "uu_1", "u^2u_11"]
    assert [term(name) for name in names] == ["1", "u", "u**3", "u_x", "u_xxxx", "u*u_x", "u**2*u_xx"]


def test_a_peer_with_the_right_threshold_finds_a_law_without_noise():
    pytest.importorskip("pysindy")
    from benchmarks.discovery import peers

    found = peers.scored("burgers", 0.0, 0)
    for peer in peers.PEERS:
        assert any(found[peer]["grid"]), peer


def test_a_peer_by_pynumdiff_finds_a_law_without_noise():
    from benchmarks.discovery import peers_pynumdiff

    found = peers_pynumdiff.scored("burgers", 0.0, 0)[peers_pynumdiff.PEER]
    assert len(found["grid"]) == len(peers_pynumdiff.SMOOTHINGS) * len(peers_pynumdiff.THRESHOLDS)
    assert any(found["grid"])
    assert not all(found["grid"])
    assert "butterdiff" in peers_pynumdiff.settings_in_words(0)


def test_derivatives_by_pynumdiff_are_those_of_the_field():
    from benchmarks.discovery import peers_pynumdiff

    t, x = np.linspace(0.0, 4.0, 200), np.linspace(0.0, 2 * np.pi, 128)
    u = np.exp(-0.3 * t)[:, None] * np.sin(2 * x)[None, :]
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    names, triangle = peers_pynumdiff.evaluated(ds, "u_t", "butterdiff", {"filter_order": 3, "cutoff_freq": 0.2})
    assert len(names) == 20
    for name, factor in (("u", -0.3), ("u_11", 0.3 / 4), ("u_1111", -0.3 / 16)):
        column = triangle[:, names.index(name)]
        assert float(column @ triangle[:, -1] / (column @ column)) == pytest.approx(factor, rel=0.02)


def test_peers_of_the_plane_find_the_law_in_exact_data_without_a_ridge():
    from benchmarks.discovery import peers_plane, truth

    ds, laws = truth.data("reaction-diffusion", 0.0, 0), truth.laws("reaction-diffusion")
    names, table, rates, _ = peers_plane.evaluated("WeakPDELibrary", ds, rows=200, width=0.1)
    found = np.linalg.lstsq(table, rates, rcond=None)[0].T
    for law, coefficients in zip(laws, found, strict=True):
        terms = dict(zip(map(peers_plane.term, names), coefficients, strict=True))
        assert {term: terms.pop(term) for term in law.terms} == pytest.approx(law.terms, abs=0.01)
        assert max(map(abs, terms.values())) < 0.01


def test_peers_are_given_the_squares_of_slopes_that_the_law_has():
    from benchmarks.discovery import peers_slopes

    u, slope = np.random.default_rng(0).normal(size=(2, 50))
    terms, triangle = peers_slopes.widened(["u", "u_x"], np.stack([u, slope], -1), 2.0 * u * slope**2 - slope)
    found = np.linalg.lstsq(triangle[:, :-1], triangle[:, -1], rcond=None)[0]
    assert dict(zip(terms, found, strict=True)) == pytest.approx(
        {"u": 0.0, "u_x": -1.0, "u_x**2": 0.0, "u*u_x**2": 2.0}, abs=1e-12
    )

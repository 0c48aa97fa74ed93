"""The benchmark of derivatives runs, in its smallest size, and its peers are what they claim to be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_derivatives.py"


@pytest.mark.slow
def test_every_row_of_the_benchmark_is_measured(tmp_path):
    environment = {**os.environ, "PHYSFORGE_BENCH_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(BENCH), "--quick"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "random signals, first derivative, over the best of six tuned peers: geo-mean",
        "the same, nothing tuned, second derivative",
        "computed fields at 1-25 %, u_xx",
        "coverage of 95 % bands, fields, u_t",
        "1000 x 1000 field",
        "3,000 scattered points",
        "10 % of the samples missing",
        "t times 10^3",
        "signals, white noise: a warning",
        "zarr field through dask",
    ):
        assert words in done.stdout
    # A second run finds every cell.
    again = subprocess.run(
        [sys.executable, str(BENCH), "--quick", "--case", "signals"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert " after " not in again.stdout


def test_the_signals_have_the_derivatives_that_they_claim():
    from benchmarks.derivatives.signals import random_signal
    from scipy.interpolate import make_interp_spline

    for seed in range(12):
        signal = random_signal(seed)
        inside = slice(15, -15)
        spline = make_interp_spline(signal.t, signal.jet[0], k=7)
        for order, tolerance in ((1, 1e-4), (2, 1e-3)):
            exact = signal.jet[order]
            worst = np.abs(spline(signal.t, order) - exact)[inside].max()
            assert worst < tolerance * np.abs(exact).max()


def test_the_trend_filter_minimises_its_objective():
    from benchmarks.derivatives.trend_filter import trend_filter

    rng = np.random.default_rng(0)
    y = np.repeat([0.0, 1.0, 0.0], 50) + 0.1 * rng.standard_normal(150)
    for order, weight in ((1, 0.5), (2, 5.0), (3, 50.0)):
        best = trend_filter(y, order, weight)

        def objective(u: np.ndarray, order: int = order, weight: float = weight) -> float:
            return 0.5 * np.sum((y - u) ** 2) + weight * np.sum(np.abs(np.diff(u, order)))

        least = objective(best)
        other = np.cumsum(np.cumsum(rng.standard_normal((20, 150)), axis=1), axis=1)
        for move in (*other, best - y, best - best.mean()):
            for size in (1e-3, -1e-3, 1e-5, -1e-5):
                assert objective(best + size * move) > least - 1e-6

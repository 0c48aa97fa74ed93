"""Two processes that share the points train as one does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch.distributed as dist

from physforge import pinn
from physforge.errors import PinnError

SCRIPT = Path(__file__).with_name("trains_together.py")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What one process found, and what each of two found together."""
    if not dist.is_gloo_available():
        pytest.skip("This build of torch has no gloo.")
    folder = tmp_path_factory.mktemp("together")
    base = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    ranks = [{**base, "RANK": str(rank), "WORLD_SIZE": "2"} for rank in (0, 1)]
    calls = [(base, "alone"), *((one, "together") for one in ranks)]
    started = [subprocess.Popen([sys.executable, str(SCRIPT), str(folder), how], env=env) for env, how in calls]
    try:
        assert [one.wait(timeout=240) for one in started] == [0, 0, 0]
    finally:
        for one in started:
            one.kill()
    return [dict(np.load(folder / f"{name}.npz")) for name in ("alone", "rank0", "rank1")]


@pytest.mark.parametrize("tier", ["eager", "auto"])
@pytest.mark.parametrize("what", ["loss", "gradient", "losses", "matrix", "vector", "law", "alone"])
def test_sums_over_points_are_those_of_one_process(runs, tier, what):
    alone, *together = (one[f"{tier}.{what}"] for one in runs)
    for found in together:
        np.testing.assert_allclose(found, alone, rtol=1e-12, atol=1e-12 * np.abs(alone).max())


def test_training_goes_the_same_way(runs):
    alone, first, _ = runs
    np.testing.assert_allclose(first["solved"], alone["solved"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(first["inferred"], alone["inferred"], rtol=1e-4)


@pytest.mark.parametrize("what", ["solved", "inferred", "timed", "eager.gradient", "auto.gradient", "eager.law"])
def test_both_processes_have_the_same_bits(runs, what):
    _, first, second = runs
    np.testing.assert_array_equal(first[what], second[what])


def test_the_first_process_decides_for_both_when_time_is_up(runs):
    _, first, second = runs
    assert first["steps"] == second["steps"] > 0


def test_a_process_that_does_not_know_the_others_is_refused(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(PinnError, match="RANK is not set"), pinn.data_parallel():
        pass

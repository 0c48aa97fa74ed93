"""Generated code: on many points, on several threads, in a damaged or missing environment."""

import ctypes

import pytest
import torch
from pinn.engine.laws import burgers, draw_batch, heat

from physforge.pinn.batch import BlockBatch
from physforge.pinn.engine import Objective
from physforge.pinn.engine.kernels.compiler import CompileError, load_library
from physforge.pinn.networks import MLP, ModifiedMLP

CLOSE = {"rtol": 1e-12, "atol": 1e-13}


@pytest.fixture
def pair():
    """The same objective on both tiers, more points than lanes have tiles, and parameters."""
    law, network = burgers(unknown=True), MLP(width=9, depth=3)
    eager, compiled = (Objective(law, network, tier=tier) for tier in ("eager", "compiled"))
    theta = eager.start(0) + 0.1
    return eager, compiled, theta, draw_batch(law, (701, 65, 64))


def assert_equal_losses(eager, compiled, theta, batch):
    expected = eager.loss_and_gradient(theta, batch)
    for one, other in zip(compiled.loss_and_gradient(theta, batch), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12 * float(other.abs().max()))
    torch.testing.assert_close(compiled.loss(theta, batch), eager.loss(theta, batch), **CLOSE)


def test_any_number_of_points_gives_the_eager_values(pair):
    eager, compiled, theta, batch = pair
    assert_equal_losses(eager, compiled, theta, batch)
    for counts in ((1, 1, 1), (63, 64, 65)):
        assert_equal_losses(eager, compiled, theta, draw_batch(eager.problem, counts, seed=1))


def test_the_number_of_threads_does_not_change_the_bits(pair):
    _, compiled, theta, batch = pair
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(compiled.loss_and_gradient(theta, batch))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, other) for again in found[1:] for one, other in zip(again, found[0], strict=True))


def test_points_changed_in_place_are_noticed(pair):
    eager, compiled, theta, batch = pair
    first = compiled.loss(theta, batch)
    batch[0].places[0].mul_(0.5)
    assert compiled.loss(theta, batch) != first
    assert_equal_losses(eager, compiled, theta, batch)


def test_many_sets_of_points_are_told_apart(pair):
    eager, compiled, theta, _ = pair
    batches = [draw_batch(eager.problem, (40, 5, 5), seed=seed) for seed in range(6)]
    for batch in (*batches, *batches[::-1]):
        torch.testing.assert_close(compiled.loss(theta, batch), eager.loss(theta, batch), **CLOSE)


@pytest.mark.parametrize("size", [1e-9, 0.3, 3.0, 40.0])
def test_activations_are_accurate_from_tiny_to_saturated(size):
    law = heat()
    for activation in ("tanh", "sine"):
        network = MLP(width=6, depth=1, activation=activation)
        eager, compiled = (Objective(law, network, tier=tier) for tier in ("eager", "compiled"))
        theta = eager.start(1) * size
        assert_equal_losses(eager, compiled, theta, draw_batch(law, (33,)))


def test_a_parameter_that_is_not_finite_shows_in_the_loss(pair):
    _, compiled, theta, batch = pair
    for position in (0, 20, compiled.network_size - 1):
        broken = theta.clone()
        broken[position] = float("nan")
        assert torch.isnan(compiled.loss(broken, batch))
        assert torch.isnan(compiled.loss_and_gradient(broken, batch)[0])


def test_parameters_of_float32_are_read_as_what_they_are(pair):
    eager, compiled, theta, batch = pair
    short = theta.to(torch.float32)
    torch.testing.assert_close(compiled.loss(short, batch), eager.loss(short.double(), batch), rtol=1e-6, atol=0)


def test_without_a_compiler_the_eager_tier_is_used_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    objective = Objective(burgers(), MLP(width=4))
    assert objective.tier == "eager"
    assert "no C compiler; install gcc" in objective.tier_note
    batch = draw_batch(burgers(), (9, 5, 4))
    assert torch.isfinite(objective.loss_and_gradient(objective.start(0), batch)[0])


def test_a_compiler_that_fails_is_quoted(monkeypatch, tmp_path):
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'no such processor' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path))
    assert "no such processor" in Objective(burgers(), MLP(width=4)).tier_note


def test_a_network_that_is_no_stack_is_computed_eagerly_and_says_so():
    objective = Objective(burgers(), ModifiedMLP(width=4))
    assert objective.tier == "eager"
    assert "'modified-mlp'" in objective.tier_note


def test_code_is_compiled_once_and_a_damaged_file_is_made_anew(tmp_path):
    source = "double twice(double x) { return 2*x; }\n"
    load_library(source, tmp_path / "first")
    (kept,) = (tmp_path / "first").iterdir()
    stamp = kept.stat().st_mtime_ns
    load_library(source, tmp_path / "first")
    assert kept.stat().st_mtime_ns == stamp
    damaged = tmp_path / "second" / kept.name
    damaged.parent.mkdir()
    damaged.write_bytes(b"damaged")
    twice = load_library(source, damaged.parent).twice
    twice.argtypes, twice.restype = [ctypes.c_double], ctypes.c_double
    assert twice(1.5) == 3.0


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CompileError, match=r"cannot be kept or loaded.*file"):
        load_library("int one(void) { return 1; }\n", tmp_path / "file" / "kernels")


def test_a_gradient_goes_through_weights_of_zero():
    law = burgers()
    batch = tuple(
        BlockBatch(one.places, one.values, torch.zeros_like(one.weights)) for one in draw_batch(law, (9, 5, 4))
    )
    objective = Objective(law, MLP(width=4), tier="compiled")
    loss, gradient, _ = objective.loss_and_gradient(objective.start(0), batch)
    assert loss == 0
    assert torch.equal(gradient, torch.zeros_like(gradient))

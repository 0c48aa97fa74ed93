"""An inverse fit that was killed goes on as if it had never stopped."""

import numpy as np
import pytest
import torch
import xarray as xr

from physforge import pinn
from physforge.errors import PinnError
from physforge.pinn import MLP, Dirichlet, Schedule


class Killed(BaseException):
    """No outcome that the fit knows of."""


def decay(rate=1.5):
    t = np.linspace(0.0, 2.0, 40)
    noisy = np.exp(-rate * t) + 0.01 * np.random.default_rng(0).standard_normal(40)
    return xr.Dataset({"u": ("t", noisy)}, {"t": t})


def heat():
    """Scattered samples of u_t = 0.4*u_xx, some far off, some missing."""
    generator = np.random.default_rng(0)
    t, x = generator.uniform(0, 0.5, 80), generator.uniform(0, 1, 80)
    noisy = np.exp(-0.4 * np.pi**2 * t) * np.sin(np.pi * x) + 0.02 * generator.standard_normal(80)
    noisy[::20], noisy[3] = 1.0, np.nan
    return xr.Dataset({"u": ("point", noisy)}, {"t": ("point", t), "x": ("point", x)})


DECAY = {"law": "u_t = -k*u", "ds": decay(), "unknown": {"k": 1.0}, "network": MLP(width=6, depth=1), "seed": 4}
HEAT = {
    "law": "u_t = k*u_xx",
    "ds": heat(),
    "unknown": {"k": 1.0},
    "network": MLP(width=5, depth=1),
    # By code, so that it stays in the loss: a second block with points of its own.
    "conditions": [Dirichlet(lambda t, x: 0.0 * t * x)],
    "domain": {"t": (0.0, 0.5), "x": (0.0, 1.0)},
    "schedule": Schedule(points=40),
    "seed": 4,
}


def infer(call, **more):
    given = {**call, **more}
    return pinn.infer(given.pop("law"), given.pop("ds"), given.pop("unknown"), **given)


def killed_after(stages):
    left = iter(range(1, stages))

    def hear(_):
        if next(left, None) is None:
            raise Killed

    return hear


def assert_same(one, other):
    assert torch.equal(one.theta, other.theta)
    assert one.parameters == other.parameters
    assert one.history.drop(columns="seconds").equals(other.history.drop(columns="seconds"))
    assert (one.status, one.held_out, one.diagnostics) == (other.status, other.held_out, other.diagnostics)
    for name in ("sd", "movement"):
        np.testing.assert_array_equal(getattr(one.inference, name), getattr(other.inference, name))
    assert torch.equal(one.spread.factor, other.spread.factor)


@pytest.mark.parametrize(("call", "stages", "steps"), [(DECAY, 9, 120), (HEAT, 1, 60), (HEAT, 4, 60)])
def test_killed_between_two_stages_it_gives_the_same_bits(tmp_path, call, stages, steps):
    path = tmp_path / "fit.safetensors"
    whole = infer(call, steps=steps)
    with pytest.raises(Killed):
        infer(call, steps=steps, checkpoint=path, checkpoint_s=0.0, callback=killed_after(stages))
    heard = []
    after = infer(call, steps=steps, checkpoint=path, callback=heard.append)
    told = [one.step for one in heard]
    assert told == whole.history["step"].tolist()[stages - 1 :], "the stage of the checkpoint, and those after it"
    assert len(told) > 1
    assert_same(after, whole)
    assert list(tmp_path.iterdir()) == [path]


def test_a_fit_that_has_converged_is_not_begun_anew(tmp_path):
    path, heard = tmp_path / "fit.safetensors", []
    first = infer(DECAY, steps=300, checkpoint=path)
    assert first.status == "converged"
    again = infer(DECAY, steps=300, checkpoint=path, callback=heard.append)
    assert [one.step for one in heard] == [first.history["step"].max()]
    assert_same(again, first)
    assert again.conf_int(0.9).equals(first.conf_int(0.9))


@pytest.mark.parametrize("how", ["steps", "cancel", "interrupt"])
def test_a_stage_that_was_broken_off_leaves_no_trace(tmp_path, how):
    """Broken off in the midst of a stage, and gone on with a larger budget."""
    path = tmp_path / "fit.safetensors"
    asked = iter(range(1, 1000))

    def cancel():
        if next(asked) < 31:
            return False
        if how == "interrupt":
            raise KeyboardInterrupt
        return True

    ends = {"steps": 31} if how == "steps" else {"steps": 60, "cancel": cancel}
    part = infer(DECAY, checkpoint=path, **ends)
    assert part.status == ("budget reached" if how == "steps" else "cancelled")
    assert_same(infer(DECAY, steps=60, checkpoint=path), infer(DECAY, steps=60))


def test_seconds_go_on_to_count(tmp_path):
    path = tmp_path / "fit.safetensors"
    first = infer(DECAY, steps=40, checkpoint=path)
    after = infer(DECAY, steps=60, checkpoint=path)
    assert (after.history["seconds"].diff()[1:] > 0.0).all()
    shared = len(first.history) - 1
    assert after.history["seconds"][:shared].equals(first.history["seconds"][:shared])


@pytest.mark.parametrize(
    "change",
    [
        {"network": MLP(width=7, depth=1)},
        {"law": "u_t = -k*u + 0.1*u**2"},
        {"ds": decay(1.4)},
        {"ds": decay().assign(u_sd=("t", np.full(40, 0.01)))},
        {"noise": 0.01},
        {"conditions": [pinn.Initial(lambda t: 1.0 + t)]},
        {"unknown": {"k": 2.0}},
        {"schedule": Schedule(growth=2.0)},
        {"seed": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_checkpoint_of_another_fit_is_refused(tmp_path, change):
    path = tmp_path / "fit.safetensors"
    infer(DECAY, steps=15, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(PinnError, match=r"another problem, other data.*delete it to begin anew"):
        infer(DECAY, steps=15, checkpoint=path, **change)
    assert path.read_bytes() == before


def test_conditions_by_code_are_known_by_their_values(tmp_path):
    path = tmp_path / "fit.safetensors"
    one, other = (DECAY | {"conditions": [pinn.Initial(lambda t, v=value: v + t)]} for value in (1.0, 1.1))
    infer(one, steps=15, checkpoint=path)
    infer(one, steps=15, checkpoint=path)
    with pytest.raises(PinnError, match="another problem"):
        infer(other, steps=15, checkpoint=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PinnError, match="delete it to begin anew"):
        infer(one, steps=15, checkpoint=path)

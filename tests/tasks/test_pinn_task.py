"""A training as a job: what the direct call gives, killed or not."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import xarray as xr

from physforge.errors import JobCancelledError, JobError
from physforge.jobs import find_task
from physforge.jobs.context import RunContext
from physforge.jobs.submission import check_config
from physforge.jobs.sweep import Sweep
from physforge.jobs.task import JobConfig
from physforge.share import shared_folder
from physforge.tasks.pinn import watch

HEAT = {
    "equations": "u_t = k*u_xx",
    "parameters": {"k": 0.1},
    "domain": {"x": [0, 1], "t": [0, 1]},
    "conditions": ["u = sin(pi*x) at t=0", "u = 0 on the boundary"],
    "network": {"kind": "mlp", "width": 8, "depth": 2},
    "sampling": {"kind": "residual-adaptive", "law": 200, "condition": 40},
}


INVERSE = {
    "equations": "u_t = k*u_xx",
    "dataset": "samples",
    "unknown": {"k": 0.3},
    "network": {"kind": "mlp", "width": 6, "depth": 1},
    "domain": {"x": [0, 1], "t": [0, 1]},
}


def samples():
    """Of u_t = 0.1*u_xx, scattered."""
    x, t = np.random.default_rng(0).uniform(size=(2, 60))
    values = np.exp(-0.1 * np.pi**2 * t) * np.sin(np.pi * x)
    return xr.Dataset({"u": ("point", values)}, {"x": ("point", x), "t": ("point", t)})


class KilledContext(RunContext):
    """Keeps checkpoints as a worker does, and dies at a fraction of the work."""

    def __init__(self, folder, dies_at=2.0, data=None):
        super().__init__(3, folder / "artifact")
        self._data = data
        self._kept, self._dies_at = folder / "kept", dies_at
        self.reported, self.checkpoints = [], 0

    def open_dataset(self, field):
        assert self._data is not None, field
        return self._data

    open_artifact = open_dataset

    def report(self, fraction, message=""):
        self.reported.append((fraction, message))
        if fraction >= self._dies_at:
            raise JobCancelledError("killed")

    def checkpoint(self, folder):
        self.checkpoints += 1
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(folder, self._kept)

    def last_checkpoint(self):
        return self._kept if self._kept.exists() else None


def train(context, **settings) -> object:
    task = find_task("pinn")
    return task.load_run()(check_config("pinn", {**HEAT, **settings}), context)


def direct(**options):
    from physforge.pinn import MLP, Dirichlet, Initial, Problem, ResidualAdaptive, solve

    problem = Problem(
        "u_t = k*u_xx",
        domain={"x": (0, 1), "t": (0, 1)},
        conditions=[Initial("sin(pi*x)"), Dirichlet(0.0)],
        parameters={"k": 0.1},
    )
    sampling = ResidualAdaptive(law=200, condition=40)
    return solve(problem, network=MLP(width=8, depth=2), sampling=sampling, seed=3, **options)


@pytest.fixture
def eager(monkeypatch):
    """Checkpoints at each look, and no compiler: few steps do not repay it."""
    monkeypatch.setattr(watch, "_EVERY_S", 0.0)


def test_a_killed_training_goes_on_bit_by_bit(tmp_path, eager):
    with pytest.raises(JobCancelledError):
        train(KilledContext(tmp_path, dies_at=0.45), steps=400)
    second = KilledContext(tmp_path)
    resumed = train(second, steps=400)
    assert second.reported[1][0] > 0.2, "the work began anew"
    assert second.checkpoints > 0
    whole = direct(steps=400)
    assert resumed.theta.equal(whole.theta)
    assert resumed.status == whole.status
    assert resumed.history["loss"].equals(whole.history["loss"])
    at = {"x": np.linspace(0, 1, 5), "t": np.full(5, 0.5)}
    # Four hundred steps of a small network: the exact solution to some percent.
    exact = np.exp(-0.1 * np.pi**2 * 0.5) * np.sin(np.pi * at["x"])
    assert np.max(np.abs(np.asarray(resumed.predict(at)["u"]) - exact)) < 0.05


def test_a_killed_fit_of_unknown_parameters_goes_on_bit_by_bit(tmp_path, eager):
    from physforge.pinn import MLP, infer

    run, config = find_task("pinn").load_run(), check_config("pinn", {**INVERSE, "steps": 60})
    with pytest.raises(JobCancelledError):
        run(config, KilledContext(tmp_path, dies_at=0.5, data=samples()))
    second = KilledContext(tmp_path, data=samples())
    resumed = run(config, second)
    assert second.reported[1][0] > 0.3, "the work began anew"
    domain = {"x": (0.0, 1.0), "t": (0.0, 1.0)}
    network = MLP(width=6, depth=1)
    whole = infer("u_t = k*u_xx", samples(), {"k": 0.3}, network=network, domain=domain, steps=60, seed=3)
    assert resumed.theta.equal(whole.theta)
    assert resumed.history["loss"].equals(whole.history["loss"])


def test_a_training_says_how_far_it_is_and_can_be_ended(tmp_path):
    context = KilledContext(tmp_path, dies_at=0.2)
    with pytest.raises(JobCancelledError):
        train(context, steps=10_000_000, budget_s=3.0)
    fractions = [fraction for fraction, _ in context.reported]
    assert fractions == sorted(fractions)
    assert "held-out residual" in context.reported[-1][1]


def test_measured_values_and_conditions_as_data(run_task, workspace):
    x, t = np.linspace(0, 1, 6), np.linspace(0, 1, 5)
    values = np.exp(-0.1 * np.pi**2 * t[:, None]) * np.sin(np.pi * x)
    workspace.store.add(xr.Dataset({"u": (("t", "x"), values)}, {"t": t, "x": x}), name="rod")
    settings = {
        "equations": "u_t = k*u_xx",
        "parameters": {"k": 0.1},
        "dataset": "rod@1",
        "conditions": [{"kind": "neumann", "derivative": "u_x", "value": "pi*exp(-0.1*pi**2*t)", "at": {"x": 0.0}}],
        "steps": 5,
        "method": "adam",
        "sampling": HEAT["sampling"],
    }
    found = run_task("pinn", settings)
    assert any("data u" in name for name in found.problem.names)
    assert any("du/dn at x = 0" in name for name in found.problem.names)
    assert found.problem.box.tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_unknown_parameters_are_found_as_by_the_direct_call(run_task, workspace):
    from physforge.pinn import MLP, infer

    workspace.store.add(samples(), name="samples")
    found = run_task("pinn", {**INVERSE, "dataset": "samples@1", "steps": 20}, seed=2)
    domain = {"x": (0.0, 1.0), "t": (0.0, 1.0)}
    stored = workspace.open_dataset("samples@1")
    direct = infer("u_t = k*u_xx", stored, {"k": 0.3}, network=MLP(width=6, depth=1), domain=domain, steps=20, seed=2)
    assert found.theta.equal(direct.theta)
    assert found.parameters == direct.parameters
    assert found.status == direct.status


@pytest.mark.parametrize(
    ("text", "outward"), [("u_x = t at x=0", "-(t)"), ("u_x = t at x=1", "t"), ("u = t at x=0", "t")]
)
def test_a_derivative_along_an_axis_becomes_one_along_the_normal(text, outward):
    from physforge.tasks.pinn.run import state_condition

    config = check_config("pinn", {**HEAT, "conditions": [text]})
    assert state_condition(config.conditions[0], config.domain).value == outward


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"equations": None}, "exactly one of equations and discovery"),
        ({"domain": {}}, "domain is needed"),
        ({"domain": {"x": [1, 0]}}, "x begins at 1"),
        ({"unknown": {"k": 1.0}, "parameters": {}}, "give dataset"),
        ({"unknown": {"q": 1.0}, "dataset": "burgers", "sampling": None}, "q does not occur"),
        ({"unknown": {"k": 1.0}, "dataset": "burgers", "parameters": {}}, "sampling: where parameters are unknown"),
        ({"network": "mpl"}, "nearest: mlp"),
        ({"network": "adam"}, "another kind of work"),
        ({"method": {"kind": "adam", "rat": 1}}, "rat"),
        ({"conditions": ["u is zero"]}, "is no condition"),
        ({"equations": "u_t = = u"}, "equations"),
    ],
)
def test_settings_are_refused_before_anything_is_stored(change, words):
    with pytest.raises(JobError, match=words):
        check_config("pinn", {**HEAT, **change})


def test_the_sweep_beside_the_notebook_is_five_trainings():
    sweep = Sweep.read(shared_folder("notebooks") / "05_ensemble.yaml")
    jobs = sweep.expand()
    assert [seed for _, seed in jobs] == [0, 1, 2, 3, 4]
    assert all(check_config(sweep.kind, config) == check_config("pinn", jobs[0][0]) for config, _ in jobs)


def test_the_settings_are_what_was_meant():
    config = check_config("pinn", HEAT)
    assert isinstance(config, JobConfig)
    again = check_config("pinn", config.model_dump(mode="json"))
    assert again == config
    assert [one.kind for one in config.conditions] == ["initial", "dirichlet"]

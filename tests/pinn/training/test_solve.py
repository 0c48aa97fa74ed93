"""Training as people call it: outcomes, budgets, checkpoints, and results that are kept."""

import threading
import time

import numpy as np
import pytest
import torch
import xarray as xr

from physforge import pinn
from physforge.errors import PinnError

#: u_t = -2 u from u = 1: the smallest problem there is.
DECAY = {"domain": {"t": (0.0, 1.0)}, "conditions": [pinn.Initial(1.0)]}
FEW = pinn.ResidualAdaptive(law=24, condition=1)
SMALL = {"network": pinn.MLP(width=6, depth=1), "sampling": FEW, "windows": 1, "tier": "eager", "progress": False}


def decay(**options):
    return pinn.Problem("u_t = -2.0*u", **{**DECAY, **options})


@pytest.fixture(scope="module")
def solved():
    return pinn.solve(decay(), steps=400, seed=1, **SMALL)


def test_reaches_the_exact_solution(solved):
    t = np.linspace(0.0, 1.0, 50)
    assert np.abs(solved.predict({"t": t})["u"] - np.exp(-2.0 * t)).max() < 1e-4
    found = solved.derivatives({"t": t}, ["u_t", "u_tt"])
    assert np.abs(found["u_tt"] - 4.0 * np.exp(-2.0 * t)).max() < 1e-1
    residual = solved.residual({"t": t})
    assert np.abs(next(iter(residual.values()))).max() < 5e-3
    assert solved.held_out < 1e-3


@pytest.mark.parametrize("method", ["lbfgs", "levenberg-marquardt", pinn.SSBroyden(form="bfgs")])
def test_other_optimisers_reach_it_too(method):
    result = pinn.solve(decay(), steps=400, method=method, seed=1, **SMALL)
    assert abs(float(result.predict({"t": np.array(1.0)})["u"]) - np.exp(-2.0)) < 3e-4


def test_the_history_holds_every_look(solved):
    history = solved.history
    last = history["step"].iloc[-1]
    assert list(history["step"]) == [*range(0, last, 50), last]
    assert (last == 400) == (solved.status == "budget reached")
    assert set(history["optimiser"]) == {"adam", "ssbroyden"}
    parts = history.filter(like="loss of").sum(axis=1)
    np.testing.assert_allclose(parts, history["loss"], rtol=1e-12)
    assert solved.held_out == history["held_out"].min()
    assert (history["seconds"].diff()[1:] > 0.0).all()


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    runs = [pinn.solve(decay(), steps=310, seed=seed, **SMALL).theta for seed in (3, 3, 4)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize(
    ("method", "stop"),
    [
        ((pinn.Adam(steps=40), pinn.SSBroyden()), 35),
        ((pinn.Adam(steps=40), pinn.SSBroyden()), 97),
        ((pinn.SOAP(steps=40), pinn.LBFGS()), 97),
        ((pinn.Adam(steps=20), pinn.LevenbergMarquardt()), 97),
    ],
)
def test_resumes_bit_for_bit(tmp_path, method, stop):
    """Stopped between two steps and gone on, in the midst of each optimiser and after points were drawn anew."""
    options = {**SMALL, "seed": 2, "method": method, "resample": 30, "windows": 2}
    path = tmp_path / "training.safetensors"
    whole = pinn.solve(decay(), steps=130, **options)
    count = iter(range(10_000))
    part = pinn.solve(decay(), steps=130, checkpoint=path, cancel=lambda: next(count) >= stop, **options)
    assert part.status == "cancelled"
    assert path.exists()
    after = pinn.solve(decay(), steps=130, checkpoint=path, **options)
    assert torch.equal(after.theta, whole.theta)
    assert after.held_out == whole.held_out


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    path = tmp_path / "training.safetensors"
    pinn.solve(decay(), steps=10, checkpoint=path, **SMALL)
    with pytest.raises(PinnError, match="another problem, network, plan or seed"):
        pinn.solve(decay(), steps=10, checkpoint=path, **{**SMALL, "network": pinn.MLP(width=7, depth=1)})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PinnError, match="delete it to begin anew"):
        pinn.solve(decay(), steps=10, checkpoint=path, **SMALL)


SAMPLES = {"t": [0.2, 0.7], "u": [0.7, 0.3]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"conditions": [pinn.Initial(1.1)]}),  # holds by construction: no block is named after it
        ({"conditions": [pinn.Initial(lambda t: 1 + t)]}, {"conditions": [pinn.Initial(lambda t: 1.1 + t)]}),
        ({"conditions": [pinn.Data(SAMPLES)]}, {"conditions": [pinn.Data(SAMPLES | {"u": [0.7, 0.31]})]}),
        ({}, {"law": "u_t = -2.1*u"}),
    ],
    ids=["exact", "code", "data", "law"],
)
def test_a_checkpoint_of_the_same_equations_with_other_numbers_is_refused(tmp_path, one, other):
    def state(law="u_t = -2.0*u", **options):
        return pinn.Problem(law, **{**DECAY, **options})

    path = tmp_path / "training.safetensors"
    pinn.solve(state(**one), steps=10, checkpoint=path, **SMALL)
    pinn.solve(state(**one), steps=10, checkpoint=path, **SMALL)
    with pytest.raises(PinnError, match="another problem, network, plan or seed"):
        pinn.solve(state(**other), steps=10, checkpoint=path, **SMALL)


def test_a_checkpoint_is_never_half_written(tmp_path, monkeypatch):
    """A disc that fills up while it is written leaves the one before."""
    path = tmp_path / "training.safetensors"
    pinn.solve(decay(), steps=10, checkpoint=path, **SMALL)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        pinn.solve(decay(), steps=20, checkpoint=path, **SMALL)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("how", ["call", "event", "interrupt"])
def test_cancel_keeps_the_best_state(how):
    event = threading.Event()

    def watch(progress):
        if progress.step >= 100:
            if how == "interrupt":
                raise KeyboardInterrupt
            event.set()

    cancel = {"call": event.is_set, "event": event, "interrupt": None}[how]
    result = pinn.solve(decay(), steps=10_000, cancel=cancel, callback=watch, **SMALL)
    assert result.status == "cancelled"
    assert result.history["step"].max() == 100
    assert result.held_out == result.history["held_out"].min()


def test_the_budget_in_seconds_is_kept():
    result = pinn.solve(decay(), budget_s=0.5, **SMALL)
    assert result.status == "budget reached"
    assert 0.5 <= result.history["seconds"].max() < 1.5


def test_converges_when_nothing_is_left_to_gain(monkeypatch):
    """One neuron cannot follow an oscillation: after its best fit no step and no other points change anything."""
    monkeypatch.setattr("physforge.pinn.training.loop.PATIENCE", 150)
    options = {**SMALL, "network": pinn.MLP(width=1, depth=1), "sampling": pinn.Sobol(law=16, condition=1)}
    result = pinn.solve(pinn.Problem("u_t = -2.0*u + 9.0*sin(9.0*t)", **DECAY), steps=3000, **options)
    assert result.status == "converged"
    assert result.held_out > 1e-4
    assert 250 <= result.history["step"].max() < 2500
    assert result.history["step"].max() - result.history["step"][result.history["held_out"].idxmin()] < 400


def test_nan_ends_as_diverged_with_the_last_good_state():
    result = pinn.solve(decay(), method=(pinn.Adam(rate=1e-3, steps=60), pinn.Adam(rate=1e200)), steps=500, **SMALL)
    assert result.status == "diverged"
    assert "Try another seed=" in " ".join(result.diagnostics)
    assert bool(result.theta.isfinite().all())
    assert result.held_out < result.history["held_out"][0]
    assert np.isfinite(result.predict({"t": np.array([0.0])})["u"]).all()


def test_windows_reach_the_end_of_time():
    result = pinn.solve(decay(), steps=600, resample=50, **{**SMALL, "windows": 3})
    windows = result.history["window"].unique()
    np.testing.assert_allclose(windows, [1 / 3, 2 / 3, 1.0])
    assert abs(float(result.predict({"t": np.array(1.0)})["u"]) - np.exp(-2.0)) < 3e-4


WAVE = [pinn.Initial({"u": "sin(pi*x)", "u_t": 0.0}), pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0)]


@pytest.mark.parametrize(
    ("law", "more", "windows"),
    [
        ("u_t = 0.1*u_xx", {}, 5),
        ("u_tt = u_xx", {"conditions": WAVE}, 1),
        ("u_t = nu*u_xx", {"unknown": {"nu": 0.1}}, 1),
        ("u_xx = 2.0", {"domain": {"x": (0.0, 1.0)}, "conditions": [pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0)]}, 1),
    ],
)
def test_laws_of_evolution_are_followed_in_windows(law, more, windows):
    """And laws that are steady, of second order in time, or whose parameters are sought, are not."""
    options = {
        "domain": {"t": (0.0, 1.0), "x": (0.0, 1.0)},
        "conditions": [pinn.Initial("sin(pi*x)"), pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0)],
    }
    problem = pinn.Problem(law, **{**options, **more})
    result = pinn.solve(problem, steps=2, **{**SMALL, "windows": None})
    assert len(result.provenance["plan"]["stages"]) == windows


def test_a_window_that_was_not_reached_is_said():
    result = pinn.solve(decay(), steps=20, cancel=iter([False] * 10 + [True]).__next__, **{**SMALL, "windows": 2})
    assert "only the first 50%" in " ".join(result.diagnostics)


def test_save_and_load_predict_the_same_bits(solved, tmp_path):
    solved.save(tmp_path / "kept")
    files = {file.name for file in (tmp_path / "kept").iterdir()}
    assert "weights.safetensors" in files
    again = pinn.load(tmp_path / "kept", problem=decay())
    t = np.linspace(0.0, 1.0, 20)
    assert np.array_equal(again.predict({"t": t})["u"], solved.predict({"t": t})["u"])
    assert again.status == solved.status
    assert again.history.equals(solved.history)
    assert again.summary() == solved.summary()
    assert type(again) is type(solved)


def test_a_dataset_gives_a_dataset():
    problem = pinn.Problem(
        "u_t = 0.1*u_xx",
        domain={"t": (0.0, 1.0), "x": (0.0, 1.0)},
        conditions=[pinn.Initial("sin(pi*x)"), pinn.Dirichlet(x=0.0), pinn.Dirichlet(x=1.0)],
    )
    result = pinn.solve(problem, steps=5, **SMALL)
    grid = xr.Dataset(coords={"x": [0.1, 0.2, 0.5], "t": ("t", [0.0, 1.0], {"units": "s"})})
    found = result.predict(grid)
    assert found["u"].dims == ("x", "t")
    assert found["t"].attrs == {"units": "s"}
    assert float(found["u"].sel(x=0.2, t=1.0)) == float(result.predict({"x": 0.2, "t": 1.0})["u"])
    scattered = xr.Dataset(coords={"x": ("point", [0.1, 0.2, 0.5]), "t": ("point", [0.0, 0.5, 1.0])})
    assert result.predict(scattered)["u"].dims == ("point",)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"x": [0.0]}, "lack t"),
        ({"t": [0.0], "x": [0.0]}, "no coordinate x"),
        ({"t": [np.nan]}, "NaN or infinite values of t"),
    ],
)
def test_points_that_do_not_fit_are_refused(solved, points, message):
    with pytest.raises(PinnError, match=message):
        solved.predict(points)


@pytest.mark.parametrize("name", ["v", "u_x", "u_", "ut", "u_tq"])
def test_unknown_derivatives_are_refused(solved, name):
    with pytest.raises(PinnError, match="no derivative of u"):
        solved.derivatives({"t": [0.0]}, [name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget_s": 0.0}, "budget_s is 0.0"),
        ({"steps": -1}, "steps is -1"),
        ({"method": "newton"}, "no method called 'newton'"),
        ({"sampling": "grid"}, "no sampling called 'grid'"),
        ({"weighting": "magic"}, "no weighting called 'magic'"),
        ({"method": (pinn.Adam(), pinn.SSBroyden())}, "all but the last need steps="),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(PinnError, match=message):
        pinn.solve(decay(), **{**SMALL, **options})


def test_results_name_their_sources(solved):
    assert {"raissi2019", "urban2025", "kingma2015", "wu2023"} <= set(solved.citations)
    with pytest.raises(PinnError, match="no unknown parameters"):
        solved.conf_int()


def test_a_budget_of_processor_time_does_not_count_waits():
    def wait():
        time.sleep(0.01)
        return False

    begin = time.perf_counter()
    result = pinn.solve(decay(), budget_s=0.2, clock="cpu", cancel=wait, **SMALL)
    last = result.history.iloc[-1]
    assert 0.2 <= last["seconds"] < 0.3
    assert time.perf_counter() - begin > 0.01 * last["step"] + last["seconds"]
    with pytest.raises(PinnError, match="wall and cpu"):
        pinn.solve(decay(), clock="sun", **SMALL)

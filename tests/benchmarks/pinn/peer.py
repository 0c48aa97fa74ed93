"""Train DeepXDE on a statement for as many CPU seconds as ours get.

Its optimisers take turns: Adam, L-BFGS, and NysNewtonCG where tuning found it of use; what they
share the time by, the points, the width and exact conditions are tuned (`tune`) and then frozen.
L-BFGS that stops early is begun anew, so that the time is used up.
"""

from __future__ import annotations

import copy
import io
import json
import os
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.pinn.statement import Float, Peer, Statement

FROZEN = Path(__file__).with_name("tuned")

#: Where nothing is tuned: the order and the rate of DeepXDE's own examples.
DEFAULT: Mapping[str, Any] = {"adam": 0.2, "rate": 1e-3, "decay": False, "nncg": 0.0}

#: Iterations of L-BFGS between looks at the clock. Its memory is kept from one to the next.
_ITERATIONS = 50


def frozen(name: str) -> dict[str, Any]:
    """Return the settings of a statement, and under ``tuned`` whether seeds 100 to 102 chose them."""
    path = FROZEN / f"{name}.json"
    chosen = json.loads(path.read_text(encoding="utf-8"))["settings"] if path.exists() else {}
    return {**DEFAULT, **chosen, "tuned": path.exists()}


def measure(statement: Statement, seed: int, settings: Mapping[str, Any], budget_s: float) -> dict[str, Any]:
    """Train, and return errors and times."""
    reference = statement.reference()
    dde = load()
    wall, cpu = time.perf_counter(), time.process_time()
    with redirect_stdout(io.StringIO()):
        training = Training(dde, statement.peer(dde, settings), seed)
        training.run(settings, budget_s)
    times = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    errors = reference.errors(training.predict(reference.points, tuple(reference.fields)))
    return {"errors": errors, **times, "steps": training.steps, "loss": training.best, "settings": dict(settings)}


def load() -> Any:
    """Import DeepXDE on PyTorch, in float64 and with one thread."""
    os.environ["DDE_BACKEND"] = "pytorch"
    with redirect_stdout(io.StringIO()):
        import deepxde
        import torch

        deepxde.config.set_default_float("float64")
        torch.set_num_threads(1)
    return deepxde


class Training:
    """A model of DeepXDE, and the best state so far by its own loss.

    Parameters
    ----------
    dde : module
        DeepXDE.
    peer : Peer
        What to train on.
    seed : int
        Of points and parameters.
    """

    def __init__(self, dde: Any, peer: Peer, seed: int) -> None:
        dde.config.set_random_seed(seed)
        self._dde, self._weights = dde, peer.weights
        net = dde.nn.FNN(list(peer.layers), "tanh", "Glorot normal")
        if peer.features is not None:
            net.apply_feature_transform(peer.features)
        if peer.transform is not None:
            net.apply_output_transform(peer.transform)
        peer.data.resample_train_points(bc_points=True)  # they were drawn before the seed was set
        self._model = dde.Model(peer.data, net)
        self.best = float("inf")
        self._state = copy.deepcopy(net.state_dict())
        self.steps: dict[str, int] = {}

    def run(self, settings: Mapping[str, Any], budget_s: float) -> None:
        """Train by Adam, L-BFGS and NysNewtonCG, one after the other, for `budget_s` CPU seconds in all."""
        begin = time.process_time()
        self._adam(settings, begin + settings["adam"] * budget_s)
        self._lbfgs(begin + (1 - settings["nncg"]) * budget_s)
        if settings["nncg"]:
            self._nncg(settings, begin + budget_s)
        self._lbfgs(begin + budget_s)
        self._model.net.load_state_dict(self._state)

    def predict(self, points: Mapping[str, Float], fields: tuple[str, ...]) -> dict[str, Float]:
        """Return the fields at points."""
        found = self._model.predict(np.stack(list(points.values()), axis=1))
        return {name: found[:, index] for index, name in enumerate(fields)}

    def _adam(self, settings: Mapping[str, Any], end: float) -> None:
        # The rate falls to a tenth over what the documentation's examples train.
        decay = ("step", 1000, 10 ** (-1 / 15)) if settings["decay"] else None
        self._train("adam", end, 10**9, lr=settings["rate"], decay=decay)

    def _lbfgs(self, end: float) -> None:
        options = self._dde.optimizers.config.LBFGS_options
        self._dde.optimizers.set_LBFGS_options(maxiter=10**9, gtol=0.0)
        options.update(iter_per_step=_ITERATIONS, fun_per_step=_ITERATIONS * 5 // 4)
        in_vain = 0
        while time.process_time() < end and in_vain < 3:
            before = self.best
            self._train("L-BFGS", end, None)
            in_vain = 0 if self.best < before else in_vain + 1

    def _nncg(self, settings: Mapping[str, Any], end: float) -> None:
        self._dde.optimizers.set_NNCG_options(
            rank=50, mu=settings.get("damping", 1e-1), cgmaxiter=settings.get("cg", 100)
        )
        self._train("NNCG", end, 10**9)

    def _train(self, optimiser: str, end: float, iterations: int | None, **options: Any) -> None:
        if time.process_time() >= end:
            return
        self._model.compile(optimiser, loss_weights=self._weights, **options)
        before = self._model.train_state.step
        self._model.train(iterations=iterations, display_every=10**9, verbose=0, callbacks=[_until(self._dde, end)])
        self.steps[optimiser] = self.steps.get(optimiser, 0) + self._model.train_state.step - before
        self._keep()

    def _keep(self) -> None:
        state = self._model.train_state
        losses = self._model._outputs_losses(True, state.X_train, state.y_train, state.train_aux_vars)[1]
        loss = float(np.sum(losses))
        if loss < self.best:
            self.best, self._state = loss, copy.deepcopy(self._model.net.state_dict())
        else:
            self._model.net.load_state_dict(self._state)


def _until(dde: Any, end: float) -> Any:
    """Return a callback that stops training where the next step would end after `end`."""

    class Clock(dde.callbacks.Callback):
        def on_epoch_begin(self) -> None:
            self._begun = time.process_time()

        def on_epoch_end(self) -> None:
            now = time.process_time()
            self.model.stop_training = 2 * now - self._begun > end

    return Clock()

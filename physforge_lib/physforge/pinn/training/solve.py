"""Train a network on a problem."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch

from physforge.errors import PinnError
from physforge.pinn.engine import Objective
from physforge.pinn.networks import Network
from physforge.pinn.optimisers import Optimiser
from physforge.pinn.parallel.group import group_device, members, rank, shared_limits
from physforge.pinn.parallel.sharded import make_objective
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.result import PinnResult
from physforge.pinn.training import checkpoint as files
from physforge.pinn.training.bar import Bar
from physforge.pinn.training.loop import Cancel, Limits, train
from physforge.pinn.training.mark import mark_of
from physforge.pinn.training.plan import Plan, choose_network, make_plan
from physforge.pinn.training.progress import Progress
from physforge.pinn.training.run import Run
from physforge.pinn.training.sampling import Sampling
from physforge.pinn.training.verdict import diagnose
from physforge.pinn.training.weighting import Weighting
from physforge.results import run_record

_CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def solve(
    problem: ProblemLike,
    *,
    network: Network | None = None,
    method: Optimiser | str | tuple[Optimiser, ...] | None = None,
    budget_s: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    device: str | None = None,
    sampling: Sampling | str | None = None,
    weighting: Weighting | str | None = None,
    windows: int | None = None,
    resample: int | None = None,
    tier: Literal["auto", "compiled", "eager"] = "auto",
    callback: Callable[[Progress], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_s: float = 30.0,
    cancel: Cancel | None = None,
    progress: bool = True,
    clock: Literal["wall", "cpu"] = "wall",
    ensemble: int = 1,
) -> PinnResult:
    """Train a network on a problem until it has converged or the budget is used.

    Nothing needs to be chosen: the network, the number of points, the optimisers, the weights
    and the time windows follow from the problem.

    Parameters
    ----------
    problem : Problem
        The law, its domain and conditions.
    network : Network, optional
        The function that is trained; the default suits the number of coordinates and fields.
    method : Optimiser, str or tuple of Optimiser, optional
        Default: a few hundred steps of `Adam`, then `SSBroyden` (`LBFGS` above 12,000
        parameters). A single second-order optimiser gets the same warm-up; a tuple is followed as it
        is, each but the last for its number of steps.
    budget_s : float, optional
        Seconds after which training ends; 60 where `steps` is not given either.
    steps : int, optional
        Steps after which training ends. With steps alone, the same seed gives the same result
        bit for bit on a CPU.
    seed : int, default 0
        Of the start and of all points.
    device : str, optional
        ``"cpu"`` or ``"cuda"``; default: a GPU where there is one that computes in double precision.
    sampling : Sampling or {"residual-adaptive", "sobol"}, optional
        Where the law is enforced; default residual-adaptive.
    weighting : Weighting or {"fixed", "gradient-norm", "self-adaptive", "causal"}, optional
        How much each block counts; default fixed.
    windows : int, optional
        Time windows that training goes through, each wider than the one before. Default: as
        many as the law needs.
    resample : int, optional
        Steps between two draws of points.
    tier : {"auto", "compiled", "eager"}, default "auto"
        How derivatives are computed (see `Objective`).
    callback : callable, optional
        Gets a `Progress` every 50 steps.
    checkpoint : path-like, optional
        A file that keeps what is needed to go on; where it exists already, training goes on
        from it, and on a CPU as if it had never stopped.
    checkpoint_s : float, default 30.0
        Seconds between two checkpoints.
    cancel : callable or threading.Event, optional
        Asked before each step whether to stop. Ctrl-C stops as well; both keep the best state.
    progress : bool, default True
        Whether to show a bar after two seconds.
    clock : {"wall", "cpu"}, default "wall"
        What `budget_s` counts: time that passes, or processor time of this process, which does
        not depend on what else the machine does.
    ensemble : int, default 1
        Networks to train from different starts, one after the other, which share `budget_s`; the
        best is returned, and ``predict(..., sd=True)`` tells by how much the others differ from it.

    Returns
    -------
    PinnResult
        With the parameters that leave the least held-out residual, and a status:
        ``"converged"``, ``"budget reached"``, ``"diverged"`` or ``"cancelled"``.

    Raises
    ------
    PinnError
        If an option does not fit, or the problem cannot be evaluated.
    """
    if ensemble != 1:
        from physforge.pinn.uncertainty.members import train_members

        share = (60.0 if steps is None else math.inf) if budget_s is None else budget_s
        return train_members(
            lambda member, own: solve(
                problem,
                network=network,
                method=method,
                budget_s=None if share == math.inf else share / ensemble,
                steps=steps,
                seed=own,
                device=device,
                sampling=sampling,
                weighting=weighting,
                windows=windows,
                resample=resample,
                tier=tier,
                callback=callback,
                checkpoint=None if checkpoint is None else f"{os.fspath(checkpoint)}.{member}",
                checkpoint_s=checkpoint_s,
                cancel=cancel,
                progress=progress,
                clock=clock,
            ),
            ensemble,
            seed,
        )
    limits = shared_limits(make_limits(budget_s, steps, callback, checkpoint, checkpoint_s, cancel, clock))
    objective = make_objective(problem, choose_network(problem, network), tier=tier, device=device or choose_device())
    plan = make_plan(
        problem,
        objective.size,
        method=method,
        sampling=sampling,
        weighting=weighting,
        windows=windows,
        every=resample,
    )
    run = _begin(problem, objective, plan, seed, limits)
    with Bar(limits, shown=progress and rank() == 0) as watched:
        status = train(run, watched)
    return PinnResult(
        status=status,
        diagnostics=diagnose(status, run, objective),
        provenance=run_record(
            seed=seed, network=objective.network.model_dump(mode="json"), plan=_described(plan), **_engine(objective)
        ),
        citations=_citations(plan),
        problem=problem,
        network=objective.network,
        theta=run.best.theta,
        held_out=run.best.held_out,
        rows=tuple(run.rows),
    )


def make_limits(
    budget_s: float | None,
    steps: int | None,
    callback: Callable[[Progress], None] | None = None,
    path: str | os.PathLike[str] | None = None,
    every_s: float = 30.0,
    cancel: Cancel | None = None,
    clock: Literal["wall", "cpu"] = "wall",
) -> Limits:
    """Read the options that say when training ends; see `solve` for each.

    Raises
    ------
    PinnError
        If a budget is not positive.
    """
    for name, value in (("budget_s", budget_s), ("steps", steps)):
        if value is not None and not value > 0:
            raise PinnError(f"{name} is {value!r}; give a positive number.")
    if clock not in _CLOCKS:
        raise PinnError(f"There is no clock {clock!r}; there are {' and '.join(_CLOCKS)}.")
    if budget_s is None:
        budget_s = 60.0 if steps is None else math.inf
    return Limits(
        seconds=budget_s,
        steps=math.inf if steps is None else steps,
        cancel=cancel,
        callback=callback,
        checkpoint=None if path is None else Path(path),
        checkpoint_seconds=every_s,
        clock=_CLOCKS[clock],
    )


def choose_device() -> str:
    """Return a GPU's name where there is one, else the processor's."""
    if members() > 1:
        return group_device()
    return "cuda" if torch.cuda.is_available() else "cpu"


def _begin(problem: ProblemLike, objective: Objective, plan: Plan, seed: int, limits: Limits) -> Run:
    """Begin, or go on from a checkpoint of the same training."""
    if limits.checkpoint is None:
        return Run.begin(problem, objective, plan, seed)
    mark = mark_of(problem, objective.network, plan=_described(plan), seed=int(seed))
    if limits.checkpoint.exists():
        tensors, facts = files.read(limits.checkpoint)
        if facts.get("mark") != mark:
            raise PinnError(
                f"{limits.checkpoint} belongs to another problem, network, plan or seed; choose another file, or "
                "delete it to begin anew."
            )
        return Run.from_checkpoint(problem, objective, plan, seed, tensors, facts)
    run = Run.begin(problem, objective, plan, seed)
    run.mark = mark
    return run


def _described(plan: Plan) -> dict[str, Any]:
    return {
        "stages": [
            {"share": stage.share, "optimisers": [one.model_dump(mode="json") for one in stage.optimisers]}
            for stage in plan.stages
        ],
        "sampling": plan.sampling.model_dump(mode="json"),
        "sizes": list(plan.sizes),
        "weighting": plan.weighting.model_dump(mode="json"),
        "every": plan.every,
    }


def _engine(objective: Objective) -> dict[str, str]:
    return {"torch": torch.__version__, "tier": objective.tier, "device": str(objective.device)}


def _citations(plan: Plan) -> tuple[str, ...]:
    optimisers = [one for stage in plan.stages for one in stage.optimisers]
    keys = [key for one in optimisers for key in one.citations]
    return tuple(dict.fromkeys(("raissi2019", *keys, *plan.sampling.citations, *plan.weighting.citations)))

"""Find a law's parameters in measurements."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Literal

import numpy as np
import torch
import xarray as xr

from physforge.equations import Equation, System
from physforge.equations.parser import Parameter
from physforge.errors import PinnError
from physforge.pinn.conditions import Condition
from physforge.pinn.inverse.fit import InverseFit, Schedule, State
from physforge.pinn.inverse.look import Look, degrees_spent
from physforge.pinn.inverse.measurements import Measurements
from physforge.pinn.inverse.run import InverseRun, held_out_residual
from physforge.pinn.inverse.statement import state_inverse_problem
from physforge.pinn.inverse.verdict import Inference, best_look, judge
from physforge.pinn.networks import Network
from physforge.pinn.parallel.group import rank, shared_limits
from physforge.pinn.parallel.sharded import make_objective
from physforge.pinn.problem import Problem
from physforge.pinn.result import PinnResult
from physforge.pinn.training.bar import Bar
from physforge.pinn.training.loop import Cancel
from physforge.pinn.training.mark import digest_of, mark_of
from physforge.pinn.training.plan import choose_network
from physforge.pinn.training.progress import Progress
from physforge.pinn.training.solve import choose_device, make_limits
from physforge.pinn.uncertainty.laplace import LARGEST, Laplace
from physforge.results import run_record

#: Excess of chi squared over its expectation, in its sd, from which a stated noise is too small.
_EXCESS = 3.0


def infer(
    law: Equation | System | str | Iterable[str | Equation],
    ds: xr.Dataset,
    unknown: Mapping[str, float],
    *,
    noise: float | Mapping[str, float] | None = None,
    conditions: Sequence[Condition] = (),
    parameters: Mapping[str, Parameter] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    fields: Iterable[str] | None = None,
    network: Network | None = None,
    schedule: Schedule | None = None,
    budget_s: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    device: str | None = None,
    callback: Callable[[Progress], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_s: float = 30.0,
    cancel: Cancel | None = None,
    progress: bool = True,
    clock: Literal["wall", "cpu"] = "wall",
) -> PinnResult:
    """Find the unknown parameters of a law in measurements, with intervals.

    Fields that obey the law and follow the data are sought together with the parameters. The
    law becomes stiffer as training goes on; intervals are those of the fit with the stiffest law
    that has converged, and are given only where it has: where estimates move by less than
    their standard deviation with other collocation points, with a stiffer law and with more
    training, and the misfit looks like noise. What they still move is part of the interval.

    Parameters
    ----------
    law : Equation, System, str, or iterable of these
        With the names in `unknown` as free parameters, for example ``"u_t = -a*u*u_x + b*u_xx"``.
    ds : xarray.Dataset
        Measured fields, on a grid or scattered; fields of the law that it lacks were not
        observed. Missing samples (NaN) are left out. With a variable ``<field>_sd`` the noise is
        believed.
    unknown : mapping of str to float
        Parameters to find, with values to start from: of the right sign and size, if known.
    noise : float or mapping of str to float, optional
        Standard deviation of the noise (by field), in the field's unit. By default it is
        estimated, with its tails, so that samples that are far off lose their weight.
    conditions : sequence of Condition, default ()
        What is known besides: initial and boundary values. None is needed.
    parameters : mapping of str to float or CoordinateFunction, optional
        Of the law, known.
    domain : mapping of str to (float, float), optional
        Where the law holds; the default is the extent of the samples.
    fields : iterable of str, optional
        Names of all fields, where they cannot be told from the law.
    network : Network, optional
        Default: three layers of 20, of 30 for several fields. Above 5,000 parameters there
        are no standard deviations of predictions.
    schedule : Schedule, optional
        Points, and how the law's weight rises.
    budget_s : float, optional
        Seconds; 60 where `steps` is not given either. Steep fields need a few minutes.
    steps : int, optional
        Steps after which training ends. With steps alone, the same seed gives the same result
        bit for bit on a CPU.
    seed : int, default 0
        Of the start and of all points.
    device : str, optional
        As for `solve`.
    callback : callable, optional
        Gets a `Progress` after each stage.
    checkpoint : path-like, optional
        A file that keeps what is needed to go on after the last whole stage; where it exists
        already, the fit goes on from it, and with steps alone on a CPU as if it had never stopped.
    checkpoint_s : float, default 30.0
        Seconds between two checkpoints; 0 for one after each stage.
    cancel : callable or threading.Event, optional
        Asked before each step whether to stop.
    progress : bool, default True
        Whether to show a bar after two seconds.
    clock : {"wall", "cpu"}, default "wall"
        What `budget_s` counts, as for `solve`.

    Returns
    -------
    PinnResult
        ``parameters``; ``conf_int(level)``, which raises `PinnError` where the fit has not
        converged; ``predict(..., sd=True)``. The status is ``"converged"``, ``"budget reached"``,
        ``"diverged"`` or ``"cancelled"``, and the diagnostics say what speaks against the fit.

    Raises
    ------
    PinnError
        If the law, the data or an option cannot be used, the law is not finite where the fit
        begins, or the checkpoint is that of another fit.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from physforge.pinn import MLP, infer
    >>> t = np.linspace(0.0, 2.0, 40)
    >>> noisy = np.exp(-1.5 * t) + 0.01 * np.random.default_rng(0).standard_normal(40)
    >>> ds = xr.Dataset({"u": ("t", noisy)}, {"t": t})
    >>> found = infer("u_t = -k*u", ds, {"k": 1.0}, network=MLP(width=6, depth=1))
    >>> bool(abs(found.parameters["k"] - 1.5) < 0.1), found.status
    (True, 'converged')
    """
    problem, samples = state_inverse_problem(
        law, ds, unknown, conditions=conditions, parameters=parameters, domain=domain, fields=fields
    )
    suited = choose_network(problem, network)
    objective = make_objective(problem, suited, tier="eager", device=device or choose_device())
    known = _known_noise(noise, samples)
    fit = InverseFit(objective, samples, schedule or Schedule(), seed, known)
    limits = shared_limits(make_limits(budget_s, steps, callback, checkpoint, checkpoint_s, cancel, clock))
    with Bar(limits, shown=progress and rank() == 0) as watched:
        run = InverseRun(fit, watched, seed, "" if checkpoint is None else _mark(fit, seed))
        status = run.train()
    return _result(problem, run, status)


def _mark(fit: InverseFit, seed: int) -> str:
    """Return a hash by which a checkpoint knows what it belongs to."""
    arrays = [array for one in fit.samples.values() for array in (one.places, one.values, one.sd)]
    return mark_of(
        fit.objective.problem,
        fit.objective.network,
        samples=digest_of(*arrays),
        noise={name: float(scale) for name, scale in fit.known.items()},
        schedule=asdict(fit.schedule),
        seed=int(seed),
    )


def _result(problem: Problem, run: InverseRun, status: str) -> PinnResult:
    best = best_look(run.looks)
    look = run.looks[best]
    fit, objective = run.fit, run.fit.objective
    spread, inference, notes = _uncertainty(run, best)
    if status == "diverged":
        notes.append(f"The law became infinite or NaN at step {run.step}; what was found before is kept.")
    if status == "budget reached" and not inference.doubts:
        status = "converged"
    elif status == "converged" and inference.doubts:
        status = "budget reached"
    return PinnResult(
        status=status,
        diagnostics=(*problem.diagnostics, *_said_of_data(fit, look), *notes),
        provenance=run_record(
            seed=run.seed,
            network=objective.network.model_dump(mode="json"),
            samples=fit.count,
            noise={name: [one.scale, one.degrees] for name, one in look.state.noises.items()},
            torch=torch.__version__,
            device=str(objective.device),
        ),
        citations=("raissi2019", "ramsay2007"),
        problem=problem,
        network=objective.network,
        theta=look.state.theta,
        held_out=held_out_residual(fit, look.state),
        rows=tuple(run.rows),
        inference=inference,
        spread=spread,
    )


def _uncertainty(run: InverseRun, best: int) -> tuple[Laplace | None, Inference, list[str]]:
    fit, state = run.fit, run.looks[best].state
    spread, spent, notes = None, 0.0, []
    if fit.objective.size <= LARGEST:
        matrix, _, _ = fit.objective.normal_equations(state.theta, fit.batch(state))
        spread = Laplace.from_normal_matrix(matrix, state.theta, fit.objective.network_size)
        spent = degrees_spent(fit, state, spread.factor)
    freedom = max(fit.count - spent, 1.0)
    inflation, note = _inflation(fit, state, freedom)
    if note:
        notes.append(note)
    inference = judge(run.looks, best, inflation, freedom, run.structure(state))
    if inference.doubts:
        notes.append(f"No intervals are given: {'; '.join(inference.doubts)}.")
    return (None if spread is None else spread.widened(inflation)), inference, notes


def _inflation(fit: InverseFit, state: State, freedom: float) -> tuple[float, str]:
    """Return the factor by which the noise is larger than it was taken to be."""
    if not any(one.sd is not None or one.field in fit.known for one in fit.samples.values()):
        # The estimate of the noise left out what the fit used up.
        return math.sqrt(fit.count / freedom), ""
    squares = [
        state.noises[one.field].weights(state.misfits[block])
        @ (state.misfits[block] / state.noises[one.field].scale) ** 2
        for block, one in fit.samples.items()
    ]
    ratio = float(sum(squares)) / freedom
    if ratio <= 1 + _EXCESS * math.sqrt(2 / freedom):
        return 1.0, ""
    return math.sqrt(ratio), (
        f"The misfit is {math.sqrt(ratio):.2f} times the noise that was stated: the law lacks a term, training "
        "was too short, or the noise is larger. Intervals are widened by that."
    )


def _said_of_data(fit: InverseFit, look: Look) -> list[str]:
    said = []
    for one in fit.samples.values():
        if one.missing:
            said.append(f"{one.missing} samples of {one.field} are missing and were left out.")
        noise = look.state.noises[one.field]
        if not noise.normal:
            said.append(
                f"The errors of {one.field} have heavier tails than normal ones (Student's t with {noise.degrees:g} "
                "degrees of freedom); samples that are far off weigh less."
            )
    return said


def _known_noise(noise: float | Mapping[str, float] | None, samples: Mapping[int, Measurements]) -> dict[str, float]:
    names = [one.field for one in samples.values()]
    given = dict(noise) if isinstance(noise, Mapping) else {} if noise is None else dict.fromkeys(names, float(noise))
    for name, value in given.items():
        if name not in names:
            raise PinnError(f"noise= names {name!r}, which was not measured; measured were {', '.join(names)}.")
        if not (np.isfinite(value) and value > 0):
            raise PinnError(f"The noise of {name!r} is {value!r}; give a positive number.")
    both = [one.field for one in samples.values() if one.sd is not None and one.field in given]
    if both:
        raise PinnError(f"The noise of {both[0]!r} is given by noise= and by {both[0]}_sd; give it once.")
    return given

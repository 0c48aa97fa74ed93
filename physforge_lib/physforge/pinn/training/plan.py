"""What training does, chosen from the problem where nobody says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from physforge.errors import PinnError
from physforge.pinn.networks import MLP, Network
from physforge.pinn.optimisers import LBFGS, SOAP, Adam, LevenbergMarquardt, Optimiser, SSBroyden
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.training.sampling import Draw, ResidualAdaptive, Sampling, Sobol
from physforge.pinn.training.weighting import Causal, Fixed, GradientNorm, SelfAdaptive, Weighting

Strategy = TypeVar("Strategy")

#: Above so many parameters a dense inverse Hessian costs more than it gives (1.2 GB at 12,000).
_DENSE = 12_000

#: Time windows of laws of evolution.
_WINDOWS = 5

#: Points of each law: this many times 2**coordinates.
_LAW_POINTS = 750


@dataclass(frozen=True)
class Stage:
    """A time window, and the optimisers that take turns in it.

    Parameters
    ----------
    share : float
        Of the time span, from its start.
    budget : float
        Which part of the whole budget may have been used when it ends.
    optimisers : tuple of Optimiser
        All but the last have a number of steps.
    """

    share: float
    budget: float
    optimisers: tuple[Optimiser, ...]


@dataclass(frozen=True)
class Plan:
    """What training does.

    Parameters
    ----------
    stages : tuple of Stage
        One after the other.
    sampling : Sampling
        Where the law is enforced.
    sizes : tuple of int
        Points of each law and of each condition.
    weighting : Weighting
        How much each block and point counts.
    every : int
        Quasi-Newton steps between two draws of points.
    """

    stages: tuple[Stage, ...]
    sampling: Sampling
    sizes: tuple[int, int]
    weighting: Weighting
    every: int


def choose_network(task: ProblemLike, network: Network | None) -> Network:
    """Return the network that was given, or one that suits the problem.

    Parameters
    ----------
    task : ProblemLike
        The problem.
    network : Network, optional
        Kept.

    Returns
    -------
    Network
        For an `Objective`, which lets it repeat itself where the problem does.
    """
    return MLP(width=20 if len(task.fields) == 1 else 30, depth=3) if network is None else network


def make_plan(
    task: ProblemLike,
    size: int,
    *,
    method: Optimiser | str | tuple[Optimiser, ...] | None,
    sampling: Sampling | str | None,
    weighting: Weighting | str | None,
    windows: int | None,
    every: int | None,
) -> Plan:
    """Choose what nobody said.

    Parameters
    ----------
    task : ProblemLike
        The problem.
    size : int
        Number of parameters.
    method : Optimiser or str or tuple of Optimiser, optional
        Those given stay.
    sampling, weighting : Sampling, Weighting or str, optional
        The same.
    windows : int, optional
        How many time windows.
    every : int, optional
        Steps between two draws.

    Returns
    -------
    Plan
        Complete.

    Raises
    ------
    PinnError
        If a name is unknown, or windows are asked for where there is no time.
    """
    optimisers = _optimisers(method, size)
    rule = _named(sampling, _SAMPLINGS, "sampling") or ResidualAdaptive()
    weights = _named(weighting, _WEIGHTINGS, "weighting") or Fixed()
    count = _windows(task) if windows is None else windows
    if count > 1 and "t" not in task.coordinates:
        raise PinnError("Time windows need a law with time; leave windows out for a steady one.")
    return Plan(
        stages=_stages(count, optimisers),
        sampling=rule,
        sizes=_sizes(task, rule),
        weighting=weights,
        every=100 if every is None else every,
    )


_SAMPLINGS: dict[str, type[Sampling]] = {"sobol": Sobol, "residual-adaptive": ResidualAdaptive}

_WEIGHTINGS: dict[str, type[Weighting]] = {
    "fixed": Fixed,
    "gradient-norm": GradientNorm,
    "self-adaptive": SelfAdaptive,
    "causal": Causal,
}

_METHODS: dict[str, type[Optimiser]] = {
    "adam": Adam,
    "soap": SOAP,
    "ssbroyden": SSBroyden,
    "lbfgs": LBFGS,
    "levenberg-marquardt": LevenbergMarquardt,
}


def _named(given: Strategy | str | None, known: Mapping[str, type[Strategy]], what: str) -> Strategy | None:
    """Return the strategy that was given, by itself or by its short name."""
    if isinstance(given, str):
        if given not in known:
            raise PinnError(f"There is no {what} called {given!r}; there are {', '.join(sorted(known))}.")
        return known[given]()
    return given


def _optimisers(method: Optimiser | str | tuple[Optimiser, ...] | None, size: int) -> tuple[Optimiser, ...]:
    """Put a warm-up before a single optimiser that needs one."""
    if isinstance(method, tuple):
        if not method or any(one.steps is None for one in method[:-1]):
            raise PinnError("Of several optimisers, all but the last need steps=, after which the next begins.")
        return method
    last = _named(method, _METHODS, "method") or (SSBroyden() if size <= _DENSE else LBFGS())
    if isinstance(last, Adam | SOAP):
        return (last,)
    return (Adam(steps=100), last)


def _stages(count: int, optimisers: tuple[Optimiser, ...]) -> tuple[Stage, ...]:
    """Let the window grow evenly over the first quarter of the budget; later windows need no warm-up."""
    shares = [(index + 1) / count for index in range(count)]
    budgets = [0.3 * share for share in shares[:-1]] + [1.0]
    return tuple(
        Stage(share, budget, optimisers if index == 0 else optimisers[-1:])
        for index, (share, budget) in enumerate(zip(shares, budgets, strict=True))
    )


def _windows(task: ProblemLike) -> int:
    """Go through time step by step where nothing but the state at the start says what comes later.

    Trained on all times at once, such laws are drawn to states that satisfy them everywhere but at
    the start; with measurements, or where unknown parameters are sought, all times are known of.
    """
    laws = [block for block in task.blocks if block.kind == "law"]
    if "t" not in task.coordinates or task.unknown or any(block.kind == "data" for block in task.blocks):
        return 1
    axis = task.coordinates.index("t")
    # Waves of second order in time gain nothing: what a window has not seen yet starts far off.
    if max((order[axis] for block in laws for orders in block.orders for order in orders), default=0) != 1:
        return 1
    draw = Draw(task, 1.0 / _WINDOWS)
    generator = np.random.default_rng(0)
    return _WINDOWS if all(len(draw(block, 16, generator)) for block in task.blocks) else 1


def _sizes(task: ProblemLike, rule: Sampling) -> tuple[int, int]:
    laws = max(sum(block.kind == "law" for block in task.blocks), 1)
    dimensions = len(task.coordinates)
    law = rule.law or max(_LAW_POINTS * 2 ** min(dimensions, 3) // laws, 500)
    return law, rule.condition or max(round(law ** ((dimensions - 1) / dimensions) * 4), 32)

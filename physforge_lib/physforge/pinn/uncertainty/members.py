"""Train several networks on one problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import torch

from physforge.errors import PinnError
from physforge.pinn.result import PinnResult
from physforge.pinn.uncertainty.ensemble import Ensemble

#: Most networks; the scatter of more tells no more.
_MOST = 100


def member_seed(seed: int, member: int) -> int:
    """Return the seed of one of several trainings; that of the first is the one given.

    Parameters
    ----------
    seed : int
        Of all.
    member : int
        From zero.

    Returns
    -------
    int
        Non-negative, below 2**31.
    """
    return seed if member == 0 else int(np.random.SeedSequence([seed, member]).generate_state(1)[0] >> 1)


def train_members(train: Callable[[int, int], PinnResult], count: int, seed: int) -> PinnResult:
    """Train networks from several starts, and return the best, which knows of the others.

    Parameters
    ----------
    train : callable
        ``train(member, seed)`` trains one.
    count : int
        How many; at least two.
    seed : int
        Of the first; those of others follow from it.

    Returns
    -------
    PinnResult
        That with the least held-out residual; its `spread` is an `Ensemble` of the others.
        One that was cancelled ends the training of all.

    Raises
    ------
    PinnError
        If `count` is none.
    """
    if not 2 <= count <= _MOST:
        raise PinnError(f"An ensemble of {count!r} networks is none; give a number from 2 to {_MOST}.")
    found: list[PinnResult] = []
    for member in range(count):
        found.append(train(member, member_seed(seed, member)))
        if found[-1].status == "cancelled":
            break
    whole = combine(found)
    status = "cancelled" if found[-1].status == "cancelled" else whole.status
    return replace(whole, status=status, provenance={**whole.provenance, "seed": seed})


def combine(results: Iterable[PinnResult]) -> PinnResult:
    """Make one result of networks that were trained on one problem, as by a sweep of jobs over seeds.

    Parameters
    ----------
    results : iterable of PinnResult
        Of one problem and one form of network, with seeds of their own.

    Returns
    -------
    PinnResult
        That with the least held-out residual; its `spread` is an `Ensemble` of the others, so that
        ``predict(..., sd=True)`` says how far they are apart. Those that diverged are left out.

    Raises
    ------
    PinnError
        If there is none, or they are of different problems or networks.
    """
    found = list(results)
    if not found:
        raise PinnError("There is no result to combine.")
    for one in found[1:]:
        if one.network != found[0].network or _form(one) != _form(found[0]):
            raise PinnError("The results are of different problems or networks; combine those of several seeds.")
    usable = [one for one in found if one.status != "diverged"] or found
    best = min(usable, key=lambda one: one.held_out)
    others = [one.theta for one in usable if one is not best]
    return replace(
        best,
        diagnostics=(*best.diagnostics, *_said(found, usable)),
        provenance={**best.provenance, "held_out_of_members": [one.held_out for one in found]},
        spread=Ensemble(torch.stack(others)) if others else None,
    )


def _form(result: PinnResult) -> tuple[object, ...]:
    """Return what results of one problem share, also where one was read again."""
    problem = result.problem
    names = getattr(problem, "names", None) or tuple(block.name for block in problem.blocks)
    return problem.coordinates, problem.fields, problem.box.tolist(), tuple(names), tuple(problem.unknown)


def _said(found: list[PinnResult], usable: list[PinnResult]) -> list[str]:
    if len(usable) == len(found):
        return []
    return [f"{len(found) - len(usable)} of {len(found)} networks diverged and were left out."]

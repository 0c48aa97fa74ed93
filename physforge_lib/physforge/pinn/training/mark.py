"""By what a checkpoint knows the training that it belongs to."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from physforge.pinn.block import Block, Float
from physforge.pinn.lifting import Lifting
from physforge.pinn.networks import Network
from physforge.pinn.problem_like import ProblemLike

#: Points of each block at which it is asked what is given there, and digits that count.
_PROBED, _DIGITS = 16, 9


def mark_of(problem: ProblemLike, network: Network, **facts: Any) -> str:
    """Return a hash of all that training depends on, but for its budget.

    The law counts as it is written, and conditions and data by what they give at some points, so
    that those in code count too. A law that is code counts by its name alone.

    Parameters
    ----------
    problem : ProblemLike
        What is trained on.
    network : Network
        What is trained.
    **facts : Any
        What else counts, as JSON holds it.

    Returns
    -------
    str
        The same on any machine.
    """
    described = {
        "problem": _described(problem),
        "given": [_given(block) for block in problem.blocks],
        "network": network.model_dump(mode="json"),
        **facts,
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def digest_of(*arrays: Float | None) -> str:
    """Return a hash of arrays that are the same to the last bit on any machine, as measured values are."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(b"none" if array is None else repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _described(problem: ProblemLike) -> dict[str, Any]:
    system, ansatz = getattr(problem, "system", None), problem.ansatz
    return {
        "coordinates": list(problem.coordinates),
        "fields": list(problem.fields),
        "box": problem.box.tolist(),
        "unknown": dict(problem.unknown),
        "law": None if system is None else system.to_document(),
        "ansatz": ansatz.to_document() if isinstance(ansatz, Lifting) else type(ansatz).__name__,
    }


def _given(block: Block) -> list[Any]:
    points = block.region.sample(_PROBED, np.random.default_rng(0))
    return [block.name, *(_rounded(array) for array in (*points.places, points.values))]


def _rounded(array: Float) -> list[Any]:
    # Processors differ in the last digits of a sine, and a job may go on on another one.
    largest = float(np.abs(array).max(initial=0.0))
    shares = array / largest if 0.0 < largest < np.inf else array
    return [f"{largest:.{_DIGITS - 1}e}", list(array.shape), digest_of(np.round(shares, _DIGITS) + 0.0)]

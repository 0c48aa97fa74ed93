"""The processes that train together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
import torch.distributed as dist

from physforge.errors import PinnError
from physforge.pinn.training.loop import Limits


@contextmanager
def data_parallel(init_method: str = "env://") -> Iterator[int]:
    """Train with several processes, each of which runs the same script.

    Within the block, `solve` and `infer` share the points of every step: each process evaluates
    its part, and losses, gradients and normal equations are summed over all. Every process
    returns the same result; the first alone shows a bar and hears of progress. Start the
    script with ``torchrun --nproc-per-node=2 script.py``, or on several machines as torchrun's
    documentation says. Processes that have a GPU each use it (NCCL), others their processor
    (gloo).

    Parameters
    ----------
    init_method : str, default "env://"
        How the processes find each other: by what torchrun puts into the environment, or by a file
        that all can reach, ``"file:///path/of/a/new/file"``, with the variables ``RANK`` and
        ``WORLD_SIZE``.

    Yields
    ------
    int
        The number of this process, from 0.

    Raises
    ------
    PinnError
        If the environment does not say which process this is, or training together is not
        supported here.

    Examples
    --------
    >>> from physforge.pinn import data_parallel
    >>> with data_parallel() as rank:  # doctest: +SKIP
    ...     found = solve(problem, budget_s=600)
    ...     if rank == 0:
    ...         found.save("kept")
    """
    if not dist.is_available():
        raise PinnError("This build of torch cannot train with several processes; install another, or train with one.")
    if dist.is_initialized():
        raise PinnError("This process trains with others already; leave the outer block first.")
    rank, size = _number("RANK"), _number("WORLD_SIZE")
    on_gpu = _has_gpu()
    dist.init_process_group("nccl" if on_gpu else "gloo", init_method=init_method, rank=rank, world_size=size)
    try:
        yield rank
    finally:
        dist.destroy_process_group()


def members() -> int:
    """Return how many processes train together; one, where nothing was said."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return the number of this process, from 0."""
    return dist.get_rank() if members() > 1 else 0


def group_device() -> str:
    """Return this process's own GPU where there is one for each, else the processor."""
    return f"cuda:{_local_rank()}" if _has_gpu() else "cpu"


def shared_limits(limits: Limits) -> Limits:
    """Let the first process decide for all when training ends, and hear of it alone.

    Parameters
    ----------
    limits : Limits
        Of this process.

    Returns
    -------
    Limits
        The same, where this process trains alone.
    """
    if members() == 1:
        return limits
    return replace(
        limits,
        clock=lambda: _agreed(limits.clock),
        cancel=lambda: bool(_agreed(lambda: float(limits.cancelled()))),
        callback=limits.callback if rank() == 0 else None,
    )


def _agreed(ask: Callable[[], float]) -> float:
    """Return what the first process says."""
    said = torch.tensor([ask() if rank() == 0 else 0.0], dtype=torch.float64, device=group_device())
    dist.broadcast(said, src=0)
    return float(said)


def _has_gpu() -> bool:
    return torch.cuda.is_available() and _local_rank() < torch.cuda.device_count()


def _local_rank() -> int:
    return int(os.environ.get("LOCAL_RANK", os.environ.get("RANK", "0")))


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    if not text.isdecimal():
        raise PinnError(f"{name} is not set, so that this process does not know the others; start it by torchrun.")
    return int(text)

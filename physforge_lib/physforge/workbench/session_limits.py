"""Hold a session to its profile: cores, memory and GPUs."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence

from physforge.workbench.site_settings import Profile

_GIB = 2**30

#: What numerical libraries read to choose how many threads they start.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


def limit_environment(profile: Profile, gpus: Sequence[str]) -> dict[str, str]:
    """Return the variables that tell a session's programs what they may use.

    Parameters
    ----------
    profile : Profile
        Of the session.
    gpus : sequence of str
        The GPUs leased to it; programs see no others.

    Returns
    -------
    dict
        ``CUDA_VISIBLE_DEVICES`` always, so that a session without a lease takes no GPU.
    """
    environment = {"CUDA_VISIBLE_DEVICES": ",".join(gpus), "NVIDIA_VISIBLE_DEVICES": ",".join(gpus) or "void"}
    if profile.cores is not None:
        environment.update(dict.fromkeys(_THREAD_VARIABLES, str(profile.cores)))
        environment["CPU_LIMIT"] = str(profile.cores)
    if profile.memory_gib is not None:
        environment["MEM_LIMIT"] = str(int(profile.memory_gib * _GIB))
    return environment


def limiter(profile: Profile, start: int) -> Callable[[], None]:
    """Return what a new session does to itself before its program begins.

    Cores are a matter of fairness: a process may widen its own set. Memory is a hard
    limit of each process, not of the session; limits of whole sessions need systemd
    (``spawner: systemd``).

    Parameters
    ----------
    profile : Profile
        Of the session.
    start : int
        Any number; sessions with different ones are spread over the cores.

    Returns
    -------
    callable
        Makes system calls only, as it runs between fork and exec.
    """
    cores = chosen_cores(sorted(os.sched_getaffinity(0)), profile.cores, start)
    size = int(profile.memory_gib * _GIB) if profile.memory_gib is not None else None

    def limit() -> None:
        os.sched_setaffinity(0, cores)
        if size is not None:
            # Address space would count what is only reserved, which GPU libraries do by the terabyte.
            resource.setrlimit(resource.RLIMIT_DATA, (size, size))

    return limit


def chosen_cores(available: Sequence[int], count: int | None, start: int) -> list[int]:
    """Choose which cores a session is bound to.

    Parameters
    ----------
    available : sequence of int
        The machine's.
    count : int or None
        How many; None is all.
    start : int
        Where to begin, counted round.

    Returns
    -------
    list of int
        Sorted; never empty.
    """
    if count is None or count >= len(available):
        return list(available)
    return sorted(available[(start + offset) % len(available)] for offset in range(count))

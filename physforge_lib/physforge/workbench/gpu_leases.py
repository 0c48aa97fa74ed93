"""Who has which GPU: leased in memory, so that two sessions that start at once never share one."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterable, Sequence

#: Said to whoever comes when none is left.
ALL_IN_USE = "All GPUs are in use"
_SECONDS = 20


class GpuLeases:
    """The GPUs of a machine, each with one holder at most.

    The hub's database is no place to count from: two spawns that read it at the same
    moment both find the same GPU free. Here finding and taking is one step.

    Parameters
    ----------
    gpus : iterable of str
        Their ids, as ``CUDA_VISIBLE_DEVICES`` takes them.
    """

    def __init__(self, gpus: Iterable[str]) -> None:
        self._gpus = tuple(dict.fromkeys(gpus))
        self._holders: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()

    @property
    def holders(self) -> dict[str, str]:
        """GPU -> holder, of those that are leased."""
        with self._one_at_a_time:
            return dict(self._holders)

    def lease(self, holder: str, count: int) -> list[str] | None:
        """Take `count` GPUs, all or none.

        Parameters
        ----------
        holder : str
            Who takes them. What it held before is given back first.
        count : int
            How many; zero is allowed.

        Returns
        -------
        list of str or None
            Their ids; None when fewer are free, and then nothing is taken.
        """
        with self._one_at_a_time:
            free = [gpu for gpu in self._gpus if self._holders.get(gpu, holder) == holder]
            if count > len(free):
                return None
            self._drop(holder)
            taken = free[:count]
            self._holders.update(dict.fromkeys(taken, holder))
            return taken

    def restore(self, holder: str, gpus: Sequence[str]) -> list[str]:
        """Note that `holder` has these GPUs since before a restart.

        Parameters
        ----------
        holder : str
            Who has them.
        gpus : sequence of str
            Their ids, also ones that the machine is not said to have any more.

        Returns
        -------
        list of str
            Those that somebody else holds too: they were leased twice.
        """
        with self._one_at_a_time:
            contested = [gpu for gpu in gpus if self._holders.get(gpu, holder) != holder]
            self._holders.update({gpu: holder for gpu in gpus if gpu not in contested})
            return contested

    def release(self, holder: str) -> None:
        """Give back whatever `holder` has; nothing is no error.

        Parameters
        ----------
        holder : str
            Who had them.
        """
        with self._one_at_a_time:
            self._drop(holder)

    def _drop(self, holder: str) -> None:
        self._holders = {gpu: one for gpu, one in self._holders.items() if one != holder}


def find_gpus() -> list[str]:
    """Ask NVIDIA's driver for the machine's GPUs.

    Returns
    -------
    list of str
        Their UUIDs, which do not change when one of them fails; empty without a driver.
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, "--query-gpu=uuid", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.split() if done.returncode == 0 else []

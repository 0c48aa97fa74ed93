"""Find and stop every process that belongs to a workbench."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import psutil

from physforge.workbench.sessions import MARKER_VARIABLE
from physforge.workbench.state import StateFolder
from physforge.workbench.supervision import SERVICE_VARIABLE

#: Between SIGTERM and SIGKILL, in seconds: a notebook server saves and stops its kernels.
_GRACE_SECONDS = 8.0


def workbench_processes(state: StateFolder, *, services_only: bool = False) -> list[psutil.Process]:
    """Find the processes that carry the workbench's mark, and their children.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.
    services_only : bool, default: False
        Leave out users' servers, kernels and clusters.

    Returns
    -------
    list of psutil.Process
        Without the calling process and its parents.
    """
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if environment.get(MARKER_VARIABLE) != state.identity:
            continue
        if services_only:
            if SERVICE_VARIABLE in environment:
                found[process.pid] = process
        else:
            found[process.pid] = process
            # A child that cleared its environment is still ours.
            found.update({child.pid: child for child in _children(process)})
    return [process for pid, process in found.items() if pid not in spared]


def session_servers(state: StateFolder) -> list[psutil.Process]:
    """Find users' notebook servers.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    list of psutil.Process
        The servers alone, without the kernels in them.
    """
    found = []
    for process in workbench_processes(state):
        with contextlib.suppress(psutil.Error):
            if any(word.endswith("/jupyterhub-singleuser") for word in process.cmdline()):
                found.append(process)
    return found


def ask_to_end(processes: Iterable[psutil.Process]) -> None:
    """Send SIGTERM, and do not wait.

    Parameters
    ----------
    processes : iterable of psutil.Process
        Which are to end.
    """
    for process in processes:
        _send(process, terminate=True)


def stop(processes: Iterable[psutil.Process], grace_seconds: float = _GRACE_SECONDS) -> int:
    """Stop processes: politely, then for good.

    Parameters
    ----------
    processes : iterable of psutil.Process
        What to stop.
    grace_seconds : float, default: 8.0
        How long a process may take to leave by itself.

    Returns
    -------
    int
        How many were alive.
    """
    alive = [process for process in processes if process.is_running()]
    ask_to_end(alive)
    _, stubborn = psutil.wait_procs(alive, timeout=grace_seconds)
    for process in stubborn:
        _send(process, terminate=False)
    psutil.wait_procs(stubborn, timeout=grace_seconds)
    return len(alive)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _send(process: psutil.Process, *, terminate: bool) -> None:
    try:
        if terminate:
            process.terminate()
        else:
            process.kill()
    except psutil.NoSuchProcess:
        pass

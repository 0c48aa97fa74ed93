"""Sessions through sudo: its rules, its log and its PAM session hold for each of them."""

from __future__ import annotations

from sudospawner import SudoSpawner

from physforge.workbench.spawner import WatchedStart


class ManagedSudoSpawner(WatchedStart, SudoSpawner):  # type: ignore[misc]
    """Start each session with ``sudo -u USER sudospawner``.

    The profile's GPUs and threads are told to the session; sudo's own rules decide on
    limits (pam_limits).
    """

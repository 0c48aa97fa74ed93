"""Sessions as units of systemd, which holds each of them as a whole to its profile."""

from __future__ import annotations

from systemdspawner import SystemdSpawner

from physforge.workbench.spawner import WatchedStart

_GIB = 2**30


class ManagedSystemdSpawner(WatchedStart, SystemdSpawner):  # type: ignore[misc]
    """Start each session with ``systemd-run``, with limits for all its processes together."""

    async def run_pre_spawn_hook(self) -> None:
        """Hand the profile's limits and the user's home to systemd."""
        await super().run_pre_spawn_hook()
        self.cpu_limit = self.profile.cores
        self.mem_limit = int(self.profile.memory_gib * _GIB) if self.profile.memory_gib is not None else None
        self.username_template = self.unix_user.name
        self.user_workingdir = str(self.unix_user.home)
        self.dynamic_users = False

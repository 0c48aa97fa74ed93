"""What every session of a workbench for many users goes through, whatever starts it."""

from __future__ import annotations

import asyncio
import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyterhub.spawner import SpawnException
from traitlets import Callable
from traitlets.config import Configurable

from physforge.errors import PhysForgeError
from physforge.share import shared_folder
from physforge.workbench import first_notebooks
from physforge.workbench.gpu_leases import ALL_IN_USE, GpuLeases
from physforge.workbench.process_identity import identity_of
from physforge.workbench.publishing import choose_program, is_published
from physforge.workbench.session_limits import limit_environment
from physforge.workbench.sessions import NOTEBOOK_FOLDER
from physforge.workbench.shared_folders import make_private_folder
from physforge.workbench.site_settings import Profile
from physforge.workbench.unix_users import UnixUser, UnixUsers

#: Used where a site names no profile.
DEFAULT_PROFILE = Profile(name="default", title="Default")

_SECONDS = 30


@dataclass(frozen=True)
class SessionHost:
    """What all sessions of one hub share.

    Parameters
    ----------
    users : UnixUsers
        Makes the Unix users.
    leases : GpuLeases
        Of the machine's GPUs.
    profiles : sequence of Profile
        What people choose among; the first is the default.
    runtime : pathlib.Path
        A folder of root that all may pass through: users' own folders for the sockets
        of their kernels are made in it.
    """

    users: UnixUsers
    leases: GpuLeases
    profiles: Sequence[Profile]
    runtime: Path

    def profile(self, name: object) -> Profile | None:
        """Return the profile called `name`, the default one for None, and None if there is none."""
        if name is None:
            return self.profiles[0]
        return next((profile for profile in self.profiles if profile.name == name), None)

    def choices(self) -> str:
        """Return the form in which people choose a profile; empty where there is no choice."""
        if len(self.profiles) < 2:
            return ""
        options = "".join(
            f'<option value="{html.escape(profile.name)}">{html.escape(profile.title)}</option>'
            for profile in self.profiles
        )
        return (
            '<label for="profile" class="form-label">Resources</label>'
            f'<select id="profile" name="profile" class="form-select">{options}</select>'
        )


class ManagedSession(Configurable):
    """Give a session its Unix user, its folders and its share of the machine.

    To be put before a spawner class. The hub calls these methods in this order:
    `run_pre_spawn_hook`, `get_env`, the spawner's own ``start``, and after the end
    of the session `run_post_stop_hook`.
    """

    host = Callable(help="Returns the SessionHost; a function, since traitlets copies values").tag(config=True)

    profile: Profile = DEFAULT_PROFILE
    gpus: Sequence[str] = ()

    @cached_property
    def unix_user(self) -> UnixUser:
        """Whom the session runs as."""
        return self._host.users.ensure(self._spawner.user.name)

    async def run_pre_spawn_hook(self) -> None:
        """Lease GPUs, make the Unix user and its folders, and run what the site adds.

        Raises
        ------
        jupyterhub.spawner.SpawnException
            If the profile is unknown, no GPU is free, or the Unix user cannot be used.
        """
        spawner = self._spawner
        choose_program(spawner)
        chosen = self._host.profile(self._wanted_profile())
        if chosen is None:
            names = ", ".join(profile.name for profile in self._host.profiles)
            raise _refusal(f"There is no such profile; choose one of {names}.", "profile")
        self.profile = chosen
        # Nothing is awaited between looking for free GPUs and taking them.
        taken = self._host.leases.lease(self._holder, chosen.gpus)
        if taken is None:
            raise _refusal(f"{ALL_IN_USE}; try again later or choose another profile.", "gpus", status=503)
        self.gpus = taken
        # Before the session exists: a hub that dies now finds the lease when it is back.
        self._commit()
        await self._prepare_user()
        await _resolved(super().run_pre_spawn_hook())  # type: ignore[misc]
        await self._note("server.start", profile=chosen.name, gpus=len(taken))

    def _wanted_profile(self) -> object:
        if is_published(self._spawner.name):
            # Whoever opens a dashboard may start it, and takes no GPU for it.
            return min(self._host.profiles, key=lambda one: one.gpus).name
        return self._spawner.user_options.get("profile")

    async def run_post_stop_hook(self) -> None:
        """Give the GPUs back, and run what the site adds."""
        self._host.leases.release(self._holder)
        self.gpus = ()
        await _resolved(super().run_post_stop_hook())  # type: ignore[misc]
        await self._note("server.stop")

    async def _note(self, act: str, **details: Any) -> None:
        spawner = self._spawner
        # None where nobody's call is being answered: the culler's and the hub's own doing.
        asking = getattr(getattr(spawner, "handler", None), "current_user", None) if act == "server.start" else None
        by = getattr(asking, "name", None)
        await spawner.authenticator.note_use(act, spawner.user.name, by, {"server": spawner.name}, details)

    async def _prepare_user(self) -> None:
        self.__dict__.pop("unix_user", None)
        try:
            user = await asyncio.to_thread(lambda: self.unix_user)
        except PhysForgeError as error:
            self._spawner.log.error("No session for %s: %s", self._holder, error)
            raise _refusal("Your account cannot be used on this machine; ask its administrator.", "user") from error
        make_private_folder(self._runtime, user)
        await self._put_notebooks(user)

    async def _put_notebooks(self, user: UnixUser) -> None:
        program = [sys.executable, "-I", first_notebooks.__file__]
        process = await asyncio.create_subprocess_exec(
            *program,
            str(shared_folder("notebooks")),
            str(user.home / NOTEBOOK_FOLDER),
            user=user.uid,
            group=user.gid,
            extra_groups=list(user.groups),
            umask=0o077,
            cwd="/",
            env={},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await asyncio.wait_for(process.communicate(), _SECONDS)
        except TimeoutError:
            process.kill()
            said = b"it took too long"
        if process.returncode != 0:
            # A full quota must not keep anybody out of the session in which to make room.
            self._spawner.log.warning("No notebooks for %s: %s", user.name, said.decode(errors="replace")[-500:])

    def get_env(self) -> dict[str, str]:
        """Return the session's environment: the spawner's own, the profile's, and where kernels' sockets are."""
        environment: dict[str, str] = super().get_env()  # type: ignore[misc]
        limits = limit_environment(self.profile, self.gpus)
        return {**environment, **limits, "JUPYTER_RUNTIME_DIR": str(self._runtime)}

    def get_state(self) -> dict[str, Any]:
        """Return what a hub that starts again must know: the process, beyond doubt, and its GPUs."""
        state: dict[str, Any] = super().get_state()  # type: ignore[misc]
        if state.get("pid"):
            state["process"] = identity_of(state["pid"])
        if self.gpus:
            state["gpus"] = list(self.gpus)
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up a session that runs since before the hub was started.

        Parameters
        ----------
        state : dict
            From `get_state`.
        """
        super().load_state(state)  # type: ignore[misc]
        if state.get("pid") and state.get("process") != identity_of(state["pid"]):
            # After a reboot the number may be anybody's, and root would stop it.
            self._spawner.pid = 0
        self.gpus = list(state.get("gpus", ()))
        contested = self._host.leases.restore(self._holder, self.gpus)
        if contested:
            self._spawner.log.error("GPUs leased twice: %s, also by %s", ", ".join(contested), self._holder)

    def keep_state(self, address: str, port: int) -> None:
        """Write down where a server is and which process it has, before it answers.

        Parameters
        ----------
        address : str
            Where it listens.
        port : int
            Its port.
        """
        server = self._spawner.server
        if server is not None:
            server.ip, server.port = address, port
        self._commit()

    @property
    def _spawner(self) -> Any:
        return self

    @property
    def _host(self) -> SessionHost:
        host: SessionHost = self.host()
        return host

    @property
    def _holder(self) -> str:
        return f"{self._spawner.user.name}/{self._spawner.name}"

    @property
    def _runtime(self) -> Path:
        return self._host.runtime / str(self.unix_user.uid)

    def _commit(self) -> None:
        self._spawner.orm_spawner.state = self.get_state()
        self._spawner.db.commit()


def chosen_profile(form: dict[str, list[str]]) -> dict[str, str]:
    """Read the form that `SessionHost.choices` gave.

    Parameters
    ----------
    form : dict
        Field -> values.

    Returns
    -------
    dict
        The hub's ``user_options``.
    """
    values = form.get("profile", [])
    return {"profile": str(values[0])} if values else {}


def _refusal(message: str, reason: str, status: int = 400) -> SpawnException:
    return SpawnException(message, reason=reason, status_code=status)


async def _resolved(value: Any) -> None:
    if asyncio.iscoroutine(value) or isinstance(value, asyncio.Future):
        await value

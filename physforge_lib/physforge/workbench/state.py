"""The state folder of a workbench, and the plan that every process of it reads."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from physforge.errors import WorkbenchError
from physforge.settings import HOME_VARIABLE, Settings
from physforge.workbench.ports import LOOPBACK, Ports

#: Only root makes anything in these, so that nobody can prepare our folders.
_RUN = Path("/run/physforge")
_SPOOL = Path("/var/lib/physforge")

#: A Unix socket's path may have 107 bytes; a kernel's takes 49 after its folder.
_LONGEST_SOCKET_FOLDER = 55


@dataclass(frozen=True)
class StateFolder:
    """Where a workbench keeps what must survive it.

    Parameters
    ----------
    home : pathlib.Path
        ``PHYSFORGE_HOME``, absolute.
    """

    home: Path

    @property
    def root(self) -> Path:
        """The workbench's own part of the state folder."""
        return self.home / "workbench"

    @property
    def secrets(self) -> Path:
        """Tokens and keys, one a file."""
        return self.root / "secrets"

    @property
    def accounts(self) -> Path:
        """Accounts: names, states and password hashes."""
        return self.root / "accounts.sqlite"

    @property
    def database(self) -> Path:
        """JupyterHub's database."""
        return self.root / "hub.sqlite"

    @property
    def clusters_database(self) -> Path:
        """Dask Gateway's database of clusters, tokens and certificates, which are encrypted in it."""
        return self.root / "gateway.sqlite"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.root / "logs"

    @property
    def routes(self) -> Path:
        """Traefik's dynamic configuration: the hub's rules and our middlewares."""
        return self.root / "routes"

    @property
    def clusters(self) -> Path:
        """Working folders of Dask clusters."""
        return self.root / "clusters"

    @property
    def plan(self) -> Path:
        """The plan of the last start."""
        return self.root / "plan.json"

    @property
    def unix_users(self) -> Path:
        """Which Unix users this workbench made."""
        return self.root / "unix-users.json"

    @property
    def lock(self) -> Path:
        """Held while the workbench is being started or stopped."""
        return self.root / "lock"

    @property
    def identity(self) -> str:
        """Eight letters that tell this state folder from others on the machine."""
        return hashlib.sha256(os.fsencode(self.home)).hexdigest()[:8]

    def user_home(self, user: str) -> Path:
        """Return the home folder of `user`'s sessions."""
        return self.home / "users" / user

    def create(self) -> None:
        """Make the folders, readable by their owner alone.

        Raises
        ------
        WorkbenchError
            If they cannot be made, or belong to somebody else.
        """
        try:
            for folder in (self.home, self.root, self.secrets, self.logs, self.routes, self.clusters):
                folder.mkdir(parents=True, exist_ok=True)
                if folder.stat().st_uid != os.getuid():
                    raise WorkbenchError(f"The state folder {folder} belongs to another user; set {HOME_VARIABLE}.")
                folder.chmod(0o700)
        except OSError as error:
            raise WorkbenchError(
                f"The state folder {self.home} cannot be used: {error.strerror}. Set {HOME_VARIABLE} to another folder."
            ) from error


@dataclass(frozen=True)
class Plan:
    """What one start of the workbench was told; its processes read it.

    Parameters
    ----------
    state : StateFolder
        Where everything is kept.
    ports : Ports
        Where everything listens.
    user : str
        The one account of a single-user workbench; the first one, an administrator,
        of a workbench for many users.
    many_users : bool, default: False
        Whether each account's sessions run as a Unix user of its own.
    """

    state: StateFolder
    ports: Ports
    user: str
    many_users: bool = False

    @property
    def url(self) -> str:
        """The address for a browser."""
        return f"http://{LOOPBACK}:{self.ports.proxy}/"

    @property
    def hub_api_url(self) -> str:
        """The hub's API, reached without the proxy."""
        return f"http://{LOOPBACK}:{self.ports.hub}/hub/api"

    @property
    def gateway_url(self) -> str:
        """The Dask Gateway's HTTP address."""
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def sockets(self) -> Path:
        """A folder with a short path, for Unix sockets.

        For many users it is root's, and all may pass through it to folders of their own.
        """
        return _RUN / self.state.identity if self.many_users else socket_folder(self.state.identity, os.environ)

    @property
    def control(self) -> Path:
        """The folder of the supervisor's socket, for its owner alone."""
        return self.sockets / "control" if self.many_users else self.sockets

    @property
    def proxy_folder(self) -> Path:
        """Where Traefik is started, and finds its settings."""
        return self.sockets / "proxy" if self.many_users else self.state.root

    @property
    def routes(self) -> Path:
        """Traefik's dynamic configuration: the hub's rules and our middlewares."""
        return self.proxy_folder / "routes" if self.many_users else self.state.routes

    @property
    def clusters(self) -> Path:
        """Working folders of Dask clusters, which spill to disk there."""
        return _SPOOL / self.state.identity / "clusters" if self.many_users else self.state.clusters

    def write(self) -> None:
        """Keep the plan for the processes that are started next."""
        document = {"ports": self.ports.as_dict(), "user": self.user, "many_users": self.many_users}
        write_private(self.state.plan, json.dumps(document, indent=2))

    @classmethod
    def read(cls, state: StateFolder) -> Self:
        """Read the plan of the last start.

        Parameters
        ----------
        state : StateFolder
            Of the workbench.

        Returns
        -------
        Plan
            As written.

        Raises
        ------
        WorkbenchError
            If there never was one, or it is damaged.
        """
        try:
            document = json.loads(state.plan.read_text(encoding="utf-8"))
            # A part that is new since then gets its usual place.
            ports = Ports(**{**Ports.from_base(document["ports"]["proxy"]).as_dict(), **document["ports"]})
            user = document["user"]
            # A plan from before there was a choice is for one user.
            return cls(state=state, ports=ports, user=user, many_users=bool(document.get("many_users", False)))
        except FileNotFoundError as error:
            raise WorkbenchError(f"No workbench was started with the state folder {state.home} yet.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkbenchError(f"{state.plan} is damaged ({error}); delete it and start again.") from error

    @classmethod
    def from_environment(cls) -> Self:
        """Read the plan of the state folder that the environment names."""
        return cls.read(StateFolder(Settings.from_environment().home))


def socket_folder(identity: str, environ: Mapping[str, str]) -> Path:
    """Choose the folder for a workbench's Unix sockets.

    Parameters
    ----------
    identity : str
        Of the state folder.
    environ : mapping
        Environment variables; ``XDG_RUNTIME_DIR`` is preferred when it exists.

    Returns
    -------
    pathlib.Path
        Not created yet.

    Raises
    ------
    WorkbenchError
        If the path would be too long for a socket.
    """
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    parent = Path(runtime) if runtime and Path(runtime).is_dir() else Path(tempfile.gettempdir())
    folder = parent / f"physforge-{os.getuid()}-{identity}"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        raise WorkbenchError(f"The path {folder} is too long for Unix sockets; set TMPDIR to a shorter one.")
    return folder


def create_socket_folder(folder: Path) -> None:
    """Make `folder` for its owner alone, refusing one that somebody else prepared.

    Parameters
    ----------
    folder : pathlib.Path
        From `socket_folder`.

    Raises
    ------
    WorkbenchError
        If it is a link, or not ours.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise WorkbenchError(f"{folder} exists and is not ours; remove it or set TMPDIR.")
    folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, readable by its owner alone.

    Parameters
    ----------
    path : pathlib.Path
        Replaced if it exists.
    text : str
        Whole contents.
    """
    descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise

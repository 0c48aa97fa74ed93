"""Dask Gateway's backends: how clusters are started on this machine, and how many each user may have."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from pathlib import Path
from typing import Any

from dask_gateway_server.backends.base import PublicException
from dask_gateway_server.backends.local import LocalBackend, UnsafeLocalBackend
from traitlets import Callable, Integer

from physforge.errors import PhysForgeError
from physforge.workbench.cluster_dashboards import PrivateDashboards
from physforge.workbench.cluster_python import OwnPython
from physforge.workbench.cluster_records import RememberedProcesses
from physforge.workbench.shared_folders import make_private_folder
from physforge.workbench.unix_users import UnixUser


class LimitedClusters(OwnPython):
    """Refuse a cluster to whoever has as many as are allowed."""

    clusters_per_user = Integer(4, min=1, help="Most clusters of one user at a time.", config=True)
    record_use = Callable(
        lambda *_arguments: None,
        help="Told what is done: act, account, who asked, details.",
        config=True,
    )

    async def start_cluster(self, user: Any, cluster_options: Any) -> str:
        """Start a cluster, or say why not.

        Parameters
        ----------
        user : dask_gateway_server.models.User
            Who asks.
        cluster_options : dict
            What was chosen.

        Returns
        -------
        str
            The cluster's name.

        Raises
        ------
        dask_gateway_server.backends.base.PublicException
            If the user has as many clusters as are allowed, an option is wrong, or no cluster
            can run in the chosen Python.
        """
        backend: Any = self
        options, config = await backend.process_cluster_options(user, cluster_options)
        self._refuse_one_too_many(user.name)
        await self.refuse_unfit_python(user.name, options.get("python", ""), config.environment)
        # Again, for others may have come meanwhile. From here to the new entry nothing is awaited.
        self._refuse_one_too_many(user.name)
        cluster = backend.db.create_cluster(user.name, options, config.to_dict())
        backend.log.info("Created cluster %s for user %s", cluster.name, user.name)
        backend.queue.put(cluster)
        await self._note("cluster.start", cluster, user.name)
        return str(cluster.name)

    async def do_stop_cluster(self, cluster: Any) -> None:
        """Stop a cluster, whoever or whatever ended it.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            Which one.
        """
        backend: Any = super()
        await backend.do_stop_cluster(cluster)
        await self._note("cluster.stop", cluster, None)

    async def _note(self, act: str, cluster: Any, by: str | None) -> None:
        record = self.record_use
        await asyncio.to_thread(record, act, cluster.username, by, {"cluster": cluster.name})

    def _refuse_one_too_many(self, user_name: str) -> None:
        backend: Any = self
        active = [cluster.name for cluster in backend.db.active_clusters() if cluster.username == user_name]
        if len(active) >= self.clusters_per_user:
            raise PublicException(
                f"You have {len(active)} clusters, and {self.clusters_per_user} are allowed; shut one down: "
                f"{', '.join(sorted(active))}"
            )


class SingleUserBackend(LimitedClusters, PrivateDashboards, RememberedProcesses, UnsafeLocalBackend):  # type: ignore[misc]
    """Run clusters as whoever started the workbench."""


class UnixUserBackend(LimitedClusters, PrivateDashboards, RememberedProcesses, LocalBackend):  # type: ignore[misc]
    """Run each cluster as the Unix user of the account that asked for it.

    The gateway runs as root here, and a cluster's user is not to be trusted with
    anything that root does next. So root makes folders and log files only where
    the user cannot put a link, and gives up its rights before the program begins.

    The original's ``setup_working_directory`` must never run as root: it gives the
    user ``/``. This class has its own.
    """

    unix_user = Callable(help="Account name -> UnixUser, made if there is none.", config=True)

    def user_of(self, cluster: Any) -> UnixUser:
        """Return whom `cluster` runs as."""
        user: UnixUser = self.unix_user(cluster.username)
        return user

    async def identity(self, user_name: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what makes a process run as the account's Unix user.

        Parameters
        ----------
        user_name : str
            Of the account.

        Returns
        -------
        tuple of (dict, dict)
            Arguments of `subprocess.Popen`, and environment variables.

        Raises
        ------
        dask_gateway_server.backends.base.PublicException
            If there can be no such Unix user.
        """
        try:
            user: UnixUser = await asyncio.to_thread(self.unix_user, user_name)
        except PhysForgeError as error:
            self.log.error("No cluster for %s: %s", user_name, error)
            raise PublicException("Your account cannot be used on this machine; ask its administrator.") from error
        return _identity_of(user), {"HOME": str(user.home), "USER": user.name, "LOGNAME": user.name}

    def setup_working_directory(self, cluster: Any) -> str:
        """Make a cluster's folders: its own for work and certificates, root's for logs.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            Its name is the gateway's choice, not the user's.

        Returns
        -------
        str
            The working folder, 0700, which belongs to the user.
        """
        user = self.user_of(cluster)
        workdir = Path(self.clusters_directory, cluster.name)
        certificates = Path(self.get_certs_directory(str(workdir)))
        logs = Path(self.get_logs_directory(str(workdir)))
        for folder in (logs.parent, workdir, certificates, logs):
            folder.mkdir(mode=0o700, exist_ok=True)
        # The user may read the logs, and write through open files only.
        os.chown(logs, 0, user.gid)
        logs.chmod(0o750)
        logs.parent.chmod(0o711)
        for path, data in zip(self._get_tls_paths(str(workdir)), (cluster.tls_cert, cluster.tls_key), strict=True):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
            os.chown(path, user.uid, user.gid)
        # From the inside out: once a folder is the user's, root does nothing in it any more.
        os.chown(certificates, user.uid, user.gid)
        os.chown(workdir, user.uid, user.gid)
        return str(workdir)

    def cleanup_working_directory(self, workdir: str) -> None:
        """Remove a cluster's folders.

        Parameters
        ----------
        workdir : str
            From `setup_working_directory`.
        """
        # rmtree does not follow links, not even ones that are put there meanwhile.
        for folder in (workdir, self.get_logs_directory(workdir)):
            shutil.rmtree(folder, ignore_errors=True)

    def get_logs_directory(self, workdir: str) -> str:
        """Return the folder of a cluster's logs: beside its working folder, not in it."""
        return str(Path(workdir).parent / "logs" / Path(workdir).name)

    def get_env(self, cluster: Any) -> dict[str, str]:
        """Return the environment of a cluster's processes, with the user's own home."""
        environment: dict[str, str] = super().get_env(cluster)
        entry = pwd.getpwnam(cluster.username)
        return {**environment, "HOME": entry.pw_dir, "LOGNAME": entry.pw_name, "SHELL": entry.pw_shell}

    def dashboard_folder(self, cluster: Any) -> Path:
        """Return the user's own folder for sockets; their sessions have theirs there too."""
        return Path(self.sockets, str(self.user_of(cluster).uid))

    async def do_start_cluster(self, cluster: Any) -> Any:
        """Make sure of the Unix user, then start the scheduler.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            A new one.

        Yields
        ------
        dict
            The cluster's state, each time it changes.
        """
        try:
            await asyncio.to_thread(self.user_of, cluster)
        except PhysForgeError as error:
            self.log.error("No cluster for %s: %s", cluster.username, error)
            raise
        make_private_folder(self.dashboard_folder(cluster), self.user_of(cluster))
        async for state in super().do_start_cluster(cluster):
            yield state

    async def start_process(self, cluster: Any, cmd: list[str], env: dict[str, str], name: str) -> int:
        """Start a scheduler or worker as the cluster's user.

        Parameters
        ----------
        cluster : dask_gateway_server.backends.db_base.Cluster
            Whose process it is.
        cmd : list of str
            Program and arguments.
        env : dict
            The whole environment.
        name : str
            Of its log.

        Returns
        -------
        int
            The process id.
        """
        user = self.user_of(cluster)
        workdir = cluster.state["workdir"]
        log = Path(self.get_logs_directory(workdir), f"{name}.log")
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        try:
            os.fchown(descriptor, 0, user.gid)
            process = await asyncio.create_subprocess_exec(
                *cmd,
                **_identity_of(user),
                cwd=workdir,
                start_new_session=True,
                env=env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=asyncio.subprocess.STDOUT,
            )
        finally:
            os.close(descriptor)
        return process.pid


def _identity_of(user: UnixUser) -> dict[str, Any]:
    return {"user": user.uid, "group": user.gid, "extra_groups": list(user.groups), "umask": 0o077}

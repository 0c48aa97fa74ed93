"""What Dask Gateway does as root for a user, and how many clusters each may have."""

import asyncio
import os
import pwd
import stat
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from dask_gateway_server.backends.base import PublicException
from dask_gateway_server.backends.db_base import DataManager, JobStatus
from dask_gateway_server.models import User
from dask_gateway_server.options import Options
from dask_gateway_server.workqueue import WorkQueue

from physforge.workbench.cluster_backend import SingleUserBackend, UnixUserBackend
from physforge.workbench.unix_users import UnixUser

root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")


@pytest.fixture
def nobody() -> UnixUser:
    entry = pwd.getpwnam("nobody")
    return UnixUser("nobody", entry.pw_uid, entry.pw_gid, (entry.pw_gid,), Path("/"), "/bin/sh")


@pytest.fixture
def backend(tmp_path, nobody) -> UnixUserBackend:
    return UnixUserBackend(unix_user=lambda _name: nobody, clusters_directory=str(tmp_path / "clusters"))


@pytest.fixture
def cluster(backend, tmp_path):
    (tmp_path / "clusters").mkdir(mode=0o711)
    return SimpleNamespace(name="abc", username="nobody", tls_cert=b"certificate", tls_key=b"key", state={})


@root_only
def test_a_cluster_gets_its_folders_and_nothing_else(backend, cluster, nobody):
    root = Path("/").stat()
    workdir = Path(backend.setup_working_directory(cluster))
    assert (Path("/").stat().st_uid, Path("/").stat().st_mode) == (root.st_uid, root.st_mode)
    own = [workdir, *workdir.rglob("*")]
    assert {path.stat().st_uid for path in own} == {nobody.uid}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in own} == {0}
    certificate, key = backend._get_tls_paths(str(workdir))
    assert (Path(certificate).read_bytes(), Path(key).read_bytes()) == (b"certificate", b"key")


@root_only
def test_logs_are_where_the_user_can_read_them_and_put_no_link(backend, cluster, nobody):
    workdir = backend.setup_working_directory(cluster)
    logs = Path(backend.get_logs_directory(workdir))
    assert not logs.is_relative_to(workdir)
    assert (logs.stat().st_uid, logs.stat().st_gid) == (0, nobody.gid)
    assert stat.S_IMODE(logs.stat().st_mode) == 0o750


@root_only
def test_a_process_runs_as_the_user_without_roots_groups(backend, cluster, nobody):
    cluster.state = {"workdir": backend.setup_working_directory(cluster)}
    show = ["/bin/sh", "-c", "id -u; id -G; pwd; umask"]

    async def run() -> None:
        pid = await backend.start_process(cluster, show, {"PATH": "/usr/bin:/bin"}, "worker-x")
        while Path(f"/proc/{pid}").exists() or _somebody_waits():
            await asyncio.sleep(0.02)
        # asyncio is told of the end only now; a loop that ended before would leave its transport open.
        await asyncio.sleep(0.05)

    asyncio.run(run())
    log = Path(backend.get_logs_directory(cluster.state["workdir"]), "worker-x.log")
    uid, groups, folder, umask = log.read_text().split()
    assert (uid, groups) == (str(nobody.uid), str(nobody.gid))
    assert folder == cluster.state["workdir"]
    assert umask == "0077"
    assert (log.stat().st_uid, stat.S_IMODE(log.stat().st_mode)) == (0, 0o640)


def _somebody_waits() -> bool:
    """Say whether asyncio has a thread that waits for the end of a process."""
    return any(one.name.startswith("asyncio-waitpid") for one in threading.enumerate())


@root_only
def test_the_end_of_a_cluster_follows_no_link_of_its_user(backend, cluster, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    workdir = backend.setup_working_directory(cluster)
    Path(workdir, "link").symlink_to(precious)
    backend.cleanup_working_directory(workdir)
    assert (precious / "file").exists()
    assert not Path(workdir).exists()
    assert not Path(backend.get_logs_directory(workdir)).exists()


@pytest.mark.parametrize("kind", [SingleUserBackend, UnixUserBackend])
def test_a_user_has_so_many_clusters_and_no_more(kind):
    backend = kind(clusters_per_user=2, cluster_options=Options())
    backend.db = DataManager()
    ada, bea = (User(name, groups=(), admin=False) for name in ("ada", "bea"))

    async def ask() -> list[str]:
        backend.queue = WorkQueue()
        made = [await backend.start_cluster(user, {}) for user in (ada, ada, bea)]
        with pytest.raises(PublicException, match="You have 2 clusters, and 2 are allowed; shut one down: "):
            await backend.start_cluster(ada, {})
        return made

    assert len(set(asyncio.run(ask()))) == 3


def test_many_requests_at_once_do_not_pass_the_limit():
    backend = SingleUserBackend(clusters_per_user=3, cluster_options=Options())
    backend.db = DataManager()
    ada = User("ada", groups=(), admin=False)

    async def ask() -> list[object]:
        backend.queue = WorkQueue()
        return await asyncio.gather(*(backend.start_cluster(ada, {}) for _ in range(20)), return_exceptions=True)

    answers = asyncio.run(ask())
    assert len([one for one in answers if isinstance(one, str)]) == 3
    assert len([one for one in answers if isinstance(one, PublicException)]) == 17


def test_no_scheduler_gets_a_route_to_pages_and_their_owner_is_told_of_the_way():
    backend = SingleUserBackend(cluster_options=Options())
    backend.db = DataManager()
    said = {
        "scheduler_address": "tls://127.0.0.1:1",
        "api_address": "http://127.0.0.1:2",
        "dashboard_address": "http://127.0.0.1:8081",
        "count": 0,
        "active_workers": [],
        "closing_workers": [],
        "closed_workers": [],
    }

    async def live() -> tuple[str, dict]:
        backend.queue = WorkQueue()
        name = await backend.start_cluster(User("ada", groups=(), admin=False), {})
        cluster = backend.db.get_cluster(name)
        backend.db.update_cluster(cluster, status=JobStatus.SUBMITTED, target=JobStatus.RUNNING)
        await backend.on_cluster_heartbeat(name, said)
        assert cluster.scheduler_address == "tls://127.0.0.1:1"
        backend.db.update_cluster(cluster, status=JobStatus.RUNNING)
        model = await backend.get_cluster(name)
        return cluster.dashboard_address, model.to_dict()

    address, told = asyncio.run(live())
    assert address == ""
    assert told["dashboard_route"] == f"/clusters/{told['name']}/status"

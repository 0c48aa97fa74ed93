"""Two people on one machine: each has what is theirs, and neither sees anything of the other's."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from e2e.bench import Workbench
from e2e.intruder import INTRUDE
from e2e.people import Person

from physforge.client import Login, RemoteWorkbench
from physforge.workbench.api import api_home
from physforge.workbench.state import Plan

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

#: Asks every port for every page, without a credential and with the asker's own, and prints what is answered well.
KNOCK = """
import httpx, itertools, json
from concurrent.futures import ThreadPoolExecutor
PAGES = ["/", "/status", "/info/main/workers.html", "/metrics", "/json/identity.json", "/api/v1/clusters/",
         "/api/status", "/user/{owner}/api/kernels", "/user/{owner}/api/contents", "/user/{owner}/files/results.csv"]
asker = httpx.Client(timeout=1)
def ask(one):
    port, page, headers = one
    try:
        answer = asker.get(f"http://127.0.0.1:{{port}}{{page}}", headers=headers)
    except httpx.HTTPError:
        return None
    return (port, page, answer.text[:80]) if answer.status_code < 300 else None
with ThreadPoolExecutor(32) as pool:
    asked = itertools.product({ports!r}, PAGES, [{{}}, {own!r}])
    print(json.dumps([found for found in pool.map(ask, asked) if found]))
"""

#: Connects and listens: what is said to somebody who says nothing?
LISTEN = """
import json, socket
heard = []
for port in {ports!r}:
    with socket.create_connection(("127.0.0.1", port), timeout=0.3) as one:
        try:
            said = one.recv(1000)
        except OSError:
            continue
        if said:
            heard.append((port, said.hex()))
print(json.dumps(heard))
"""


#: Keeps a file in the session's store, in Python and on the command line.
ADD = """
import json, subprocess
from pathlib import Path
import physforge as pf
work = pf.Workspace()
Path("hers.csv").write_text("t,u\\n0,1\\n1,2\\n2,4\\n")
version = work.store.add("hers.csv", message="mine")
values = pf.open_dataset("hers@1")["u"].values.tolist()
names = sorted({"hers", "lynx-hare"} & set(pf.catalog))
databases = [str(path) for path in work.settings.home.rglob("*.sqlite*")]
print(json.dumps([work.mode, version.author, values, names, databases]))
done = subprocess.run(["physforge", "dataset", "versions", "hers", "--json"], capture_output=True, text=True)
print(json.loads(done.stdout)[0]["message"] if done.returncode == 0 else done.stderr)
"""

#: Looks for what somebody else keeps.
LOOK = """
import physforge as pf
print("hers" in [one.name for one in pf.Workspace().store.list()])
try:
    pf.open_dataset("hers")
except Exception as error:
    print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def everything(bench, ada, bea, kernels, clusters, tmp_path_factory) -> dict[str, list[Path]]:
    """What of the first user and of the workbench a stranger must not open, by the kind of thing it is."""
    ada.run(kernels[ada.name], f"open({str(ada.home / 'results.csv')!r}, 'w').write('mine')")
    table = tmp_path_factory.mktemp("table") / "private.csv"
    table.write_text("t,u\n0,1\n0.5,3\n1,2\n")
    with RemoteWorkbench(Login(bench.url, ada.token)) as remote:
        remote.upload(table)
    found = {noun: dict.fromkeys(find(bench, ada)) for noun, find in FINDERS.items()}
    # What is the second user's own is no matter.
    mine = {bea.unix.pw_uid, bea.unix.pw_gid}
    return {
        noun: [path for path in paths if path.exists() and not mine & {path.stat().st_uid, path.stat().st_gid}]
        for noun, paths in found.items()
    }


def homes(_bench: Workbench, person: Person) -> Iterator[Path]:
    yield from (person.home, *person.home.rglob("*"))


def stores(bench: Workbench, _person: Person) -> Iterator[Path]:
    """The data sets' files, and where they are taken in."""
    home = api_home(Plan.read(bench.state))
    yield from (home, *home.rglob("*"))


def databases(bench: Workbench, _person: Person) -> Iterator[Path]:
    for folder in (bench.home, api_home(Plan.read(bench.state))):
        yield from folder.rglob("*.sqlite*")


def secrets(bench: Workbench, person: Person) -> Iterator[Path]:
    """Tokens, keys, and files that hold some."""
    plan = Plan.read(bench.state)
    yield from (bench.state.secrets, *bench.state.secrets.iterdir(), bench.state.root / "supervisord.conf")
    for folder in (plan.control, plan.proxy_folder):
        yield from (folder, *folder.rglob("*"))
    yield from (api_home(plan) / "workbench").rglob("*sign*")
    yield from person.home.rglob("*secret*")
    yield from (one for kind in ("*.pem", "*.crt") for one in plan.clusters.rglob(kind))


def environments(bench: Workbench, person: Person) -> Iterator[Path]:
    """Also what else of a process shows what it works on."""
    for process in bench.processes():
        if process.uids().real in (0, person.unix.pw_uid) or process.username() == "physforge":
            yield from (Path(f"/proc/{process.pid}/{one}") for one in ("environ", "fd", "maps"))


def logs(bench: Workbench, _person: Person) -> Iterator[Path]:
    plan = Plan.read(bench.state)
    yield from (bench.state.logs, *bench.state.logs.iterdir())
    yield from (plan.clusters / "logs").rglob("*")


def kernel_files(bench: Workbench, person: Person) -> Iterator[Path]:
    """Connection files and sockets."""
    runtime = Plan.read(bench.state).sockets / str(person.unix.pw_uid)
    yield from (runtime, *runtime.iterdir())


def cluster_files(bench: Workbench, _person: Person) -> Iterator[Path]:
    clusters = Plan.read(bench.state).clusters
    yield from (clusters, *clusters.rglob("*"))


def folders(bench: Workbench, _person: Person) -> Iterator[Path]:
    """All that the workbench keeps, and where the way to it begins."""
    yield from (bench.home, *(path for path in bench.state.root.rglob("*") if not path.is_socket()))
    yield Plan.read(bench.state).sockets


#: Kind of thing -> who finds all of it.
FINDERS = {
    "home": homes,
    "store": stores,
    "database": databases,
    "secret": secrets,
    "environment": environments,
    "log": logs,
    "kernel": kernel_files,
    "cluster": cluster_files,
    "state": folders,
}

#: Kind of thing -> how many there are at least, or the finder looks in the wrong place.
LEAST = {
    "home": 10,
    "store": 8,
    "database": 4,
    "secret": 8,
    "environment": 30,
    "log": 8,
    "kernel": 7,
    "cluster": 6,
    "state": 30,
}


@pytest.mark.parametrize("noun", FINDERS)
def test_the_second_user_opens_no(noun, everything, bea, kernels):
    paths = [str(path) for path in everything[noun]]
    assert len(paths) >= LEAST[noun], paths
    code = INTRUDE.format(paths=paths)
    # The same code opens it for root, so that it does look for what is there.
    seen = json.loads(subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True).stdout)
    assert len(seen) >= LEAST[noun]
    assert set(paths) - set(seen) <= {path for path in paths if not Path(path).exists()}
    assert json.loads(bea.run(kernels[bea.name], code)) == []


def test_it_was_not_the_code_that_failed(bea, kernels):
    own = [str(bea.home), f"/proc/{bea.processes()[0].pid}/environ"]
    assert json.loads(bea.run(kernels[bea.name], INTRUDE.format(paths=own))) == own


def test_the_second_user_is_answered_by_no_loopback_service(ada, bea, kernels, clusters):
    listening = list(ada.listeners())
    assert {address for _, address, _ in listening} == {"127.0.0.1"}
    # Server, kernel, scheduler, worker and its nanny.
    assert len(listening) >= 5
    ports = sorted({port for *_, port in listening})
    own = {"Authorization": f"token {bea.token}"}
    assert json.loads(bea.run(kernels[bea.name], KNOCK.format(owner=ada.name, ports=ports, own=own))) == []
    heard = json.loads(bea.run(kernels[bea.name], LISTEN.format(ports=ports)))
    # A kernel's one port says by ZeroMQ's greeting what it is, and nothing more.
    assert {said[:2] for _, said in heard} <= {"ff"}
    assert all(len(said) <= 128 for _, said in heard)
    # Sockets without a file have no rights, so that nobody may have one.
    unnamed = [one.laddr for process in ada.processes() for one in process.net_connections(kind="unix")]
    assert [one for one in unnamed if one and one[0] in "@\0"] == []


def test_no_secret_is_on_a_command_line(bench, ada, kernels, bea):
    lines = bea.run(
        kernels[bea.name],
        """
        import pathlib
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                print(path.read_bytes().replace(b"\\0", b" ").decode(errors="replace"))
            except OSError:
                pass
        """,
    )
    assert "jupyterhub" in lines
    hidden = [path.read_text().strip() for path in bench.state.secrets.iterdir()]
    hidden += [ada.token, ada.password]
    hidden += [
        value
        for process in ada.processes()
        for name, value in process.environ().items()
        if name.endswith(("TOKEN", "PASSWORD", "SECRET")) and value
    ]
    assert len(hidden) >= 8
    assert not [one for one in hidden if one in lines]


def test_nobody_enters_anothers_session(bench, ada, bea, kernels):
    pids = [one.pid for one in ada.processes()]
    code = f"""
        import os, httpx
        killed = []
        for pid in {pids}:
            try:
                os.kill(pid, 15)
                killed.append(pid)
            except PermissionError:
                pass
        print(len(killed))
        own = {{"Authorization": "token {bea.token}"}}
        for path in ("api/kernels", "api/contents", "files/results.csv"):
            print(httpx.get("{bench.url}/user/{ada.name}/" + path, headers=own).status_code)
    """
    killed, *codes = bea.run(kernels[bea.name], code).split()
    assert killed == "0"
    assert codes == ["403"] * 3


def test_nobody_enters_anothers_server_by_its_port(bench, ada, bea, kernels):
    (port,) = {port for process, _, port in ada.listeners() if "jupyterhub-singleuser" in " ".join(process.cmdline())}
    code = f"""
        import httpx
        own = {{"Authorization": "token {bea.token}"}}
        for path in ("api/kernels", "api/contents", "files/results.csv"):
            print(httpx.get("http://127.0.0.1:{port}/user/{ada.name}/" + path, headers=own).status_code)
    """
    assert bea.run(kernels[bea.name], code).split() == ["403"] * 3
    # The same question with the owner's token is answered.
    answer = httpx.get(f"http://127.0.0.1:{port}/user/{ada.name}/api/kernels", headers=ada.headers, timeout=30)
    assert answer.status_code == 200


def test_each_runs_as_a_unix_user_of_their_own(ada, bea, kernels):
    uids = {
        person.name: int(person.run(kernels[person.name], "import os; print(os.getuid())")) for person in (ada, bea)
    }
    assert uids == {ada.name: ada.unix.pw_uid, bea.name: bea.unix.pw_uid}
    assert len({0, *uids.values()}) == 3
    assert min(uids.values()) >= 1000


def test_a_session_has_no_rights_but_its_users(ada, kernels):
    code = "import os; print(os.getgroups(), os.getcwd(), os.environ['HOME'], os.umask(0o077))"
    groups, folder, home, umask = ada.run(kernels[ada.name], code).split()
    assert groups == f"[{ada.unix.pw_gid}]"
    assert Path(folder) == ada.home
    assert Path(home) == ada.home
    assert int(umask) == 0o077


def test_a_home_is_private_and_holds_the_notebooks(ada):
    assert stat.S_IMODE(ada.home.stat().st_mode) == 0o700
    notebook = ada.home / "notebooks" / "01_quickstart.ipynb"
    assert notebook.stat().st_uid == ada.unix.pw_uid


def test_the_services_that_can_run_without_rights(bench, ada):
    users = {}
    for process in bench.processes():
        service = process.environ().get("PHYSFORGE_SERVICE")
        if service:
            users.setdefault(service, set()).add(process.username())
    # Two of these start things for users, as root; the third keeps root's event log.
    assert {users.pop(name).pop() for name in ("hub", "gateway", "audit")} == {"root"}
    assert set(users) >= {"proxy", "gateway-proxy", "culler", "apps", "api"}
    assert set.union(*users.values()) == {"physforge"}


def test_clusters_run_as_their_user(bench, ada, clusters):
    facts = clusters[ada.name]
    assert facts["worker"] == facts["scheduler"] == ada.unix.pw_uid
    assert facts["umask"] == oct(0o077)
    assert "1 are allowed" in facts["second"]
    assert len(ada.processes("dask")) >= 2
    assert Path(facts["folder"]).is_relative_to(Plan.read(bench.state).clusters / facts["name"])
    assert Path("/").stat().st_uid == 0


def test_a_profile_bounds_cores_memory_and_gpus(bea, kernels):
    code = """
        import os, resource
        print(len(os.sched_getaffinity(0)), resource.getrlimit(resource.RLIMIT_DATA)[0] / 2**30)
        print(repr(os.environ["CUDA_VISIBLE_DEVICES"]), os.environ["OMP_NUM_THREADS"])
    """
    assert bea.run(kernels[bea.name], code).split() == ["1", "6.0", "''", "1"]


def test_sessions_have_their_data_through_the_api_alone(ada, bea, kernels):
    added, command = ada.run(kernels[ada.name], ADD).splitlines()
    assert json.loads(added) == ["hub", ada.name, [1.0, 2.0, 4.0], ["hers", "lynx-hare"], []]
    assert command == "mine"
    assert bea.run(kernels[bea.name], LOOK).split() == ["False", "UnknownDatasetError"]

"""Two people on one machine: each has what is theirs, and neither sees anything of the other's."""

import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import textwrap
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import websocket
import yaml
from e2e.bench import Workbench, wait_for
from e2e.kernel import execute

from physforge.audit import AuditLog, AuditSettings, Entry, Event, Selection
from physforge.workbench.accounts import Accounts, generate_password
from physforge.workbench.many_users import unix_users
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan
from physforge.workbench.unix_users import SERVICE_USER, ensure_service_user

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

#: Names that no Unix user of the machine has.
ADA, BEA, CLEO = (f"pf-{name}-{secrets.token_hex(3)}" for name in ("ada", "bea", "cleo"))

SITE = {
    "gpus": ["GPU-fake-0"],
    "profiles": [
        {"name": "small", "title": "One core", "cores": 1, "memory_gib": 6},
        {"name": "gpu", "title": "One GPU", "gpus": 1},
    ],
    "clusters": {"per_user": 1},
}

#: Tries to open everything that is named, and says what could be.
INTRUDE = """
import json, os, pathlib, socket
def opens(path):
    path = pathlib.Path(path)
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX) as one:
                one.connect(str(path))
        elif path.is_dir():
            os.listdir(path)
        else:
            path.read_bytes()
    except OSError as error:
        return False
    return True
print(json.dumps([path for path in {paths!r} if opens(path)]))
"""

CLUSTER = """
import json, os
from dask_gateway import Gateway
gateway = Gateway()
cluster = gateway.new_cluster()
cluster.scale(1)
client = cluster.get_client()
client.wait_for_workers(1, timeout=60)
try:
    gateway.new_cluster()
    second = "allowed"
except Exception as error:
    second = str(error)
worker = list(client.run(lambda: (os.getuid(), os.getcwd(), oct(os.umask(0o077)))).values())[0]
scheduler = client.run_on_scheduler(lambda: os.getuid())
print(json.dumps([worker, scheduler, second, cluster.name, cluster.dashboard_link]))
"""


#: In a kernel of the user's own environment, which has a module that the workbench lacks.
OWN_PACKAGES = """
import json, sys
from dask_gateway import Gateway
gateway = Gateway()
said = []
for python in ("/nowhere/bin/python", "/bin/echo", "python3"):
    try:
        gateway.submit(python=python)
    except Exception as error:
        said.append(str(error))
cluster = gateway.new_cluster()
cluster.scale(1)
client = cluster.get_client()
def measure():
    import sys
    import pf_tiny_lens
    return [pf_tiny_lens.FOCUS, sys.executable]
worker = client.submit(measure).result(timeout=90)
client.close()
cluster.shutdown()
print(json.dumps([worker, sys.executable, said]))
"""


class Person:
    """Somebody with an account, a server and a kernel."""

    def __init__(self, bench: Workbench, name: str) -> None:
        self.bench, self.name = bench, name
        self.password = generate_password()
        Accounts(bench.state.accounts).set_password(name, self.password)
        self.token = bench.token_of(name, self.password)
        self.headers = {"Authorization": f"token {self.token}"}

    @property
    def unix(self) -> pwd.struct_passwd:
        return pwd.getpwnam(self.name)

    @property
    def home(self) -> Path:
        return Path(self.unix.pw_dir)

    def spawn(self, profile: str) -> httpx.Response:
        address = f"{self.bench.url}/hub/api/users/{self.name}/server"
        return httpx.post(address, headers=self.headers, json={"profile": profile}, timeout=90)

    def start(self, profile: str = "small") -> None:
        answer = self.spawn(profile)
        assert answer.status_code in (201, 202), answer.text
        wait_for(lambda: self.answers("/api/kernels"), f"the server of {self.name}", 60)

    def stop(self) -> None:
        address = f"{self.bench.url}/hub/api/users/{self.name}/server"
        httpx.delete(address, headers=self.headers, timeout=60).raise_for_status()
        wait_for(lambda: not self.servers(), f"the server of {self.name} gone", 60)

    def answers(self, path: str) -> bool:
        return self.bench.answers(f"/user/{self.name}{path}", headers=self.headers)

    def servers(self) -> dict:
        address = f"{self.bench.url}/hub/api/users/{self.name}"
        return httpx.get(address, headers=self.headers, timeout=30).json()["servers"]

    def new_kernel(self, name: str = "python3") -> str:
        path = f"{self.bench.url}/user/{self.name}/api/kernels"
        answer = httpx.post(path, headers=self.headers, json={"name": name}, timeout=30)
        return answer.raise_for_status().json()["id"]

    def run(self, kernel: str, code: str) -> str:
        return execute(self.bench.url, kernel, textwrap.dedent(code), self.token, self.name)

    def processes(self) -> list[psutil.Process]:
        return [one for one in self.bench.processes() if one.uids().real == self.unix.pw_uid]


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    # pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="pf-"))
    folder.chmod(0o755)
    bench = Workbench(folder / "state")
    bench.home.mkdir()
    (bench.home / "workbench.yaml").write_text(yaml.safe_dump({**SITE, "homes": str(folder / "homes")}))
    leave_an_earlier_log(bench)
    try:
        said = bench.up("--many-users", "--user", ADA)
        assert "many users" in said
        yield bench
    finally:
        bench.down()
        if bench.state.plan.exists():
            plan = Plan.read(bench.state)
            for name in (ADA, BEA, CLEO):
                unix_users(plan, Site.read(bench.home)).retire(name)
            shutil.rmtree(plan.clusters.parent, ignore_errors=True)
        shutil.rmtree(folder)


def api_folder(bench: Workbench) -> Path:
    return Path("/var/lib/physforge") / bench.state.identity / "api"


def leave_an_earlier_log(bench: Workbench) -> None:
    """Put an event log of its own into the API's folder, as earlier versions kept one."""
    folder, service = api_folder(bench), ensure_service_user()
    folder.parent.parent.mkdir(exist_ok=True, mode=0o711)
    folder.parent.mkdir(exist_ok=True, mode=0o711)
    folder.mkdir(mode=0o700)
    with AuditLog.of(AuditSettings.of(folder, {})) as log:
        for number in range(3):
            log.append(Event(act="dataset.create", object_kind="dataset", object_id=f"run{number}"))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, service.uid, service.gid)


@pytest.fixture(scope="module")
def ada(bench: Workbench) -> Person:
    person = Person(bench, ADA)
    person.start("gpu")
    return person


@pytest.fixture(scope="module")
def bea(bench: Workbench) -> Person:
    person = Person(bench, BEA)
    person.start()
    return person


@pytest.fixture(scope="module")
def cleo(bench: Workbench) -> Person:
    return Person(bench, CLEO)


@pytest.fixture(scope="module")
def kernels(ada: Person, bea: Person) -> dict[str, str]:
    return {person.name: person.new_kernel() for person in (ada, bea)}


def test_each_runs_as_a_unix_user_of_their_own(ada, bea, kernels):
    uids = {
        person.name: int(person.run(kernels[person.name], "import os; print(os.getuid())")) for person in (ada, bea)
    }
    assert uids == {ADA: ada.unix.pw_uid, BEA: bea.unix.pw_uid}
    assert len({0, *uids.values()}) == 3
    assert min(uids.values()) >= 1000


def test_a_session_has_no_rights_but_its_users(ada, kernels):
    code = "import os; print(os.getgroups(), os.getcwd(), os.environ['HOME'], os.umask(0))"
    groups, folder, home, umask = ada.run(kernels[ADA], code).split()
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


def test_nobody_reads_what_is_anothers(bench, ada, bea, kernels):
    private = ada.home / "results.csv"
    ada.run(kernels[ADA], f"open({str(private)!r}, 'w').write('mine')")
    paths = [str(path) for path in everything_of(bench, ada, kernels[ADA])]
    assert len(paths) > 30
    # The same code opens all of it for root, so that it does look in the right places.
    code = INTRUDE.format(paths=paths)
    seen = json.loads(subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True).stdout)
    assert set(seen) == set(paths)
    assert json.loads(bea.run(kernels[BEA], code)) == []
    # She does open what is hers, so that it was not the code that failed.
    assert json.loads(bea.run(kernels[BEA], INTRUDE.format(paths=[str(bea.home)]))) == [str(bea.home)]


def everything_of(bench: Workbench, person: Person, kernel: str) -> list[Path]:
    """Home, state, database, secrets, logs, processes and sockets: what a stranger must not open."""
    plan = Plan.read(bench.state)
    runtime = plan.sockets / str(person.unix.pw_uid)
    found = [person.home, person.home / "results.csv", person.home / "notebooks" / "01_quickstart.ipynb", bench.home]
    found += [path for path in bench.state.root.rglob("*") if not path.is_socket()]
    found += [path for folder in (plan.control, plan.proxy_folder) for path in (folder, *folder.rglob("*"))]
    found += [path for path in runtime.iterdir() if path.is_socket() or kernel in path.name]
    found += [plan.sockets, runtime, plan.clusters]
    found += [Path(f"/proc/{process.pid}/environ") for process in bench.processes() if process.username() != BEA]
    return [path for path in found if path.exists()]


def test_nobody_enters_anothers_session(bench, ada, bea, kernels):
    pid = next(one.pid for one in ada.processes())
    port = next(iter(bench.listeners("jupyterhub-singleuser"))).laddr.port
    code = f"""
        import os, httpx
        try:
            os.kill({pid}, 15)
            print("killed")
        except PermissionError:
            print("refused")
        own = {{"Authorization": "token {bea.token}"}}
        for base in ("{bench.url}", "http://127.0.0.1:{port}"):
            for path in ("/user/{ADA}/api/kernels", "/user/{ADA}/api/contents", "/user/{ADA}/files/results.csv"):
                print(httpx.get(base + path, headers=own).status_code)
    """
    killed, *codes = bea.run(kernels[BEA], code).split()
    assert killed == "refused"
    assert set(codes[:3]) == {"403"}
    # Whoever's server that port is: bea's own token opens only her own.
    assert set(codes[3:]) <= {"403", "404"}


def test_clusters_run_as_their_user(bench, browser, ada, bea, kernels):
    (uid, folder, umask), scheduler, second, name, link = json.loads(ada.run(kernels[ADA], CLUSTER))
    assert uid == scheduler == ada.unix.pw_uid
    assert umask == oct(0o077)
    assert "1 are allowed" in second
    programs = [process for process in ada.processes() if "dask" in " ".join(process.cmdline())]
    assert len(programs) >= 2
    clusters = Plan.read(bench.state).clusters
    assert Path(folder).is_relative_to(clusters / name)
    assert Path("/").stat().st_uid == 0
    intruded = INTRUDE.format(paths=[str(clusters / name), str(clusters / "logs" / name), str(clusters)])
    assert json.loads(bea.run(kernels[BEA], intruded)) == []
    refuse_every_port(ada, bea, kernels[BEA])
    show_the_dashboard_to_its_owner(browser, bench, ada, link)
    refuse_the_dashboard(browser, bench, bea, kernels[BEA], link)
    refuse_the_dashboard_by_other_ways(bench, ada, bea, kernels[BEA], name)
    ada.run(kernels[ADA], "client.close(); cluster.shutdown()")
    wait_for(lambda: not (clusters / name).exists(), "the cluster's folders gone", 30)


def log_in_at(browser, address: str, person: Person):
    """Open a page in a browser that nobody has used: it asks for a login first."""
    page = browser.new_context().new_page()
    page.goto(address)
    assert "/hub/login" in page.url
    page.fill("#username_input", person.name)
    page.fill("#password_input", person.password)
    page.click("#login_submit")
    return page


def show_the_dashboard_to_its_owner(browser, bench: Workbench, owner: Person, link: str) -> None:
    assert link.startswith(f"{bench.url}/user/{owner.name}/")
    page = log_in_at(browser, link, owner)
    outside = []
    page.on("request", lambda one: outside.append(one.url) if "127.0.0.1" not in one.url else None)
    page.wait_for_url("**/status", timeout=30_000)
    # Plots come over the websocket, and not with the page.
    page.wait_for_selector(".bk-tab:has-text('Processing')", timeout=30_000)
    assert page.locator("canvas").count() > 0
    with page.expect_websocket(lambda one: one.url.endswith("/workers/ws")):
        page.click("a:has-text('Workers')")
    page.wait_for_selector(".slick-row, .bk-data-table", timeout=30_000)
    page.context.close()
    # A style sheet from elsewhere is named by some pages, and not fetched.
    assert [one for one in outside if not one.startswith(("data:", "blob:"))] == []


def refuse_the_dashboard(browser, bench: Workbench, stranger: Person, kernel: str, link: str) -> None:
    page = log_in_at(browser, link, stranger)
    page.wait_for_selector("text=403", timeout=30_000)
    assert page.locator("canvas").count() == 0
    page.context.close()
    socket = link.replace("http", "ws", 1) + "/ws"
    # Without a login, or with a token that is none, to the login page.
    for headers, status in ((stranger.headers, 403), ({}, 302), ({"Authorization": "token " + "0" * 64}, 302)):
        assert httpx.get(link, headers=headers).status_code == status
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(socket, header=headers, subprotocols=["bokeh", "none"], timeout=10)


def refuse_the_dashboard_by_other_ways(
    bench: Workbench, owner: Person, stranger: Person, kernel: str, cluster: str
) -> None:
    # The socket itself: root can open it, the stranger cannot.
    path = str(Plan.read(bench.state).sockets / str(owner.unix.pw_uid) / f"cluster-{cluster}.sock")
    code = INTRUDE.format(paths=[path])
    seen = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(seen) == [path]
    assert json.loads(stranger.run(kernel, code)) == []
    # Dask Gateway's own proxy, which asks nobody who they are, and a name said at the stranger's own server.
    assert httpx.get(f"http://127.0.0.1:{bench.ports.gateway}/clusters/{cluster}/status").status_code == 404
    own = f"{bench.url}/user/{stranger.name}/physforge/clusters/{cluster}/status"
    assert httpx.get(own, headers=stranger.headers).status_code == 404


def refuse_every_port(owner: Person, stranger: Person, kernel: str) -> None:
    """Try the pages that servers, schedulers and workers have, at every port on which the owner's programs listen."""
    listening = [
        one.laddr
        for process in owner.processes()
        for one in process.net_connections(kind="inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert len(listening) >= 5
    code = f"""
        import httpx
        pages = ["/status", "/info/main/workers.html", "/metrics", "/json/identity.json",
                 "/api/v1/clusters/", "/user/{owner.name}/api/kernels"]
        for port in {sorted({address.port for address in listening})}:
            for page in pages:
                try:
                    answer = httpx.get(f"http://127.0.0.1:{{port}}{{page}}", timeout=2)
                except httpx.HTTPError:
                    continue
                if answer.status_code < 300:
                    print(port, page, answer.text[:80])
    """
    assert stranger.run(kernel, code) == ""


def test_a_users_own_packages_are_on_the_workers_too(bench, bea, kernels):
    programs = Path(bea.run(kernels[BEA], "import sys; print(sys.prefix)").strip()) / "bin"
    subprocess.run(
        [programs / "physforge", "environment", "optics"],
        user=bea.unix.pw_uid,
        group=bea.unix.pw_gid,
        extra_groups=[],
        umask=0o077,
        cwd=bea.home,
        env={"HOME": str(bea.home), "PATH": os.defpath},
        check=True,
    )
    (packages,) = bea.home.glob("environments/optics/lib/python*/site-packages")
    (packages / "pf_tiny_lens.py").write_text("FOCUS = 42")
    os.chown(packages / "pf_tiny_lens.py", bea.unix.pw_uid, bea.unix.pw_gid)
    specifications = f"{bench.url}/user/{BEA}/api/kernelspecs"
    assert "optics" in httpx.get(specifications, headers=bea.headers, timeout=30).json()["kernelspecs"]
    own = bea.new_kernel("optics")
    (focus, of_worker), of_kernel, said = json.loads(bea.run(own, OWN_PACKAGES))
    assert focus == 42
    assert of_worker == of_kernel == str(bea.home / "environments" / "optics" / "bin" / "python")
    assert "python: /nowhere/bin/python cannot be run: No such file or directory" in said[0]
    assert "/bin/echo does not answer as a Python does" in said[1]
    assert "must be the absolute path of a Python" in said[2]
    # The workbench itself has no such module.
    assert "False" in bea.run(
        kernels[BEA], "import importlib.util as u; print(u.find_spec('pf_tiny_lens') is not None)"
    )


def test_a_gpu_is_leased_once_and_the_lease_outlives_the_hub(bench, ada, cleo, kernels):
    ask = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    assert ada.run(kernels[ADA], ask) == "GPU-fake-0\n"
    refuse_the_gpu(cleo)
    before = bench.pid_of("hub")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: bench.pid_of("hub") not in (0, before) and bench.answers("/hub/login"), "the hub back", 60)
    refuse_the_gpu(cleo)
    assert ada.run(kernels[ADA], "print(6 * 7)") == "42\n"
    ada.stop()
    cleo.start("gpu")
    assert cleo.run(cleo.new_kernel(), ask) == "GPU-fake-0\n"


def refuse_the_gpu(person: Person) -> None:
    start = time.monotonic()
    answer = person.spawn("gpu")
    assert answer.status_code == 503
    assert "All GPUs are in use" in answer.text
    assert time.monotonic() - start < 5


def events(bench: Workbench, **wanted: object) -> tuple[Entry, ...]:
    with open_log(bench.home) as log:
        return log.query(Selection(**wanted)).entries


def open_log(home: Path) -> AuditLog:
    return AuditLog.of(AuditSettings.of(home, {}), create=False)


def api_call(person: Person, method: str, path: str, **options: object) -> httpx.Response:
    address = f"{person.bench.url}/services/api/v1{path}"
    return httpx.request(method, address, headers=person.headers, timeout=30, **options)


def test_there_is_one_event_log_of_one_identity(bench, ada, bea):
    me = api_call(ada, "GET", "/me").json()["id"]
    assert me == str(Accounts(bench.state.accounts).find(ADA).id)
    project = api_call(ada, "POST", "/projects", json={"name": "lab"}).json()["id"]
    assert api_call(bea, "GET", f"/projects/{project}").status_code == 404
    mine = events(bench, actor=uuid.UUID(me))
    assert {(one.act, one.details["through"]) for one in mine} >= {("login.ok", "hub"), ("project.create", "api")}
    (refused,) = events(bench, act="access.refused", object_id=project)
    assert refused.actor == api_call(bea, "GET", "/me").json()["id"]
    # It goes on when the process that keeps it is killed.
    before = bench.pid_of("audit")
    os.kill(before, signal.SIGKILL)
    other = api_call(ada, "POST", "/projects", json={"name": "later"}).json()["id"]
    assert [one.act for one in events(bench, object_id=other)] == ["project.create"]
    assert bench.pid_of("audit") not in (0, before)
    with open_log(bench.home) as log:
        verified = log.verify()
    assert verified.ok
    assert verified.events > len(mine)


def test_a_service_that_was_taken_over_can_not_change_the_log(bench, ada):
    root, plan = bench.state.root, Plan.read(bench.state)
    paths = [root / "audit", root / "audit" / "audit.sqlite", root / "audit-keys" / "signing.key", root / "audit-heads"]
    socket = plan.sockets / "audit" / "log.sock"
    assert all(path.exists() for path in (*paths, socket))
    code = INTRUDE.format(paths=[str(path) for path in (*paths, socket)])
    as_service = {"user": SERVICE_USER, "group": SERVICE_USER, "extra_groups": [], "cwd": "/"}
    done = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True, **as_service)
    assert json.loads(done.stdout) == [str(socket)]
    # People cannot even hand events in.
    as_ada = {"user": ADA, "group": ada.unix.pw_gid, "extra_groups": [], "cwd": "/"}
    done = subprocess.run(["python3", "-c", code], capture_output=True, text=True, check=True, **as_ada)
    assert json.loads(done.stdout) == []
    api = next(one for one in bench.processes() if one.environ().get("PHYSFORGE_SERVICE") == "api")
    assert not [one.path for one in api.open_files() if "audit" in one.path]


def test_the_log_that_the_api_kept_before_is_noted_and_stays_readable(bench):
    folder = api_folder(bench)
    with open_log(folder) as log:
        earlier = log.verify()
    assert (earlier.ok, earlier.events) == (True, 3)
    (noted,) = events(bench, act="audit.adopt")
    assert (noted.object_id, noted.outcome) == (earlier.log, "ok")
    assert {name: noted.details[name] for name in ("events", "last_hash", "place")} == {
        "events": 3,
        "last_hash": earlier.last_hash,
        "place": str(folder),
    }
    assert f"physforge audit verify --home {folder}" in bench.command("audit", "verify").stderr


def test_a_profile_that_does_not_exist_is_refused(ada):
    answer = ada.spawn("huge")
    assert answer.status_code == 400
    assert "choose one of small, gpu" in answer.text


def test_a_profile_bounds_cores_memory_and_gpus(bea, kernels):
    code = """
        import os, resource
        print(len(os.sched_getaffinity(0)), resource.getrlimit(resource.RLIMIT_DATA)[0] / 2**30)
        print(repr(os.environ["CUDA_VISIBLE_DEVICES"]), os.environ["OMP_NUM_THREADS"])
    """
    assert bea.run(kernels[BEA], code).split() == ["1", "6.0", "''", "1"]


def test_nothing_is_left_and_homes_stay(bench, ada):
    plan = Plan.read(bench.state)
    bench.down()
    assert bench.processes() == []
    assert [one for one in psutil.process_iter() if one.uids().real == ada.unix.pw_uid] == []
    assert not plan.sockets.exists()
    assert (ada.home / "results.csv").read_text() == "mine"

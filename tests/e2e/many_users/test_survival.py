"""What outlives the hub, what ends with an account, and what is left after the end of all."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import psutil
import pytest
from e2e.bench import wait_for
from e2e.people import Person

from physforge.client import Login
from physforge.jobs import JobSpec, State
from physforge.jobs.remote_store import RemoteJobStore
from physforge.jobs.states import FINAL
from physforge.workbench.accounts import generate_password
from physforge.workbench.state import Plan

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

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


@pytest.fixture(scope="module")
def admin(bench, hub) -> Person:
    password = generate_password()
    hub.accounts.set_password(bench.user, password)
    # The hub ends the sessions of before a moment later, and with them one that was begun in that moment.
    for _ in range(3):
        with contextlib.suppress(httpx.HTTPStatusError):
            return Person.with_password(bench, bench.user, password)
        time.sleep(2)
    return Person.with_password(bench, bench.user, password)


def test_a_gpu_is_leased_once_and_the_lease_outlives_the_hub(bench, ada, admin, kernels):
    ask = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    assert ada.run(kernels[ada.name], ask) == "GPU-fake-0\n"
    refuse_the_gpu(admin)
    before = bench.pid_of("hub")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: bench.pid_of("hub") not in (0, before) and bench.answers("/hub/login"), "the hub back", 60)
    refuse_the_gpu(admin)
    assert ada.run(kernels[ada.name], "print(6 * 7)") == "42\n"


def refuse_the_gpu(person: Person) -> None:
    start = time.monotonic()
    answer = person.spawn("gpu")
    assert answer.status_code == 503
    assert "All GPUs are in use" in answer.text
    assert time.monotonic() - start < 5


def test_a_profile_that_does_not_exist_is_refused(admin):
    answer = admin.spawn("huge")
    assert answer.status_code == 400
    assert "choose one of small, gpu" in answer.text


def test_clusters_outlive_the_gateway(bench, ada, bea, kernels, clusters):
    before = bench.pid_of("gateway")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: bench.pid_of("gateway") not in (0, before), "the gateway started again", 30)

    def listed() -> bool:
        own = {"Authorization": f"jupyterhub {bea.token}"}
        address = f"http://127.0.0.1:{bench.ports.gateway}/api/v1/clusters/"
        answer = httpx.get(address, headers=own, timeout=10)
        return answer.status_code == 200 and clusters[bea.name]["name"] in answer.json()

    wait_for(listed, "the cluster known again", 30)
    for person in (ada, bea):
        code = "print(client.submit(pow, 3, 4, pure=False).result(timeout=30))"
        assert person.run(kernels[person.name], code) == "81\n"
        assert len(person.processes("dask scheduler")) == 1


def test_who_shuts_a_cluster_down_leaves_no_folder(bench, bea, kernels, clusters):
    folder = Plan.read(bench.state).clusters / clusters[bea.name]["name"]
    assert folder.exists()
    bea.run(kernels[bea.name], "client.close(); cluster.shutdown()")
    wait_for(lambda: not folder.exists(), "the cluster's folders gone", 30)
    wait_for(lambda: not bea.processes("dask"), "its processes gone", 30)


def test_a_users_own_packages_are_on_the_workers_too(bench, bea, kernels):
    programs = Path(bea.run(kernels[bea.name], "import sys; print(sys.prefix)").strip()) / "bin"
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
    specifications = f"{bench.url}/user/{bea.name}/api/kernelspecs"
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
        kernels[bea.name], "import importlib.util as u; print(u.find_spec('pf_tiny_lens') is not None)"
    )


def test_a_job_that_is_asked_for_from_elsewhere_starts_the_server_that_runs_it(bench, bea):
    """As from a laptop, by somebody without a server."""
    stopped = httpx.delete(f"{bench.url}/hub/api/users/{bea.name}/server", headers=bea.headers, timeout=90)
    assert stopped.status_code in (202, 204)
    wait_for(lambda: not bea.processes("jupyterhub-singleuser"), "the server stopped", 30)
    # One that ran a job before waits for more, and would need no server.
    for runner in bea.processes("physforge.jobs.runner"):
        runner.terminate()
    wait_for(lambda: not bea.processes("physforge.jobs.runner"), "the runner stopped", 30)
    jobs = RemoteJobStore(Login(bench.url, bea.token))
    (job,) = jobs.submit([JobSpec("derivatives", {"dataset": "lynx-hare", "names": ["hare_thousands_t"]})])
    wait_for(lambda: jobs.get(job.id).state in FINAL, "the job's end", 120)
    done = jobs.get(job.id)
    assert done.state is State.SUCCEEDED, done.error
    assert bea.processes("physforge.jobs.runner")
    assert bea.processes("jupyterhub-singleuser")
    jobs.close()


def test_a_disabled_account_loses_its_server_and_its_gpu(hub, ada, admin):
    servers = ada.processes("jupyterhub-singleuser")
    assert servers
    assert "sessions" in hub.command("account", "disable", ada.name)
    wait_for(lambda: not [one for one in servers if one.is_running()], "the server stopped", 20)
    # Whoever comes now is given the GPU.
    wait_for(lambda: admin.spawn("gpu").status_code in (201, 202), "the lease given back", 20)
    lease = {one.environ().get("CUDA_VISIBLE_DEVICES") for one in admin.processes()}
    assert lease == {"GPU-fake-0"}
    assert httpx.get(f"{hub.url}/hub/api/user", headers=ada.headers).status_code == 403
    browser = hub.browser()
    assert browser.log_in(ada.name, ada.password).status_code == 403
    hub.command("account", "approve", ada.name)
    assert browser.log_in(ada.name, ada.password).status_code == 200


def test_nothing_is_left_and_homes_stay(bench, ada, bea):
    assert (ada.home / "notebooks" / "01_quickstart.ipynb").exists()
    plan = Plan.read(bench.state)
    bench.down()
    assert bench.processes() == []
    users = {ada.unix.pw_uid, bea.unix.pw_uid}
    assert [one for one in psutil.process_iter() if one.uids().real in users] == []
    assert not plan.sockets.exists()
    assert not plan.clusters.exists()
    assert bench.open_ports() == []
    assert (ada.home / "notebooks" / "01_quickstart.ipynb").exists()

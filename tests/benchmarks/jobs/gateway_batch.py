"""A batch script of 200 discoveries, by the command, on a Dask Gateway cluster that adapts its workers."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import new_folder
from jobs.execution.gateway import running_gateway
from service.hub_double import running_hub
from service.serving import running_api, settings_for

from physforge.jobs.access import JOBS

SWEEP = Path(__file__).parents[3] / "notebooks" / "07_sweep.yaml"
MOST_WORKERS = 2
SOURCES = (
    "physforge_lib/physforge/jobs/**/*.py",
    "physforge_lib/physforge/tasks/discovery/*.py",
    "physforge_lib/physforge/cli/job_batch.py",
    "notebooks/07_sweep.yaml",
    "tests/benchmarks/jobs/gateway_batch.py",
)


class WorkerCount(threading.Thread):
    """Counts the workers of the gateway's clusters, once a second."""

    def __init__(self, clusters: Path) -> None:
        super().__init__(daemon=True)
        self.counts: list[int] = []
        self._clusters, self._over = str(clusters), threading.Event()

    def run(self) -> None:
        while not self._over.wait(1.0):
            self.counts.append(sum(self._is_worker(one) for one in psutil.process_iter(["cmdline", "cwd"])))

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _is_worker(self, process: psutil.Process) -> bool:
        words = process.info["cmdline"] or []
        return "worker" in words and (process.info["cwd"] or "").startswith(self._clusters)


def measure(seed: int, quick: bool) -> dict:
    with new_folder() as folder:
        for name in ("state", "gateway"):
            (folder / name).mkdir()
        return _measure(folder, quick)


def _measure(folder: Path, quick: bool) -> dict:
    with (
        running_hub() as hub,
        running_api(settings_for(folder / "state", hub), hub) as api,
        running_gateway(folder / "gateway") as gateway,
    ):
        home = folder / "home"
        (home / JOBS).mkdir(parents=True)
        (home / JOBS / "executors.yaml").write_text(
            json.dumps({"gateway": {"minimum": 0, "maximum": MOST_WORKERS}, "idle_minutes": 0.2})
        )
        environment = {
            **os.environ,
            **gateway,
            "PHYSFORGE_HOME": str(home),
            "PHYSFORGE_API_URL": api.url,
            "JUPYTERHUB_API_TOKEN": hub.add("ada"),
        }
        workers = WorkerCount(folder / "gateway")
        workers.start()
        begun = time.perf_counter()
        done = _run(_sweep(folder, quick), environment)
        seconds = time.perf_counter() - begun
        _wait_until_all_workers_are_gone(workers)
        workers.stop()
    end = json.loads(done.stdout.splitlines()[-1])
    return {
        "jobs": end["counts"]["succeeded"],
        "exit": done.returncode,
        "errors": done.stderr[-2000:],
        "seconds": seconds,
        "workers": max(workers.counts),
        "left": workers.counts[-1],
    }


def _sweep(folder: Path, quick: bool) -> Path:
    if not quick:
        return SWEEP
    path = folder / "sweep.yaml"
    path.write_text(SWEEP.read_text(encoding="utf-8").replace("seeds: 10", "seeds: 1"), encoding="utf-8")
    return path


def _run(sweep: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("physforge"))
    command = [program, "job", "batch", str(sweep), "--executor", "gateway", "--watch", "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _wait_until_all_workers_are_gone(workers: WorkerCount) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and workers.counts[-1:] != [0]:
        time.sleep(1.0)


def lines(results: Sequence[dict]) -> list[Line]:
    (one,) = results
    what = "`physforge job batch` of 200 discoveries on a Gateway cluster that adapts its workers"
    figure = (
        f"{one['jobs']} succeeded, exit {one['exit']}, in {one['seconds']:.0f} s; "
        f"workers 0, up to {one['workers']}, then {one['left']}"
    )
    return [Line(what, "all succeed", figure, one["exit"] == 0 and one["jobs"] >= 200 and one["left"] == 0)]


CASES = (Case("gateway-batch", measure, lines, SOURCES, ("distributed", "dask-gateway")),)

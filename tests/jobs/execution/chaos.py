"""Kill what runs jobs, at random, while it runs them; and see what becomes of each job."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.execution.processes import is_running, parent_of
from service.hub_double import SERVICE_TOKEN, running_hub

from physforge.errors import PhysForgeError, RemoteError
from physforge.jobs import FINAL, JobSpec, JobStore, Selection, State
from physforge.jobs.access import JOBS, Access
from physforge.jobs.runner import ensure_runner, runner_pid
from physforge.settings import HOME_VARIABLE
from physforge.testing.trial_tasks import TrialConfig, TrialResult, run_directly

#: Longest that a job may take to be noticed as lost, in seconds: what PhysForge promises.
PROMISE_S = 10.0


@dataclass
class Kill:
    """A process that was killed, and the attempts that it took with it."""

    what: str
    at: float
    attempts: set[tuple[str, int]]


@dataclass
class Account:
    """What became of the jobs."""

    jobs: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    noticed_s: list[float] = field(default_factory=list)
    slowest: tuple[float, str] | None = None
    seconds: float = 0.0


def free_port() -> int:
    """A port of the loopback interface that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Cluster:
    """A Dask scheduler and two workers, as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self.address = f"tcp://127.0.0.1:{self._port}"
        self._folder = folder
        self._log = (folder / "dask.log").open("ab")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def keep(self) -> None:
        """Start what does not run."""
        self._start("scheduler", "scheduler", "--host=127.0.0.1", f"--port={self._port}", "--no-dashboard")
        for name in ("worker-1", "worker-2"):
            self._start(name, "worker", self.address, "--nthreads=1", "--no-dashboard", "--host=127.0.0.1")

    @property
    def scheduler(self) -> int:
        return self._processes["scheduler"].pid

    def _start(self, name: str, *words: str) -> None:
        old = self._processes.get(name)
        if old is None or old.poll() is not None:
            command = [sys.executable, "-m", "dask", *words]
            self._processes[name] = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=self._folder)

    def close(self) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()


class Service:
    """The REST API as a process of its own, and a hub that knows one person."""

    def __init__(self, folder: Path) -> None:
        self._stack = contextlib.ExitStack()
        hub = self._stack.enter_context(running_hub())
        self._port = free_port()
        self.access = Access(url=f"http://127.0.0.1:{self._port}", token=hub.add("ada"))
        self._log = self._stack.enter_context((folder / "api.log").open("ab"))
        (folder / "secret").touch(mode=0o600)
        (folder / "secret").write_text("0123456789abcdef" * 4)
        self._environment = {
            **os.environ,
            HOME_VARIABLE: str(folder / "service"),
            "JUPYTERHUB_API_URL": hub.url,
            "JUPYTERHUB_API_TOKEN": SERVICE_TOKEN,
            "PHYSFORGE_API_ACCOUNTS": "1",
            "PHYSFORGE_API_SECRET_FILE": str(folder / "secret"),
        }
        (folder / "service" / "workbench").mkdir(parents=True, mode=0o700)
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and start it again whenever it has ended, as the supervisor of a workbench does."""
        self._start()
        self._supervisor.start()

    def _start(self) -> None:
        command = [str(Path(sys.executable).with_name("physforge")), "api", f"--port={self._port}"]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=self._environment)

    def _supervise(self) -> None:
        while not self._closed.wait(0.1):
            if self._process is not None and self._process.poll() is not None:
                self._start()

    def close(self) -> None:
        self._closed.set()
        if self._process is not None:
            self._supervisor.join()
            self._process.kill()
            self._process.wait()
        self._stack.close()


class Patient:
    """A store that is asked again while its service starts anew."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        def ask(*arguments: Any, **options: Any) -> Any:
            until = time.monotonic() + 60
            while True:
                try:
                    return getattr(self._store, name)(*arguments, **options)
                except RemoteError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)

        return ask


class Chaos:
    """Jobs, half of them on this machine and half on a Dask cluster, and a hand that kills."""

    def __init__(self, folder: Path, settings: str = "", seed: int = 0, service: Service | None = None) -> None:
        home = folder / "home"
        (home / JOBS).mkdir(parents=True)
        (home / JOBS / "executors.yaml").write_text(settings)
        self._service = service
        if service is None:
            self.access, self.store = Access(home=str(home)), Access(home=str(home)).open_jobs()
        else:
            os.environ[HOME_VARIABLE] = str(home)  # this process does nothing else
            service.start()
            self.access, self.store = service.access, Patient(service.access.open_jobs())
        self._folder, self._random = folder, random.Random(seed)
        self._cluster = Cluster(folder)
        self._kills: list[Kill] = []
        self._ids: list[str] = []

    def submit(self, count: int, seconds: float) -> None:
        """Ask for jobs that take so long each."""
        specs = []
        for number in range(count):
            marker = str(self._folder / f"processes-{number}")
            config = TrialConfig(action="wait", seconds=seconds, marker=marker).model_dump(mode="json")
            executor = "local" if number % 2 else self._cluster.address
            specs.append(JobSpec("trial", config, seed=number, executor=executor, max_attempts=20))
        self._ids = [job.id for job in self.store.submit(specs)]

    def keep(self) -> None:
        """Do what whoever waits for jobs does, and start again what was killed of the cluster."""
        self._cluster.keep()
        ensure_runner(self.access)

    def run(self, kills: list[str], pause_s: float, limit_s: float) -> Account:
        """Kill one after the other, and wait for the end of all jobs."""
        begun = time.monotonic()
        due, left = begun + 3.0, list(kills)
        while not self._is_done():
            assert time.monotonic() - begun < limit_s, self._left()
            self.keep()
            if left and time.monotonic() >= due and self._kill(left[0]):
                left.pop(0)
                due = time.monotonic() + pause_s * self._random.uniform(0.5, 1.5)
            time.sleep(0.05)
        account = self._account()
        account.seconds = time.monotonic() - begun
        return account

    def close(self) -> None:
        """End everything that was started."""
        pid = runner_pid(self.access)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + 60
            while is_running(pid) and time.monotonic() < until:
                time.sleep(0.05)
        self._cluster.close()
        self.store.close()
        if self._service is not None:
            self._service.close()

    def _is_done(self) -> bool:
        counts = self.store.count(Selection())
        return sum(counts[state] for state in FINAL) >= len(self._ids)

    def _left(self) -> list[tuple[str, State, int, str]]:
        jobs = [self.store.get(job_id) for job_id in self._ids]
        return [(job.id, job.state, job.attempt, job.spec.executor) for job in jobs if job.state not in FINAL]

    def _running(self) -> dict[tuple[str, int], int]:
        """Attempts that run now -> the processes that they run in."""
        found = {}
        for job in self.store.find(Selection(states=frozenset({State.RUNNING}), limit=20)):
            lines = Path(job.spec.config["marker"])
            pids = [int(line) for line in lines.read_text().split()] if lines.exists() else []
            if pids and is_running(pids[-1]):
                found[job.id, job.attempt] = pids[-1]
        return found

    def _kill(self, what: str) -> bool:
        """Kill one process of a kind, or say that there is none to kill now."""
        running = self._running()
        victim = self._victim(what, running)
        if victim is None:
            return False
        attempts = {attempt for attempt, pid in running.items() if victim in (pid, parent_of(pid))}
        at = time.time()
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        # A scheduler takes no attempt with it: its workers give theirs back, or finish them.
        self._kills.append(Kill(what, at, attempts))
        return True

    def _victim(self, what: str, running: dict[tuple[str, int], int]) -> int | None:
        if what == "scheduler":
            return self._cluster.scheduler
        if what == "api":
            return self._service.pid if self._service else None
        if what == "runner":
            return runner_pid(self.access)
        if not running:
            return None
        pid = self._random.choice(sorted(running.values()))
        return pid if what == "child" else parent_of(pid)

    def _account(self) -> Account:
        account = Account(jobs=len(self._ids))
        for kill in self._kills:
            account.kills[kill.what] = account.kills.get(kill.what, 0) + 1
            noticed = list(self._noticed(kill))
            account.noticed_s += noticed
            slowest = [(one, kill.what) for one in noticed] + [one for one in [account.slowest] if one]
            account.slowest = max(slowest, default=None)
        for number, job_id in enumerate(self._ids):
            ends = [event for event in self.store.events(job_id) if event.state is State.SUCCEEDED]
            account.lost += not ends
            account.twice += len(ends) > 1
            account.wrong += bool(ends) and not self._is_right(job_id, number)
        return account

    def _noticed(self, kill: Kill) -> Iterator[float]:
        for job_id, attempt in kill.attempts:
            after = [one for one in self.store.events(job_id) if one.attempt == attempt and one.state in ENDS]
            if after and after[0].at.timestamp() >= kill.at:
                yield after[0].at.timestamp() - kill.at

    def _is_right(self, job_id: str, seed: int) -> bool:
        folder = self.store.artifact(job_id)
        if self._service is None and [path.name for path in folder.parent.iterdir()] != [folder.name]:
            return False
        try:
            made = TrialResult.load(folder).values
        except PhysForgeError:
            return False
        expected = run_directly(TrialConfig(), seed, self._folder / f"direct-{seed}").values
        return made.tobytes() == expected.tobytes()


#: What a lost attempt becomes.
ENDS = frozenset({State.QUEUED, State.FAILED})

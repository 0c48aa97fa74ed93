"""The background process that hands queued jobs to their executors, so that work outlives who asked for it.

One runs for each user and state folder; `ensure_runner` starts it where none runs. Killed,
it leaves nothing that its successor needs: the store knows what is queued, and claims end
by themselves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from physforge.client.locks import lock
from physforge.errors import JobError, PhysForgeError
from physforge.jobs.access import JOBS, Access
from physforge.jobs.dispatcher import Dispatcher
from physforge.jobs.executors import ExecutorSettings, prepare_executor
from physforge.jobs.records import Selection
from physforge.jobs.states import State
from physforge.jobs.store import JobStore
from physforge.settings import Settings

LOCK_FILE = "runner.lock"
LOG_FILE = "runner.log"

#: Between releases of expired leases, in seconds.
RELEASE_S = 1.0

#: Between removals of what was kept for long enough, in seconds.
_CLEAR_S = 3600.0

#: Between looks at the queue: of the own database, and of a workbench.
_POLL_S = {"local": 0.1, "hub": 1.0}

#: So many queued jobs are looked at, of each end, to learn which executors are asked for; and how often, in seconds,
#: while nothing runs that such looks would take the time of.
_LOOK_AT = 20
_MEET_S = {"local": 0.25, "hub": 1.0}
_MEET_BUSY_S = 1.0
_QUEUED = frozenset({State.QUEUED})

#: The log file begins anew when it has become larger, in bytes.
_LONGEST_LOG = 10 * 2**20

#: A process that starts the runner and ends at once: nobody has to wait for the runner then.
_DETACH = "import subprocess, sys; subprocess.Popen(sys.argv[2:], pass_fds=[int(sys.argv[1])], start_new_session=True)"

_logger = logging.getLogger(__name__)


class Runner:
    """Looks at the queue, and gives each executor its jobs.

    Parameters
    ----------
    access : Access
        Where jobs and data are; executors pass it, or less, on to their workers.
    settings : ExecutorSettings, optional
        Defaults without it.
    """

    def __init__(self, access: Access, settings: ExecutorSettings | None = None) -> None:
        self._access, self._settings = access, settings or ExecutorSettings()
        self._store: JobStore = access.open_jobs()
        self._poll_s = _POLL_S[access.mode]
        self._dispatchers: dict[str, Dispatcher] = {}

    def run(self, ended: threading.Event, *, may_idle: bool = True) -> None:
        """Hand jobs over until told to end, or until there was nothing to do for some minutes.

        Parameters
        ----------
        ended : threading.Event
            Set when it is to end.
        may_idle : bool, default True
            Whether to end when there is nothing to do.
        """
        busy = time.monotonic()
        released, cleared = 0.0, -_CLEAR_S
        while not ended.wait(self._pause_s):
            try:
                if time.monotonic() - released >= RELEASE_S:
                    released = time.monotonic()
                    self._store.release_expired()
                if time.monotonic() - cleared >= _CLEAR_S:
                    cleared = time.monotonic()
                    self._clear()
                self._meet_executors()
                if not self.is_idle:
                    busy = time.monotonic()
            except PhysForgeError as error:
                _logger.warning("The store does not answer: %s", error)
                ended.wait(RELEASE_S)
            if may_idle and time.monotonic() - busy > self._settings.idle_minutes * 60:
                return

    @property
    def _pause_s(self) -> float:
        return _MEET_S[self._access.mode] if self.is_idle else _MEET_BUSY_S

    @property
    def is_idle(self) -> bool:
        """Whether no executor has anything to do."""
        return all(one.is_idle for one in self._dispatchers.values())

    def has_work(self) -> bool:
        """Say whether jobs are queued, or run."""
        active = self._store.count(Selection())
        return bool(active[State.QUEUED] + active[State.RUNNING])

    def close(self) -> None:
        """Have running jobs given back, and wait for that."""
        for dispatcher in self._dispatchers.values():
            dispatcher.stop()
        self._store.close()

    def _clear(self) -> None:
        """Delete what old jobs have made, where the settings say for how long it is kept."""
        from physforge.jobs.sql_store import SqlJobStore

        days = self._settings.artifact_days
        if days is None or not isinstance(self._store, SqlJobStore):  # a workbench does so by itself
            return
        removed = self._store.remove_old(older_than=timedelta(days=days))
        if removed:
            _logger.info("The artifacts of %d jobs were older than %g days, and are deleted.", len(removed), days)

    def _meet_executors(self) -> None:
        """Begin to serve the executors that queued jobs ask for."""
        for newest_first in (False, True):
            queued = self._store.find(Selection(states=_QUEUED, newest_first=newest_first, limit=_LOOK_AT))
            for name in {job.spec.executor for job in queued} - set(self._dispatchers):
                prepare_executor(name)
                dispatcher = Dispatcher(name, self._store, self._access, self._settings, self._poll_s)
                self._dispatchers[name] = dispatcher
                dispatcher.start()
            if len(queued) < _LOOK_AT:
                return


def ensure_runner(where: Access | Settings) -> bool:
    """Start the runner of a state folder, unless it runs.

    Parameters
    ----------
    where : Access or Settings
        Of the user.

    Returns
    -------
    bool
        Whether it was started just now. It does not wait until the runner is ready.

    Raises
    ------
    JobError
        On Windows, which has no background process of this kind.
    """
    access = where if isinstance(where, Access) else Access.of(where)
    if sys.platform == "win32":
        raise JobError("Jobs run in the background on Linux and macOS; on Windows call the function itself.")
    folder = access.settings.home / JOBS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _own(folder / LOCK_FILE, access).open("ab") as stream:
        # The lock is passed on as it is: there is no moment in which a second one could start.
        if not lock(stream, wait=False):
            return False
        _start(access, folder, stream)
    return True


def runner_pid(where: Access | Settings) -> int | None:
    """Return the process id of the runner of a state folder.

    Parameters
    ----------
    where : Access or Settings
        Of the user.

    Returns
    -------
    int or None
        None if none runs. It may have ended a moment later: for people, and for tests.
    """
    access = where if isinstance(where, Access) else Access.of(where)
    try:
        pid = int(_own(access.settings.home / JOBS / LOCK_FILE, access).read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return None if _has_ended(pid) else pid


def _has_ended(pid: int) -> bool:
    """Say whether a process is one that nobody has noticed the end of yet (Linux; elsewhere it is not known)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


def _own(path: Path, access: Access) -> Path:
    """Return the file for one place of jobs: those of a workbench have a runner beside that of the state folder."""
    if access.url is None:
        return path
    return path.with_stem(f"{path.stem}-{hashlib.sha256(access.url.encode()).hexdigest()[:12]}")


def _start(access: Access, folder: Path, lock_stream: BinaryIO) -> None:
    log = _own(folder / LOG_FILE, access)
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
    held = lock_stream.fileno()
    command = [sys.executable, "-P", "-m", "physforge.jobs.runner", "--lock", str(held)]
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _DETACH, str(held), *command],
            # A token is in it: not for an argument, which others can read.
            input=json.dumps(access.as_document()).encode(),
            stdout=output,
            stderr=output,
            pass_fds=[held],
            check=False,
        )
    if done.returncode:
        raise JobError(f"The process that runs jobs could not be started; see {log}.")


def main() -> None:
    """Run as the background process."""
    parser = argparse.ArgumentParser(description="Hand queued jobs to their executors (started by PhysForge itself).")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--lock", type=int, help="run, and hold the lock of this descriptor, which says that one runs")
    what.add_argument("--ensure", action="store_true", help="start one where none runs, as the environment says")
    options = parser.parse_args()
    if options.ensure:
        ensure_runner(Settings.from_environment())
    else:
        _run(options.lock)


def _run(held: int) -> None:
    os.set_inheritable(held, False)
    os.ftruncate(held, 0)
    os.write(held, str(os.getpid()).encode())
    access = Access.from_document(json.loads(sys.stdin.buffer.readline() or b"{}"))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it has a line for each look at the queue
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    folder = access.settings.home / JOBS
    _logger.info("The runner %d begins.", os.getpid())
    try:
        _serve(access, ExecutorSettings.read(folder), held, _own(folder / LOCK_FILE, access), ended)
    finally:
        _logger.info("The runner %d ends.", os.getpid())


def _serve(access: Access, settings: ExecutorSettings, held: int, path: Path, ended: threading.Event) -> None:
    runner = Runner(access, settings)
    try:
        stream: BinaryIO | None = os.fdopen(held, "ab")
        while stream is not None and not ended.is_set():
            runner.run(ended)
            # Whoever asked for work a moment ago found the lock taken, and relies on this runner.
            stream.close()
            stream = _lock_again(path) if not ended.is_set() and runner.has_work() else None
    finally:
        runner.close()


def _lock_again(path: Path) -> BinaryIO | None:
    stream = path.open("ab")
    if lock(stream, wait=False):
        stream.truncate(0)
        stream.write(str(os.getpid()).encode())
        stream.flush()
        return stream
    stream.close()
    return None


if __name__ == "__main__":
    main()

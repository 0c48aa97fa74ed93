"""A child process as its worker sees it: what it says, what it prints, and how it is stopped."""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from physforge.jobs.access import Access
from physforge.jobs.messages import Message, Sender, messages, spec_as_document
from physforge.jobs.spec import JobSpec

#: After the end of a child its last words are waited for so long at most, in seconds.
_LAST_WORDS_S = 1.0
_BLOCK = 65_536


class ChildProcess:
    """One child, in a process group of its own.

    Parameters
    ----------
    environment : mapping of str to str
        The whole environment.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        # -P: the folder that the worker happens to be in is no place to import from.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "physforge.jobs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
        )
        self._sender = Sender(cast("BinaryIO", self._process.stdin))
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._log = _LogReader(cast("BinaryIO", self._process.stderr))
        self._reader = threading.Thread(target=self._read, name="child", daemon=True)
        self._is_over = False
        self._reader.start()
        self._log.start()

    @property
    def pid(self) -> int:
        """Of the child, which is also the id of its group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be given work."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it lives; negative for a signal."""
        return self._process.poll()

    def begin(
        self, spec: JobSpec, folder: Path, access: Access, checkpoint: Path | None, log: Callable[[str], None]
    ) -> None:
        """Have it run a job.

        Parameters
        ----------
        spec : JobSpec
            What to do.
        folder : pathlib.Path
            An empty folder for the artifact.
        access : Access
            Where the data sets are.
        checkpoint : pathlib.Path or None
            What an earlier attempt kept.
        log : callable
            Is given what the job prints, from another thread.

        Raises
        ------
        OSError
            If it has ended.
        """
        mark = f"\x00{secrets.token_hex(16)}\x00"
        self._log.begin(mark, log)
        facts: dict[str, Any] = {"folder": str(folder), "checkpoint": str(checkpoint) if checkpoint else None}
        spec_document = spec_as_document(spec)
        self._sender.send("run", spec=spec_document, access=access.as_document(), end_of_log=mark, **facts)

    def next(self, timeout: float) -> Message | None:
        """Return what it says next.

        Parameters
        ----------
        timeout : float
            Seconds to wait.

        Returns
        -------
        dict or None
            None if it said nothing.

        Raises
        ------
        EOFError
            If it has ended, and everything that it said was returned.
        """
        try:
            message = self._inbox.get(timeout=timeout)
        except queue.Empty:
            return None
        if message is None:
            self._inbox.put(None)  # for whoever asks again
            raise EOFError
        return message

    def answer(self, **facts: Any) -> None:
        """Answer a question of the task; it does not matter if it has ended meanwhile."""
        with contextlib.suppress(OSError):
            self._sender.send("answer", **facts)

    def cancel(self) -> None:
        """Ask the task to stop at its next report."""
        with contextlib.suppress(OSError):
            self._sender.send("cancel")

    def terminate(self) -> None:
        """Tell the whole group to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group at once, and wait for it."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self._process.wait()
        self._is_over = True  # its number may be another's from now on

    def end_of_log(self) -> None:
        """Wait until everything that the job printed was read."""
        self._log.finish(_LAST_WORDS_S)

    def close(self) -> None:
        """End it, whatever it does."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", stream).close()
        self._reader.join(_LAST_WORDS_S)
        self._log.join(_LAST_WORDS_S)

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for message in messages(cast("BinaryIO", self._process.stdout)):
                self._inbox.put(message)
        self._inbox.put(None)

    def _signal(self, number: int) -> None:
        # The group may outlive its first process, so it is told also after that one ended.
        if self._is_over:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)


class _LogReader(threading.Thread):
    """Reads what a child prints, and knows where one job's part ends."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(name="child-log", daemon=True)
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._mark = ""
        self._target: Callable[[str], None] = _nowhere
        self._held = ""
        self._done = threading.Event()
        self._lock = threading.Lock()

    def begin(self, mark: str, target: Callable[[str], None]) -> None:
        with self._lock:
            self._mark, self._target, self._held = mark, target, ""
        self._done.clear()

    def finish(self, timeout: float) -> None:
        self._done.wait(timeout)
        with self._lock:
            self._target = _nowhere

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._stream:
            while block := os.read(self._stream.fileno(), _BLOCK):
                self._take(self._decoder.decode(block))
        with self._lock:
            self._target(self._held)
        self._done.set()

    def _take(self, text: str) -> None:
        with self._lock:
            self._held += text
            before, mark, after = self._held.partition(self._mark) if self._mark else (self._held, "", "")
            if mark:
                self._target(before)
                self._mark, self._target, self._held = "", _nowhere, after
                self._done.set()
                return
            # What could be the beginning of the mark waits for the rest.
            cut = before.rfind("\x00", -len(self._mark)) if self._mark else -1
            keep = len(before) if cut < 0 else cut
            self._target(before[:keep])
            self._held = before[keep:]


def _nowhere(_text: str) -> None:
    """Drop what is printed between jobs."""

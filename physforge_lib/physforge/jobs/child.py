"""The process in which a worker runs tasks: started fresh, never forked, and kept warm for the next job.

It is told what to do over its standard input and answers over its standard output; what
the task prints or logs, on either stream, goes to standard error, which the worker reads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from physforge.errors import JobCancelledError, PhysForgeError
from physforge.jobs.access import Access
from physforge.jobs.child_context import ChildContext
from physforge.jobs.messages import Message, Sender, messages, spec_from_document

#: A child without work ends after so long, in seconds.
IDLE_S = 300.0

#: Most memory that a task may have, in bytes.
MEMORY_VARIABLE = "PHYSFORGE_JOB_MEMORY_BYTES"

#: How it ends after SIGTERM, as a shell would say it.
TERMINATED = 128 + signal.SIGTERM

#: Where a result is saved before its files join those that the task wrote.
_RESULT = ".result"


class _Inbox(threading.Thread):
    """Reads what the worker says, also while a task runs.

    When the worker is gone, whoever works for it ends at once: its job will be given to another.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(name="inbox", daemon=True)
        self.tasks: queue.Queue[Message] = queue.Queue()
        self.answers: queue.Queue[Message] = queue.Queue()
        self.cancelled = threading.Event()
        self._stream = stream

    def run(self) -> None:
        """Sort messages until the pipe is closed."""
        with contextlib.suppress(OSError, ValueError):
            for message in messages(self._stream):
                if message["kind"] == "run":
                    self.cancelled.clear()
                    self.tasks.put(message)
                elif message["kind"] == "cancel":
                    self.cancelled.set()
                else:
                    self.answers.put(message)
        _end_group()


def main() -> None:
    """Do what the worker says until it is gone, or has had nothing to do for `IDLE_S`."""
    source, target = _take_streams()
    _limit_memory()
    signal.signal(signal.SIGTERM, _end_with_cleanup)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    inbox, worker = _Inbox(source), Sender(target)
    inbox.start()
    worker.send("ready")
    while True:
        try:
            message = inbox.tasks.get(timeout=IDLE_S)
        except queue.Empty:
            return
        _run(message, inbox, worker)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for the worker, and give tasks others."""
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    return source, target


def _limit_memory() -> None:
    """Make a task that wants too much memory fail, before the machine has none left."""
    limit = os.environ.get(MEMORY_VARIABLE)
    if limit and sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))


def _end_with_cleanup(_number: int, _frame: FrameType | None) -> None:
    # Not an Exception: no task catches it by accident, and what must be tidied up is.
    raise SystemExit(TERMINATED)


def _end_group() -> None:
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _run(message: Message, inbox: _Inbox, worker: Sender) -> None:
    began, cpu = time.monotonic(), _cpu_seconds()
    worker.send("started")
    answer = _answer(message, inbox, worker)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Tells the reader of the log that nothing of this job comes after.
    os.write(2, str(message["end_of_log"]).encode())
    worker.send(**answer, cpu_s=_cpu_seconds() - cpu, gpu_s=_gpu_seconds(began))


def _answer(message: Message, inbox: _Inbox, worker: Sender) -> Message:
    try:
        return _work(message, inbox, worker)
    except JobCancelledError:
        return {"kind": "cancelled"}
    except SystemExit as end:
        if end.code == TERMINATED:
            raise
        return {"kind": "failed", "error": f"The task ended its process by sys.exit({end.code!r})."}
    except MemoryError as error:
        traceback.print_exc()
        limit = os.environ.get(MEMORY_VARIABLE)
        allowed = f" than the {int(limit) / 2**30:g} GiB that a job here may have" if limit else " than there is"
        return {"kind": "failed", "error": f"The task wanted more memory{allowed}: {error}"}
    except PhysForgeError as error:
        traceback.print_exc()
        return {"kind": "failed", "error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a task raises is its outcome
        traceback.print_exc()
        words = str(error).strip()
        return {"kind": "failed", "error": f"{type(error).__name__}: {words}" if words else type(error).__name__}


def _work(message: Message, inbox: _Inbox, worker: Sender) -> Message:
    from physforge.jobs.run_record import collect_run_record
    from physforge.jobs.runs import plain_figures
    from physforge.jobs.task import find_task

    spec, folder = spec_from_document(message["spec"]), Path(message["folder"])
    access = Access.from_document(message["access"])
    checkpoint = Path(message["checkpoint"]) if message["checkpoint"] else None
    task = find_task(spec.kind)
    config = task.config.model_validate(spec.config)
    context = ChildContext(spec, folder, access, worker, inbox.answers, inbox.cancelled, checkpoint)
    result = task.load_run()(config, context)
    saved = result.save(folder / _RESULT)
    for path in saved.iterdir():
        path.replace(folder / path.name)
    saved.rmdir()
    run = {**collect_run_record(spec), "figures": plain_figures(result.figures()), "measured": context.measured()}
    return {"kind": "done", "run": run, "status": result.status}


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _gpu_seconds(began: float) -> float:
    # Only where the task itself loaded torch and used a GPU, which it then had all the time.
    torch = sys.modules.get("torch")
    used = torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized()
    return time.monotonic() - began if used else 0.0


if __name__ == "__main__":
    main()

"""What a task is given in the child process: everything goes through the worker, but for the data."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from physforge.errors import JobCancelledError, JobError
from physforge.jobs.access import Access
from physforge.jobs.context import RunContext
from physforge.jobs.messages import Message, Sender
from physforge.jobs.reading import find_input, open_input
from physforge.jobs.spec import JobSpec

if TYPE_CHECKING:
    import xarray as xr

#: Reports that follow each other faster are not all sent on, in seconds.
_REPORT_S = 0.1


class ChildContext(RunContext):
    """The `RunContext` of a task that runs in a worker's child process.

    Parameters
    ----------
    spec : JobSpec
        What runs.
    folder : pathlib.Path
        The artifact being made.
    access : Access
        Where the data sets are.
    worker : Sender
        Tells the worker, which alone speaks with the job store.
    answers : queue.Queue
        What the worker answers to questions.
    cancelled : threading.Event
        Set once the job's end was asked for.
    checkpoint : pathlib.Path or None
        What an earlier attempt kept.
    """

    def __init__(
        self,
        spec: JobSpec,
        folder: Path,
        access: Access,
        worker: Sender,
        answers: queue.Queue[Message],
        cancelled: threading.Event,
        checkpoint: Path | None,
    ) -> None:
        super().__init__(spec.seed, folder)
        self._spec, self._access = spec, access
        self._worker, self._answers, self._cancelled = worker, answers, cancelled
        self._checkpoint = checkpoint
        self._reported = 0.0

    def open_dataset(self, field: str) -> xr.Dataset:
        """Open the data set that a field of the config names (see `RunContext.open_dataset`)."""
        given = find_input(self._spec.inputs, field, ("dataset", "job"))
        return open_input(given, self._access, self._artifact)

    def open_artifact(self, field: str) -> Path:
        """Return the folder of the artifact that a field names (see `RunContext.open_artifact`)."""
        return self._artifact(find_input(self._spec.inputs, field, ("job",)).reference)

    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the work is, and stop if the job was cancelled (see `RunContext.report`)."""
        self._stop_if_cancelled()
        now = time.monotonic()
        if now - self._reported >= _REPORT_S or fraction >= 1:
            self._reported = now
            self._worker.send("progress", fraction=min(max(float(fraction), 0.0), 1.0), message=message)

    def checkpoint(self, folder: Path) -> None:
        """Keep what a later attempt goes on from (see `RunContext.checkpoint`)."""
        self._stop_if_cancelled()
        self._ask("checkpoint", path=str(Path(folder).absolute()))

    def last_checkpoint(self) -> Path | None:
        """Return what an earlier attempt kept (see `RunContext.last_checkpoint`)."""
        return self._checkpoint

    def _artifact(self, job_id: str) -> Path:
        return Path(self._ask("artifact", job=job_id)["path"])

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise JobCancelledError("The end of this job was asked for.")

    def _ask(self, question: str, **facts: str) -> Message:
        self._worker.send(question, **facts)
        answer = self._answers.get()
        if answer.get("error"):
            raise JobError(str(answer["error"]))
        return answer

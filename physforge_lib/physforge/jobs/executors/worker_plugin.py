"""What a Dask worker does when it is told to end: it gives its jobs back."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin

from physforge.jobs.worker import end_workers


class GiveBack(WorkerPlugin):
    """Gives jobs back that a closing worker runs, so that others need not wait for a lease."""

    name = "physforge-jobs"

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 - Dask's signature
        """Stop what runs in this process."""
        end_workers()

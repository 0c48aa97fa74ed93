"""Data sets and jobs of the local state folder, for a notebook server without a workbench."""

from __future__ import annotations

import json
from typing import Any

from physforge_jupyterlab.command_line import PROGRAM, ask, ask_json
from physforge_jupyterlab.facts import catalog_rows, job_row


class AtHome:
    """Asks the command line, which takes a second of a processor each time.

    Parameters
    ----------
    program : str
        The command line.
    """

    mode = "local"

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program

    async def apps(self) -> dict[str, str]:
        """Return no apps: they are the workbench's."""
        return {}

    async def data(self) -> list[dict[str, Any]]:
        """Return the data sets of the store, and those of the catalog."""
        rows = catalog_rows(await ask_json("dataset", "list", program=self._program))
        return sorted(rows, key=lambda row: not row["own"])

    async def jobs(self) -> list[dict[str, Any]]:
        """Return the last jobs, the newest first."""
        return [job_row(job) for job in await ask_json("job", "list", program=self._program)]

    async def log(self, job_id: str, attempt: int | None, start: int) -> dict[str, Any]:
        """Return a piece of a job's log.

        Parameters
        ----------
        job_id : str
            A UUID.
        attempt : int or None
            The last one by default.
        start : int
            From which character on.

        Returns
        -------
        dict
            Text, where it ends, and of which attempt it is.
        """
        of = () if attempt is None else ("--attempt", str(attempt))
        printed = await ask("job", "logs", job_id, "--json", *of, program=self._program)
        pieces = [json.loads(line) for line in printed.splitlines() if line]
        text = "".join(piece["text"] for piece in pieces)
        latest = pieces[-1]["attempt"] if pieces else attempt
        return {"text": text[start:], "start": start, "end": max(start, len(text)), "attempt": latest}

    async def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask for a job's end, and return the job."""
        return job_row(await ask_json("job", "cancel", job_id, program=self._program))

    async def retry(self, job_id: str) -> dict[str, Any]:
        """Have a job run again, and return it."""
        return job_row(await ask_json("job", "retry", job_id, program=self._program))

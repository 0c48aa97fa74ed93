"""What a notice says: kind, name, outcome and duration of a job; nothing of its content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

#: How a state is said.
_WORDS = {"succeeded": "is done", "failed": "failed", "cancelled": "was cancelled"}


@dataclass(frozen=True)
class Ended:
    """A job that has ended.

    Parameters
    ----------
    job_id : str
        A UUID.
    kind, state : str
        Of the job.
    attempt : int
        Which one ended.
    seconds : float
        How long it took.
    finished : datetime.datetime
        When.
    """

    job_id: str
    kind: str
    state: str
    attempt: int
    seconds: float
    finished: datetime

    @property
    def title(self) -> str:
        """In one line."""
        return f"PhysForge: {self.kind} {self.job_id[:8]} {_WORDS[self.state]}"

    def text(self, address: str) -> str:
        """Return the notice for people.

        Parameters
        ----------
        address : str
            Of the workbench; may be empty.

        Returns
        -------
        str
            A few lines.
        """
        lines = [f"Your {self.kind} job {self.job_id} {_WORDS[self.state]} after {self.seconds:.0f} s."]
        if address:
            lines.append(self.link(address))
        lines.append("You asked for such notices on the page Jobs of PhysForge, where you can turn them off.")
        return "\n\n".join(lines) + "\n"

    def link(self, address: str) -> str:
        """Return where the job is shown.

        Parameters
        ----------
        address : str
            Of the workbench.

        Returns
        -------
        str
            An address.
        """
        return f"{address.rstrip('/')}/services/apps/jobs?job={self.job_id}"

    def document(self, address: str) -> bytes:
        """Return the notice for programs.

        Parameters
        ----------
        address : str
            Of the workbench; may be empty.

        Returns
        -------
        bytes
            JSON.
        """
        facts = {
            "event": "job.ended",
            "job": self.job_id,
            "attempt": self.attempt,
            "kind": self.kind,
            "state": self.state,
            "seconds": round(self.seconds, 3),
            "finished": self.finished.isoformat(timespec="seconds"),
            "link": self.link(address) if address else None,
        }
        return json.dumps(facts).encode()

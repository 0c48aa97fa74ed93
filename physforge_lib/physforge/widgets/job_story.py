"""What a page is told of a job: only what it does not know yet."""

from __future__ import annotations

import math
from collections import deque
from datetime import UTC, datetime
from typing import Any

from physforge.jobs import FINAL, JobRecord, State
from physforge.tasks.pinn.loss_lines import LossPoint, read_line

#: Lines of the log, and points of the curves, that a page is given at first; of more points every second is dropped.
LOG_LINES, POINTS = 200, 1000

#: Most characters of a line.
_LINE = 500


class JobStory:
    """Collects what is known of a job, and says what is new."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._points: list[list[float | None]] = []
        self._open = ""
        self._attempt = 0

    def add(self, record: JobRecord, text: str) -> dict[str, Any]:
        """Take the job as it is now.

        Parameters
        ----------
        record : JobRecord
            From the store.
        text : str
            What the log of its attempt has more.

        Returns
        -------
        dict
            What is new, for `job_watch.js`; empty if nothing is.
        """
        news: dict[str, Any] = {}
        if record.attempt != self._attempt:
            self._attempt, self._open = record.attempt, ""
            self._lines.clear()
            self._points.clear()
            news["fresh"] = True
        facts = _facts(record)
        changed = {
            name: value for name, value in facts.items() if name not in self._facts or self._facts[name] != value
        }
        if changed:
            news["facts"] = changed
        self._facts = facts
        lines, points = self._read(text, record.state in FINAL)
        if lines:
            news["lines"] = lines
        if points:
            news["points"] = points
        return news

    def whole(self) -> dict[str, Any]:
        """Return all that a page needs that knows nothing.

        Returns
        -------
        dict
            As `add` gives it.
        """
        return {"fresh": True, "facts": self._facts, "lines": list(self._lines), "points": self._points}

    def _read(self, text: str, is_over: bool) -> tuple[list[str], list[list[float | None]]]:
        *whole, self._open = (self._open + text).split("\n")
        if is_over and self._open:
            whole, self._open = [*whole, self._open], ""
        lines, points = [], []
        for line in whole:
            point = read_line(line)
            if point is not None:
                points.append(_plain(point))
            elif line.strip():
                lines.append(line.rpartition("\r")[2][:_LINE])
        self._lines.extend(lines)
        self._points.extend(points)
        while len(self._points) > POINTS:
            del self._points[1:-1:2]
        return lines[-LOG_LINES:], points


def _plain(point: LossPoint) -> list[float | None]:
    """Return what JSON has; the held-out residual is squared, so that it is on the scale of the loss."""
    values = (point.loss, point.held_out**2)
    return [point.step, *(float(f"{one:.3g}") if math.isfinite(one) and one > 0 else None for one in values)]


def _facts(record: JobRecord) -> dict[str, Any]:
    is_over = record.state in FINAL
    state = record.state.value if not record.cancel_requested or is_over else "ending"
    return {
        "kind": record.spec.kind,
        "id": record.id,
        "inputs": ", ".join(one.name for one in record.spec.inputs),
        "state": state,
        "fraction": 1.0 if record.state is State.SUCCEEDED else round(record.progress.fraction, 3),
        "message": record.progress.message if record.state is State.RUNNING else "",
        "error": record.error or "",
        "over": is_over,
        "attempt": record.attempt,
        "started": _milliseconds(record.started_at),
        "finished": _milliseconds(record.finished_at),
    }


def _milliseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    known = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(1000 * known.timestamp())

"""Wait for a workbench that is starting, and notice early when it never will."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from physforge.errors import WorkbenchError
from physforge.workbench.health import unhealthy_parts
from physforge.workbench.state import Plan, StateFolder
from physforge.workbench.supervision import ProcessState, process_states

#: A start that takes longer has failed, in seconds.
START_SECONDS = 120.0
_POLL_SECONDS = 0.1
#: A process that cannot be kept up for this long is given up, in seconds.
_PATIENCE_SECONDS = 8.0
#: So many process ids under one name mean that it starts and dies, starts and dies.
_HOPELESS_STARTS = 3
_LAST_LINES = 15


def wait_until_healthy(plan: Plan) -> None:
    """Wait until everything answers.

    Parameters
    ----------
    plan : Plan
        Of the workbench that was just started.

    Raises
    ------
    WorkbenchError
        If a process keeps dying (with the end of its log), or time is up.
    """
    start = time.monotonic()
    deaths = _Deaths()
    while unhealthy := unhealthy_parts(plan):
        now = time.monotonic()
        if (name := deaths.hopeless(process_states(plan.state), now)) is not None:
            raise WorkbenchError(f"The process {name} does not stay up. {_last_words(plan.state, name)}")
        if now - start > START_SECONDS:
            raise WorkbenchError(
                f"After {START_SECONDS:.0f} s there is no answer from {' and '.join(unhealthy)}. "
                f"The logs are in {plan.state.logs}."
            )
        time.sleep(_POLL_SECONDS)


@dataclass
class _Deaths:
    """Remembers which process ids were seen, and since when a process cannot start."""

    seen: dict[str, set[int]] = field(default_factory=dict)
    failing_since: dict[str, float] = field(default_factory=dict)

    def hopeless(self, states: Iterable[ProcessState], now: float) -> str | None:
        for one in states:
            if one.pid:
                self.seen.setdefault(one.name, set()).add(one.pid)
            if one.state in ("BACKOFF", "FATAL"):
                self.failing_since.setdefault(one.name, now)
            if (
                one.state == "FATAL"
                or now - self.failing_since.get(one.name, now) > _PATIENCE_SECONDS
                or len(self.seen.get(one.name, ())) >= _HOPELESS_STARTS
            ):
                return one.name
        return None


def _last_words(state: StateFolder, name: str) -> str:
    log = state.logs / f"{name}.log"
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"It left no log in {state.logs}."
    return f"The end of {log}:\n" + "\n".join(lines[-_LAST_LINES:])

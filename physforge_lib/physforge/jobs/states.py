"""What a job can be, and how it gets from one to the other."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job is in its life."""

    #: Jobs that it needs have not all succeeded yet.
    WAITING = "waiting"
    #: Any worker may claim it.
    QUEUED = "queued"
    #: A worker has it, and a lease on it.
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    #: It raised an error, went over its limit of time, or its workers died too often.
    FAILED = "failed"
    CANCELLED = "cancelled"


#: States that a job does not leave by itself.
FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})

#: Every change that is allowed; a change of any other kind is refused by the store.
CHANGES: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.QUEUED, State.FAILED, State.CANCELLED}),
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    # Back to the queue when its worker is lost.
    State.RUNNING: frozenset({State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    # Tried again because somebody asked for it.
    State.FAILED: frozenset({State.WAITING, State.QUEUED}),
    State.CANCELLED: frozenset({State.WAITING, State.QUEUED}),
}

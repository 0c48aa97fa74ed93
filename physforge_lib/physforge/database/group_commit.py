"""Share commits: what many threads of a process write at the same moment is synced to the disk once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from physforge.errors import DatabaseError

if TYPE_CHECKING:
    from physforge.database.database import Database

Item = TypeVar("Item")
Answer = TypeVar("Answer")

#: Takes a connection within a transaction and what several callers ask for; returns an
#: answer for each. An answer that is an exception is raised for its caller alone: what it
#: stands for must have written nothing.
Work = Callable[[sa.Connection, Sequence[Item]], Sequence[Answer | Exception]]

#: Most calls in one commit.
MOST_CALLS = 500

#: How long those that shared the commit before are waited for, in seconds; one that is alone never waits.
GATHER_S = 0.002

#: How often a transaction is tried that another process made impossible.
_ATTEMPTS = 5


class _Call(Generic[Item, Answer]):
    """One caller's work, and what became of it."""

    def __init__(self, work: Work[Item, Answer], item: Item, durable: bool) -> None:
        self.work = work
        self.item = item
        self.durable = durable
        self.leads = False
        self.done = False
        self.answer: Answer | Exception | None = None
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def settle(self, answer: Answer | Exception) -> None:
        self.answer, self.done = answer, True

    def wake(self) -> None:
        """Let the caller go on: with the answer, or to work for those that wait now."""
        self._asleep.release()

    def sleep(self) -> None:
        self._asleep.acquire()


class GroupCommit:
    """Transactions that callers in many threads share.

    Of the callers that wait, the first one works for all: it opens a transaction, does what
    everybody asked for, and commits. Whoever gets an answer has it on the disk.

    Parameters
    ----------
    database : Database
        Where to write.

    Notes
    -----
    If anything in a shared transaction fails, it is rolled back as a whole, and each call
    is tried again in one of its own; so nobody fails for somebody else's mistake. No
    thread is kept, and nothing is to be closed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._is_led = False
        self._waiting: list[_Call[Any, Any]] = []
        self._before = 0

    def run(self, work: Work[Item, Answer], item: Item, *, durable: bool = True) -> Answer:
        """Write something, together with whoever writes now.

        Parameters
        ----------
        work : callable
            ``work(connection, items)``: writes several callers' items, and returns as many
            answers. Calls with the same function that follow each other are handed over
            at once. It may be called again after a rollback.
        item : object
            The caller's.
        durable : bool, default True
            Whether the commit waits for the disk; it does for all if it does for one.

        Returns
        -------
        object
            The answer to `item`.

        Raises
        ------
        Exception
            Whatever `work` gave as answer, or raised when it was alone.
        DatabaseError
            If the database fails.
        """
        call = _Call(work, item, durable)
        with self._guard:
            self._waiting.append(call)
            leads, self._is_led = not self._is_led, True
        if not leads:
            self._wait(call)
        if not call.done:
            self._lead(call)
        if isinstance(call.answer, Exception):
            raise call.answer
        answer: Answer = call.answer  # type: ignore[assignment]
        return answer

    def _lead(self, own: _Call[Any, Any]) -> None:
        """Work for those that wait until one's own call is done, and leave the rest to the next."""
        try:
            while not own.done:
                calls = self._take()
                try:
                    self._work_for(calls)
                finally:
                    for call in calls:
                        if call is not own:
                            call.wake()
        finally:
            with self._guard:
                self._hand_over()

    def _wait(self, call: _Call[Any, Any]) -> None:
        try:
            call.sleep()
        except BaseException:  # an interrupted caller must not be the one that all others wait for
            with self._guard:
                if call in self._waiting:
                    self._waiting.remove(call)
                if call.leads:
                    self._hand_over()
            raise

    def _hand_over(self) -> None:
        self._is_led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].wake()

    def _work_for(self, calls: Sequence[_Call[Any, Any]]) -> None:
        try:
            answers = self._commit(calls)
        except Exception as error:  # noqa: BLE001 - whose mistake it was shows when each is alone
            if len(calls) == 1 and not _may_pass(error):
                calls[0].settle(error)
                return
            for call in calls:
                self._alone(call)
            return
        except BaseException:
            for call in calls:
                call.settle(DatabaseError("The write was interrupted; look whether it was done, or ask for it again."))
            raise
        for call, answer in zip(calls, answers, strict=True):
            call.settle(answer)

    def _take(self) -> list[_Call[Any, Any]]:
        # Those whose calls were just committed come back at once: no sync for the first of them alone.
        deadline = time.monotonic() + GATHER_S
        while 1 < self._before > len(self._waiting) and time.monotonic() < deadline:
            time.sleep(GATHER_S / 10)
        with self._guard:
            calls, self._waiting = self._waiting[:MOST_CALLS], self._waiting[MOST_CALLS:]
        self._before = len(calls)
        return calls

    def _commit(self, calls: Sequence[_Call[Any, Any]]) -> list[Any]:
        answers: list[Any] = []
        with self._database.transaction(durable=any(call.durable for call in calls)) as connection:
            for work, several in groupby(calls, key=lambda call: call.work):
                answers.extend(work(connection, [call.item for call in several]))
        return answers

    def _alone(self, call: _Call[Any, Any]) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                (answer,) = self._commit([call])
            except Exception as error:  # noqa: BLE001 - raised where the call was made
                if attempt + 1 < _ATTEMPTS and _may_pass(error):
                    time.sleep(0.01 * 2**attempt)
                    continue
                call.settle(error)
                return
            call.settle(answer)
            return


def _may_pass(error: Exception) -> bool:
    """Say whether the same transaction may succeed now: somebody else was in the way."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    original = getattr(cause, "orig", None)
    # PostgreSQL: serialisation failures, deadlocks, and rows that somebody entered at the same moment.
    return getattr(original, "sqlstate", None) in {"40001", "40P01", "23505"}

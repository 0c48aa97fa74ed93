"""Enter what many callers ask for at the same moment together: one transaction, one sync, one thread."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread

from physforge.audit import Event
from physforge.database import Database
from physforge.errors import PhysForgeError
from physforge.jobs import JobRecord
from physforge.jobs.sql.submitting import Order, enter_orders
from physforge.service.events import Recorder

Entered = list[JobRecord]

#: Most calls of one transaction.
MOST_CALLS = 200

#: While one transaction is written to the disk, the next one is prepared.
_AT_ONCE = 2


@dataclass(frozen=True)
class _Call:
    order: Order | Callable[[], Order]
    told: Callable[[Entered], Event]
    answer: asyncio.Future[Entered]


class Intake:
    """Takes orders of one event loop, and enters all that wait at a time.

    A thread for each call would spend more time on handing the interpreter's lock around
    than on the call.

    Parameters
    ----------
    database : Database
        Where jobs are kept.
    recorder : Recorder or None
        The event log.
    """

    def __init__(self, database: Database, recorder: Recorder | None) -> None:
        self._database, self._recorder = database, recorder
        self._waiting: deque[_Call] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._threads = CapacityLimiter(_AT_ONCE)

    async def enter(self, order: Order | Callable[[], Order], told: Callable[[Entered], Event]) -> Entered:
        """Enter jobs, and tell the event log.

        Parameters
        ----------
        order : Order or callable
            What one caller asks for; or what makes it, where that has to wait for the
            database, and is done in the same thread then.
        told : callable
            Makes the event of the jobs.

        Returns
        -------
        list of JobRecord
            They and the event are on the disk.

        Raises
        ------
        JobError
            If they are refused.
        DatabaseError
            If the database or the event log fails.
        """
        call = _Call(order, told, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if len(self._workers) < _AT_ONCE:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await call.answer

    async def _work(self) -> None:
        while self._waiting:
            calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_CALLS))]
            try:
                answers = await to_thread.run_sync(self._enter, calls, limiter=self._threads)
            except BaseException as error:
                answers = [error if isinstance(error, Exception) else asyncio.CancelledError() for _ in calls]
                if not isinstance(error, Exception):
                    _settle(calls, answers)
                    raise
            _settle(calls, answers)

    def _enter(self, calls: Sequence[_Call]) -> list[Entered | BaseException]:
        orders = [_made(call.order) for call in calls]
        entered = iter(self._enter_orders([one for one in orders if isinstance(one, Order)]))
        answers = [next(entered) if isinstance(one, Order) else one for one in orders]
        events = [call.told(one) for call, one in zip(calls, answers, strict=True) if isinstance(one, list)]
        if self._recorder is not None and events:
            self._recorder.record_all(events)
        return answers

    def _enter_orders(self, orders: Sequence[Order]) -> list[Entered | BaseException]:
        if not orders:
            return []
        try:
            return list(self._database.together.run(_enter_many, orders))
        except (PhysForgeError, sa.exc.SQLAlchemyError) as error:
            if len(orders) == 1:
                return [error]
        # Nobody fails for somebody else's mistake.
        return [answer for order in orders for answer in self._enter_orders([order])]


def _made(order: Order | Callable[[], Order]) -> Order | Exception:
    if isinstance(order, Order):
        return order
    try:
        return order()
    except Exception as error:  # noqa: BLE001 - raised where the call was made
        return error


def _enter_many(connection: sa.Connection, several: Sequence[Sequence[Order]]) -> list[list[Entered | Exception]]:
    answers = iter(enter_orders(connection, [order for orders in several for order in orders]))
    return [[next(answers) for _ in orders] for orders in several]


def _settle(calls: Sequence[_Call], answers: Sequence[Entered | BaseException]) -> None:
    for call, answer in zip(calls, answers, strict=True):
        if call.answer.done():
            # The caller went away; the jobs stay.
            continue
        if isinstance(answer, BaseException):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)

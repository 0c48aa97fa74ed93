"""Two processes on PostgreSQL in the moments in which one must wait for the other, one after the other on purpose."""

import threading
import time
from contextlib import contextmanager

import pytest

from physforge.errors import JobError
from physforge.jobs import Outcome, State
from physforge.jobs.quota import Quota, Quotas
from physforge.jobs.sql.submitting import enter_orders, make_order
from physforge.jobs.sql.working import Ask, Ending, claim_jobs, end_attempts
from physforge.testing.job_store import after, spec


@pytest.fixture
def url(urls):
    return urls("postgresql")


@contextmanager
def meanwhile(store, work, item):
    """Do some work in a transaction; let somebody else act before it is committed. Yield the list of the answer."""
    answers = []
    with store._database.transaction() as connection:
        answers += work(connection, [item])
        yield answers


def in_another_process(store, work, item):
    """Begin the same in a thread; return it with the list that the answer comes into."""
    answers = []

    def run():
        with store._database.transaction() as connection:
            answers.extend(work(connection, [item]))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.2)
    return thread, answers


def succeed(store, claim):
    return Ending(store._scope, claim, State.SUCCEEDED, {"artifact": "x"}, outcome=Outcome(State.SUCCEEDED))


def test_of_two_needs_that_end_at_once_the_later_frees_the_job(open_store):
    first, second = open_store(), open_store()
    needs = first.submit([spec(1), spec(2)])
    (waiting,) = first.submit([after(*needs)])
    claims = [first.claim("w", job_id=job.id) for job in needs]
    with meanwhile(first, end_attempts, succeed(first, claims[0])):
        thread, answers = in_another_process(second, end_attempts, succeed(second, claims[1]))
        assert answers == [], "it waits"
    thread.join(10)
    assert answers[0].state == State.SUCCEEDED
    assert first.get(waiting.id).state == State.QUEUED


def test_two_that_submit_the_same_get_one_job(open_store):
    first, second = open_store(), open_store()
    orders = [make_order(store._scope, Quotas(), [spec()], None, None) for store in (first, second)]
    with meanwhile(first, enter_orders, orders[0]) as mine:
        thread, theirs = in_another_process(second, enter_orders, orders[1])
        assert theirs == [], "it waits"
    thread.join(10)
    assert mine[0][0].id == theirs[0][0].id


def test_two_that_submit_the_last_job_that_is_allowed_do_not_both_get_it(open_store):
    first, second = open_store(), open_store()
    quotas = Quotas(project=Quota(queued=1))
    orders = [make_order(first._scope, quotas, [spec(number)], None, None) for number in range(2)]
    with meanwhile(first, enter_orders, orders[0]):
        thread, answers = in_another_process(second, enter_orders, orders[1])
    thread.join(10)
    assert isinstance(answers[0], JobError)


def test_two_that_claim_the_last_job_that_may_run_do_not_both_get_one(open_store):
    first, second = open_store(), open_store()
    first.submit([spec(1), spec(2)])
    ask = Ask(first._scope, Quotas(user=Quota(running=1)), "w", None, None, 30.0)
    with meanwhile(first, claim_jobs, ask) as mine:
        thread, theirs = in_another_process(second, claim_jobs, ask)
    thread.join(10)
    assert mine[0] is not None
    assert theirs == [None]


def test_those_who_claim_do_not_wait_for_each_other(open_store):
    first, second = open_store(), open_store()
    jobs = first.submit([spec(1), spec(2)])
    ask = Ask(first._scope, Quotas(), "w", None, None, 30.0)
    with meanwhile(first, claim_jobs, ask) as mine:
        thread, theirs = in_another_process(second, claim_jobs, ask)
        thread.join(5)
        assert [claim.job.id for claim in (*mine, *theirs)] == [job.id for job in jobs]

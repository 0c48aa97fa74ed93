"""The suite for stores of jobs notices stores that break their promises."""

import uuid
from dataclasses import replace

import pytest

from physforge.database import Database
from physforge.errors import LostClaimError
from physforge.jobs import Beat, State
from physforge.jobs.sql_store import SqlJobStore
from physforge.testing import JobStoreTests

SUITE = JobStoreTests()


class MakesEveryJobAnew(SqlJobStore):
    def submit(self, specs, **options):
        return super().submit(specs, **{**options, "idempotency_keys": [uuid.uuid4().hex for _ in specs]})


class BelievesLateWorkers(SqlJobStore):
    """Ends whatever attempt runs, whoever asks."""

    def publish(self, claim, folder, outcome):
        return super().publish(replace(claim, attempt=self.get(claim.job.id).attempt), folder, outcome)


class AnswersLateHeartbeats(SqlJobStore):
    def heartbeat(self, claim, progress=None, **options):
        try:
            return super().heartbeat(claim, progress, **options)
        except LostClaimError:
            return Beat(cancel=False)


class NeverStops(SqlJobStore):
    def heartbeat(self, claim, progress=None, **options):
        super().heartbeat(claim, progress, **options)
        return Beat(cancel=False)


class QueuesWhatWaits(SqlJobStore):
    def claim(self, worker, *, job_id=None, **options):
        with self._database.writing() as session:
            session.connection().exec_driver_sql("UPDATE job SET state = 'queued' WHERE state = 'waiting'")
        return super().claim(worker, job_id=job_id, **options)


class CountsNothing(SqlJobStore):
    def count(self, _selection):
        return dict.fromkeys(State, 0)


@pytest.fixture
def make(tmp_path):
    opened = []

    def make(kind=SqlJobStore, **options):
        opened.append(kind(Database.open(f"sqlite:///{tmp_path}/a.sqlite"), tmp_path / "jobs", **options))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (MakesEveryJobAnew, "test_equal_work_is_one_job_whatever_became_of_it"),
        (BelievesLateWorkers, "test_a_lost_worker_s_job_is_queued_again"),
        (AnswersLateHeartbeats, "test_a_lost_worker_s_job_is_queued_again"),
        (QueuesWhatWaits, "test_a_job_waits_for_all_that_it_needs"),
    ],
)
def test_a_store_that_breaks_a_promise_fails_its_test(make, tmp_path, kind, test):
    store = make(kind)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(SUITE, test)(store, store, tmp_path)


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (MakesEveryJobAnew, "test_many_that_submit_the_same_at_once_get_one_job"),
        (NeverStops, "test_cancelling_a_running_job_asks_its_worker"),
    ],
)
def test_a_store_that_breaks_a_promise_to_others_fails_its_test(make, kind, test):
    store = make(kind)
    with pytest.raises(AssertionError):
        getattr(SUITE, test)(store, store)


def test_a_store_that_does_not_count_fails(make):
    with pytest.raises(AssertionError):
        SUITE.test_jobs_are_found_by_what_they_are(make(CountsNothing))

"""Old artifacts go, oldest first; what is needed, and what happened, stays."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from physforge.database.tables import JobRow
from physforge.errors import JobError
from physforge.jobs import State
from physforge.testing.job_store import FAILURE, SUCCESS, after, folder_with, spec


@pytest.fixture
def done(store, tmp_path):
    """Five jobs that ended one after the other, a day apart, with artifacts of 4,000 bytes."""
    jobs = store.submit([spec(number) for number in range(5)])
    for number, job in enumerate(jobs):
        claim = store.claim("w", job_id=job.id)
        store.publish(claim, folder_with(tmp_path / f"made {number}", "x" * 1000), SUCCESS)
        age_by(store, job, 5 - number)
    return jobs


def age_by(store, job, days):
    with store._database.writing() as session:
        row = session.scalars(sa.select(JobRow).where(JobRow.id == uuid.UUID(job.id))).one()
        row.finished_at -= timedelta(days=days)


def kept(store, jobs):
    return [number for number, job in enumerate(jobs) if store.get(job.id).artifact is not None]


def test_what_is_older_than_asked_goes(store, done):
    events = [store.events(job.id) for job in done]
    removed = store.remove_old(older_than=timedelta(days=3.5))
    assert [job.id for job in removed] == [job.id for job in done[:2]]
    assert kept(store, done) == [2, 3, 4]
    for job in removed:
        assert (job.state, job.artifact, job.run) == (State.SUCCEEDED, None, SUCCESS.run)
        with pytest.raises(JobError, match="was removed"):
            store.artifact(job.id)
    assert [store.events(job.id) for job in done] == events
    assert len(list(store.artifact(done[2].id).parents[1].iterdir())) == 3
    assert store.remove_old(older_than=timedelta(days=3.5)) == []


def test_what_is_too_much_goes_oldest_first(store, done):
    assert len(store.remove_old(most_bytes=9000)) == 3
    assert kept(store, done) == [3, 4]
    assert store.remove_old(most_bytes=8000) == []
    assert store.remove_old() == []


def test_what_a_job_that_has_not_ended_needs_stays(store, done):
    (needing,) = store.submit([after(done[0])])
    store.remove_old(most_bytes=0)
    assert kept(store, done) == [0]
    store.cancel(needing.id)
    store.remove_old(most_bytes=0)
    assert kept(store, done) == []
    with pytest.raises(JobError, match="no artifact any more"):
        store.retry(needing.id)
    with pytest.raises(JobError, match="no artifact any more"):
        store.submit([after(done[1])])


def test_what_processes_left_that_died_goes_as_well(store, done, tmp_path):
    folder = store.artifact(done[0].id)
    store.remove_old(most_bytes=0)
    folder_with(folder)
    store.remove_old(most_bytes=0)
    assert not folder.exists()


def test_a_checkpoint_of_a_job_that_failed_long_ago_goes(store, tmp_path):
    (job,) = store.submit([spec()])
    claim = store.claim("w", job_id=job.id)
    store.checkpoint(claim, folder_with(tmp_path / "step"))
    store.finish(claim, FAILURE)
    age_by(store, job, 2)
    store.remove_old(older_than=timedelta(days=3))
    store.retry(job.id)
    claim = store.claim("w", job_id=job.id)
    assert store.last_checkpoint(claim, tmp_path / "kept")
    store.finish(claim, FAILURE)
    age_by(store, job, 4)
    store.remove_old(older_than=timedelta(days=3))
    store.retry(job.id)
    assert not store.last_checkpoint(store.claim("w", job_id=job.id), tmp_path / "none")
    assert list((tmp_path / "jobs" / "checkpoints").iterdir()) == []


def test_limits_below_zero_are_refused(store):
    for limits in ({"older_than": timedelta(days=-1)}, {"most_bytes": -1}):
        with pytest.raises(JobError, match="negative"):
            store.remove_old(**limits)

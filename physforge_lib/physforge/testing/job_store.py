"""What every store of jobs is held to."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from physforge.errors import JobError, LostClaimError, UnknownJobError
from physforge.jobs import (
    CHANGES,
    FINAL,
    Claim,
    Input,
    JobRecord,
    JobSpec,
    JobStore,
    Outcome,
    Progress,
    Selection,
    State,
)
from physforge.jobs.quota import Quota, Quotas

Answer = TypeVar("Answer")

SUCCESS = Outcome(State.SUCCEEDED, cpu_s=1.5, gpu_s=0.5, run={"versions": {"physforge": "1"}, "seed": 0})
FAILURE = Outcome(State.FAILED, error="u has no samples; give a data set that has some.", cpu_s=1.0)

#: A lease that is over after `wait_for_end_of`.
SHORT_S = 0.05


def spec(number: int = 0, **options: Any) -> JobSpec:
    """Return a spec; another number is other work.

    Parameters
    ----------
    number : int, default 0
        Part of the config.
    **options : object
        Of `JobSpec`.

    Returns
    -------
    JobSpec
        Of the kind ``"discovery"`` if no other is given.
    """
    config = {"dataset": "wave", "threshold": 0.1, "number": number, "terms": ["u", "ü\u2202"], "noise": None}
    return JobSpec(**{"kind": "discovery", "config": config, **options})


def after(*jobs: JobRecord, **options: Any) -> JobSpec:
    """Return a spec that needs the artifacts of jobs.

    Parameters
    ----------
    *jobs : JobRecord
        What it needs.
    **options : object
        Of `JobSpec`.

    Returns
    -------
    JobSpec
        Of the kind ``"report"``.
    """
    inputs = tuple(Input(f"job{place}", job.id[:8], "job", job.id, job.spec.sha256) for place, job in enumerate(jobs))
    return JobSpec(**{"kind": "report", "config": {"title": "All of it"}, "inputs": inputs, **options})


def folder_with(path: Path, text: str = "{}") -> Path:
    """Make an artifact.

    Parameters
    ----------
    path : pathlib.Path
        A folder that does not exist yet.
    text : str, default "{}"
        What is in its files.

    Returns
    -------
    pathlib.Path
        The same.
    """
    (path / "arrays").mkdir(parents=True)
    (path / "result.json").write_text(text)
    (path / "arrays" / "u.bin").write_bytes(text.encode() * 3)
    return path


def in_threads(work: Callable[[int], Answer], count: int) -> list[Answer | Exception]:
    """Call a function in several threads at once.

    Parameters
    ----------
    work : callable
        Given 0, 1, ...
    count : int
        How many threads.

    Returns
    -------
    list
        What they returned or raised.
    """
    answers: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            answers[number] = work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def states(store: JobStore, *jobs: JobRecord) -> list[State]:
    """Return the states of jobs.

    Parameters
    ----------
    store : JobStore
        Where they are.
    *jobs : JobRecord
        As they were.

    Returns
    -------
    list of State
        As they are now.
    """
    return [store.get(job.id).state for job in jobs]


class JobStoreTests:
    """Derive from this, and give a fixture ``store`` that returns an empty one.

    ``second`` is another handle on the same jobs, for example of another process; where
    there is none, the same one does. ``limited`` makes a store with quotas, on the same
    jobs; where it is not overridden, the tests of quotas are skipped.
    """

    @pytest.fixture
    def store(self) -> JobStore:
        """Return an empty store; every suite overrides this."""
        raise NotImplementedError("give a fixture `store`")

    @pytest.fixture
    def second(self, store: JobStore) -> JobStore:
        """Return another handle on the same jobs."""
        return store

    @pytest.fixture
    def limited(self) -> Callable[[Quotas], JobStore]:
        """Return a function that makes a store with quotas."""
        return pytest.skip("this store has no quotas of its own")

    # Submitting

    def test_a_job_comes_back_as_it_was_asked_for(self, store: JobStore, second: JobStore) -> None:
        asked = spec(
            seed=2**63 + 1,
            executor="tcp://10.0.0.1:8786",
            priority=7,
            wall_limit_s=90.5,
            max_attempts=2,
            git={"commit": "c0ffee" * 7, "dirty": True},
            inputs=(Input("dataset", "wave", "dataset", "wave-id", "ab" * 32),),
        )
        (job,) = store.submit([asked])
        found = second.get(job.id)
        assert found == job
        assert (found.spec, found.spec.sha256) == (asked, asked.sha256)
        assert (found.spec.executor, found.spec.priority) == ("tcp://10.0.0.1:8786", 7)
        assert (found.spec.wall_limit_s, found.spec.max_attempts) == (90.5, 2)
        assert found.spec.git == asked.git
        assert (found.state, found.attempt, found.progress) == (State.QUEUED, 0, Progress(0.0))
        assert (found.started_at, found.finished_at, found.artifact, found.error) == (None, None, None, None)
        assert found.created_at.tzinfo is not None
        (event,) = second.events(job.id)
        assert (event.number, event.attempt, event.state) == (1, 0, State.QUEUED)

    def test_equal_work_is_one_job_whatever_became_of_it(
        self, store: JobStore, second: JobStore, tmp_path: Path
    ) -> None:
        (job,) = store.submit([spec()])
        elsewhere = spec(executor="dask", priority=3, max_attempts=9)
        assert [one.id for one in second.submit([elsewhere, spec(1), spec()])][::2] == [job.id, job.id]
        assert second.get(job.id).spec.executor == "local"
        store.publish(self.claimed(store, job), folder_with(tmp_path / "made"), SUCCESS)
        (again,) = store.submit([spec()])
        assert (again.id, again.state) == (job.id, State.SUCCEEDED)
        assert len({one.id for one in store.submit([spec(seed=1), spec(kind="pinn"), spec(2)])}) == 3
        assert sum(store.count(Selection()).values()) == 5

    def test_many_that_submit_the_same_at_once_get_one_job(self, store: JobStore, second: JobStore) -> None:
        answers = in_threads(lambda number: (store, second)[number % 2].submit([spec(), spec(1)]), 8)
        assert len({tuple(job.id for job in jobs) for jobs in answers if not isinstance(jobs, Exception)}) == 1
        assert not [one for one in answers if isinstance(one, Exception)]
        assert sum(store.count(Selection()).values()) == 2

    def test_with_a_key_it_is_the_key_that_counts(self, store: JobStore) -> None:
        (plain,) = store.submit([spec()])
        (keyed,) = store.submit([spec()], idempotency_keys=["monday"])
        (same,) = store.submit([spec()], idempotency_keys=["monday"])
        (other,) = store.submit([spec()], idempotency_keys=["tuesday"])
        assert len({plain.id, keyed.id, other.id}) == 3
        assert same.id == keyed.id
        with pytest.raises(JobError, match="stands for other work"):
            store.submit([spec(5), spec(1)], idempotency_keys=[None, "monday"])
        assert sum(store.count(Selection()).values()) == 3, "nothing is stored of a call that is refused"
        with pytest.raises(JobError, match="idempotency keys"):
            store.submit([spec(6)], idempotency_keys=["a", "b"])

    @pytest.mark.parametrize(
        "bad",
        [
            {"config": {"x": math.nan}},
            {"config": {"x": object()}},
            {"kind": ""},
            {"executor": "x" * 256},
            {"max_attempts": 0},
            {"wall_limit_s": -1.0},
            {"wall_limit_s": math.inf},
            {"priority": 10**9},
            {"inputs": (Input("job", "x", "job", "../../etc", "0" * 64),)},
            {"inputs": (Input("job", "x", "job", "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11", "0" * 64),)},
        ],
        ids=lambda bad: next(iter(bad)),
    )
    def test_bad_specs_are_refused_and_nothing_is_stored(self, store: JobStore, bad: dict[str, Any]) -> None:
        with pytest.raises(JobError):
            store.submit([spec(1), spec(**bad)])
        assert sum(store.count(Selection()).values()) == 0

    def test_nothing_is_asked_for_by_an_empty_call(self, store: JobStore) -> None:
        assert store.submit([]) == []

    # Finding

    def test_ids_may_be_cut_short(self, store: JobStore) -> None:
        jobs = store.submit([spec(number) for number in range(20)])
        assert store.get(jobs[3].id[:13]).id == jobs[3].id
        assert store.get(jobs[3].id.replace("-", "").upper()).id == jobs[3].id
        first = sorted(job.id[0] for job in jobs)
        twice = next(digit for digit in first if first.count(digit) > 1)
        for bad in (twice, "", "no id", "../x", "%", "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11", "8" * 16):
            with pytest.raises(UnknownJobError):
                store.get(bad)

    def test_jobs_are_found_by_what_they_are(self, store: JobStore) -> None:
        jobs = store.submit([spec(0), spec(1, executor="dask"), spec(2, kind="pinn"), spec(3)])
        store.cancel(jobs[3].id)

        def found(**options: Any) -> list[str]:
            return [job.id for job in store.find(Selection(newest_first=False, **options))]

        ids = [job.id for job in jobs]
        assert found() == ids
        assert found(states=frozenset({State.CANCELLED})) == ids[3:]
        assert found(states=frozenset()) == []
        assert found(kinds=frozenset({"pinn"})) == [ids[2]]
        assert found(executor="dask") == [ids[1]]
        assert found(limit=2) == ids[:2]
        assert [job.id for job in store.find(Selection())] == ids[::-1]
        counts = store.count(Selection(kinds=frozenset({"discovery"}), limit=1))
        assert counts == {state: {State.QUEUED: 2, State.CANCELLED: 1}.get(state, 0) for state in State}

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_pages_meet_every_job_once(self, store: JobStore, newest_first: bool) -> None:
        store.submit([spec(number, priority=number % 3) for number in range(11)])
        whole = [job.id for job in store.find(Selection(newest_first=newest_first))]
        pages: list[str] = []
        last = None
        while part := store.find(Selection(newest_first=newest_first, limit=4, after=last)):
            pages += [job.id for job in part]
            last = pages[-1]
            # What comes in meanwhile moves no page.
            store.submit([spec(100 + len(pages), priority=-9)]) if newest_first else None
        assert pages == whole
        assert len(set(pages)) == 11

    def test_a_batch_holds_its_jobs_and_those_that_were_there(self, store: JobStore) -> None:
        (before,) = store.submit([spec(0)])
        first = store.submit([spec(0), spec(1)], batch="a sweep")
        more = store.submit([spec(2), spec(1)], batch="a sweep")
        other = store.submit([spec(2), spec(3)], batch="another")
        assert first[0].id == before.id
        assert len({job.batch for job in (*first, *more)}) == 1
        batch = first[0].batch
        assert batch is not None
        found = {job.id for job in store.find(Selection(batch=batch))}
        assert found == {job.id for job in (*first, *more)}
        assert store.count(Selection(batch=batch))[State.QUEUED] == 3
        # A job that is in two batches is counted in both.
        (last,) = {other[1].batch} - {batch}
        assert store.count(Selection(batch=last))[State.QUEUED] == 2
        assert store.find(Selection(batch="8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11")) == []
        with pytest.raises(JobError, match="batch"):
            store.submit([spec(9)], batch="a\nb")

    # Claims

    def test_a_claim_is_one_workers_alone(self, store: JobStore, second: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job, "worker 1")
        assert (claim.attempt, claim.worker, claim.job.state, claim.job.attempt) == (1, "worker 1", State.RUNNING, 1)
        assert second.claim("worker 2") is None
        assert second.claim("worker 2", job_id=job.id) is None
        found = second.get(job.id)
        assert (found.state, found.worker) == (State.RUNNING, "worker 1")
        assert found.started_at is not None
        assert [event.state for event in store.events(job.id)] == [State.QUEUED, State.RUNNING]

    def test_the_first_of_the_highest_priority_is_claimed(self, store: JobStore) -> None:
        jobs = store.submit([spec(0), spec(1, priority=5), spec(2, priority=5), spec(3, executor="dask")])
        order = [store.claim("w", executor="local") for _ in range(4)]
        assert [claim.job.id if claim else None for claim in order] == [jobs[1].id, jobs[2].id, jobs[0].id, None]
        last = store.claim("w")
        assert last is not None
        assert last.job.id == jobs[3].id

    def test_of_many_that_claim_at_once_each_gets_another_job(self, store: JobStore, second: JobStore) -> None:
        jobs = store.submit([spec(number) for number in range(6)])
        answers = in_threads(lambda number: (store, second)[number % 2].claim(f"w{number}"), 9)
        claims = [one for one in answers if isinstance(one, Claim)]
        assert sorted(claim.job.id for claim in claims) == sorted(job.id for job in jobs)
        assert answers.count(None) == 3

    def test_a_heartbeat_keeps_the_claim_and_says_how_far_it_is(self, store: JobStore, second: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job, lease_s=SHORT_S)
        assert store.heartbeat(claim, Progress(0.25, "fitting ü")).cancel is False
        self.wait_for_end_of(SHORT_S)
        assert second.release_expired() == []
        assert second.get(job.id).progress == Progress(0.25, "fitting ü")
        store.heartbeat(claim)
        assert second.get(job.id).progress == Progress(0.25, "fitting ü")

    def test_a_lost_worker_s_job_is_queued_again(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        old = self.claimed(store, job, "worker 1", lease_s=SHORT_S)
        self.wait_for_end_of(SHORT_S)
        (released,) = second.release_expired()
        assert (released.id, released.state) == (job.id, State.QUEUED)
        assert second.release_expired() == []
        self.assert_lost(store, old, tmp_path)
        new = self.claimed(second, job, "worker 2")
        assert new.attempt == 2
        self.assert_lost(store, old, tmp_path)
        done = second.publish(new, folder_with(tmp_path / "new"), SUCCESS)
        self.assert_lost(store, old, tmp_path)
        assert store.get(job.id) == done
        assert (store.artifact(job.id) / "result.json").read_text() == "{}"
        assert "worker 1" in str([event.details for event in store.events(job.id)])

    def test_a_job_whose_workers_die_too_often_fails(self, store: JobStore) -> None:
        (job,) = store.submit([spec(max_attempts=2)])
        for expected in (State.QUEUED, State.FAILED):
            self.claimed(store, job, lease_s=SHORT_S)
            self.wait_for_end_of(SHORT_S)
            (released,) = store.release_expired()
            assert released.state == expected
        assert released.error is not None
        assert "attempt 2" in released.error
        assert released.finished_at is not None

    def test_a_process_that_died_is_a_lost_attempt_with_a_reason(self, store: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec(max_attempts=2)])
        first = self.claimed(store, job)
        assert store.lose(first, "killed by signal 9").state == State.QUEUED
        self.assert_lost(store, first, tmp_path)
        assert store.lose(self.claimed(store, job), "killed by signal 9").state == State.FAILED

    def test_a_job_that_is_given_back_has_lost_no_attempt(self, store: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec(max_attempts=2)])
        for attempt in range(1, 5):
            claim = self.claimed(store, job)
            assert claim.attempt == attempt
            assert store.give_back(claim, "the worker is told to end").state == State.QUEUED
            self.assert_lost(store, claim, tmp_path)
        assert store.lose(self.claimed(store, job), "died").state == State.QUEUED
        assert store.lose(self.claimed(store, job), "died").state == State.FAILED

    # Ends

    def test_an_artifact_appears_with_the_success(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        with pytest.raises(JobError, match="running"):
            second.artifact(job.id)
        done = store.publish(claim, folder_with(tmp_path / "made", "ü"), SUCCESS)
        assert (done.state, done.progress.fraction, done.error) == (State.SUCCEEDED, 1.0, None)
        assert (done.cpu_s, done.gpu_s, done.run) == (SUCCESS.cpu_s, SUCCESS.gpu_s, SUCCESS.run)
        assert done.artifact_bytes == 8
        assert second.get(job.id) == done
        folder = second.artifact(job.id)
        assert sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()) == [
            "arrays/u.bin",
            "result.json",
        ]
        assert (folder / "arrays" / "u.bin").read_text() == "üüü"

    def test_of_two_attempts_that_publish_at_once_one_does(
        self, store: JobStore, second: JobStore, tmp_path: Path
    ) -> None:
        for turn in range(4):
            (job,) = store.submit([spec(turn)])
            old = self.claimed(store, job, lease_s=SHORT_S)
            self.wait_for_end_of(SHORT_S)
            store.release_expired()
            new = self.claimed(second, job)
            made = [folder_with(tmp_path / f"{turn}-{name}", name) for name in ("old", "new")]
            handles, claims = (store, second), (old, new)

            def publish(number: int, claims: Any = claims, made: Any = made, handles: Any = handles) -> JobRecord:
                return handles[number].publish(claims[number], made[number], SUCCESS)  # type: ignore[no-any-return]

            answers = in_threads(publish, 2)
            assert isinstance(answers[0], LostClaimError)
            assert isinstance(answers[1], JobRecord)
            assert (second.artifact(job.id) / "result.json").read_text() == "new"
            assert [event.state for event in store.events(job.id)].count(State.SUCCEEDED) == 1

    def test_publishing_twice_is_publishing_once(self, store: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        first = store.publish(claim, folder_with(tmp_path / "first", "1"), SUCCESS)
        again = store.publish(claim, folder_with(tmp_path / "again", "2"), SUCCESS)
        assert again == first
        assert (store.artifact(job.id) / "result.json").read_text() == "1"
        assert len(store.events(job.id)) == 3

    def test_what_is_no_plain_folder_is_not_published(self, store: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        (tmp_path / "secret").write_text("s")
        made = folder_with(tmp_path / "made")
        (made / "arrays" / "link").symlink_to(tmp_path / "secret")
        for bad in (made, tmp_path / "missing", tmp_path / "secret"):
            with pytest.raises(JobError):
                store.publish(claim, bad, SUCCESS)
        with pytest.raises(JobError):
            store.publish(claim, folder_with(tmp_path / "fine"), FAILURE)
        assert store.get(job.id).state == State.RUNNING
        (made / "arrays" / "link").unlink()
        assert store.publish(claim, made, SUCCESS).state == State.SUCCEEDED

    def test_a_failure_says_why(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        with pytest.raises(JobError):
            store.finish(claim, SUCCESS)
        done = store.finish(claim, FAILURE)
        assert (done.state, done.error, done.artifact) == (State.FAILED, FAILURE.error, None)
        assert done.finished_at is not None
        assert second.get(job.id) == done
        assert store.events(job.id)[-1].details["error"] == FAILURE.error
        self.assert_lost(store, claim, tmp_path)

    def test_texts_of_programs_are_kept_whatever_they_hold(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        store.append_log(claim, 0, "a\0b\ud800c")
        store.append_log(claim, 5, "d")
        store.heartbeat(claim, Progress(0.5, "x\0y"))
        assert store.read_log(job.id).text[0::2] == "abc"[0:1] + "b" + "c"
        assert store.read_log(job.id).end == 6
        error = store.finish(claim, Outcome(State.FAILED, error="z\0" * 50_000)).error
        assert error is not None
        assert error.startswith("z")

    # Cancelling and trying again

    def test_cancelling_before_it_runs_ends_it(self, store: JobStore, second: JobStore) -> None:
        (job,) = store.submit([spec()])
        (waiting,) = store.submit([after(job)])
        (last,) = store.submit([after(waiting, kind="pinn")])
        assert second.cancel(job.id).state == State.CANCELLED
        assert states(store, job, waiting, last) == [State.CANCELLED] * 3
        error = store.get(waiting.id).error
        assert error is not None
        assert job.id in error
        assert store.claim("w") is None

    def test_cancelling_a_running_job_asks_its_worker(self, store: JobStore, second: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        asked = second.cancel(job.id)
        assert (asked.state, asked.cancel_requested) == (State.RUNNING, True)
        count = len(second.events(job.id))
        assert second.cancel(job.id) == asked
        assert len(second.events(job.id)) == count
        assert store.heartbeat(claim).cancel is True
        assert store.finish(claim, Outcome(State.CANCELLED)).state == State.CANCELLED
        assert second.cancel(job.id).state == State.CANCELLED

    def test_a_cancelled_job_whose_worker_is_lost_is_not_run_again(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        self.claimed(store, job, lease_s=SHORT_S)
        store.cancel(job.id)
        self.wait_for_end_of(SHORT_S)
        assert [one.state for one in store.release_expired()] == [State.CANCELLED]
        (other,) = store.submit([spec(1)])
        claim = self.claimed(store, other)
        store.cancel(other.id)
        assert store.lose(claim, "died").state == State.CANCELLED

    def test_what_has_ended_stays_as_it_is(self, store: JobStore, tmp_path: Path) -> None:
        done, failed = store.submit([spec(0), spec(1)])
        store.publish(self.claimed(store, done), folder_with(tmp_path / "made"), SUCCESS)
        store.finish(self.claimed(store, failed), FAILURE)
        assert [store.cancel(job.id).state for job in (done, failed)] == [State.SUCCEEDED, State.FAILED]
        assert store.get(done.id).cancel_requested is False

    def test_a_job_that_ended_badly_can_be_tried_again(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec(max_attempts=1)])
        with pytest.raises(JobError, match="queued"):
            store.retry(job.id)
        first = self.claimed(store, job)
        with pytest.raises(JobError, match="running"):
            store.retry(job.id)
        store.finish(first, FAILURE)
        again = second.retry(job.id)
        assert (again.state, again.error, again.finished_at, again.cancel_requested) == (
            State.QUEUED,
            None,
            None,
            False,
        )
        self.assert_lost(store, first, tmp_path)
        claim = self.claimed(store, job)
        assert claim.attempt == 2
        store.cancel(job.id)
        store.finish(claim, Outcome(State.CANCELLED, cpu_s=2.0))
        assert store.retry(job.id).cancel_requested is False
        done = store.publish(self.claimed(store, job), folder_with(tmp_path / "made"), SUCCESS)
        assert (done.attempt, done.cpu_s) == (3, FAILURE.cpu_s + 2.0 + SUCCESS.cpu_s)
        with pytest.raises(JobError, match="succeeded"):
            store.retry(job.id)

    # Jobs that need others

    def test_a_job_waits_for_all_that_it_needs(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        one, two = store.submit([spec(1), spec(2)])
        (last,) = second.submit([after(one, two)])
        assert last.state == State.WAITING
        assert store.claim("w", job_id=last.id) is None
        store.publish(self.claimed(store, one), folder_with(tmp_path / "1"), SUCCESS)
        assert states(store, last) == [State.WAITING]
        second.publish(self.claimed(second, two), folder_with(tmp_path / "2"), SUCCESS)
        assert states(store, last) == [State.QUEUED]
        assert [event.state for event in store.events(last.id)] == [State.WAITING, State.QUEUED]
        (other,) = store.submit([after(one, kind="pinn")])
        assert other.state == State.QUEUED

    def test_two_that_end_at_once_free_the_one_that_waits(
        self, store: JobStore, second: JobStore, tmp_path: Path
    ) -> None:
        for turn in range(4):
            jobs = store.submit([spec(2 * turn), spec(2 * turn + 1)])
            (last,) = store.submit([after(*jobs)])
            claims = [self.claimed(store, job) for job in jobs]
            made = [folder_with(tmp_path / f"{turn}-{number}") for number in range(2)]

            def publish(number: int, claims: Any = claims, made: Any = made) -> JobRecord:
                return (store, second)[number].publish(claims[number], made[number], SUCCESS)

            assert [type(one) for one in in_threads(publish, 2)] == [JobRecord] * 2
            assert states(store, last) == [State.QUEUED]

    def test_a_job_submitted_while_what_it_needs_ends_is_queued(
        self, store: JobStore, second: JobStore, tmp_path: Path
    ) -> None:
        for turn in range(4):
            (job,) = store.submit([spec(turn)])
            claim = self.claimed(store, job)
            made = folder_with(tmp_path / str(turn))

            def act(number: int, job: Any = job, claim: Any = claim, made: Any = made) -> Any:
                return second.submit([after(job)]) if number else store.publish(claim, made, SUCCESS)

            done, submitted = in_threads(act, 2)
            assert isinstance(done, JobRecord)
            assert isinstance(submitted, list)
            assert states(store, *submitted) == [State.QUEUED]

    def test_a_failure_is_passed_on(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        (waiting,) = store.submit([after(job)])
        (last,) = store.submit([after(waiting, kind="pinn")])
        store.finish(self.claimed(store, job), FAILURE)
        assert states(store, waiting, last) == [State.FAILED, State.FAILED]
        error = store.get(waiting.id).error
        assert error is not None
        assert job.id in error
        with pytest.raises(JobError, match="retry"):
            store.submit([after(job, kind="simulation")])
        with pytest.raises(JobError, match="retry that one first"):
            store.retry(waiting.id)
        store.retry(job.id)
        assert store.retry(waiting.id).state == State.WAITING

    # Logs

    def test_a_log_is_read_while_it_grows(self, store: JobStore, second: JobStore) -> None:
        (job,) = store.submit([spec()])
        assert second.read_log(job.id).text == ""
        claim = self.claimed(store, job)
        store.append_log(claim, 0, "step 1\n")
        store.append_log(claim, 7, "step ü\n")
        part = second.read_log(job.id)
        assert (part.text, part.start, part.end, part.attempt) == ("step 1\nstep ü\n", 0, 14, 1)
        assert second.read_log(job.id, start=14).text == ""
        assert second.read_log(job.id, start=99).text == ""
        part = second.read_log(job.id, start=5, limit=4)
        assert (part.text, part.start, part.end) == ("1\nst", 5, 9)

    def test_a_piece_that_comes_twice_is_written_once(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        for start, text in ((0, "abc"), (0, "abc"), (2, "cde"), (5, ""), (1, "b")):
            store.append_log(claim, start, text)
        assert store.read_log(job.id).text == "abcde"
        with pytest.raises(JobError, match="gap"):
            store.append_log(claim, 99, "z")

    def test_every_attempt_has_a_log_of_its_own(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        first = self.claimed(store, job)
        store.append_log(first, 0, "first")
        store.lose(first, "died")
        assert store.read_log(job.id).text == "first"
        second = self.claimed(store, job)
        assert store.read_log(job.id).text == ""
        store.append_log(second, 0, "second")
        assert store.read_log(job.id).text == "second"
        assert store.read_log(job.id, attempt=1).text == "first"
        assert store.read_log(job.id, attempt=7).text == ""

    def test_a_log_without_end_is_cut(self, store: JobStore) -> None:
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        piece = "x" * 2**20
        for start in range(0, 10 * 2**20, 2**20):
            store.append_log(claim, start, piece)
        end = store.read_log(job.id, start=8 * 2**20 - 1)
        assert end.text.startswith("x\n[The log is cut here")
        assert end.end < 8 * 2**20 + 200

    # Checkpoints

    def test_a_later_attempt_goes_on_from_a_checkpoint(self, store: JobStore, second: JobStore, tmp_path: Path) -> None:
        (job,) = store.submit([spec()])
        first = self.claimed(store, job)
        assert store.last_checkpoint(first, tmp_path / "none") is False
        assert not (tmp_path / "none").exists()
        for step in (1, 2):
            store.checkpoint(first, folder_with(tmp_path / f"step {step}", str(step)))
        (tmp_path / "step 2" / "result.json").unlink()
        store.lose(first, "died")
        claim = self.claimed(second, job)
        with pytest.raises(LostClaimError):
            store.checkpoint(first, folder_with(tmp_path / "late", "late"))
        assert second.last_checkpoint(claim, tmp_path / "kept") is True
        assert (tmp_path / "kept" / "result.json").read_text() == "2"
        assert (tmp_path / "kept" / "arrays" / "u.bin").read_text() == "222"

    # Quotas

    def test_more_than_may_run_wait(self, limited: Callable[[Quotas], JobStore]) -> None:
        store = limited(Quotas(user=Quota(running=2), project=Quota(running=3)))
        jobs = store.submit([spec(number) for number in range(4)])
        claims = [store.claim(f"w{number}") for number in range(4)]
        assert [claim is not None for claim in claims] == [True, True, False, False]
        assert claims[0] is not None
        store.finish(claims[0], FAILURE)
        assert store.claim("w", job_id=jobs[3].id) is not None

    def test_of_many_that_claim_at_once_no_more_run_than_may(self, limited: Callable[[Quotas], JobStore]) -> None:
        store = limited(Quotas(user=Quota(running=3)))
        store.submit([spec(number) for number in range(9)])
        answers = in_threads(lambda number: store.claim(f"w{number}"), 9)
        assert sum(isinstance(one, Claim) for one in answers) == 3

    def test_more_than_may_be_queued_are_refused(self, limited: Callable[[Quotas], JobStore]) -> None:
        store = limited(Quotas(project=Quota(queued=3)))
        store.submit([spec(0), spec(1)])
        with pytest.raises(JobError, match="3 jobs in the queue; 2 are there, and 2 more"):
            store.submit([spec(2), spec(3)])
        assert sum(store.count(Selection()).values()) == 2
        store.submit([spec(0), spec(1), spec(2)])
        answers = in_threads(lambda number: store.submit([spec(10 + number)]), 3)
        assert all(isinstance(one, JobError) for one in answers)

    def test_used_seconds_and_space_are_counted(self, limited: Callable[[Quotas], JobStore], tmp_path: Path) -> None:
        store = limited(Quotas(user=Quota(cpu_s=1.4, artifact_bytes=1_000_000)))
        (job,) = store.submit([spec()])
        claim = self.claimed(store, job)
        big = folder_with(tmp_path / "big", "x" * 300_000)
        with pytest.raises(JobError, match=r"1\.0 MB of artifacts"):
            store.publish(claim, big, SUCCESS)
        assert store.get(job.id).state == State.RUNNING
        store.publish(claim, folder_with(tmp_path / "small"), SUCCESS)
        with pytest.raises(JobError, match=r"1\.4 s of processor time"):
            store.submit([spec(1)])

    # All of it

    def test_no_change_that_is_not_allowed_is_recorded(self, store: JobStore, tmp_path: Path) -> None:
        jobs = store.submit([spec(number) for number in range(4)])
        store.publish(self.claimed(store, jobs[0]), folder_with(tmp_path / "made"), SUCCESS)
        store.finish(self.claimed(store, jobs[1]), FAILURE)
        store.retry(jobs[1].id)
        store.cancel(jobs[1].id)
        claim = self.claimed(store, jobs[2])
        store.cancel(jobs[2].id)
        store.finish(claim, Outcome(State.CANCELLED))
        for job in jobs:
            events = store.events(job.id)
            assert [event.number for event in events] == list(range(1, len(events) + 1))
            changes = [(one.state, two.state) for one, two in itertools.pairwise(events)]
            assert all(two in CHANGES[one] or one == two == State.RUNNING for one, two in changes)
            assert events[-1].state == store.get(job.id).state
            assert [event.at for event in events] == sorted(event.at for event in events)
        assert sum(state in FINAL for state in states(store, *jobs)) == 3

    # For the tests above

    @staticmethod
    def claimed(store: JobStore, job: JobRecord, worker: str = "worker", lease_s: float = 30.0) -> Claim:
        """Claim a job that must be there to be claimed."""
        claim = store.claim(worker, job_id=job.id, lease_s=lease_s)
        assert claim is not None
        return claim

    @staticmethod
    def wait_for_end_of(lease_s: float) -> None:
        """Wait until a lease is over."""
        time.sleep(2 * lease_s)

    @staticmethod
    def assert_lost(store: JobStore, claim: Claim, tmp_path: Path) -> None:
        """See that nothing can be written under a claim."""
        before = store.get(claim.job.id), store.events(claim.job.id), store.read_log(claim.job.id)
        late = tmp_path / "late"
        if not late.exists():
            folder_with(late, "late")
        writes: Sequence[Callable[[], object]] = (
            lambda: store.heartbeat(claim, Progress(0.9, "late")),
            lambda: store.append_log(claim, 0, "late"),
            lambda: store.checkpoint(claim, late),
            lambda: store.publish(claim, late, SUCCESS),
            lambda: store.finish(claim, FAILURE),
            lambda: store.give_back(claim, "late"),
            lambda: store.lose(claim, "late"),
        )
        for write in writes:
            with pytest.raises(LostClaimError):
                write()
        assert (store.get(claim.job.id), store.events(claim.job.id), store.read_log(claim.job.id)) == before

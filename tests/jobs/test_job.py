"""What pf.submit returns: the same figures as the direct call, and a way back to the job."""

import _thread
import threading
import time

import pandas as pd
import pytest
import xarray as xr

import physforge as pf
from physforge.errors import JobError, JobFailedError, JobTimeoutError, UnknownDatasetError, UnknownJobError
from physforge.jobs import Selection, State
from physforge.jobs.job import Job
from physforge.jobs.submission import make_spec
from physforge.workspace import Workspace


def test_a_job_gives_what_the_direct_call_gives(busy):
    job = busy.submit("discovery", {"dataset": "lynx-hare"}, seed=2)
    found = job.result(timeout=120)
    direct = pf.discover(pf.open_dataset("lynx-hare"), seed=2)
    pd.testing.assert_frame_equal(found.conf_int(), direct.conf_int(), check_exact=True)
    pd.testing.assert_frame_equal(found.candidates, direct.candidates, check_exact=True)
    assert job.status is State.SUCCEEDED
    assert job.progress.fraction == 1.0
    assert [event.state for event in job.events()] == ["queued", "running", "succeeded"]
    assert job.record.run["versions"]["physforge"] == pf.__version__
    assert (job.artifact() / "manifest.json").exists()


def test_a_job_is_found_again_by_its_id(busy):
    job = busy.submit("discovery", {"dataset": "lynx-hare"}, seed=2)
    again = Workspace(busy.settings.home).job(job.id)
    assert again.id == job.id
    assert again.kind == "discovery"
    assert "lynx-hare" in again._repr_html_()
    with pytest.raises(UnknownJobError):
        busy.job("6f1b6a0e-0000-4000-8000-000000000000")


def test_equal_work_is_one_job_unless_a_key_says_otherwise(busy):
    config = {"equations": "u_t = -u", "initial": {"u": 1.0}, "times": [0.0, 1.0]}
    one = busy.submit("simulation", config)
    assert busy.submit("simulation", config, priority=3).id == one.id
    assert busy.submit("simulation", config, seed=1).id != one.id
    keyed = busy.submit("simulation", config, idempotency_key="again")
    assert keyed.id != one.id
    assert busy.submit("simulation", config, idempotency_key="again").id == keyed.id


def test_jobs_read_what_other_jobs_make(busy, tmp_path):
    made = busy.submit("simulation", {"equations": "u_t = -u*u_x + 0.1*u_xx", "initial": "burgers"})
    found = busy.submit("discovery", {"dataset": {"job": made.id}, "method": "weak"})
    again = busy.submit("simulation", {"discovery": found.id, "initial": {"job": made.id}})
    report = busy.submit("report", {"results": [found.id, made.id], "title": "Round trip"})
    assert report.result(timeout=120).title == "Round trip"
    assert (report.artifact() / "report.html").exists()
    assert found.result().equation.matches("u_t = -u*u_x + 0.1*u_xx", rtol=1e-4)
    xr.testing.assert_allclose(again.result(timeout=120).u, made.result().u, rtol=1e-4, atol=1e-5)
    direct = pf.report([found, made], tmp_path / "out", title="Round trip")
    assert direct.contents == report.result().contents


def test_a_job_on_something_that_is_no_data_set_fails(busy):
    found = busy.submit("discovery", {"dataset": "lynx-hare"}, seed=2)
    job = busy.submit("derivatives", {"dataset": {"job": found.id}, "names": ["u_t"]})
    with pytest.raises(JobFailedError, match="no data set"):
        job.result(timeout=120)


def test_a_failure_shows_its_reason_and_the_end_of_the_log(busy):
    job = busy.submit("discovery", {"dataset": "lynx-hare", "target": "q_t"})
    assert job.wait(timeout=120) is State.FAILED
    with pytest.raises(JobFailedError) as failed:
        job.result()
    assert "possible are hare_thousands_t, lynx_thousands_t" in str(failed.value)
    assert "Traceback" in str(failed.value)
    assert "Traceback" in job.logs()
    assert "".join(job.logs(follow=True)) == job.logs()
    attempts = job.record.attempt
    assert job.retry().wait(timeout=120) is State.FAILED
    assert job.record.attempt == attempts + 1


def test_waiting_ends_in_time_and_the_job_goes_on(busy):
    (record,) = busy.jobs.submit([_far_away(busy)])
    job = Job(busy.jobs, record.id)
    with pytest.raises(JobTimeoutError, match=rf"goes on.*{job.id}"):
        job.result(timeout=0.2)
    assert job.status is State.QUEUED
    assert job.cancel().wait() is State.CANCELLED
    with pytest.raises(JobFailedError, match="was cancelled"):
        job.result()


def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(busy, interruptible):
    (record,) = busy.jobs.submit([_far_away(busy, seed=1)])
    job = Job(busy.jobs, record.id)
    threading.Timer(0.3, _thread.interrupt_main).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match=rf"goes on.*job\('{job.id}'\).*physforge job watch {job.id}"):
        job.wait()
    assert time.monotonic() - begun < 5
    assert job.status is State.QUEUED
    job.cancel()


def test_what_needs_a_cancelled_job_is_refused(busy):
    (record,) = busy.jobs.submit([_far_away(busy, seed=2)])
    busy.jobs.cancel(record.id)
    with pytest.raises(JobError, match=r"results\.0: The job .* was cancelled"):
        busy.submit("report", {"results": [record.id]})


def test_nothing_is_stored_of_what_is_refused(tmp_path):
    workspace = Workspace(tmp_path / "new")
    with pytest.raises(JobError):
        workspace.submit("discovery", {"dataset": "heat", "target": 3})
    with pytest.raises(UnknownDatasetError):
        workspace.submit("discovery", {"dataset": "no-such-thing"})
    with pytest.raises(UnknownJobError):
        workspace.submit("simulation", {"discovery": "no-such-job", "initial": "heat"})
    assert workspace.jobs.find(Selection()) == []


def _far_away(workspace, seed=0):
    """A job for a scheduler that is not there."""
    return make_spec(
        "discovery",
        {"dataset": "heat"},
        data=None,
        catalog=workspace.catalog,
        jobs=workspace.jobs,
        executor="tcp://127.0.0.1:9",
        seed=seed,
    )

"""Killed processes and power cuts: nothing that was acknowledged is lost, and nothing is there twice.

A few of each here; `make bench-jobs` counts hundreds.
"""

import pytest
from jobs.store.faults import cut_the_power, kill_while_submitting, submit_the_same


@pytest.fixture
def fresh_url(request, tmp_path):
    """The address of a database of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fresh.sqlite"
    return request.getfixturevalue("server").new_database()


BOTH = pytest.mark.parametrize("fresh_url", ["sqlite", "postgresql"], indirect=True)


@BOTH
def test_processes_that_submit_the_same_get_one_job(fresh_url, tmp_path):
    found = submit_the_same(fresh_url, tmp_path / "jobs", processes=2, count=60)
    assert found["codes"] == [0, 0]
    assert (found["calls"], found["ids"], found["jobs"]) == (120, 1, 1)


@BOTH
def test_what_was_acknowledged_before_a_kill_is_there(fresh_url, tmp_path):
    found = kill_while_submitting(fresh_url, tmp_path / "jobs", kills=2)
    assert found["promised"] >= 2
    assert found["jobs"] >= found["promised"]
    assert (found["lost"], found["torn"], found["corrupt"]) == (0, 0, 0)


def test_a_power_cut_takes_nothing_that_was_acknowledged(tmp_path):
    found = cut_the_power(tmp_path, cuts=8, submits=200, mode="durable")
    if "absent" in found:
        pytest.skip(found["absent"])
    assert found["acknowledged"] > 100
    assert found["main_writes"] > 0, "no cut could fall into a checkpoint"
    assert (found["lost"], found["corrupt"], found["torn"]) == (0, 0, 0)


def test_the_power_cut_would_show_what_is_not_synced(tmp_path):
    """The same without waiting for the disk loses jobs, so that the test before can fail."""
    found = cut_the_power(tmp_path, cuts=8, submits=200, mode="relaxed")
    if "absent" in found:
        pytest.skip(found["absent"])
    assert found["lost"] > 0
    assert found["corrupt"] == 0

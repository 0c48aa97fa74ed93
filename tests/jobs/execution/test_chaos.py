"""Children, workers, the scheduler and the runner are killed while jobs run: none is lost, none is done twice."""

import pytest
from jobs.execution.chaos import Chaos

SETTINGS = """
local: {workers: 2, threads: 1}
lease: {lease_s: 2, heartbeat_s: 0.4}
"""


@pytest.fixture
def chaos(tmp_path):
    chaos = Chaos(tmp_path, SETTINGS)
    yield chaos
    chaos.close()


def test_no_job_is_lost_and_none_is_published_twice(chaos):
    chaos.submit(16, 0.4)
    account = chaos.run(["child", "worker", "scheduler", "child", "runner"], pause_s=1.0, limit_s=120)
    assert (account.jobs, account.lost, account.twice, account.wrong) == (16, 0, 0, 0)
    assert sum(account.kills.values()) == 5
    # The lease is 2 s here, instead of 6.
    assert max(account.noticed_s, default=0.0) <= 5.0

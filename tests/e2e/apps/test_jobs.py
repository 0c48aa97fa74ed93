"""The pages of jobs, walked."""

import pytest
from e2e.apps import looking
from e2e.apps.jobs_walk import walk_jobs

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_training_is_followed_found_again_and_compared(context, workbench):
    page = context.new_page()
    outside = looking.watch_requests(page, workbench.url)
    walk_jobs(page, workbench)
    page.close()
    assert outside == []

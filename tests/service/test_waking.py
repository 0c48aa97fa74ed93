"""The servers of people whose jobs wait are started."""

import pytest
from e2e.bench import wait_for
from service.hub_double import running_hub
from service.serving import running_api, settings_for

from physforge.client import Login
from physforge.jobs import JobSpec
from physforge.jobs.remote_store import RemoteJobStore
from physforge.service import waking
from physforge.service.waking import MOST_AT_ONCE, Waker


@pytest.fixture
def hub():
    with running_hub() as hub:
        yield hub


@pytest.fixture
def api(hub, tmp_path, monkeypatch):
    # The service's own looks come in an hour; the tests look.
    monkeypatch.setattr(waking, "EVERY_S", 3600.0)
    monkeypatch.setattr(waking, "OVERDUE_S", 0.0)
    with running_api(settings_for(tmp_path, hub), hub) as api:
        yield api


@pytest.fixture
def waker(api):
    return Waker(api.app.state.services)


def work(number):
    return JobSpec("derivatives", {"dataset": "burgers", "names": ["u_t"]}, seed=number)


def jobs_of(api, token):
    return RemoteJobStore(Login(api.url, token))


def test_whose_job_waits_gets_a_server_once(api, hub, waker):
    token = hub.add("ada")
    hub.add("grace")
    jobs = jobs_of(api, token)
    assert waker.wake() == []
    jobs.submit([work(1), work(2)])
    assert waker.wake() == ["ada"]
    assert waker.wake() == []
    assert hub.started == ["ada"]


def test_a_job_that_somebody_runs_needs_no_server(api, hub, waker):
    jobs = jobs_of(api, hub.add("ada"))
    jobs.submit([work(1)])
    assert jobs.claim("a worker") is not None
    assert waker.wake() == []


def test_who_has_to_wait_for_the_hub_is_asked_for_again_later_and_later(api, hub, waker, monkeypatch):
    monkeypatch.setattr(waking, "FIRST_PAUSE_S", 0.0)
    jobs_of(api, hub.add("ada")).submit([work(1)])
    hub.refuses_servers = True
    assert waker.wake() == []
    hub.refuses_servers = False
    assert waker.wake() == ["ada"]
    monkeypatch.setattr(waking, "FIRST_PAUSE_S", 100.0)
    hub.started.clear()
    jobs_of(api, hub.add("grace")).submit([work(2)])
    assert waker.wake() == ["ada", "grace"]  # ada's pause was none, and twice that is none
    hub.started.clear()
    assert waker.wake() == ["ada"]


def test_not_all_servers_start_at_once(api, hub, waker):
    names = [f"person-{number}" for number in range(MOST_AT_ONCE + 2)]
    for name in names:
        jobs_of(api, hub.add(name)).submit([work(1)])
    first = waker.wake()
    assert len(first) == MOST_AT_ONCE
    assert sorted(first + waker.wake()) == names


def test_the_service_looks_by_itself(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(waking, "EVERY_S", 0.05)
    monkeypatch.setattr(waking, "OVERDUE_S", 0.2)
    with running_api(settings_for(tmp_path, hub, local_user="ada"), hub) as api:
        # In a workbench for one, the jobs are those of the local mode.
        jobs_of(api, hub.add("ada")).submit([work(1)])
        wait_for(lambda: hub.started == ["ada"], "a server", 20)

"""Somebody in front of the page of jobs, at a real REST API with jobs of any kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service.hub_double import running_hub
from service.serving import any_work, running_api, settings_for, somebody

from physforge.apps.person import Person
from physforge.client import Cache, Login
from physforge.jobs.remote_store import RemoteJobStore


@pytest.fixture(scope="session")
def hub():
    with running_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory):
    home = tmp_path_factory.mktemp("state")
    with running_api(settings_for(home, hub, cache_seconds=0.5), hub) as api:
        api.app.state.services.check_jobs = any_work
        yield api


@pytest.fixture
def login(hub, api) -> Login:
    return Login(api.url, hub.add(somebody("ada")))


@pytest.fixture
def person(login, tmp_path, monkeypatch) -> Iterator[Person]:
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    person = Person("ada", login, kernel=None)
    yield person
    person._leave()


@pytest.fixture
def store(login, tmp_path) -> Iterator[RemoteJobStore]:
    """The same jobs as whoever runs them sees them."""
    store = RemoteJobStore(login, Cache(tmp_path / "cache"))
    yield store
    store.close()

"""Somebody who is logged in at a REST API that runs, with jobs of any kind; their kernel is this process."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from service.hub_double import HubDouble, running_hub
from service.serving import Api, any_work, running_api, settings_for, somebody

from physforge.apps import work
from physforge.apps.person import Person
from physforge.client import Cache, Login
from physforge.errors import PhysForgeError
from physforge.jobs.remote_store import RemoteJobStore


class Here:
    """Does at once what a kernel on somebody's server would do."""

    async def run(self, request: Mapping[str, Any], said: Callable[[str], None]) -> dict[str, Any]:
        asked = dict(request)
        said("Working")
        try:
            return json.loads(json.dumps(work._ACTS[asked.pop("act")](**asked)))
        except PhysForgeError as error:
            return {"error": str(error)}

    async def close(self) -> None:
        """Nothing runs on."""


@pytest.fixture(scope="session")
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory) -> Iterator[Api]:
    with running_api(settings_for(tmp_path_factory.mktemp("state"), hub, cache_seconds=0.5), hub) as api:
        api.app.state.services.check_jobs = any_work
        yield api


@pytest.fixture
def make_person(hub, api):
    """Return somebody new, whose kernel is this process."""

    def make(name: str) -> Person:
        return Person(name, Login(api.url, hub.add(somebody(name))), Here())

    return make


@pytest.fixture
def ada(make_person) -> Iterator[Person]:
    person = make_person("ada")
    yield person
    person._leave()


@pytest.fixture
def login(hub, api) -> Login:
    return Login(api.url, hub.add(somebody("ada")))


@pytest.fixture
def person(login, tmp_path, monkeypatch) -> Iterator[Person]:
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    person = Person("ada", login, Here())
    yield person
    person._leave()


@pytest.fixture
def store(login, tmp_path) -> Iterator[RemoteJobStore]:
    """The same jobs as whoever runs them sees them."""
    store = RemoteJobStore(login, Cache(tmp_path / "cache"))
    yield store
    store.close()

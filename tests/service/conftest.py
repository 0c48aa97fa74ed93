"""One running service for all tests of a module, with people in it."""

from collections.abc import Iterator

import pytest
from service.hub_double import HubDouble, running_hub
from service.serving import Api, running_api, settings_for, somebody


@pytest.fixture(scope="session")
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("state")
    with running_api(settings_for(home, hub, cache_seconds=0.5), hub) as api:
        yield api


@pytest.fixture
def ada(hub) -> str:
    """A token of somebody new."""
    return hub.add(somebody("ada"))


@pytest.fixture
def grace(hub) -> str:
    return hub.add(somebody("grace"))

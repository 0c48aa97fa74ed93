"""The jobs of a workbench keep what `JobStore` promises, over a real server."""

from dataclasses import replace

import pytest
from service.serving import any_work, running_api, settings_for, somebody

from physforge.client import Cache, Login
from physforge.jobs.quota import Quotas
from physforge.jobs.remote_store import RemoteJobStore
from physforge.testing import JobStoreTests


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory):
    settings = settings_for(tmp_path_factory.mktemp("state"), hub)
    with pytest.MonkeyPatch.context() as patch:
        # The suite asks for leases to be released itself, and wants to be told which were.
        patch.setattr("physforge.service.leases.EVERY_S", 3600.0)
        with running_api(settings, hub) as api:
            # The suite's kinds are no tasks, and read what nobody stored.
            api.app.state.services.check_jobs = any_work
            yield api


class TestRemoteJobStore(JobStoreTests):
    @pytest.fixture
    def login(self, api, hub):
        return Login(api.url, hub.add(somebody("ada")))

    @pytest.fixture
    def store(self, login, tmp_path):
        store = RemoteJobStore(login, Cache(tmp_path / "cache"))
        yield store
        store.close()

    @pytest.fixture
    def second(self, login, tmp_path):
        """Of another machine: it has a cache of its own."""
        store = RemoteJobStore(login, Cache(tmp_path / "other"))
        yield store
        store.close()

    @pytest.fixture
    def limited(self, api, store):
        """The same, in a workbench whose operator sets limits."""
        services = api.app.state.services
        plain = services.settings

        def limit(quotas: Quotas) -> RemoteJobStore:
            services.settings = replace(plain, job_quotas=quotas)
            services.forget_stores()
            return store

        yield limit
        services.settings = plain
        services.forget_stores()

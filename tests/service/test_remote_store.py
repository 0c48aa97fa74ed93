"""The store of a hub session keeps what `DatasetStore` promises, over a real server, as far as its rights go."""

from datetime import timedelta

import pytest
from service.serving import Api, running_api, settings_for, somebody

from physforge.client import Cache, Login, RemoteStore
from physforge.datasets.store.garbage import collect
from physforge.testing import DatasetStoreTests


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory):
    """A service of this module's own: what is garbage depends on everybody's data."""
    with running_api(settings_for(tmp_path_factory.mktemp("state"), hub), hub) as api:
        # The suite uses names that the catalog has.
        api.app.state.services.reserved_names = frozenset()
        yield api


class Tended(RemoteStore):
    """A store whose workbench has an operator that frees space when asked."""

    api: Api

    def collect_garbage(self, *, grace_s=24 * 3600.0):
        services = self.api.app.state.services
        return collect(services.database, services.blobs, timedelta(seconds=grace_s))


class TestRemoteStore(DatasetStoreTests):
    @pytest.fixture
    def author(self):
        return somebody("ada")

    @pytest.fixture
    def store(self, api, hub, author, tmp_path):
        store = Tended(Login(api.url, hub.add(author)), Cache(tmp_path / "cache"))
        store.api = api
        yield store
        for one in store.list():
            store.remove(one.id)
        store.empty_trash()
        store.collect_garbage(grace_s=0)
        store.close()

    def test_a_name_may_have_255_bytes_and_a_file_any_name(self, store, tmp_path):
        """Others see the names of files: a sign that turns the reading direction is not sent on."""
        path = tmp_path / "..%2f $(touch x);\u202e.csv"
        path.write_text("t,u\n0,1\n1,2\n2,3\n3,5\n")
        version = store.add(path, name="é" * 127 + "e")
        assert version.original_name == "..%2f $(touch x);_.csv"
        assert store.open(version.name).sizes == {"t": 4}

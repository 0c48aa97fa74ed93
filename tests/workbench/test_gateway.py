"""One fact a test about what Dask Gateway is told."""

import os

import pytest
from dask_gateway_server.backends.local import UnsafeLocalBackend

from physforge.workbench import gateway
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan


@pytest.fixture
def settings(plan: Plan, secrets: Secrets) -> gateway.GatewaySettings:
    return gateway.gateway_settings(plan, secrets)


def test_it_listens_on_loopback(settings):
    assert settings["Proxy"]["address"] == "127.0.0.1:21086"


def test_the_hub_says_who_a_token_belongs_to(settings, secrets):
    assert settings["DaskGateway"]["authenticator_class"].endswith("JupyterHubAuthenticator")
    assert settings["JupyterHubAuthenticator"]["jupyterhub_api_url"] == "http://127.0.0.1:21081/hub/api"
    assert settings["JupyterHubAuthenticator"]["jupyterhub_api_token"] == secrets.gateway_token


def test_a_token_needs_the_gateways_own_scope(settings):
    assert settings["JupyterHubAuthenticator"]["jupyterhub_service_name"] == "dask-gateway"


def test_the_original_backend_never_runs_as_root(settings):
    backend = settings["DaskGateway"]["backend_class"].rpartition(".")[2]
    assert backend == UnsafeLocalBackend.__name__


def test_schedulers_and_workers_start_from_this_environment(settings):
    assert settings["ClusterConfig"]["scheduler_cmd"][1:] == ["scheduler"]
    assert settings["ClusterConfig"]["worker_cmd"][1:] == ["worker"]
    assert settings["ClusterConfig"]["worker_cmd"][0].endswith("/bin/dask")


def test_cluster_processes_are_marked(settings):
    assert "PHYSFORGE_WORKBENCH" in settings["UnsafeLocalBackend"]["inherited_environment"]


def test_a_forgotten_cluster_stops(settings):
    assert 0 < settings["ClusterConfig"]["idle_timeout"] <= 3600


def test_a_cluster_is_bounded(settings):
    config = settings["ClusterConfig"]
    assert 2 <= config["cluster_max_workers"] <= max(os.cpu_count(), 2)
    assert config["worker_memory"] == "2 G"


def test_all_workers_fit_beside_their_scheduler(settings):
    config = settings["ClusterConfig"]
    needed = config["cluster_max_workers"] * config["worker_cores"] + config["scheduler_cores"]
    assert config["cluster_max_cores"] == needed


def test_every_setting_is_one_that_dask_gateway_knows(settings):
    from dask_gateway_server.app import DaskGateway
    from dask_gateway_server.auth import JupyterHubAuthenticator
    from dask_gateway_server.backends.base import Backend, ClusterConfig
    from dask_gateway_server.proxy import Proxy

    for known in (DaskGateway, JupyterHubAuthenticator, Backend, ClusterConfig, Proxy, UnsafeLocalBackend):
        unknown = set(settings.pop(known.__name__)) - set(known.class_trait_names())
        assert not unknown
    assert not settings

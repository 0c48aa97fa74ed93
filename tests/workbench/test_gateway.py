"""One fact a test about what Dask Gateway is told."""

import os
from dataclasses import replace

import pytest
from dask_gateway_server.backends.local import LocalBackend

from physforge.workbench import gateway
from physforge.workbench.cluster_backend import SingleUserBackend, UnixUserBackend
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan


@pytest.fixture
def settings(plan: Plan, secrets: Secrets) -> gateway.GatewaySettings:
    return gateway.gateway_settings(plan, secrets)


def test_it_listens_on_loopback(settings):
    assert settings["Proxy"]["address"] == "127.0.0.1:21086"


def test_the_hub_says_who_a_token_belongs_to(settings, secrets):
    assert settings["DaskGateway"]["authenticator_class"].endswith(".HubTokens")
    assert settings["JupyterHubAuthenticator"]["jupyterhub_api_url"] == "http://127.0.0.1:21081/hub/api"
    assert settings["JupyterHubAuthenticator"]["jupyterhub_api_token"] == secrets.gateway_token


def test_a_token_needs_the_gateways_own_scope(settings):
    assert settings["JupyterHubAuthenticator"]["jupyterhub_service_name"] == "dask-gateway"


@pytest.mark.parametrize(("many", "backend"), [(False, SingleUserBackend), (True, UnixUserBackend)])
def test_the_original_backend_never_runs_as_root(plan, secrets, many, backend):
    settings = gateway.gateway_settings(replace(plan, many_users=many), secrets)
    assert settings["DaskGateway"]["backend_class"] == f"{backend.__module__}.{backend.__name__}"
    if many:
        # It gives the user "/".
        assert backend.setup_working_directory is not LocalBackend.setup_working_directory


def test_schedulers_and_workers_start_from_this_environment(settings):
    assert settings["ClusterConfig"]["scheduler_cmd"][1:] == ["scheduler"]
    assert settings["ClusterConfig"]["worker_cmd"][1:] == ["worker"]
    assert settings["ClusterConfig"]["worker_cmd"][0].endswith("/bin/dask")


def test_cluster_processes_are_marked(settings):
    assert "PHYSFORGE_WORKBENCH" in settings["LocalBackend"]["inherited_environment"]


def test_the_state_folder_is_not_told_to_other_users(plan, secrets):
    settings = gateway.gateway_settings(replace(plan, many_users=True), secrets)
    assert "PHYSFORGE_HOME" not in settings["LocalBackend"]["inherited_environment"]


def test_a_site_says_how_many_clusters_a_user_may_have(plan, secrets):
    (plan.state.home / "workbench.yaml").write_text("clusters: {per_user: 2, workers: 3, idle_minutes: 5}")
    settings = gateway.gateway_settings(plan, secrets)
    assert settings["SingleUserBackend"]["clusters_per_user"] == 2
    assert settings["ClusterConfig"]["cluster_max_workers"] == 3
    assert settings["ClusterConfig"]["cluster_max_cores"] == 4
    assert settings["ClusterConfig"]["idle_timeout"] == 300


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


@pytest.mark.parametrize("many", [False, True])
def test_every_setting_is_one_that_dask_gateway_knows(plan, secrets, many):
    settings = gateway.gateway_settings(replace(plan, many_users=many), secrets)
    backend = UnixUserBackend if many else SingleUserBackend
    from dask_gateway_server.app import DaskGateway
    from dask_gateway_server.auth import JupyterHubAuthenticator
    from dask_gateway_server.backends.base import Backend, ClusterConfig
    from dask_gateway_server.proxy import Proxy

    for known in (DaskGateway, JupyterHubAuthenticator, Backend, ClusterConfig, Proxy, LocalBackend, backend):
        unknown = set(settings.pop(known.__name__)) - set(known.class_trait_names())
        assert not unknown
    assert not settings

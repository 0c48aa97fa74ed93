"""One fact a test about what JupyterHub is told."""

import bcrypt
import pytest
from sqlalchemy import make_url

from physforge.workbench import hub
from physforge.workbench.ports import Ports
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan, StateFolder


@pytest.fixture
def settings(plan: Plan, secrets: Secrets) -> hub.HubSettings:
    return hub.hub_settings(plan, secrets)


def role(settings: hub.HubSettings, name: str) -> dict:
    (found,) = [one for one in settings["JupyterHub"]["load_roles"] if one["name"] == name]
    return found


def test_the_hub_listens_on_loopback(settings):
    assert settings["JupyterHub"]["hub_bind_url"] == "http://127.0.0.1:21081"


def test_browsers_come_through_the_proxy(settings):
    assert settings["JupyterHub"]["bind_url"] == "http://127.0.0.1:21000/"


def test_user_servers_survive_the_hub(settings):
    assert settings["JupyterHub"]["cleanup_servers"] is False


def test_routes_survive_the_hub(settings):
    assert settings["JupyterHub"]["cleanup_proxy"] is False


def test_the_proxy_is_not_the_hubs_child(settings):
    assert settings["TraefikFileProviderProxy"]["should_start"] is False


def test_the_proxys_api_password_matches_its_hash_at_the_lowest_cost(settings, secrets):
    traits = settings["TraefikFileProviderProxy"]
    assert traits["traefik_api_password"] == secrets.proxy_api_password
    assert bcrypt.checkpw(secrets.proxy_api_password.encode(), traits["traefik_api_hashed_password"].encode())
    assert traits["traefik_api_hashed_password"].startswith("$2b$04$")


def test_the_hubs_rules_lie_in_the_folder_that_traefik_watches(settings, plan):
    assert settings["TraefikFileProviderProxy"]["dynamic_config_file"] == str(plan.state.routes / "hub.toml")


def test_the_database_is_in_the_state_folder(settings, plan):
    assert make_url(settings["JupyterHub"]["db_url"]).database == str(plan.state.database)


def test_odd_signs_in_the_state_folders_path_are_kept(tmp_path, secrets):
    odd = Plan(StateFolder(tmp_path / "a b%c#d?{e}"), Ports.from_base(21000), "ada")
    settings = hub.hub_settings(odd, secrets)
    assert make_url(settings["JupyterHub"]["db_url"]).database == str(odd.state.database)
    home = settings["SingleUserSpawner"]["home_dir_template"].format(username="ada")
    assert home == str(odd.state.user_home("ada"))


def test_cookies_outlive_the_hub(plan, secrets):
    first = hub.hub_settings(plan, secrets)["JupyterHub"]["cookie_secret"]
    again = hub.hub_settings(plan, Secrets.load_or_create(plan.state.secrets))["JupyterHub"]["cookie_secret"]
    assert first == again
    assert len(first) == 32


def test_exactly_one_account_is_allowed(settings):
    assert settings["Authenticator"]["allowed_users"] == {"ada"}
    assert settings["Authenticator"]["allow_all"] is False


def test_sessions_speak_to_their_kernels_over_files_not_ports(settings, plan):
    environment = settings["Spawner"]["environment"]
    assert environment["JUPYTER_RUNTIME_DIR"] == str(plan.sockets)
    assert environment["JUPYTER_CONFIG_PATH"].endswith("hub_config/jupyter")


def test_sessions_find_dask_gateway_without_being_told(settings):
    environment = settings["Spawner"]["environment"]
    assert environment["DASK_GATEWAY__ADDRESS"] == "http://127.0.0.1:21086"
    assert environment["DASK_GATEWAY__PROXY_ADDRESS"] == "gateway://127.0.0.1:21086"
    assert environment["DASK_GATEWAY__AUTH__TYPE"] == "jupyterhub"


def test_session_processes_are_marked(settings, plan):
    assert settings["Spawner"]["environment"]["PHYSFORGE_WORKBENCH"] == plan.state.identity


def test_no_secret_reaches_a_session(settings, secrets):
    told = str(settings["Spawner"])
    assert not any(value in told for value in vars(secrets).values())


@pytest.mark.parametrize("name", ["user", "server"])
def test_users_and_their_servers_may_use_dask_gateway(settings, name):
    assert "access:services!service=dask-gateway" in role(settings, name)["scopes"]


def test_a_server_may_only_report_activity_open_itself_and_call_services(settings):
    assert set(role(settings, "server")["scopes"]) == {
        "users:activity!user",
        "access:servers!server",
        "access:services!service=dask-gateway",
        "access:services!service=api",
    }


def test_the_culler_cannot_start_or_read_servers_contents(settings):
    assert role(settings, "culler")["scopes"] == [
        "list:users",
        "read:users:activity",
        "read:servers",
        "delete:servers",
    ]


def test_every_role_names_a_service_that_exists(settings):
    known = {service["name"] for service in settings["JupyterHub"]["services"]}
    named = {name for one in settings["JupyterHub"]["load_roles"] for name in one.get("services", [])}
    assert named <= known


def test_services_are_not_started_by_the_hub(settings):
    assert all("command" not in service for service in settings["JupyterHub"]["services"])

"""What the hub and the proxy are told of published dashboards."""

from types import SimpleNamespace

import pytest
from jupyterhub.spawner import SpawnException

from physforge.workbench import hub
from physforge.workbench.hub_proxy import RulesProxy, SharedRulesProxy
from physforge.workbench.publishing import SANDBOX, choose_program, is_published, is_published_route
from physforge.workbench.traefik import dynamic_configuration


def spawner(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, cmd=["jupyterhub-singleuser"], args=["--allow-root"], default_url="/lab")


def test_the_usual_server_is_what_it_was():
    usual = spawner("")
    choose_program(usual)
    assert usual == spawner("")


def test_a_published_dashboard_is_a_program_of_its_own():
    dashboard = spawner("pub-01234567")
    choose_program(dashboard)
    assert dashboard.cmd[1:] == ["-m", "physforge.apps.published"]
    assert dashboard.args == []


@pytest.mark.parametrize("name", ["second", "pub-", "pub-0123456", "xpub-01234567", "pub-01234567x"])
def test_there_are_no_other_named_servers(name):
    with pytest.raises(SpawnException):
        choose_program(spawner(name))
    assert not is_published(name)


def test_the_hub_has_named_servers_and_not_many(plan, secrets):
    settings = hub.hub_settings(plan, secrets)["JupyterHub"]
    assert settings["allow_named_servers"] is True
    assert 0 < settings["named_server_limit_per_user"] <= 20


def test_nobody_shares_a_whole_server(plan, secrets):
    # JupyterHub's own shares are of any server; the right to give them is in no role.
    roles = hub.hub_settings(plan, secrets)["JupyterHub"]["load_roles"]
    assert not [scope for one in roles for scope in one["scopes"] if "shares" in scope]


@pytest.mark.parametrize("kind", [RulesProxy, SharedRulesProxy])
def test_the_proxy_puts_dashboards_and_nothing_else_into_a_sandbox(kind, tmp_path):
    # Without __init__, which begins to wait for a Traefik.
    proxy = kind.__new__(kind, dynamic_config_file=str(tmp_path / "hub.toml"))
    proxy.traefik_entrypoint = "web"

    def middlewares(routespec: str) -> list[str]:
        rules, _ = proxy._dynamic_config_for_route(routespec, "http://127.0.0.1:1", {})
        (router,) = rules["http"]["routers"].values()
        return router.get("middlewares", [])

    assert middlewares("/user/ada/pub-01234567/") == ["published@file"]
    assert middlewares("/user/ada/") == []
    assert middlewares("/") == []
    assert "published" in dynamic_configuration()["http"]["middlewares"]


def test_a_sandboxed_page_is_nobody_at_this_origin():
    assert SANDBOX.startswith("sandbox ")
    assert "allow-same-origin" not in SANDBOX


@pytest.mark.parametrize(
    "routespec", ["/user/pub-01234567/", "/user/ada/pub-01234567/x/", "/services/ada/pub-01234567/"]
)
def test_only_the_server_itself_is_a_dashboard(routespec):
    assert not is_published_route(routespec)

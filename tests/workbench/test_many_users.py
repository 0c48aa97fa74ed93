"""What the hub and the supervisor are told of a workbench for many users."""

import stat
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import toml

from physforge.workbench import gateway, hub, many_users
from physforge.workbench.hub_proxy import SharedRulesProxy
from physforge.workbench.managed_session import chosen_profile
from physforge.workbench.processes import processes
from physforge.workbench.site_settings import Site
from physforge.workbench.supervision import configuration


@pytest.fixture
def many(plan):
    return replace(plan, many_users=True)


PROFILES = """
gpus: ["0", "1"]
profiles:
  - {name: small, title: "Small <4 GiB>"}
  - {name: gpu, title: One GPU, gpus: 1}
"""


@pytest.mark.parametrize(
    ("spawner", "name"),
    [("local", "UnixUserSpawner"), ("sudo", "ManagedSudoSpawner"), ("systemd", "ManagedSystemdSpawner")],
)
def test_the_site_chooses_what_starts_sessions(many, spawner, name):
    settings = many_users.spawner_settings(many, Site(spawner=spawner))
    assert settings["JupyterHub"]["spawner_class"].rpartition(".")[2] == name


def test_all_sessions_share_one_set_of_leases(many):
    settings = many_users.spawner_settings(many, Site(gpus=["0"]))
    # As traitlets does with whatever is configured, for every spawner anew.
    first, second = (deepcopy(settings["ManagedSession"]["host"])() for _ in range(2))
    assert first.leases.lease("ada/", 1) == ["0"]
    assert second.leases.lease("bea/", 1) is None


def test_sessions_are_never_allowed_to_be_roots(many, secrets):
    settings = hub.hub_settings(many, secrets)
    assert "--allow-root" not in settings["Spawner"].get("args", [])
    assert settings["JupyterHub"]["spawner_class"].endswith("UnixUserSpawner")


def test_a_session_is_not_told_where_the_state_is(many, secrets):
    environment = hub.hub_settings(many, secrets)["Spawner"]["environment"]
    assert "PHYSFORGE_HOME" not in environment
    assert str(many.state.home) not in str(environment)


def test_people_choose_among_profiles(many):
    (many.state.home / "workbench.yaml").write_text(PROFILES)
    settings = many_users.spawner_settings(many, Site.read(many.state.home))
    form = settings["Spawner"]["options_form"]
    assert '<option value="gpu">One GPU</option>' in form
    assert "Small &lt;4 GiB&gt;" in form
    host = settings["ManagedSession"]["host"]()
    assert host.profile(None).name == "small"
    assert host.profile("gpu").gpus == 1
    assert host.profile("huge") is None


def test_where_there_is_no_choice_nobody_is_asked(many):
    assert many_users.spawner_settings(many, Site())["Spawner"]["options_form"] == ""


def test_the_form_is_read():
    assert chosen_profile({"profile": ["gpu"]}) == {"profile": "gpu"}
    assert chosen_profile({}) == {}


def test_only_what_starts_things_for_users_or_keeps_the_log_is_root(many, secrets):
    users = {member.name: member.user for member in processes(many, secrets)}
    root = ("hub", "gateway", "audit")
    assert {users[name] for name in root} == {None}
    assert {user for name, user in users.items() if name not in root} == {"physforge"}


def test_the_gateways_proxy_runs_apart_from_it(many, plan, secrets):
    members = {member.name: member for member in processes(many, secrets)}
    proxy = members["gateway-proxy"]
    assert Path(proxy.command[0]).is_file()
    assert "http://127.0.0.1:21085/api/v1/routes" in proxy.command
    assert proxy.environment == {"DASK_GATEWAY_PROXY_TOKEN": secrets.gateway_proxy_token}
    assert secrets.gateway_proxy_token not in " ".join(proxy.command)
    assert gateway.gateway_settings(many, secrets)["Proxy"]["externally_managed"] is True
    assert "gateway-proxy" not in {member.name for member in processes(plan, secrets)}


def test_one_user_runs_everything_alone(plan, secrets):
    assert {member.user for member in processes(plan, secrets)} == {None}


def test_the_supervisor_changes_the_user(many, secrets):
    text = configuration(many, processes(many, secrets))
    proxy = text.partition("[program:proxy]")[2].partition("[program:")[0]
    assert "user = physforge" in proxy
    assert f"directory = {many.proxy_folder}" in proxy
    assert 'HOME="/"' in proxy


def test_services_are_not_told_where_root_keeps_accounts_and_log(many, secrets):
    text = configuration(many, processes(many, secrets))
    for name in ("proxy", "apps", "api", "culler", "gateway-proxy", "hub", "gateway", "audit"):
        part = text.partition(f"[program:{name}]\n")[2].partition("[program:")[0]
        is_root = name in ("hub", "gateway", "audit")
        for variable in ("PHYSFORGE_AUDIT_URL", "PHYSFORGE_AUDIT_KEYS", "PHYSFORGE_ACCOUNTS_URL"):
            assert (f'{variable}=""' in part) != is_root, (name, variable)


def test_the_proxys_group_reads_the_rules_and_nobody_else(tmp_path):
    proxy = SharedRulesProxy(dynamic_config_file=str(tmp_path / "hub.toml"))
    proxy.dynamic_config["http"]["routers"]["one"] = {"rule": "PathPrefix(`/`)", "service": "one"}
    proxy.dynamic_config["http"]["services"]["one"] = {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:1"}]}}
    proxy._persist_dynamic_config()
    rules = tmp_path / "hub.toml"
    assert stat.S_IMODE(rules.stat().st_mode) == 0o640
    assert toml.loads(rules.read_text())["http"]["routers"]["one"]["service"] == "one"
    assert list(tmp_path.iterdir()) == [rules]

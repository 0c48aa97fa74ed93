"""The REST API as a part of the workbench."""

import dataclasses
import os
import shutil
import stat

import pytest

from physforge.errors import WorkbenchError
from physforge.workbench import api, state
from physforge.workbench.hub import hub_settings
from physforge.workbench.processes import processes


def test_it_listens_on_loopback_behind_the_front_door(plan):
    routes = api.api_routes(plan)["http"]
    assert routes["routers"]["api"]["rule"] == "PathPrefix(`/services/api/`)"
    assert routes["services"]["api"]["loadBalancer"]["servers"] == [{"url": "http://127.0.0.1:21088"}]
    assert "--port=21088" in api.api_command(plan)


def test_its_secrets_travel_in_the_environment_and_in_a_private_file(plan, secrets):
    api.prepare_api(plan, secrets)
    (process,) = [one for one in processes(plan, secrets) if one.name == "api"]
    assert not [part for part in process.command if secrets.api_token in part or secrets.api_link_secret in part]
    path = plan.state.root / "link-signing"
    # In the folder that it is started in.
    assert process.environment["PHYSFORGE_API_SECRET_FILE"] == path.name
    assert path.read_text() == secrets.api_link_secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_does_not_lead_root_out_of_the_services_folder(plan, secrets, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "_SPOOL", tmp_path / "spool")
    many = dataclasses.replace(plan, many_users=True)
    api.prepare_api(many, secrets)
    root = api.api_home(many) / "workbench"
    shutil.rmtree(root)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root.symlink_to(elsewhere)
    with pytest.raises(WorkbenchError, match="is a link"):
        api.prepare_api(many, secrets)
    assert list(elsewhere.iterdir()) == []


def test_the_one_user_of_a_workbench_has_the_data_of_its_notebooks(plan, secrets):
    environment = api.api_environment(plan, secrets)
    # The supervisor's own.
    assert "PHYSFORGE_HOME" not in environment
    assert environment["PHYSFORGE_API_LOCAL_USER"] == "ada"
    # Whoever runs the hub runs the API, and both write the log.
    assert "PHYSFORGE_AUDIT_SOCKET" not in environment
    assert "audit" not in {one.name for one in processes(plan, secrets)}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run it as another user")
def test_of_many_users_it_has_a_folder_that_none_of_them_can_enter(plan, secrets):
    plan = dataclasses.replace(plan, many_users=True)
    assert plan.state.home not in api.api_home(plan).parents
    environment = api.api_environment(plan, secrets)
    assert environment["PHYSFORGE_HOME"] == str(api.api_home(plan))
    assert "PHYSFORGE_API_LOCAL_USER" not in environment
    (process,) = [one for one in processes(plan, secrets) if one.name == "api"]
    assert process.user == "physforge"
    # The log is root's; the API hands its events over.
    assert environment["PHYSFORGE_AUDIT_SOCKET"] == str(plan.sockets / "audit" / "log.sock")


def test_the_hub_lets_people_and_their_servers_call_it_and_it_see_accounts_and_start_servers(plan, secrets):
    hub = hub_settings(plan, secrets)["JupyterHub"]
    roles = {role["name"]: role["scopes"] for role in hub["load_roles"]}
    assert api.API_SCOPE in roles["user"]
    assert api.API_SCOPE in roles["server"]
    assert roles["api"] == ["read:users", "servers"]
    (service,) = [one for one in hub["services"] if one["name"] == "api"]
    assert "url" not in service


def test_limits_of_jobs_come_from_the_sites_settings(plan, secrets):
    assert not [name for name in api.api_environment(plan, secrets) if name.endswith(("JOBS", "SECONDS", "_BYTES"))]
    plan.state.home.mkdir(parents=True, exist_ok=True)
    text = "jobs: {per_user: {running: 3, cpu_hours: 1.5}, per_project: {artifacts_gib: 0.5}, keep_days: 90}"
    (plan.state.home / "workbench.yaml").write_text(text)
    environment = api.api_environment(plan, secrets)
    quotas = {name: value for name, value in environment.items() if "_USER_" in name or "_PROJECT_" in name}
    assert quotas.pop("PHYSFORGE_API_LOCAL_USER", "ada") == "ada"
    assert environment["PHYSFORGE_API_ARTIFACT_DAYS"] == "90"
    assert quotas == {
        "PHYSFORGE_API_USER_RUNNING_JOBS": "3",
        "PHYSFORGE_API_USER_CPU_SECONDS": "5400",
        "PHYSFORGE_API_PROJECT_ARTIFACT_BYTES": str(2**29),
    }

"""One fact a test about who may log in."""

import asyncio
import logging

import pytest
import yaml
from traitlets.config import Config

from physforge.errors import SettingsError, WorkbenchError
from physforge.workbench.authenticator import AccountAuthenticator
from physforge.workbench.identity import identity_settings, link_address, read_secret
from physforge.workbench.provider_login import GitHubLogin, GoogleLogin, OpenIDLogin
from physforge.workbench.state import Plan

PAGES = {
    "authorize_url": "https://id.example.org/authorize",
    "token_url": "https://id.example.org/token",
    "userdata_url": "https://id.example.org/userinfo",
}


@pytest.fixture
def many(state) -> Plan:
    from physforge.workbench.ports import Ports

    return Plan(state=state, ports=Ports.from_base(21000), user="ada", many_users=True)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "client-secret"
    path.write_text("given-by-the-provider-7\n")
    path.chmod(0o600)
    return path


def write(plan: Plan, **identity) -> None:
    (plan.state.home / "workbench.yaml").write_text(yaml.safe_dump({"identity": identity}))


def oauth(secret, provider="oidc", **more) -> dict:
    issuer = {"issuer": "https://id.example.org", **PAGES} if provider in ("oidc", "gitlab") else {}
    return {
        "provider": provider,
        "client_id": "physforge",
        "client_secret_file": str(secret),
        **issuer,
        **({"allowed_users": ["ada"]} if "allowed_groups" not in more else {}),
        **more,
    }


def made(kind, plan: Plan, **traits):
    """Make an authenticator of the settings, as the hub does."""
    config = Config()
    for section, values in identity_settings(plan).items():
        config[section].update(values)
    for name, value in traits.items():
        config[kind.__name__][name] = value
    return kind(config=config)


def test_one_user_means_one(plan):
    settings = identity_settings(plan)
    assert settings["Authenticator"]["allowed_users"] == {"ada"}
    assert settings["JupyterHub"]["template_vars"]["registration"] == "invitation"


def test_accounts_are_the_list_where_there_are_many(many):
    settings = identity_settings(many)
    assert "allowed_users" not in settings["Authenticator"]
    assert settings["Authenticator"]["allow_all"] is False
    assert settings["Authenticator"]["allow_existing_users"] is False


def test_strangers_may_ask_only_where_that_is_set(many):
    assert made(AccountAuthenticator, many).registration == "invitation"
    write(many, registration="request")
    assert made(AccountAuthenticator, many).registration == "request"


def test_one_user_is_asked_by_nobody(plan):
    write(plan, registration="request")
    assert made(AccountAuthenticator, plan).registration == "invitation"


def test_a_session_of_somebody_kept_out_ends_soon(many):
    settings = identity_settings(many)["Authenticator"]
    assert settings["auth_refresh_age"] <= 10
    assert settings["auth_refresh_strict"] is True


def test_links_lead_to_the_address_for_people(many):
    assert link_address(many, "abc") == "http://127.0.0.1:21000/hub/welcome?token=abc"
    write(many, address="https://lab.example.org")
    assert link_address(many, "abc") == "https://lab.example.org/hub/welcome?token=abc"


def test_accounts_pass_the_self_test(many):
    made(AccountAuthenticator, many).check_allow_config()


@pytest.mark.parametrize("trait", ["allow_all", "allow_existing_users"])
def test_the_hub_does_not_start_with_an_open_door(many, trait):
    with pytest.raises(WorkbenchError, match=f"{trait} is set"):
        made(AccountAuthenticator, many, **{trait: True}).check_allow_config()


def test_a_check_that_lets_strangers_in_is_found_out(many):
    class Careless(AccountAuthenticator):
        async def check_allowed(self, username, authentication=None):  # noqa: ARG002
            await asyncio.sleep(0)
            return True

    with pytest.raises(WorkbenchError, match="on no list"):
        made(Careless, many).check_allow_config()


@pytest.mark.parametrize(
    ("kind", "provider", "more"),
    [
        (OpenIDLogin, "oidc", {}),
        (OpenIDLogin, "gitlab", {"allowed_groups": ["physics"]}),
        (GitHubLogin, "github", {"allowed_groups": ["lab:readers"]}),
        (GoogleLogin, "google", {"hosted_domain": "example.org"}),
    ],
)
def test_each_provider_passes_the_self_test_and_fails_it_with_an_open_door(many, secret, kind, provider, more):
    write(many, oauth=oauth(secret, provider, **more))
    settings = identity_settings(many)
    assert settings["JupyterHub"]["authenticator_class"] == f"physforge.workbench.provider_login.{kind.__name__}"
    made(kind, many).check_allow_config()
    with pytest.raises(WorkbenchError, match="allow_all is set"):
        made(kind, many, allow_all=True).check_allow_config()
    with pytest.raises(WorkbenchError, match="allow_existing_users is set"):
        made(kind, many, allow_existing_users=True).check_allow_config()


def test_scopes_that_let_everybody_in_are_found_out(many, secret):
    write(many, oauth=oauth(secret))
    careless = made(OpenIDLogin, many, allowed_scopes=["openid"])
    with pytest.raises(WorkbenchError, match="on no list"):
        careless.check_allow_config()


def test_a_provider_with_nobody_allowed_does_not_start(many, secret):
    write(many, oauth=oauth(secret))
    with pytest.raises(WorkbenchError, match="Nobody is allowed"):
        made(OpenIDLogin, many, allowed_users=set()).check_allow_config()


@pytest.mark.parametrize("trait", ["allowed_groups", "admin_groups", "auditor_groups"])
def test_the_group_of_everybody_gives_no_rights(many, secret, trait):
    write(many, oauth=oauth(secret))
    with pytest.raises(WorkbenchError, match="everybody in it"):
        made(OpenIDLogin, many, **{trait: {"everyone"}}).check_allow_config()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"allowed_users": []}, "allowed_users or allowed_groups must name somebody"),
        ({"issuer": None}, "issuer is needed"),
        ({"issuer": "http://id.example.org"}, "must begin with https"),
        ({"userdata_url": "http://id.example.org/me"}, "must begin with https"),
        ({"client_id": ""}, "client_id"),
        ({"allow_all": True}, "Extra inputs are not permitted"),
        ({"provider": "facebook"}, "'oidc', 'github', 'gitlab' or 'google'"),
        ({"provider": "google"}, "hosted_domain is needed"),
        ({"provider": "google", "hosted_domain": "a.org", "allowed_groups": ["x"]}, "Google tells of no groups"),
        ({"provider": "github"}, "issuer is not for github"),
    ],
)
def test_a_wrong_entry_is_named(many, secret, change, words):
    write(many, oauth={**oauth(secret), **change})
    with pytest.raises(SettingsError, match=words) as refused:
        identity_settings(many)
    assert "workbench.yaml: identity" in str(refused.value)


def test_a_provider_is_not_for_one_user(plan, secret):
    write(plan, oauth=oauth(secret))
    with pytest.raises(SettingsError, match="for a workbench for many users"):
        identity_settings(plan)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("given-by-the-provider-7", 0o640, "can be read by others"),
        ("given-by-the-provider-7", 0o604, "can be read by others"),
        ("changeme", 0o600, "too short"),
        ("x" * 40, 0o600, "too simple"),
        ("", 0o600, "too short"),
        (None, 0, "cannot be read"),
    ],
)
def test_a_client_secret_that_is_none_is_refused(tmp_path, text, mode, words):
    path = tmp_path / "secret"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    with pytest.raises(WorkbenchError, match=words) as refused:
        read_secret(path)
    assert not text or text not in str(refused.value)


@pytest.fixture
def github(many, secret) -> GitHubLogin:
    write(many, oauth=oauth(secret, "github", allowed_groups=["lab:readers"], auditor_groups=["lab:audit"]))
    return made(GitHubLogin, many)


def test_teams_and_organisations_become_groups(github):
    teams = [
        {"slug": "readers", "organization": {"login": "Lab"}},
        {"slug": "audit", "organization": {"login": "lab"}},
        {"slug": "x", "organization": {"login": "other"}},
    ]
    groups = asyncio.run(github.get_user_groups({"teams": teams}))
    assert groups == {"lab", "lab:readers", "lab:audit", "other", "other:x", "auditors", "everyone"}


def test_nobody_becomes_auditor_by_the_name_of_a_group(many, secret):
    write(many, oauth=oauth(secret, auditor_groups=["data-protection"]))
    login = made(OpenIDLogin, many)

    def groups(*named: str) -> set[str]:
        return asyncio.run(login.get_user_groups({"oauth_user": {"groups": list(named)}}))

    assert groups("auditors", "physics") == {"everyone", "physics"}
    assert groups("data-protection") == {"data-protection", "auditors", "everyone"}
    assert groups("x" * 129, "a\nb", "") == {"everyone"}


def hook(login, name="ada", sub="1", **model):
    state = {"oauth_user": {"sub": sub}, "scope": []}
    return asyncio.run(login.run_post_auth_hook(None, {"name": name, "admin": None, "auth_state": state, **model}))


def test_an_account_is_bound_to_the_person_and_not_to_the_name(many, secret, caplog):
    from tornado import web

    write(many, oauth=oauth(secret))
    login = made(OpenIDLogin, many)
    caplog.set_level(logging.INFO)
    assert hook(login)["admin"] is False
    first = login.accounts.find("ada")
    assert hook(login, admin=True)["admin"] is True
    assert login.accounts.find("ada").id == first.id
    for sub in ("2", ""):
        with pytest.raises(web.HTTPError) as refused:
            hook(login, sub=sub)
        assert refused.value.status_code == 403
    login.accounts.set_password("bob", "nine purple otters dance")
    with pytest.raises(web.HTTPError, match="somebody else"):
        hook(login, name="bob", sub="1")
    login.accounts.join("eve", "https://id.example.org 9", admin=True, auditor=False)
    login.accounts.disable("ada")
    with pytest.raises(web.HTTPError, match="is disabled"):
        hook(login)

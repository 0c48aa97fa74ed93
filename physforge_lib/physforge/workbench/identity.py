"""Who may log in: the hub's settings for accounts here, or for an identity provider."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import httpx

from physforge.errors import SettingsError, WorkbenchError
from physforge.share import shared_folder
from physforge.workbench.account_database import accounts_address
from physforge.workbench.identity_options import Identity, OAuth
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan

#: How often a running session is asked whether its owner may still come in, in seconds.
_REFRESH_SECONDS = 10

_SHORTEST_SECRET = 16
_DISCOVERY_SECONDS = 10

_CLASSES = {
    "oidc": "OpenIDLogin",
    "gitlab": "OpenIDLogin",
    "github": "GitHubLogin",
    "google": "GoogleLogin",
}


def identity_settings(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return who may log in, and how.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    dict
        Section -> trait -> value.

    Raises
    ------
    SettingsError
        If workbench.yaml cannot be used.
    WorkbenchError
        If a provider cannot be asked, or its secret can be read by others.
    """
    identity = Site.read(plan.state.home).identity
    if identity.oauth is not None and not plan.many_users:
        raise SettingsError("identity.oauth in workbench.yaml is for a workbench for many users, and this is for one.")
    settings = _common(plan, identity)
    login = _own_accounts(plan) if identity.oauth is None else _provider(identity.oauth)
    for section, traits in login.items():
        settings.setdefault(section, {}).update(traits)
    return settings


def link_address(plan: Plan, token: str) -> str:
    """Return the link with which somebody sets a password.

    Parameters
    ----------
    plan : Plan
        Of the workbench.
    token : str
        Of the link.

    Returns
    -------
    str
        An address for a browser.
    """
    base = Site.read(plan.state.home).identity.address or plan.url
    return f"{base}hub/welcome?token={token}"


def _common(plan: Plan, identity: Identity) -> dict[str, dict[str, Any]]:
    own = identity.oauth is None
    registration = identity.registration if own and plan.many_users else "invitation"
    return {
        "JupyterHub": {
            "template_paths": [str(shared_folder("hub_config") / "templates")],
            "template_vars": {"own_passwords": own, "registration": registration},
        },
        "Authenticator": {
            "allow_all": False,
            # Or whoever once was in the hub's database could come in for ever.
            "allow_existing_users": False,
            "auth_refresh_age": _REFRESH_SECONDS,
            # Tokens of somebody who may not come in any more are worth nothing.
            "auth_refresh_strict": True,
            "refresh_pre_spawn": True,
            "manage_groups": True,
        },
        "AccountKeeper": {
            "accounts_file": str(plan.state.accounts),
            "accounts_url": _accounts_url(plan),
            "state_home": str(plan.state.home),
        },
        "AccountAuthenticator": {"registration": registration},
    }


def _accounts_url(plan: Plan) -> str:
    address = accounts_address(plan.state)
    return address if isinstance(address, str) else ""


def _own_accounts(plan: Plan) -> dict[str, dict[str, Any]]:
    # One user: whatever else is in the accounts, nobody but this one comes in.
    narrowed = {} if plan.many_users else {"allowed_users": {plan.user}}
    return {
        "JupyterHub": {"authenticator_class": "physforge.workbench.authenticator.AccountAuthenticator"},
        "Authenticator": narrowed,
    }


def _provider(oauth: OAuth) -> dict[str, dict[str, Any]]:
    name = _CLASSES[oauth.provider]
    traits: dict[str, Any] = {
        "client_id": oauth.client_id,
        "client_secret": read_secret(oauth.client_secret_file),
        "issuer": oauth.address,
        "scope": oauth.asked,
        "allowed_users": set(oauth.allowed_users),
        "admin_users": set(oauth.admin_users),
        "allowed_groups": set(oauth.allowed_groups),
        "admin_groups": set(oauth.admin_groups),
        "auditor_groups": set(oauth.auditor_groups),
        **_provider_traits(oauth),
    }
    if oauth.title:
        traits["login_service"] = oauth.title
    if oauth.name_claim:
        traits["username_claim"] = oauth.name_claim
    return {"JupyterHub": {"authenticator_class": f"physforge.workbench.provider_login.{name}"}, name: traits}


def _provider_traits(oauth: OAuth) -> dict[str, Any]:
    if oauth.provider == "github":
        return {"populate_teams_in_auth_state": True, "auth_state_groups_key": "named"}
    if oauth.provider == "google":
        return {"hosted_domain": [oauth.hosted_domain], "auth_state_groups_key": "google_user.google_groups"}
    pages = endpoints(oauth)
    title = {"login_service": "GitLab"} if oauth.provider == "gitlab" else {}
    return {**pages, **title, "auth_state_groups_key": f"oauth_user.{oauth.groups_claim}"}


def endpoints(oauth: OAuth) -> dict[str, str]:
    """Return a provider's pages: those that are set, and else those that it names itself.

    Parameters
    ----------
    oauth : OAuth
        The settings.

    Returns
    -------
    dict
        ``authorize_url``, ``token_url`` and ``userdata_url``.

    Raises
    ------
    WorkbenchError
        If the provider does not answer, or is not who it should be.
    """
    given = {"authorize_url": oauth.authorize_url, "token_url": oauth.token_url, "userdata_url": oauth.userdata_url}
    if all(given.values()):
        return {key: str(value) for key, value in given.items()}
    address = f"{oauth.address}/.well-known/openid-configuration"
    try:
        answer = httpx.get(address, timeout=_DISCOVERY_SECONDS, follow_redirects=False)
        document = answer.raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        raise WorkbenchError(
            f"The identity provider does not answer at {address}: {error}. Set authorize_url, token_url and "
            "userdata_url under identity in workbench.yaml to start without asking it."
        ) from error
    if str(document.get("issuer", "")).rstrip("/") != oauth.address:
        raise WorkbenchError(f"The identity provider at {address} calls itself {document.get('issuer')!r:.200}.")
    named = {
        "authorize_url": document.get("authorization_endpoint"),
        "token_url": document.get("token_endpoint"),
        "userdata_url": document.get("userinfo_endpoint"),
    }
    pages = {key: given[key] or named[key] for key in given}
    # The same rules hold for what it names as for what an operator writes.
    return OAuth.model_validate({**oauth.model_dump(), **pages}).model_dump(include=set(pages))


def read_secret(path: Path) -> str:
    """Read the secret that a provider gave.

    Parameters
    ----------
    path : pathlib.Path
        A file with nothing else in it.

    Returns
    -------
    str
        Without space around it.

    Raises
    ------
    WorkbenchError
        If it is missing, can be read by others, or is too short to be one.
    """
    try:
        facts = path.stat()
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"The client secret {path} cannot be read: {error}.") from error
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise WorkbenchError(f"The client secret {path} can be read by others: chmod 600 it, and have it renewed.")
    if len(value) < _SHORTEST_SECRET or len(set(value)) < 4:
        raise WorkbenchError(f"The client secret {path} is too short or too simple to be one.")
    return value

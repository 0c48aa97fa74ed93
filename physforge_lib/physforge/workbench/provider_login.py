"""Log in through an identity provider: OpenID Connect, GitHub, GitLab, Google."""

from __future__ import annotations

import asyncio
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.google import GoogleOAuthenticator
from tornado import web
from traitlets import Set, Unicode

from physforge.errors import PhysForgeError, WorkbenchError
from physforge.workbench.account_keeper import AccountKeeper
from physforge.workbench.account_records import AUDITORS, EVERYONE

#: A group's name at the provider is shown and stored; longer ones, and those with odd signs, are left out.
_LONGEST_GROUP = 128


class ProviderLogin(AccountKeeper):
    """Let in whom a list or a group names, and keep an account of each.

    Abstract: it is mixed into an authenticator of oauthenticator. The account is bound
    to what the provider calls the person for ever, not to the name, which may be given
    to somebody else there. So it can be disabled and deleted like any other.
    """

    issuer = Unicode(help="What makes ids of this provider different from those of others.").tag(config=True)
    auditor_groups = Set(help="Groups at the provider whose members may read the event log.").tag(config=True)

    #: Field of what the provider says of a person that never changes.
    id_claim = "sub"

    def stranger(self) -> dict[str, Any]:
        """Return what a provider says of somebody whom it knows and the workbench does not."""
        return {"admin": None, "groups": [], "auth_state": {self.user_auth_state_key: {}, "scope": list(self.scope)}}

    def check_allow_config(self) -> None:
        """Refuse to start when nobody, or somebody who must not, could come in."""
        if not (self.allowed_users or self.allowed_groups or self.admin_users or self.admin_groups):
            raise WorkbenchError(
                "Nobody is allowed to log in: name users (allowed_users) or groups (allowed_groups) under "
                "identity in workbench.yaml."
            )
        if EVERYONE in self.allowed_groups | self.admin_groups | self.auditor_groups:
            raise WorkbenchError(
                f"The group {EVERYONE!r} has everybody in it, and gives no rights: name other groups under identity "
                "in workbench.yaml."
            )
        super().check_allow_config()

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Return how the provider calls somebody; who has no name there is refused, and that is no error."""
        claim = self.username_claim
        if not callable(claim) and not user_info.get(claim):
            raise web.HTTPError(403, f"The identity provider gives no user name for you ({claim} is missing).")
        return str(super().user_info_to_username(user_info))

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """Return the provider's groups, that of everybody, and that of auditors for those who are."""
        named = {str(group) for group in await super().get_user_groups(auth_state)}
        groups = {one for one in named if one.isprintable() and 0 < len(one) <= _LONGEST_GROUP} - {AUDITORS, EVERYONE}
        return groups | {EVERYONE} | ({AUDITORS} if groups & self.auditor_groups else set())

    async def check_allowed(self, username: str, auth_model: Any) -> bool:
        """Let in whom the lists or groups name, members of a group that administers too."""
        return bool(auth_model) and bool(await super().check_allowed(username, auth_model))

    async def run_post_auth_hook(self, handler: Any, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Find or make the account of somebody who is allowed."""
        model: dict[str, Any] = await super().run_post_auth_hook(handler, auth_model)
        # None would leave an administrator of yesterday one for ever.
        model["admin"] = bool(model["admin"])
        name, address = model["name"], "" if handler is None else handler.request.remote_ip
        subject = str(model["auth_state"][self.user_auth_state_key].get(self.id_claim, ""))
        if not subject:
            raise web.HTTPError(403, f"The identity provider does not say who you are ({self.id_claim} is missing).")
        roles = {"admin": model["admin"], "auditor": AUDITORS in (model.get("groups") or [])}
        try:
            await asyncio.to_thread(self.accounts.join, name, f"{self.issuer} {subject}", **roles)
        except PhysForgeError as error:
            await self.note("login.refused", name, address, "refused", reason="account")
            raise web.HTTPError(403, str(error)) from error
        await self.note("login.ok", name, address, "ok")
        return model

    async def may_come_in(self, user: Any) -> bool:
        """Tell whether somebody whom the hub knows may still come in."""
        groups = {group.name for group in user.groups}
        named = user.name in (self.allowed_users | self.admin_users)
        return await self.is_active(user.name) and bool(named or groups & (self.allowed_groups | self.admin_groups))

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> Any:
        """Ask again, while a session lasts, whether its owner may still come in."""
        if not await self.may_come_in(user):
            return False
        return await super().refresh_user(user, handler, **kwargs)


class OpenIDLogin(ProviderLogin, GenericOAuthenticator):  # type: ignore[misc]
    """OpenID Connect, which GitLab speaks, too."""


class GitHubLogin(ProviderLogin, GitHubOAuthenticator):  # type: ignore[misc]
    """GitHub; groups are teams, as ``organisation:team``, and organisations in a team of which one is."""

    id_claim = "id"

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """Return teams and their organisations."""
        teams = auth_state.get("teams") or []
        organisations = {team["organization"]["login"].lower() for team in teams}
        named = {f"{team['organization']['login'].lower()}:{team['slug']}" for team in teams} | organisations
        return await super().get_user_groups({**auth_state, "named": sorted(named)})


class GoogleLogin(ProviderLogin, GoogleOAuthenticator):  # type: ignore[misc]
    """Google; it tells of no groups, so that people are named one by one."""

    id_claim = "id"

    def stranger(self) -> dict[str, Any]:
        """Return what Google says of somebody with an address of our own domain."""
        domain = next(iter(self.hosted_domain), "")
        facts = {"email": "", "domain": domain, "verified_email": True, "google_groups": list[str]()}
        return {"admin": None, "groups": [], "auth_state": {self.user_auth_state_key: facts, "scope": list(self.scope)}}

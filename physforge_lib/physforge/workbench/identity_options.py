"""What an operator sets about logins: the part ``identity`` of ``workbench.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Provider = Literal["oidc", "github", "gitlab", "google"]

#: Providers that everybody may have an account with, and where they are.
_ISSUERS: dict[str, str] = {
    "github": "https://github.com",
    "gitlab": "https://gitlab.com",
    "google": "https://accounts.google.com",
}
_SCOPES: dict[str, list[str]] = {
    "oidc": ["openid", "profile"],
    "gitlab": ["openid", "profile"],
    "github": ["read:org"],
    "google": ["openid", "email"],
}
#: The claims in which a provider says how somebody is called.
_NAMES: dict[str, str] = {"oidc": "preferred_username", "gitlab": "preferred_username", "github": "login"}


class OAuth(BaseModel):
    """Logins through an identity provider, instead of passwords here.

    Parameters
    ----------
    provider : {"oidc", "github", "gitlab", "google"}
        Which kind.
    client_id : str
        What the provider calls this workbench.
    client_secret_file : pathlib.Path
        A file with the secret that the provider gave, readable by its owner alone.
    issuer : str, optional
        Address of the provider; needed for ``oidc``, and for a GitLab of one's own.
    authorize_url, token_url, userdata_url : str, optional
        Its pages; by default asked of the issuer when the hub starts.
    username_claim : str, optional
        Which claim holds the account's name; one that people cannot change by themselves.
    groups_claim : str, default: "groups"
        Which claim lists somebody's groups (oidc, gitlab).
    scopes : list of str, optional
        What is asked of the provider.
    hosted_domain : str, optional
        Google: the organisation whose members may come in at all.
    allowed_users, allowed_groups : list of str
        Who may come in; at least one of them.
    admin_users, admin_groups : list of str
        Who administers the workbench; they may come in, too.
    auditor_groups : list of str
        Whose members may read the event log.
    title : str, optional
        What the button says: Sign in with ...
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Provider
    client_id: Annotated[str, Field(min_length=1)]
    client_secret_file: Path
    issuer: str | None = None
    authorize_url: str | None = None
    token_url: str | None = None
    userdata_url: str | None = None
    username_claim: str | None = None
    groups_claim: str = "groups"
    scopes: tuple[str, ...] | None = None
    hosted_domain: str | None = None
    allowed_users: tuple[str, ...] = ()
    allowed_groups: tuple[str, ...] = ()
    admin_users: tuple[str, ...] = ()
    admin_groups: tuple[str, ...] = ()
    auditor_groups: tuple[str, ...] = ()
    title: str | None = None

    @field_validator("issuer", "authorize_url", "token_url", "userdata_url")
    @classmethod
    def _encrypted(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("must begin with https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not (self.allowed_users or self.allowed_groups):
            raise ValueError("allowed_users or allowed_groups must name somebody, or nobody could come in")
        if self.provider == "oidc" and not self.issuer:
            raise ValueError("issuer is needed")
        if self.provider == "google" and not self.hosted_domain:
            raise ValueError("hosted_domain is needed, since names are those before its @")
        if self.provider == "google" and (self.allowed_groups or self.admin_groups or self.auditor_groups):
            raise ValueError("Google tells of no groups: name people, or use Google through a provider of your own")
        if self.provider == "github" and self.issuer:
            raise ValueError("issuer is not for github")
        return self

    @property
    def address(self) -> str:
        """Where the provider is."""
        return self.issuer or _ISSUERS[self.provider]

    @property
    def asked(self) -> list[str]:
        """The scopes that are asked for."""
        return list(self.scopes) if self.scopes is not None else _SCOPES[self.provider]

    @property
    def name_claim(self) -> str | None:
        """The claim with the account's name; None leaves it to oauthenticator."""
        return self.username_claim or _NAMES.get(self.provider)


class Identity(BaseModel):
    """Who may log in, and how.

    Parameters
    ----------
    registration : {"invitation", "request"}, default: "invitation"
        Whether strangers may ask for an account on a page, for an admin to approve.
    address : str, optional
        The workbench's address for people, put into links; by default that of the proxy.
    oauth : OAuth, optional
        Logins through an identity provider, instead of passwords here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    registration: Literal["invitation", "request"] = "invitation"
    address: str | None = None
    oauth: OAuth | None = None

    @field_validator("address")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be an address such as https://lab.example.org/")
        return value.rstrip("/") + "/"

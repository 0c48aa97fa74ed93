"""Ask the hub whose a token is, and whether an account is still there."""

from __future__ import annotations

import urllib.parse
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from physforge.service.problems import RefusedError
from physforge.service.settings import SERVICE_NAME

#: Hub tokens have at most 64 characters by default; this leaves room for other issuers.
MAX_TOKEN = 512

_SECONDS = 5.0

#: The hub waits for a server for some seconds before it says that it starts.
_START_SECONDS = 30.0
_ACCESS = "access:services"


@dataclass(frozen=True)
class Account:
    """What the hub says of a caller.

    Parameters
    ----------
    name : str
        Of the account or service.
    is_service : bool
        Whether it is a service of the hub.
    is_admin : bool
        Whether the hub calls it an administrator.
    groups : frozenset of str
        Names.
    may_enter : bool
        Whether the token may use this service.
    id : uuid.UUID or None, default None
        Of the account, for ever; None for a service, and at a hub that has no such ids.
    """

    name: str
    is_service: bool
    is_admin: bool
    groups: frozenset[str]
    may_enter: bool
    id: uuid.UUID | None = None


class Hub:
    """The hub's API.

    Parameters
    ----------
    api_url : str
        Without a slash at the end.
    token : str or None
        The service's own.
    has_accounts : bool, default False
        Whether it is a hub of this workbench: one that says the ids of accounts, and
        whether they are active. Of another hub only names are known.
    """

    def __init__(self, api_url: str, token: str | None, *, has_accounts: bool = False) -> None:
        self._token, self._has_accounts = token, has_accounts
        self._client = httpx.Client(base_url=api_url, timeout=_SECONDS, trust_env=False, follow_redirects=False)

    def account_of(self, token: str) -> Account | None:
        """Return whose a token is.

        Parameters
        ----------
        token : str
            From a caller.

        Returns
        -------
        Account or None
            None if the hub does not know it.

        Raises
        ------
        RefusedError
            If the hub does not answer.
        """
        document = self._ask("/account" if self._has_accounts else "/user", token)
        return self._account(document)

    def account_named(self, name: str) -> Account | None:
        """Return an account by its name.

        Parameters
        ----------
        name : str
            Of a user.

        Returns
        -------
        Account or None
            None if there is none, it is not active, or this service has no token to ask with.

        Raises
        ------
        RefusedError
            If the hub does not answer.
        """
        if self._token is None:
            return None
        kind = "accounts" if self._has_accounts else "users"
        return self._account(self._ask(f"/{kind}/{urllib.parse.quote(name, safe='')}", self._token), may_enter=True)

    def start_server(self, name: str) -> bool:
        """Ask for an account's server, so that it can work for its owner.

        Parameters
        ----------
        name : str
            Of a user.

        Returns
        -------
        bool
            Whether it starts now; False if it runs already, or this service has no token to ask with.

        Raises
        ------
        RefusedError
            If the hub does not answer, or does not start it: with what it says.
        """
        if self._token is None:
            return False
        path = f"/users/{urllib.parse.quote(name, safe='')}/server"
        try:
            answer = self._client.post(
                path, headers={"Authorization": f"token {self._token}"}, json={}, timeout=_START_SECONDS
            )
        except httpx.HTTPError as error:
            raise RefusedError(503, "hub-unavailable", "The hub does not answer; try again soon.") from error
        if answer.status_code in (201, 202):
            return True
        said = _message_of(answer)
        if answer.status_code == 400 and "already running" in said:
            return False
        raise RefusedError(
            503, "no-server", f"The hub does not start a server for {name} ({answer.status_code}): {said}"
        )

    def answers(self) -> bool:
        """Say whether the hub answers at all.

        Returns
        -------
        bool
            Whether it tells its version.
        """
        try:
            return self._client.get("/").status_code == 200
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, path: str, token: str) -> dict[str, Any] | None:
        try:
            response = self._client.get(path, headers={"Authorization": f"token {token}"})
            if response.status_code in (401, 403, 404):
                return None
            response.raise_for_status()
            document = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RefusedError(503, "hub-unavailable", "The hub does not answer; try again soon.") from error
        return document if isinstance(document, dict) else None

    def _account(self, document: dict[str, Any] | None, *, may_enter: bool = False) -> Account | None:
        if document is None or not document.get("name"):
            return None
        is_service = document.get("kind") == "service"
        account_id = _id_in(document) if self._has_accounts and not is_service else None
        scopes = document.get("scopes") or ()
        wanted = (_ACCESS, f"{_ACCESS}!service={SERVICE_NAME}")
        return Account(
            name=str(document["name"]),
            is_service=is_service,
            is_admin=bool(document.get("admin")),
            groups=frozenset(map(str, document.get("groups") or ())),
            may_enter=may_enter or any(scope in scopes for scope in wanted),
            id=account_id,
        )


def _message_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"


def _id_in(document: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(str(document.get("account_id")))
    except ValueError as error:
        # Never by its name alone, which may have been somebody else's.
        raise RefusedError(503, "hub-unavailable", "The hub does not say whose account it is.") from error

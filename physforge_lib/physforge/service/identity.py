"""Who calls: hub tokens, API keys and tokens of jobs, verified here whatever a proxy in front may say."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from physforge.database import Database
from physforge.database.principals import Entered, enter_account, enter_groups, enter_principal
from physforge.database.tables import Principal
from physforge.database.tables.identity import LOCAL_PRINCIPAL
from physforge.service.hub import MAX_TOKEN, Account, Hub
from physforge.service.jobs import tokens as job_tokens
from physforge.service.keys import find_key, is_key
from physforge.service.policy import Role, Scope
from physforge.service.problems import RefusedError
from physforge.service.remembering import Absent, Remembered
from physforge.service.settings import HUB_SERVICE, ServiceSettings

#: Members of this group of the hub read the event log.
AUDITOR_GROUP = "auditors"

_HEADER = re.compile(r"(?:bearer|token) +(\S+)", re.IGNORECASE)
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Caller:
    """Somebody with a credential.

    Parameters
    ----------
    principal_id : uuid.UUID or None
        None for a service of the hub.
    name : str
        As the hub says it.
    group_ids : frozenset of uuid.UUID
        Groups of the caller.
    roles : frozenset of Role
        Hub, service, auditor and admin, where they apply; others come with an object.
    scopes : frozenset of Scope
        What the credential is good for.
    credential : {"hub", "key", "job", "link"}
        What was shown.
    job_id : uuid.UUID or None, default None
        The one job that a job's token is good for; `principal_id` made it.
    """

    principal_id: uuid.UUID | None
    name: str
    group_ids: frozenset[uuid.UUID]
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    credential: str
    job_id: uuid.UUID | None = None

    @property
    def subject(self) -> uuid.UUID:
        """The principal, where one is sure to be there."""
        if self.principal_id is None:
            raise RefusedError(403, "forbidden", "A service of the hub has no data of its own.")
        return self.principal_id


class Identities:
    """Verifies credentials, and remembers what the hub said for a short time.

    Parameters
    ----------
    settings : ServiceSettings
        How long, and who is ``"local"``.
    database : Database
        Of principals and keys.
    hub : Hub
        To be asked.
    on_change : callable, optional
        Told when somebody has another id than before, or lost their name to another account.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        database: Database,
        hub: Hub,
        on_change: Callable[[Entered], None] | None = None,
    ) -> None:
        self._settings, self._database, self._hub = settings, database, hub
        self._on_change = on_change
        self._known: Remembered[Caller | None] = Remembered(settings.cache_seconds)

    def identify(self, header: str | None) -> Caller:
        """Return who sent an Authorization header.

        Parameters
        ----------
        header : str or None
            ``Bearer ...`` or, as Jupyter writes it, ``token ...``.

        Returns
        -------
        Caller
            With a credential that is good now.

        Raises
        ------
        RefusedError
            401 without a credential, or with one that is unknown, expired, revoked,
            cut off or too long; 403 with a token of the hub that may not use this
            service; 503 if the hub does not answer.
        """
        token = _token_in(header)
        if job_tokens.is_job_token(token):
            return self._by_job_token(token)
        return self._by_key(token) if is_key(token) else self._by_token(token)

    def remembered(self, header: str | None) -> Caller | None:
        """Return who sent an Authorization header, if that can be said without asking anybody.

        Parameters
        ----------
        header : str or None
            As for `identify`.

        Returns
        -------
        Caller or None
            None for a token that the hub was not asked about lately, and for keys.

        Raises
        ------
        RefusedError
            401 where `identify` would say so at once.
        """
        token = _token_in(header)
        if is_key(token) or job_tokens.is_job_token(token):
            return None
        found = self._known.glance(_handle(token), partial(self._behind_token, token))
        return None if isinstance(found, Absent) else found

    def forget(self) -> None:
        """Ask the hub anew for everybody."""
        self._known.forget()

    def close(self) -> None:
        """Ask the hub nothing more."""
        self._known.close()

    def _by_token(self, token: str) -> Caller:
        found = self._known.find(_handle(token), partial(self._behind_token, token))
        if found is None:
            raise _unknown()
        return found

    def _behind_token(self, token: str) -> Caller | None:
        account = self._hub.account_of(token)
        if account is None:
            return None
        if not account.may_enter:
            raise RefusedError(
                403, "token-scope", "This token may not use the API; it needs access:services!service=api."
            )
        return self._enter(account, None)

    def _by_key(self, key: str) -> Caller:
        record = find_key(self._database, key)
        if record is None:
            raise _unknown()
        found = self._account_behind(record.principal_id)
        scopes = frozenset(Scope(one) for one in record.scopes)
        return Caller(found.principal_id, found.name, found.group_ids, found.roles, scopes, "key")

    def _by_job_token(self, text: str) -> Caller:
        token = job_tokens.read(text, self._settings.link_secret)
        if token is None:
            raise _unknown()
        found = self._account_behind(token.principal_id)
        # Neither administrator nor auditor, whatever its maker is.
        scopes = frozenset({Scope.READ, Scope.WRITE})
        return Caller(found.principal_id, found.name, found.group_ids, frozenset(), scopes, "job", token.job_id)

    def _account_behind(self, principal_id: uuid.UUID) -> Caller:
        """Return who made a key or a token, if they still have an account."""
        found = self._known.find(f"principal {principal_id}", partial(self._behind_principal, principal_id))
        if found is None:
            raise _unknown()
        return found

    def _behind_principal(self, principal_id: uuid.UUID) -> Caller | None:
        account = self._owner_of(principal_id)
        return None if account is None else self._enter(account, principal_id)

    def _owner_of(self, principal_id: uuid.UUID) -> Account | None:
        with self._database.reading() as session:
            name = session.scalar(sa.select(Principal.hub_name).where(Principal.id == principal_id))
        if name == LOCAL_PRINCIPAL:
            name = self._settings.local_user
        return None if name is None else self._hub.account_named(name)

    def _enter(self, account: Account, expected: uuid.UUID | None) -> Caller | None:
        scopes = frozenset(Scope)
        if account.is_service:
            role = Role.HUB if account.name == HUB_SERVICE else Role.SERVICE
            return Caller(None, account.name, frozenset(), frozenset({role}), scopes, "hub")
        entered = self._entered(account)
        # A key is its owner's, also where the account is another one that was given the name.
        if entered.id is None or expected not in (None, entered.id, entered.before):
            return None
        groups = enter_groups(self._database, entered.id, account.groups)
        roles = {Role.ADMIN} if account.is_admin else set()
        if AUDITOR_GROUP in account.groups:
            roles.add(Role.AUDITOR)
        return Caller(entered.id, account.name, groups, frozenset(roles), scopes, "hub")

    def _entered(self, account: Account) -> Entered:
        is_local = account.name == self._settings.local_user
        if account.id is None:
            return Entered(enter_principal(self._database, LOCAL_PRINCIPAL if is_local else account.name))
        entered = enter_account(self._database, account.name, account.id, is_local=is_local)
        if self._on_change is not None and (entered.before or entered.displaced):
            self._on_change(entered)
        return entered


def _handle(token: str) -> str:
    # Tokens themselves are not kept in memory longer than a call or a question to the hub takes.
    return f"token {hashlib.sha256(token.encode()).hexdigest()}"


def _token_in(header: str | None) -> str:
    if header is None:
        raise RefusedError(
            401,
            "no-credential",
            "Send a token of the hub or an API key as 'Authorization: Bearer ...'; cookies are not looked at.",
            {"WWW-Authenticate": "Bearer"},
        )
    found = _HEADER.fullmatch(header) if len(header) <= MAX_TOKEN + 20 else None
    if found is None or len(found[1]) > MAX_TOKEN or not _PRINTABLE.fullmatch(found[1]):
        raise _unknown()
    return found[1]


def _unknown() -> RefusedError:
    return RefusedError(
        401,
        "bad-credential",
        "The token or key is not known here: it may have expired, been revoked, or be cut off.",
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )

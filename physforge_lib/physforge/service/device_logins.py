"""Logins of programs that a person confirms on a page (after RFC 8628, the device authorization grant)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.tables import ApiKey, DeviceLogin
from physforge.database.tables.base import now
from physforge.service.keys import good_keys, make_key
from physforge.service.problems import RefusedError, not_found

#: How long a code is good, and how often a program may ask, in seconds.
LIFETIME_S = 600
INTERVAL_S = 5

#: Keys of one owner that are good at the same time.
MAX_KEYS = 50

#: Without vowels, so that no code is a word, and without what is mistaken for something else.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"

#: Letters of a code: 34 bits, which live ten minutes, against the few guesses that are let through.
LENGTH = 8

_BEGUN = RateLimitItemPerSecond(60, 60, namespace="begun")
_WRONG = RateLimitItemPerSecond(10, LIFETIME_S, namespace="wrong")
_WRONG_ALTOGETHER = RateLimitItemPerSecond(200, LIFETIME_S, namespace="wrong altogether")


@dataclass(frozen=True)
class Begun:
    """A login that waits for its person.

    Parameters
    ----------
    device_code : str
        For the program, which asks with it; a secret.
    user_code : str
        For the person, who types it.
    """

    device_code: str
    user_code: str


class DeviceLogins:
    """Begin, confirm and end logins.

    Parameters
    ----------
    database : Database
        Where they are kept, as hashes.
    secret : bytes
        Without it the hash of a short code could be turned back.

    Notes
    -----
    Guesses are counted in this process; several would each count for themselves.
    """

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = hashlib.sha256(b"device login " + secret).digest()
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def begin(self, client: str, scopes: list[str], key_days: int) -> Begun:
        """Begin a login.

        Parameters
        ----------
        client : str
            What the program calls itself.
        scopes : list of str
            That its key is to have.
        key_days : int
            How long the key is to be good.

        Returns
        -------
        Begun
            The codes, which are kept nowhere.

        Raises
        ------
        RefusedError
            429 if too many were begun.
        """
        if not self._windows.hit(_BEGUN, "all"):
            raise self._too_many(_BEGUN, "all")
        begun = Begun(secrets.token_urlsafe(32), "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
        with self._database.writing(durable=False) as session:
            session.execute(sa.delete(DeviceLogin).where(DeviceLogin.expires_at <= now()))
            session.add(
                DeviceLogin(
                    device_digest=self._digest(begun.device_code),
                    user_digest=self._digest(begun.user_code),
                    client=client,
                    scopes=sorted(set(scopes)),
                    key_days=key_days,
                    expires_at=now() + timedelta(seconds=LIFETIME_S),
                )
            )
        return begun

    def find(self, user_code: str, principal_id: uuid.UUID) -> DeviceLogin:
        """Find a login that nobody has decided on.

        Parameters
        ----------
        user_code : str
            As somebody typed it.
        principal_id : uuid.UUID
            Who typed it; wrong codes are counted.

        Returns
        -------
        DeviceLogin
            Detached.

        Raises
        ------
        RefusedError
            404 if there is none; 429 after too many wrong codes, whether this is one or not.
        """
        with self._guessing(principal_id) as guess, self._database.reading() as session:
            found = self._open(session, user_code)
            guess.is_right = True
            session.expunge(found)
            return found

    def decide(self, user_code: str, principal_id: uuid.UUID, *, approve: bool) -> DeviceLogin:
        """Let a program in, or not; once.

        Parameters
        ----------
        user_code : str
            As somebody typed it.
        principal_id : uuid.UUID
            Who typed it, and whose key the program's will be.
        approve : bool
            What they say.

        Returns
        -------
        DeviceLogin
            As it is now.

        Raises
        ------
        RefusedError
            As for `find`; 409 if they have too many keys.
        """
        with self._guessing(principal_id) as guess, self._database.writing(lock="device login") as session:
            found = self._open(session, user_code)
            guess.is_right = True
            if approve:
                check_room_for_key(session, principal_id)
            found.principal_id, found.approved = principal_id, approve
            session.flush()
            session.expunge(found)
            return found

    def end(self, device_code: str) -> tuple[ApiKey, str]:
        """Give a program its key, if its person has said so; once.

        Parameters
        ----------
        device_code : str
            From `begin`.

        Returns
        -------
        row : ApiKey
            Detached.
        key : str
            To be shown once.

        Raises
        ------
        RefusedError
            400, with the reasons of RFC 8628, section 3.5.
        """
        with self._database.writing(lock="device login") as session:
            found = session.scalars(
                sa.select(DeviceLogin).where(DeviceLogin.device_digest == self._digest(device_code))
            ).one_or_none()
            if found is None or found.expires_at <= now():
                outcome: RefusedError | None = RefusedError(
                    400, "expired-token", "There is no such login, or it has expired; begin again."
                )
            elif found.principal_id is None:
                outcome = _wait(found)
                found.polled_at = now()
            elif not found.approved:
                outcome = RefusedError(400, "access-denied", "The login was refused on the page.")
                session.delete(found)
            else:
                outcome = None
                row, key = _make(session, found)
                session.delete(found)
        # Raised here, since an error would undo what was noted.
        if outcome is not None:
            raise outcome
        return row, key

    def _open(self, session: Session, user_code: str) -> DeviceLogin:
        letters = "".join(sign for sign in user_code.upper() if sign in ALPHABET)
        query = sa.select(DeviceLogin).where(
            DeviceLogin.user_digest == self._digest(letters),
            DeviceLogin.principal_id.is_(None),
            DeviceLogin.expires_at > now(),
        )
        found = session.scalars(query).one_or_none()
        if found is None:
            raise not_found("code")
        return found

    def _digest(self, code: str) -> str:
        return hmac.new(self._secret, code.encode(), hashlib.sha256).hexdigest()

    def _guessing(self, principal_id: uuid.UUID) -> _Guess:
        counted = ((_WRONG, str(principal_id)), (_WRONG_ALTOGETHER, "all"))
        for item, key in counted:
            if not self._windows.test(item, key):
                raise self._too_many(item, key)
        return _Guess(self._windows, counted)

    def _too_many(self, item: RateLimitItemPerSecond, key: str) -> RefusedError:
        wait = max(1, round(self._windows.get_window_stats(item, key).reset_time - time.time()))
        return RefusedError(
            429, "too-many", f"Too many attempts; try again in {wait} seconds.", {"Retry-After": str(wait)}
        )


class _Guess:
    """Counts a code, unless it turns out to be right."""

    def __init__(
        self, windows: MovingWindowRateLimiter, counted: tuple[tuple[RateLimitItemPerSecond, str], ...]
    ) -> None:
        self._windows, self._counted = windows, counted
        self.is_right = False

    def __enter__(self) -> _Guess:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_right:
            for item, key in self._counted:
                self._windows.hit(item, key)


def check_room_for_key(session: Session, principal_id: uuid.UUID) -> None:
    """Refuse another key to whoever has too many.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    principal_id : uuid.UUID
        Whose.

    Raises
    ------
    RefusedError
        409.
    """
    good = session.scalar(sa.select(sa.func.count()).select_from(good_keys(principal_id).subquery())) or 0
    if good >= MAX_KEYS:
        raise RefusedError(409, "too-many-keys", f"You have {good} API keys; revoke one first.")


def _wait(found: DeviceLogin) -> RefusedError:
    if found.polled_at is not None and now() - found.polled_at < timedelta(seconds=INTERVAL_S - 1):
        return RefusedError(400, "slow-down", f"Ask every {INTERVAL_S} seconds, and not more often.")
    return RefusedError(400, "authorization-pending", "Nobody has confirmed the login yet; ask again.")


def _make(session: Session, found: DeviceLogin) -> tuple[ApiKey, str]:
    key, digest = make_key()
    row = ApiKey(
        id=uuid.uuid4(),
        principal_id=found.principal_id,
        name=f"login of {found.client}",
        digest=digest,
        scopes=found.scopes,
        created_at=now(),
        expires_at=now() + timedelta(days=found.key_days),
    )
    session.add(row)
    session.flush()
    return row, key

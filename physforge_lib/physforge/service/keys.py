"""API keys: random, kept as a hash, good until they expire or are revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from datetime import timedelta

import sqlalchemy as sa

from physforge.database import Database
from physforge.database.tables import ApiKey
from physforge.database.tables.base import now

#: Begins every key, so that one that was published by mistake is found.
PREFIX = "pfk_"

_KEY = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")

#: A key's last use is noted at most so often.
_NOTED_EVERY = timedelta(minutes=1)


def make_key() -> tuple[str, str]:
    """Return a new key and its hash.

    Returns
    -------
    key : str
        256 random bits; to be shown once.
    digest : str
        SHA-256. A slow hash would add nothing to that much randomness.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    return key, digest_of(key)


def digest_of(key: str) -> str:
    """Return the hash by which a key is kept.

    Parameters
    ----------
    key : str
        As it was shown.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Say whether a credential has the form of an API key.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    bool
        Whether it is worth looking up.
    """
    return _KEY.fullmatch(text) is not None


def find_key(database: Database, key: str) -> ApiKey | None:
    """Return the record of a key that is good now, and note that it was used.

    Parameters
    ----------
    database : Database
        Where keys are kept.
    key : str
        As a caller sent it.

    Returns
    -------
    ApiKey or None
        None if it is unknown, expired or revoked.
    """
    moment = now()
    with database.reading() as session:
        found = session.scalars(sa.select(ApiKey).where(ApiKey.digest == digest_of(key))).one_or_none()
        if found is None or found.revoked_at is not None or found.expires_at <= moment:
            return None
        session.expunge(found)
    if found.last_used_at is None or moment - found.last_used_at > _NOTED_EVERY:
        _note_use(database, found.id)
    return found


def good_keys(principal_id: uuid.UUID) -> sa.Select[ApiKey]:
    """Select the keys of an owner that are good now.

    Parameters
    ----------
    principal_id : uuid.UUID
        Whose.

    Returns
    -------
    sqlalchemy.Select
        Of `ApiKey`.
    """
    return sa.select(ApiKey).where(
        ApiKey.principal_id == principal_id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
    )


def _note_use(database: Database, key_id: uuid.UUID) -> None:
    with database.writing(durable=False) as session:
        session.execute(sa.update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now()))

"""Tokens of jobs: signed, expiring, and good for running one job."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from dataclasses import dataclass

#: Begins every token of a job, so that one that was published by mistake is found.
PREFIX = "pfj_"

_TAG = 32
_LENGTH = 2 * 16 + 8
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{96}}")


@dataclass(frozen=True)
class JobToken:
    """What a token stands for.

    Parameters
    ----------
    job_id : uuid.UUID
        What may be run.
    principal_id : uuid.UUID
        Who made the token; it is good as long as they may run the job themselves.
    expires : int
        Seconds since 1970.
    """

    job_id: uuid.UUID
    principal_id: uuid.UUID
    expires: int


def is_job_token(text: str) -> bool:
    """Say whether a credential has the form of a job's token.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    bool
        Whether it is worth looking at.
    """
    return _TOKEN.fullmatch(text) is not None


def sign(token: JobToken, secret: bytes) -> str:
    """Return a token as it is shown.

    Parameters
    ----------
    token : JobToken
        What it stands for.
    secret : bytes
        Of this service.

    Returns
    -------
    str
        Letters, digits, hyphens and underscores.
    """
    body = token.job_id.bytes + token.principal_id.bytes + token.expires.to_bytes(8)
    return PREFIX + base64.urlsafe_b64encode(body + _tag(body, secret)).decode()


def read(text: str, secret: bytes, now: float | None = None) -> JobToken | None:
    """Return what a token stands for.

    Parameters
    ----------
    text : str
        As a caller sent it.
    secret : bytes
        Of this service.
    now : float, optional
        Seconds since 1970; the present by default.

    Returns
    -------
    JobToken or None
        None if it is not ours, was changed, or has expired.
    """
    if not is_job_token(text):
        return None
    raw = base64.urlsafe_b64decode(text.removeprefix(PREFIX))
    body, tag = raw[:_LENGTH], raw[_LENGTH:]
    if not hmac.compare_digest(tag, _tag(body, secret)):
        return None
    job, principal = (uuid.UUID(bytes=body[start : start + 16]) for start in (0, 16))
    token = JobToken(job, principal, int.from_bytes(body[32:]))
    return token if token.expires > (time.time() if now is None else now) else None


def _tag(body: bytes, secret: bytes) -> bytes:
    # Other words than those of download links: neither is taken for the other.
    return hmac.new(secret, b"physforge job token\0" + body, hashlib.sha256).digest()

"""Download links: signed, expiring, and good for one version only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass

_TAG = 32
_LENGTH = 3 * 16 + 8


@dataclass(frozen=True)
class Link:
    """What a link stands for.

    Parameters
    ----------
    dataset_id, version_id : uuid.UUID
        What is downloaded.
    principal_id : uuid.UUID
        Who made the link.
    expires : int
        Seconds since 1970.
    """

    dataset_id: uuid.UUID
    version_id: uuid.UUID
    principal_id: uuid.UUID
    expires: int


def sign(link: Link, secret: bytes) -> str:
    """Return a link as the last part of an address.

    Parameters
    ----------
    link : Link
        What it stands for.
    secret : bytes
        Of this service.

    Returns
    -------
    str
        Letters, digits, hyphens and underscores.
    """
    parts = (link.dataset_id.bytes, link.version_id.bytes, link.principal_id.bytes, link.expires.to_bytes(8))
    body = b"".join(parts)
    return base64.urlsafe_b64encode(body + _tag(body, secret)).decode().rstrip("=")


def read(text: str, secret: bytes, now: float | None = None) -> Link | None:
    """Return what a link stands for.

    Parameters
    ----------
    text : str
        From an address; anything.
    secret : bytes
        Of this service.
    now : float, optional
        Seconds since 1970; the present by default.

    Returns
    -------
    Link or None
        None if it is not ours, was changed, or has expired.
    """
    if len(text) > 200 or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    body, tag = raw[:_LENGTH], raw[_LENGTH:]
    if len(raw) != _LENGTH + _TAG or not hmac.compare_digest(tag, _tag(body, secret)):
        return None
    dataset, version, principal = (uuid.UUID(bytes=body[start : start + 16]) for start in (0, 16, 32))
    link = Link(dataset, version, principal, int.from_bytes(body[48:]))
    return link if link.expires > (time.time() if now is None else now) else None


def _tag(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"physforge download link\0" + body, hashlib.sha256).digest()

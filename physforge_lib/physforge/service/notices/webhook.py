"""Call an address that somebody chose: over TLS, at the address that was looked at, and never inside unless allowed."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
import uuid
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import httpx

from physforge.errors import RemoteError

_SECONDS = 10.0

#: Networks through which addresses of other networks are reached.
_DETOURS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Allowed = Literal["off", "public", "any"]


def check_webhook(url: str, allowed: Allowed) -> None:
    """Refuse addresses that are not called.

    Parameters
    ----------
    url : str
        Of anybody.
    allowed : {"off", "public", "any"}
        What the operator allows.

    Raises
    ------
    RemoteError
        In words.
    """
    _place_of(_parts_of(url, allowed), allowed)


def signing_key(secret: bytes, owner: uuid.UUID) -> str:
    """Return what the calls for somebody are signed with; it is kept nowhere.

    Parameters
    ----------
    secret : bytes
        Of the service.
    owner : uuid.UUID
        Whose calls.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hmac.new(secret, b"webhooks of\0" + owner.bytes, hashlib.sha256).hexdigest()


def call_webhook(url: str, body: bytes, key: str, allowed: Allowed, *, trusted: ssl.SSLContext | None = None) -> None:
    """Send a notice.

    Parameters
    ----------
    url : str
        An address that was checked; it is looked at anew.
    body : bytes
        JSON.
    key : str
        From `signing_key`. The header ``X-PhysForge-Signature`` is ``sha256=`` and the HMAC of the header
        ``X-PhysForge-Timestamp``, a dot and the body.
    allowed : {"off", "public", "any"}
        What the operator allows.
    trusted : ssl.SSLContext, optional
        Whose certificates are believed; the system's by default.

    Raises
    ------
    RemoteError
        If it was not taken. Nobody is led on to another address.
    """
    parts = _parts_of(url, allowed)
    place = _place_of(parts, allowed)
    moment = str(int(time.time()))
    signature = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "PhysForge",
        "X-PhysForge-Timestamp": moment,
        "X-PhysForge-Signature": f"sha256={signature}",
    }
    # The address that was looked at is the one that is called, whatever its name means a moment later.
    target = httpx.URL(url).copy_with(host=place)
    try:
        with (
            httpx.Client(
                verify=trusted or ssl.create_default_context(),
                timeout=_SECONDS,
                trust_env=False,
                follow_redirects=False,
            ) as client,
            client.stream(
                "POST", target, content=body, headers=headers, extensions={"sni_hostname": parts.hostname}
            ) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, OSError) as error:
        raise RemoteError(f"A webhook did not answer ({type(error).__name__}).") from error
    if not 200 <= status < 300:
        raise RemoteError(f"A webhook answered {status}.")


def _parts_of(url: str, allowed: Allowed) -> SplitResult:
    if allowed == "off":
        raise RemoteError("This workbench calls no webhooks; ask its operator.")
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        port = parts.port
    except (ValueError, httpx.InvalidURL) as error:
        raise RemoteError(f"This is no address: {error}.") from error
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or port == 0:
        raise RemoteError("A webhook's address begins with https:// and has a host, without a user's name in it.")
    return parts


def _place_of(parts: SplitResult, allowed: Allowed) -> str:
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RemoteError("The webhook's host has no address.") from error
    places = [str(one[4][0]).partition("%")[0] for one in found]
    if allowed == "public" and not all(is_public(place) for place in places):
        raise RemoteError("The webhook's host is not on the internet; the operator has to allow such addresses.")
    return places[0]


def is_public(place: str) -> bool:
    """Say whether an address is one on the internet.

    Parameters
    ----------
    place : str
        Of IP.

    Returns
    -------
    bool
        Not for those of this machine, of local networks, of clouds' own services, nor for detours to them.
    """
    address = ipaddress.ip_address(place)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return is_public(str(inner))
        if any(address in one for one in _DETOURS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved

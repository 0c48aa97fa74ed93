"""Messages between the process that keeps the log and one that may only hand events in and read."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from physforge.errors import AuditError

#: Most bytes of one message; a page of a thousand events has less.
MOST_BYTES = 2**24

#: A part of a file, or JSON.
PART, JSON = b"p", b"j"

_HEAD = struct.Struct(">cI")


def send(connection: socket.socket, message: Any) -> None:
    """Send a message as JSON.

    Parameters
    ----------
    connection : socket.socket
        Connected.
    message : object
        What JSON can hold.
    """
    content = json.dumps(message).encode("ascii")
    connection.sendall(_HEAD.pack(JSON, len(content)) + content)


def send_part(connection: socket.socket, content: bytes) -> None:
    """Send a part of a file.

    Parameters
    ----------
    connection : socket.socket
        Connected.
    content : bytes
        Less than `MOST_BYTES`.
    """
    connection.sendall(_HEAD.pack(PART, len(content)) + content)


def receive(connection: socket.socket, most: int = MOST_BYTES) -> Any:
    """Receive a message, or a part of a file.

    Parameters
    ----------
    connection : socket.socket
        Connected.
    most : int, default 16 MiB
        Bytes that are taken.

    Returns
    -------
    object
        From JSON; bytes for a part.

    Raises
    ------
    ConnectionError
        If the other side ended in the middle.
    AuditError
        For what is no message.
    """
    kind, length = _HEAD.unpack(_exactly(connection, _HEAD.size))
    if kind not in (PART, JSON) or length > most:
        raise AuditError("What came is no message of the event log.")
    content = _exactly(connection, length)
    if kind == PART:
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise AuditError("What came is no message of the event log.") from error


def _exactly(connection: socket.socket, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = connection.recv(min(length - len(content), 2**16))
        if not part:
            raise ConnectionError("the other side ended")
        content += part
    return bytes(content)

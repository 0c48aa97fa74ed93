"""What a worker and its child process say to each other: lines of JSON over pipes."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from physforge.jobs.spec import Input, JobSpec

Message = dict[str, Any]


class Sender:
    """Writes messages, from any thread.

    Parameters
    ----------
    stream : binary file
        A pipe, unbuffered or not.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, kind: str, **facts: Any) -> None:
        """Write one message.

        Parameters
        ----------
        kind : str
            What it says.
        **facts
            JSON-serialisable.

        Raises
        ------
        OSError
            If nobody reads any more.
        """
        line = json.dumps({"kind": kind, **facts}).encode() + b"\n"
        with self._lock:
            self._stream.write(line)
            self._stream.flush()

    def close(self) -> None:
        """Close the pipe; the other side reads its end."""
        with self._lock:
            self._stream.close()


def messages(stream: BinaryIO) -> Iterator[Message]:
    """Read messages until the other side closes its end.

    Parameters
    ----------
    stream : binary file
        A pipe.

    Yields
    ------
    dict
        With a ``kind``. A last line that is not complete is left out: its writer died.
    """
    for line in stream:
        if line.endswith(b"\n"):
            yield json.loads(line)


def spec_as_document(spec: JobSpec) -> dict[str, Any]:
    """Describe a spec in JSON.

    Parameters
    ----------
    spec : JobSpec
        What to do.

    Returns
    -------
    dict
        All of its fields.
    """
    return dataclasses.asdict(spec)


def spec_from_document(document: Mapping[str, Any]) -> JobSpec:
    """Return what `spec_as_document` described.

    Parameters
    ----------
    document : mapping
        From JSON.

    Returns
    -------
    JobSpec
        Equal to the one described.
    """
    inputs = tuple(Input(**one) for one in document["inputs"])
    return JobSpec(**{**document, "inputs": inputs})

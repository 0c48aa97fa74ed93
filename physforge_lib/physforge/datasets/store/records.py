"""What a store says of its data sets: plain, frozen and free of the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Derivation:
    """That data were computed from others, and how.

    Parameters
    ----------
    source : str
        Name (``"run"``, ``"run@2"``) or id of the version they come from.
    operation : str, default ""
        For example ``"differentiate"``, or a sentence.
    settings : mapping, optional
        What the operation was told; JSON-serialisable.
    """

    source: str
    operation: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def as_derivations(given: str | Derivation | Sequence[str | Derivation]) -> list[Derivation]:
    """Return what a user says of where data come from.

    Parameters
    ----------
    given : str, Derivation or sequence of them
        References are derivations by nothing in particular.

    Returns
    -------
    list of Derivation
        In the same order.
    """
    several = [given] if isinstance(given, str | Derivation) else given
    return [Derivation(one) if isinstance(one, str) else one for one in several]


class _Document:
    def to_dict(self) -> dict[str, Any]:
        """Return the facts, JSON-serialisable.

        Returns
        -------
        dict
            Times in ISO format.
        """
        document: dict[str, Any] = _plain(dataclasses.asdict(self))  # type: ignore[call-overload]
        return document


@dataclass(frozen=True)
class Version(_Document):
    """One state of a data set.

    Parameters
    ----------
    id : str
        Never used again.
    dataset_id : str
        Of the data set.
    name : str
        Of the data set, now.
    number : int
        1, 2, 3, ... within the data set.
    parents : tuple of str
        Ids of the versions it goes on from.
    derived_from : tuple of Derivation
        Where it was computed from; `Derivation.source` is a version's id.
    author, message : str
        Who made it, and what they said.
    created : datetime.datetime
        In UTC.
    sha256 : str
        Of the file, or of the zarr folder (as `physforge.datasets.files.sha256_of`).
    size : int
        Bytes.
    format : str
        Name of its reader.
    original_name : str
        What the file was called.
    options : mapping
        What the reader is told (dims, units, ...).
    attributes : mapping
        Title, licence, source and others that the user gave.
    """

    id: str
    dataset_id: str
    name: str
    number: int
    parents: tuple[str, ...]
    derived_from: tuple[Derivation, ...]
    author: str
    message: str
    created: datetime
    sha256: str
    size: int
    format: str
    original_name: str
    options: Mapping[str, Any]
    attributes: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """Name and number, as in ``"run@2"``."""
        return f"{self.name}@{self.number}"


@dataclass(frozen=True)
class StoredDataset(_Document):
    """A data set of the store.

    Parameters
    ----------
    id : str
        Never used again.
    name : str
        Unique among those of its owner in the project that are not in the trash.
    head : Version
        What is opened unless another version is asked for.
    versions : int
        How many there are.
    created : datetime.datetime
        In UTC.
    removed : datetime.datetime or None
        When it was put into the trash.
    """

    id: str
    name: str
    head: Version
    versions: int
    created: datetime
    removed: datetime | None = None

    def mentions(self, text: str, fields: str = "") -> bool:
        """Say whether every word of a text occurs in the facts.

        Parameters
        ----------
        text : str
            Words, in any case.
        fields : str, default ""
            Names of the head's fields, where they are known.

        Returns
        -------
        bool
            Looked for in name, file name, message, author and attributes, too.
        """
        head = self.head
        facts = (self.name, head.original_name, head.message, head.author, *map(str, head.attributes.values()), fields)
        known = " ".join(facts).casefold()
        return all(word in known for word in text.casefold().split())


@dataclass(frozen=True)
class FieldSummary(_Document):
    """What a variable is like.

    Parameters
    ----------
    name : str
        Of the variable.
    role : {"axis", "coordinate", "field"}
        What it is for.
    dims : tuple of str
        Its dims.
    shape : tuple of int
        Their lengths.
    units : str or None
        None where the data do not say.
    minimum, maximum, mean, sd : float or None
        Of the samples that are there; sd is the population's. None if there is none.
    missing : int
        Samples that are NaN.
    """

    name: str
    role: Literal["axis", "coordinate", "field"]
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    units: str | None
    minimum: float | None
    maximum: float | None
    mean: float | None
    sd: float | None
    missing: int


@dataclass(frozen=True)
class Description(_Document):
    """A version and what is in it.

    Parameters
    ----------
    version : Version
        Which one.
    fields : tuple of FieldSummary
        Axes, then coordinates, then fields.
    findings : tuple of mapping
        What `physforge.datasets.check.check` found: topic, verdict and sentence.
    attributes : mapping
        Of the opened dataset.
    """

    version: Version
    fields: tuple[FieldSummary, ...]
    findings: tuple[Mapping[str, str], ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Garbage(_Document):
    """What garbage collection did.

    Parameters
    ----------
    blobs : int
        Blobs deleted.
    temporaries : int
        Left-over temporary files deleted.
    freed : int
        Bytes that are free now.
    kept : int
        Blobs that stay.
    waiting : int, default 0
        Bytes among them that only deleted data sets refer to; they are kept until the
        grace time is over.
    """

    blobs: int
    temporaries: int
    freed: int
    kept: int
    waiting: int = 0


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value

"""What the REST API says of data sets, as the store's own records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from physforge.datasets.store.lineage import Edge, Lineage
from physforge.datasets.store.records import Derivation, StoredDataset, Version

_HIDDEN: Mapping[str, Any] = {
    "dataset_id": "",
    "name": "",
    "number": 0,
    "parents": (),
    "derived_from": (),
    "author": "",
    "message": "",
    "created": datetime.fromtimestamp(0, UTC),
    "sha256": "",
    "size": 0,
    "format": "",
    "original_name": "",
    "options": {},
    "attributes": {},
}


def as_version(record: Mapping[str, Any]) -> Version:
    """Return a version.

    Parameters
    ----------
    record : mapping
        From the REST API.

    Returns
    -------
    Version
        The same facts.
    """
    sources = tuple(Derivation(one["source"], one["operation"], one["settings"]) for one in record["derived_from"])
    return Version(
        id=record["id"],
        dataset_id=record["dataset_id"],
        name=record["name"],
        number=record["number"],
        parents=tuple(record["parents"]),
        derived_from=sources,
        author=record["author"],
        message=record["message"],
        created=datetime.fromisoformat(record["created"]),
        sha256=record["sha256"],
        size=record["size"],
        format=record["format"],
        original_name=record["original_name"],
        options=record["options"],
        attributes=record["attributes"],
    )


def as_dataset(record: Mapping[str, Any]) -> StoredDataset:
    """Return a data set.

    Parameters
    ----------
    record : mapping
        From the REST API.

    Returns
    -------
    StoredDataset
        The same facts, without its owner.
    """
    removed = record["removed"]
    return StoredDataset(
        id=record["id"],
        name=record["name"],
        head=as_version(record["head"]),
        versions=record["versions"],
        created=datetime.fromisoformat(record["created"]),
        removed=None if removed is None else datetime.fromisoformat(removed),
    )


def as_lineage(record: Mapping[str, Any]) -> Lineage:
    """Return a lineage.

    Parameters
    ----------
    record : mapping
        From the REST API.

    Returns
    -------
    Lineage
        In which versions that the caller may not see are hidden.
    """
    nodes = {one["id"]: one for one in record["versions"]}
    return Lineage(
        root=record["root"],
        versions={
            key: Version(id=key, **_HIDDEN) if one["version"] is None else as_version(one["version"])
            for key, one in nodes.items()
        },
        deleted=frozenset(key for key, one in nodes.items() if one["deleted"]),
        edges=tuple(
            Edge(one["child"], one["parent"], one["kind"], one["operation"], one["settings"]) for one in record["edges"]
        ),
        hidden=frozenset(key for key, one in nodes.items() if one["version"] is None),
    )

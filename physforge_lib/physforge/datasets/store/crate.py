"""Write versions with their history as an RO-Crate, which archives and other programs understand.

The profile is RO-Crate 1.x as the package `rocrate` writes it: a folder of data files and
``ro-crate-metadata.json``, in the vocabulary of schema.org.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physforge.datasets.export.atomic import staged
from physforge.datasets.files import EXTENSIONS
from physforge.datasets.store.blobs import BlobReader
from physforge.datasets.store.exporting import export_version
from physforge.datasets.store.lineage import Lineage
from physforge.datasets.store.records import Description, FieldSummary, Version

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate


@dataclass(frozen=True)
class Item:
    """A version that goes into a crate.

    Parameters
    ----------
    description : Description
        The version and its fields.
    layout : {"file", "tree"}
        Whether its blob is the file or a manifest.
    lineage : Lineage
        Where it comes from.
    """

    description: Description
    layout: str
    lineage: Lineage


def write_crate(items: Sequence[Item], blobs: BlobReader, path: str | os.PathLike[str]) -> Path:
    """Write a crate.

    Parameters
    ----------
    items : sequence of Item
        Their original bytes become ``data/<number>.<extension>``.
    blobs : BlobReader
        Where the bytes are.
    path : str or path-like
        A folder that does not exist yet; it appears whole or not at all.

    Returns
    -------
    pathlib.Path
        The folder, as an absolute path.

    Raises
    ------
    DatasetError
        If there is a folder of that name, or the disk refuses.
    StoreError
        If stored bytes are missing or changed.
    """
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.name = ", ".join(item.description.version.reference for item in items)
    crate.description = "Data sets and where they come from, exported by PhysForge."
    with staged(path) as hidden, tempfile.TemporaryDirectory(prefix="physforge-") as scratch:
        parts = {}
        for number, item in enumerate(items, start=1):
            version = item.description.version
            file = export_version(version, item.layout, blobs, Path(scratch) / f"{number}{_suffix(version)}")
            parts[version.id] = _add_data(crate, item, file)
        _add_versions(crate, [item.lineage for item in items], parts)
        _add_edges(crate, [item.lineage for item in items], parts)
        crate.write(hidden)
    return Path(path).expanduser().absolute()


def _suffix(version: Version) -> str:
    """Return an extension that names the format; the user's own only where it is a known one."""
    own = Path(version.original_name).suffix.lower()
    if EXTENSIONS.get(own) == version.format:
        return own
    return next((suffix for suffix, name in EXTENSIONS.items() if name == version.format), "")


def _add_data(crate: ROCrate, item: Item, file: Path) -> Entity:
    version, attributes = item.description.version, item.description.attributes
    facts: dict[str, Any] = {
        "name": version.name,
        "alternateName": version.original_name,
        "version": str(version.number),
        "description": version.message or str(attributes.get("title", "")),
        "identifier": f"urn:uuid:{version.id}",
        "dateCreated": version.created.isoformat(),
        "contentSize": str(version.size),
        "sha256": version.sha256,
        "encodingFormat": version.format,
    }
    if attributes.get("licence"):
        facts["license"] = str(attributes["licence"])
    if attributes.get("source"):
        facts["creditText"] = str(attributes["source"])
    add = crate.add_directory if file.is_dir() else crate.add_file
    entity = add(file, dest_path=f"data/{file.name}", properties=facts)
    entity["author"] = _person(crate, version.author)
    entity["variableMeasured"] = [_variable(crate, field, version) for field in item.description.fields]
    return entity


def _person(crate: ROCrate, name: str) -> Entity:
    from rocrate.model.person import Person

    key = f"#person-{name}"
    known = crate.get(key)
    return known or crate.add(Person(crate, key, properties={"name": name}))


def _variable(crate: ROCrate, field: FieldSummary, version: Version) -> Entity:
    from rocrate.model.contextentity import ContextEntity

    facts = {
        "@type": "PropertyValue",
        "name": field.name,
        "description": f"{field.role} over {', '.join(field.dims) or 'nothing'}, shape {list(field.shape)}",
        "unitText": field.units,
        "minValue": field.minimum,
        "maxValue": field.maximum,
    }
    known = {key: value for key, value in facts.items() if value is not None}
    return crate.add(ContextEntity(crate, f"#{version.id}-{field.name}", properties=known))


def _add_versions(crate: ROCrate, lineages: Sequence[Lineage], parts: dict[str, Entity]) -> None:
    """Describe the versions that others come from and whose bytes are not in the crate."""
    from rocrate.model.contextentity import ContextEntity

    versions = {key: version for lineage in lineages for key, version in lineage.versions.items()}
    for key, version in versions.items():
        if key not in parts:
            facts = {
                "@type": "CreativeWork",
                "name": version.name,
                "version": str(version.number),
                "description": version.message,
                "identifier": f"urn:uuid:{key}",
                "sha256": version.sha256,
                "alternateName": version.original_name,
            }
            parts[key] = crate.add(ContextEntity(crate, f"#version-{key}", properties=facts))


def _add_edges(crate: ROCrate, lineages: Sequence[Lineage], parts: dict[str, Entity]) -> None:
    """Say what goes on from what, and name each computation."""
    from rocrate.model.contextentity import ContextEntity

    edges = {(edge.child, edge.parent, edge.kind): edge for lineage in lineages for edge in lineage.edges}
    for edge in edges.values():
        child, parent = parts[edge.child], parts[edge.parent]
        if edge.kind == "parent":
            child.append_to("isBasedOn", parent)
            continue
        facts = {
            "@type": "CreateAction",
            "name": edge.operation or "computed",
            "description": json.dumps(edge.settings) if edge.settings else "",
        }
        action = crate.add(ContextEntity(crate, f"#made-{edge.child}-from-{edge.parent}", properties=facts))
        action["object"], action["result"] = [parent], [child]
        crate.root_dataset.append_to("mentions", action)

"""Where a version comes from, back to the bytes that were first added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from physforge.datasets.store.records import Version


@dataclass(frozen=True)
class Edge:
    """That a version comes from another.

    Parameters
    ----------
    child, parent : str
        Ids of versions.
    kind : {"parent", "derived"}
        Whether it goes on from it, or was computed from it.
    operation : str
        How it was computed.
    settings : dict
        What the operation was told.
    """

    child: str
    parent: str
    kind: Literal["parent", "derived"]
    operation: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Lineage:
    """A version with all that it comes from.

    Parameters
    ----------
    root : str
        Id of the version that was asked for.
    versions : dict of str to Version
        By id; also those that were deleted, whose bytes are gone.
    deleted : frozenset of str
        Ids of those.
    edges : tuple of Edge
        From child to parent.
    hidden : frozenset of str, default none
        Ids of versions of which no more is known: whoever asks may not see them.

    Notes
    -----
    Versions without a parent are raw: their file name and SHA-256 say what was added.
    """

    root: str
    versions: dict[str, Version]
    deleted: frozenset[str]
    edges: tuple[Edge, ...]
    hidden: frozenset[str] = frozenset()

    @property
    def raw(self) -> tuple[Version, ...]:
        """The versions that come from no other: the bytes that were first added."""
        children = {edge.child for edge in self.edges}
        return tuple(version for key, version in self.versions.items() if key not in children | self.hidden)

    def to_dict(self) -> dict[str, Any]:
        """Return the graph, JSON-serialisable.

        Returns
        -------
        dict
            Root, versions and edges.
        """
        return {
            "root": self.root,
            "versions": [
                {"id": key, "hidden": True}
                if key in self.hidden
                else {**version.to_dict(), "deleted": key in self.deleted}
                for key, version in self.versions.items()
            ],
            "edges": [
                {
                    "child": edge.child,
                    "parent": edge.parent,
                    "kind": edge.kind,
                    "operation": edge.operation,
                    "settings": edge.settings,
                }
                for edge in self.edges
            ],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines(self.root, "", "", set()))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _lines(self, key: str, first: str, rest: str, shown: set[str]) -> list[str]:
        if key in self.hidden:
            return [f"{first}a data set that you may not see"]
        version = self.versions[key]
        state = " (deleted)" if key in self.deleted else ""
        lines = [f"{first}{version.reference}{state}  {version.message or version.original_name}"]
        edges = [edge for edge in self.edges if edge.child == key]
        if key in shown:
            return [f"{lines[0]} (see above)"] if edges else lines
        shown.add(key)
        if not edges:
            lines.append(f"{rest}└─ file {version.original_name}, {version.size} bytes, sha256 {version.sha256}")
        for index, edge in enumerate(edges):
            last = index == len(edges) - 1
            how = "goes on from" if edge.kind == "parent" else f"{edge.operation or 'computed'} from"
            joint, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
            lines += self._lines(edge.parent, f"{rest}{joint}{how} ", f"{rest}{below}", shown)
        return lines


def trace(root: str, look_up: Callable[[str], tuple[Version, bool]]) -> Lineage:
    """Follow a version back to where it comes from.

    Parameters
    ----------
    root : str
        Id of the version.
    look_up : callable
        Id -> the version, and whether it was deleted.

    Returns
    -------
    Lineage
        With every version reached, once.
    """
    versions: dict[str, Version] = {}
    deleted: set[str] = set()
    edges: list[Edge] = []
    ahead = [root]
    while ahead:
        key = ahead.pop()
        if key in versions:
            continue
        versions[key], is_deleted = look_up(key)
        if is_deleted:
            deleted.add(key)
        found = [Edge(key, parent, "parent", "", {}) for parent in versions[key].parents]
        found += [
            Edge(key, one.source, "derived", one.operation, dict(one.settings)) for one in versions[key].derived_from
        ]
        edges += found
        ahead += [edge.parent for edge in reversed(found)]
    return Lineage(root, versions, frozenset(deleted), tuple(edges))

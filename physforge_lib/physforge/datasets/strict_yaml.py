"""YAML reduced to data: no tags, anchors, aliases, merges or repeated keys."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from physforge.errors import CatalogError

#: Largest catalog file, in bytes.
MAX_BYTES = 2**20

#: Deepest nesting of lists and mappings.
MAX_DEPTH = 20


def load_strict(path: Path) -> Any:
    """Read a YAML file that can do nothing but hold data.

    Parameters
    ----------
    path : pathlib.Path
        The file, at most 1 MB of UTF-8.

    Returns
    -------
    object
        Mappings, lists, strings, numbers, booleans and None.

    Raises
    ------
    CatalogError
        If the file is missing, too large or no YAML, or uses tags, anchors,
        aliases, merge keys, repeated keys, or deep nesting; the line is named.
    """
    try:
        # One byte more than allowed, so that a file that grows while it is read is refused as well.
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CatalogError(f"The catalog {path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise CatalogError(f"The catalog {path} is larger than {MAX_BYTES} bytes; split it.")
    try:
        return parse_strict(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogError(f"The catalog {path} is not text in UTF-8.") from error
    except ValueError as error:
        raise CatalogError(f"The catalog {path} is refused: {error}") from error


def parse_strict(text: str) -> Any:
    """Read YAML that can do nothing but hold data.

    Parameters
    ----------
    text : str
        As somebody typed it.

    Returns
    -------
    object
        Mappings, lists, strings, numbers, booleans and None.

    Raises
    ------
    ValueError
        If it is no YAML, or uses tags, anchors, aliases, merge keys, repeated keys, or deep nesting.
    """
    try:
        loader = _StrictLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(_describe(error)) from error


def _describe(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}." if mark is not None else f"{problem}."


class _StrictLoader(yaml.SafeLoader):
    """`yaml.SafeLoader` without the parts that can grow, point or name a type."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(None, None, "anchors and aliases are not allowed", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.composer.ComposerError(None, None, f"the tag {event.tag!r} is not allowed", event.start_mark)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"nested more than {MAX_DEPTH} deep", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            if key.value in keys:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} repeats", key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep=deep)

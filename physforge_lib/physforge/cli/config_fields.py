"""The settings of a kind of job in words: name, type, default, limits and meaning, from its Config's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

#: Deepest nesting of settings that is listed; behind it, ``--json`` prints the whole schema.
DEEPEST = 3

_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "pattern": "as {}",
}
_EVIDENT = (("minLength", 1), ("minItems", 1))
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "null": "nothing"}


@dataclass(frozen=True)
class ConfigField:
    """One setting.

    Parameters
    ----------
    name : str
        With dots where settings are nested: as ``--set`` takes it.
    type : str
        For people.
    required : bool
        Whether it has to be given.
    default : object
        As JSON has it.
    limits : str
        In words; empty if there are none.
    description : str
        What it means.
    """

    name: str
    type: str
    required: bool
    default: Any
    limits: str
    description: str

    def facts(self) -> dict[str, Any]:
        """Return the facts as ``--json`` prints them."""
        return asdict(self)

    @property
    def default_text(self) -> str:
        """The default for people; empty where nothing is the default."""
        if self.required:
            return "required"
        if self.default in (None, [], {}, ""):
            return ""
        return f"default {self.default if isinstance(self.default, str) else json.dumps(self.default)}"


def fields_of(config: type[BaseModel]) -> list[ConfigField]:
    """List the settings of a config.

    Parameters
    ----------
    config : type of pydantic.BaseModel
        Of a kind of job.

    Returns
    -------
    list of ConfigField
        In the order of the config; those of a nested config behind it.
    """
    schema = config.model_json_schema()
    return list(_fields(schema, schema.get("$defs", {}), "", DEEPEST))


def _fields(schema: Mapping[str, Any], shared: Mapping[str, Any], prefix: str, depth: int) -> Iterator[ConfigField]:
    required = frozenset(schema.get("required", ()))
    for name, found in schema.get("properties", {}).items():
        if "const" in found:
            # The tag of a strategy: it is said where the strategy is chosen.
            continue
        choices = [_resolved(one, shared) for one in _choices(found, shared)]
        yield ConfigField(
            name=f"{prefix}{name}",
            type=" or ".join(dict.fromkeys(_type(one, shared) for one in choices if one.get("type") != "null")),
            required=name in required,
            default=found.get("default"),
            limits=", ".join(dict.fromkeys(limit for one in choices for limit in _limits(one))),
            description=str(found.get("description") or _resolved(found, shared).get("description", "")),
        )
        nested = [one for one in choices if one.get("type") != "null"]
        if depth > 1 and len(nested) == 1 and "properties" in nested[0]:
            yield from _fields(nested[0], shared, f"{prefix}{name}.", depth - 1)


def _choices(found: Mapping[str, Any], shared: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    whole = _resolved(found, shared)
    for key in ("anyOf", "oneOf"):
        if key in whole:
            return [choice for one in whole[key] for choice in _choices(one, shared)]
    return [whole]


def _resolved(found: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    merged = dict(found)
    for part in (*([found] if "$ref" in found else ()), *found.get("allOf", ())):
        if "$ref" in part:
            target = _resolved(shared[part["$ref"].rpartition("/")[2]], shared)
            merged = {**target, **{key: value for key, value in merged.items() if key not in ("$ref", "allOf")}}
    return merged


def _type(one: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    if "enum" in one:
        return ", ".join(map(str, one["enum"]))
    if "const" in one:
        return str(one["const"])
    if "properties" in one:
        return f"{{{', '.join(one['properties'])}}}"
    kind = one.get("type")
    if kind == "array":
        inner = one.get("items") or {}
        return f"list of {_of_all(inner, shared)}" if inner else "list"
    if kind == "object":
        values = one.get("additionalProperties")
        return f"{{name: {_of_all(values, shared)}}}" if isinstance(values, Mapping) else "{name: value}"
    return _TYPES.get(str(kind), "any")


def _of_all(inner: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_type(choice, shared) for choice in _choices(inner, shared)))


def _limits(one: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _LIMITS.items():
        # That something is not empty goes without saying.
        if key in one and (key, one[key]) not in _EVIDENT:
            value = one[key]
            yield words.format(f"{value:g}" if isinstance(value, float) else value)

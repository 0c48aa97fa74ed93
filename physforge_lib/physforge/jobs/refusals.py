"""Say what is wrong with the settings of a job: every field at once, each with what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

#: Longest value that is repeated in a message, in characters.
_LONGEST = 60


def refusals(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Describe what is wrong with settings.

    Parameters
    ----------
    error : pydantic.ValidationError
        From `model`.
    model : type of pydantic.BaseModel
        Whose fields are meant.

    Returns
    -------
    list of str
        ``"field: what is allowed (given: value)"``, once for each field.
    """
    by_field: dict[str, list[str]] = {}
    given: dict[str, Any] = {}
    for one in error.errors(include_url=False):
        field = _field(one, model)
        sentences = by_field.setdefault(field, [])
        sentence = _sentence(one, model)
        if sentence not in sentences:
            sentences.append(sentence)
        given.setdefault(field, one)
    told = {field: " or ".join(sentences) for field, sentences in by_field.items()}
    # What a method refuses says already what it was given.
    return [f"{field}: {text}{'' if '(given: ' in text else _value(given[field])}" for field, text in told.items()]


def _field(one: ErrorDetails, model: type[BaseModel]) -> str:
    """Name the field; the alternatives of a union are no part of the name."""
    place = one["loc"]
    if not place:
        return "settings"
    if place[0] not in model.model_fields:
        return ".".join(map(str, place))
    numbers: list[int | str] = [part for part in place[1:] if isinstance(part, int)]
    return ".".join(map(str, [place[0], *numbers]))


def _sentence(one: ErrorDetails, model: type[BaseModel]) -> str:
    if one["type"] == "extra_forbidden":
        return _no_such_setting(str(one["loc"][-1]), list(model.model_fields))
    if one["type"] == "missing":
        described = model.model_fields[str(one["loc"][0])].description if len(one["loc"]) == 1 else None
        return f"is needed{f': {described}' if described else ''}"
    return one["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")


def _no_such_setting(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"there is no such setting; {f'nearest: {near[0]}' if near else 'there are ' + ', '.join(known)}"


def _value(one: ErrorDetails) -> str:
    if one["type"] in {"extra_forbidden", "missing"} or not one["loc"]:
        return ""
    text = repr(one["input"])
    return f" (given: {text if len(text) <= _LONGEST else text[:_LONGEST] + '...'})"

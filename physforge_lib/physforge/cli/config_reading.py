"""What ``--config`` and ``--set`` say, as the settings of a job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from physforge.errors import CatalogError, JobError

#: Largest file of settings, in bytes.
MAX_BYTES = 2**20


def read_config(path: Path | None, settings: Sequence[str]) -> dict[str, Any]:
    """Read settings from a file and from the command line, which goes before it.

    Parameters
    ----------
    path : pathlib.Path or None
        A mapping, in JSON if its name ends so, else in YAML that can do nothing but hold data.
    settings : sequence of str
        ``name=value``; dots in the name go into nested settings, and the value is JSON where it can
        be, else a text.

    Returns
    -------
    dict
        Not validated yet.

    Raises
    ------
    JobError
        If the file cannot be read, or a setting is none.

    Examples
    --------
    >>> read_config(None, ["dataset=burgers", "library.polynomial=3"])
    {'dataset': 'burgers', 'library': {'polynomial': 3}}
    """
    config = {} if path is None else read_mapping(path)
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise JobError(f"--set takes name=value, such as --set dataset=burgers; it got {text!r:.80}.")
        _put(config, name.strip().split("."), read_value(f"--set {name}", value.strip()))
    return config


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a file of settings.

    Parameters
    ----------
    path : pathlib.Path
        JSON or YAML.

    Returns
    -------
    dict
        What it holds.

    Raises
    ------
    JobError
        If it holds no mapping.
    """
    document = _read_json(path) if path.suffix.lower() == ".json" else _read_yaml(path)
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise JobError(f"{path} holds no settings: write one 'name: value' a line.")
    return document


def read_value(option: str, text: str) -> Any:
    """Read a value as JSON where it can be, else as a text.

    Parameters
    ----------
    option : str
        Which it is of, for the message.
    text : str
        As a user typed it.

    Returns
    -------
    object
        For example 3, ``True``, ``["u_t"]`` or ``"burgers"``.

    Raises
    ------
    JobError
        If it begins as a list, mapping or quoted text does, and is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if text[:1] in ("[", "{", '"'):
            raise JobError(f"{option}: {text!r:.80} is no JSON ({error}); quote it for the shell.") from error
        return text


def _read_json(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise JobError(f"{path} is larger than {MAX_BYTES} bytes, which is too much for settings.")
        return json.loads(content)
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise JobError(f"{path} is no JSON: {error}.") from error


def _read_yaml(path: Path) -> Any:
    from physforge.datasets.strict_yaml import load_strict

    try:
        return load_strict(path)
    except CatalogError as error:
        # The reader of catalogs speaks of catalogs.
        raise JobError(str(error).replace("The catalog ", "", 1)) from error


def _put(config: dict[str, Any], path: Sequence[str], value: Any) -> None:
    place = config
    for part in path[:-1]:
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            raise JobError(f"--set {'.'.join(path)}: {part} is {inner!r:.80}, and has no settings of its own.")
        place = inner
    place[path[-1]] = value

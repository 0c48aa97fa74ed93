"""What a report says of the method of a result, and of the run that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from physforge.reports.document import Facts, Heading, Part

if TYPE_CHECKING:
    from physforge.results import Result

#: What other parts of a report say.
_ELSEWHERE = frozenset({"method", "library", "knowledge", "settings", "inputs", "data", "seed", "network", "plan"})

#: Settings that are shown under a heading of their own.
_SETTINGS = ("method", "library", "knowledge", "settings", "network", "plan")


def method_parts(result: Result) -> tuple[Part, ...]:
    """Say how a result was made.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    tuple of Part
        Method and settings, each that was recorded; none where none was.
    """
    record = result.provenance
    told = {name: _flat(record[name]) for name in _SETTINGS if record.get(name)}
    tables = [Facts(name.capitalize(), facts) for name, facts in told.items() if facts]
    seed = [Facts("Seed", {"seed": record["seed"]})] if "seed" in record else []
    return (Heading("Method and settings"), *tables, *seed) if tables or seed else ()


def run_parts(result: Result) -> tuple[Part, ...]:
    """Say when and with what a result was made.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    tuple of Part
        The run record, without what is said elsewhere.
    """
    record = {key: value for key, value in result.provenance.items() if key not in _ELSEWHERE}
    return (Heading("Where it comes from"), Facts("Run record", record)) if record else ()


def _flat(value: Any) -> dict[str, Any]:
    """Leave out settings that say nothing, such as empty lists."""
    if not isinstance(value, Mapping):
        return {"kind": value}
    return {str(key): one for key, one in value.items() if not _is_empty(one)}


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return value is None or (isinstance(value, str | list | tuple) and not value)

"""Cells that open the data of a result again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from physforge.reports.cells import Cell
from physforge.reports.literals import literal, markdown_text

#: A name of the catalog or the store, perhaps with a version: neither a path nor an address.
_NAME = re.compile(r"[^\W_][^/\\:~\0]*")

_JOB = re.compile(r"[0-9a-f-]+")
_FILE = re.compile(r"[^/\\\0]+")


def opening_cells(name: str, inputs: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    """Write the cells that open data.

    Parameters
    ----------
    name : str
        What the variable is called.
    inputs : sequence of dict
        What the run recorded of its data (see `physforge.datasets.origin.describe_inputs`).

    Returns
    -------
    tuple of Cell
        Words, and code that opens the data by their names and compares them with what was recorded. Where there
        is no name, words on how to give them, and code that stops until they are given.
    """
    calls = [_call(one) for one in inputs]
    expected = [{key: one[key] for key in ("sizes", "variables") if key in one} for one in inputs]
    compared = f"{name} = same_data({name}, {literal(expected)})"
    known = [one for one in calls if one is not None]
    if not calls or len(known) < len(calls):
        return Cell("markdown", _missing(name, inputs)), Cell("code", f"{name} = None\n{compared}")
    opened = known[0] if len(known) == 1 else "[\n" + "".join(f"    {one},\n" for one in known) + "]"
    return Cell("markdown", _words(inputs)), Cell("code", f"{name} = {opened}\n{compared}")


def _call(facts: Mapping[str, Any]) -> str | None:
    if _JOB.fullmatch(str(facts.get("job", ""))):
        return f"pf.Workspace().job({literal(facts['job'])}).result()"
    name = _registered(facts) or ("./" + str(facts["source"]) if _is_file(facts) else None)
    return None if name is None else f"pf.open_dataset({literal(name)})"


def _registered(facts: Mapping[str, Any]) -> str | None:
    """Return the name of the store or the catalog, with its version."""
    names = [str(facts.get(key, "")) for key in ("store_dataset", "catalog_name")]
    return next((name for name in names if _NAME.fullmatch(name)), None)


def _is_file(facts: Mapping[str, Any]) -> bool:
    """Whether data were read from a file, whose name alone is recorded."""
    return (
        _registered(facts) is None
        and "job" not in facts
        and "sha256" in facts
        and bool(_FILE.fullmatch(str(facts.get("source", ""))))
    )


def _titles(inputs: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"“{markdown_text(str(one['title']))}”" for one in inputs if one.get("title"))


def _words(inputs: Sequence[Mapping[str, Any]]) -> str:
    files = [
        f"- {markdown_text(str(one['source']))}, with the SHA-256 {markdown_text(str(one['sha256']))}"
        for one in inputs
        if _is_file(one)
    ]
    head = f"The data: {_titles(inputs) or 'without a title'}. "
    if not files:
        return f"{head}They are opened by their names, and compared with what the report recorded of them."
    asked = (
        "They came from files, which must lie beside this notebook; options that they were opened with, such as "
        "`dims=` or `units=`, are to be given again:"
    )
    return "\n".join([head + asked, "", *files])


def _missing(name: str, inputs: Sequence[Mapping[str, Any]]) -> str:
    titles = _titles(inputs)
    return (
        f"**The report does not know where the data are**{': ' + titles if titles else ''}. They were made in Python, "
        f"or came with no name of a catalog, a store or a file. Put them into `{name}` in the next cell, for example "
        f'`{name} = pf.open_dataset("measured.csv")`, or a list of several runs. The cell compares them '
        "with what the report recorded, and stops until they are the same."
    )

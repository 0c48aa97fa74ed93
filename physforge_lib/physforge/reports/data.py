"""What a report says of the data of a result, as the run recorded them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from physforge.reports.document import Facts, Heading, Paragraph, Part, Table

if TYPE_CHECKING:
    from physforge.results import Result

#: Of so many runs each is described; of the others their number is said.
_MOST_RUNS = 3

_NAMES = {
    "title": "title",
    "catalog_name": "name in the catalog",
    "store_dataset": "name in the store",
    "source": "source",
    "sha256": "SHA-256",
}


def data_parts(result: Result) -> tuple[Part, ...]:
    """Say what the data were, and what was noticed when they were looked over.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    tuple of Part
        None where the run did not record it.
    """
    inputs = _inputs(result)
    if not inputs:
        return ()
    parts: list[Part] = [Heading("The data, and what their check found")]
    for one in inputs[:_MOST_RUNS]:
        parts += _described(one)
    if len(inputs) > _MOST_RUNS:
        parts.append(Paragraph(f"{len(inputs) - _MOST_RUNS} more runs are not described here."))
    return tuple(parts)


def data_doubts(result: Result) -> tuple[str, ...]:
    """Return what the check of the data found to stand in the way.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    tuple of str
        Sentences, each once.
    """
    said = [
        f"The data, {topic}: {sentence}"
        for one in _inputs(result)
        for topic, verdict, sentence in one.get("check", ())
        if verdict == "problem"
    ]
    return tuple(dict.fromkeys(said))


def _inputs(result: Result) -> Sequence[Mapping[str, Any]]:
    found = result.provenance.get("inputs", ())
    return found if isinstance(found, list | tuple) else ()


def _described(facts: Mapping[str, Any]) -> list[Part]:
    named = {words: facts[key] for key, words in _NAMES.items() if facts.get(key)}
    parts: list[Part] = [Facts("Where they are", named)] if named else [Paragraph("They came without a name.")]
    variables = facts.get("variables")
    if variables:
        rows = [(name, " x ".join(map(str, one["shape"])) or "1", *_values(one)) for name, one in variables.items()]
        columns = ["variable", "samples", "missing", "low", "high", "mean", "unit"]
        parts.append(Table(pd.DataFrame(rows, columns=columns)))
    else:
        sizes = ", ".join(f"{size} along {dim}" for dim, size in facts.get("sizes", {}).items())
        parts.append(Paragraph(f"They stay on disk: {sizes}."))
    if facts.get("check"):
        parts.append(Table(pd.DataFrame(facts["check"], columns=["looked at", "verdict", "found"])))
    return parts


def _values(figures: Mapping[str, Any]) -> tuple[object, ...]:
    numbers = (float("nan") if figures[key] is None else figures[key] for key in ("low", "high", "mean"))
    return figures["missing"], *numbers, figures.get("units", "")

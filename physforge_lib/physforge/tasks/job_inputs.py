"""Say in a run record which data sets were made by other jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from physforge.jobs.task import JOB_PREFIX


def with_jobs(inputs: Sequence[Mapping[str, Any]], names: Sequence[str | None]) -> list[dict[str, Any]]:
    """Add to what is recorded of data which job made them.

    Parameters
    ----------
    inputs : sequence of dict
        What `physforge.datasets.origin.describe_inputs` returned.
    names : sequence of str or None
        How the settings name each of them.

    Returns
    -------
    list of dict
        With ``job`` where another job made the data, whose attributes may still name what it read itself.

    Examples
    --------
    >>> with_jobs([{"title": "a"}, {"title": "b"}], ["heat", "job:1f"])
    [{'title': 'a'}, {'title': 'b', 'job': '1f'}]
    """
    return [
        {**facts, "job": name.removeprefix(JOB_PREFIX)} if name and name.startswith(JOB_PREFIX) else dict(facts)
        for facts, name in zip(inputs, names, strict=True)
    ]

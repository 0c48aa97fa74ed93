"""The results that there are, where the address names none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from physforge.apps.markup import Link, address, ago, table
from physforge.apps.results.cards import paragraph

_NOTHING = "You have no result yet. Start with the page Discover, or submit a job from a notebook."


def result_list(jobs: list[dict[str, Any]]) -> str:
    """List finished jobs as HTML.

    Parameters
    ----------
    jobs : list of dict
        As the REST API shows them, newest first.

    Returns
    -------
    str
        A link to each result; a sentence where there is none.
    """
    if not jobs:
        return paragraph(_NOTHING)
    rows = [
        (
            Link(title_of(one), address("results", job=one["id"])),
            str(one["kind"]),
            ago(one["finished"] or one["created"]),
        )
        for one in jobs
    ]
    return table(("result", "kind", "finished"), rows, label="My results")


def title_of(job: Mapping[str, Any]) -> str:
    """Name a result by what it is of.

    Parameters
    ----------
    job : mapping
        As the REST API shows it.

    Returns
    -------
    str
        Any text: names of people's data are in it.
    """
    kinds = {
        "discovery": "Equations of",
        "pinn": "Network on",
        "derivatives": "Derivatives of",
        "simulation": "Simulation of",
        "report": "Report:",
    }
    if job["kind"] == "report":
        return f"Report: {job['config'].get('title', '')}"
    names = [str(one["name"]) for one in job["inputs"] if one["what"] == "dataset"]
    of = ", ".join(names[:3]) or str(job["config"].get("equations") or f"job {str(job['id'])[:8]}")
    return f"{kinds.get(job['kind'], str(job['kind']).capitalize())} {of}"

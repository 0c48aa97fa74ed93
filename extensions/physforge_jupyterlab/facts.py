"""What the sidebar shows of jobs, data sets and clusters: a few facts of the many that are known.

A whole job holds its settings and its run record, and a cluster its private key: what is
not shown does not travel to the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_OF_A_JOB = (
    "id",
    "kind",
    "batch",
    "state",
    "progress",
    "attempt",
    "created",
    "started",
    "finished",
    "error",
    "cancel_requested",
)
_OF_DATA = ("name", "title", "dims", "fields")

#: Roles that may cancel a job and try it again.
_MAY_CHANGE = frozenset({"collaborator", "owner"})


def job_row(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of a job.

    Parameters
    ----------
    job : mapping
        As the REST API and ``physforge job list --json`` describe it.

    Returns
    -------
    dict
        With a name (what the job works on) and whether the asker may change it.
    """
    row = {key: job.get(key) for key in _OF_A_JOB}
    return {**row, "name": _name_of(job), "may_change": job.get("role", "owner") in _MAY_CHANGE}


def _name_of(job: Mapping[str, Any]) -> str:
    named = [str(one["name"]) for one in job.get("inputs") or () if one.get("name")]
    return ", ".join(named) or str((job.get("config") or {}).get("dataset") or "")


def catalog_rows(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is shown of entries of the catalog.

    Parameters
    ----------
    entries : iterable of mapping
        From ``physforge dataset list --json``.

    Returns
    -------
    list of dict
        Those of a store are the asker's own.
    """
    return [{**{key: one.get(key) for key in _OF_DATA}, "own": "stored" in one.get("tags", ())} for one in entries]


def stored_row(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of a data set that the workbench keeps.

    Parameters
    ----------
    stored : mapping
        As the REST API describes it.

    Returns
    -------
    dict
        Its axes are known if they were given with the file.
    """
    head = stored["head"]
    title = head["attributes"].get("title") or head["original_name"] or stored["name"]
    dims = head["options"].get("dims") or []
    return {"name": stored["name"], "title": str(title), "dims": [str(one) for one in dims], "fields": [], "own": True}


def cluster_row(cluster: Mapping[str, Any], counts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is shown of a cluster.

    Parameters
    ----------
    cluster : mapping
        As Dask Gateway describes it.
    counts : mapping or None
        What its scheduler counts, if it answers.

    Returns
    -------
    dict
        Memory is what the workers may take together, in bytes; null where the scheduler
        does not say how many there are.
    """
    known = counts or {}
    workers, each = known.get("workers"), (cluster.get("options") or {}).get("worker_memory")
    return {
        "name": cluster["name"],
        "status": cluster["status"],
        "started": cluster["start_time"],
        "workers": workers,
        "cores": known.get("cores"),
        "memory": None if workers is None or each is None else int(workers * each * 2**30),
        "has_pages": counts is not None,
    }

"""Say what is in a version of a data set, and what its check found, in words."""

from __future__ import annotations

from typing import Any

from physforge.apps.acts.opening import workspace


def findings(data: str, version: int | None = None) -> dict[str, Any]:
    """Describe a version.

    Parameters
    ----------
    data : str
        Id of the data set.
    version : int, optional
        By default the newest.

    Returns
    -------
    dict
        ``title``, ``verdict``, ``findings`` (each ``topic``, ``verdict`` and ``sentence``) and ``attributes``
        (texts).
    """
    found = workspace().store.describe(data, version)
    verdicts = [one["verdict"] for one in found.findings]
    verdict = next((one for one in ("problem", "note") if one in verdicts), "ok")
    return {
        "title": str(found.attributes.get("title", found.version.name)),
        "verdict": verdict,
        "findings": [{key: str(one[key]) for key in ("topic", "verdict", "sentence")} for one in found.findings],
        "attributes": {str(name): str(value)[:1000] for name, value in found.attributes.items()},
    }

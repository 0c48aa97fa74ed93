"""The lines of Python that give the same result."""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from typing import Any

from physforge.errors import PhysForgeError
from physforge.jobs.task import find_task

#: What a job of a kind calls, where its settings say no more than the data and these.
_DIRECT = {
    "discovery": ("pf.discover", ("target", "units")),
    "derivatives": ("pf.differentiate", ("names",)),
}


def python_code(job: Mapping[str, Any]) -> str:
    """Write the lines that open a result, and those that make it again.

    Parameters
    ----------
    job : mapping
        As the REST API shows it.

    Returns
    -------
    str
        Source text.
    """
    given = _given(job)
    seed = f", seed={job['seed']}" if job["seed"] else ""
    lines = [
        "import physforge as pf",
        "",
        "# This result.",
        f"r = pf.Workspace().job({job['id']!r}).result()",
        "",
        "# The same work once more, as a job.",
        f"r = pf.submit({job['kind']!r}, {pformat(given, width=100, sort_dicts=False)}{seed}).result()",
    ]
    direct = _direct(str(job["kind"]), given)
    if direct:
        lines += ["", "# The same here and now.", direct]
    return "\n".join(lines)


def _given(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are not the defaults."""
    try:
        config = find_task(str(job["kind"])).config.model_validate(job["config"])
    except (PhysForgeError, ValueError):
        # Of a kind or version that is not installed here.
        return dict(job["config"])
    return config.model_dump(mode="json", exclude_defaults=True)


def _direct(kind: str, given: Mapping[str, Any]) -> str:
    name = given.get("dataset")
    call, known = _DIRECT.get(kind, ("", ()))
    if not call or not isinstance(name, str) or name.startswith("job:") or not set(given) <= {"dataset", *known}:
        return ""
    options = "".join(
        f", {given[one]!r}" if one == "names" else f", {one}={given[one]!r}" for one in known if one in given
    )
    return f"r = {call}(pf.open_dataset({name!r}){options})"

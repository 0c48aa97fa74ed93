"""Read the result in an artifact, whatever kind of job made it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from physforge.errors import JobError
from physforge.jobs.task import find_task
from physforge.results import Result


def load_result(folder: str | os.PathLike[str]) -> Result:
    """Load the result of a job from its artifact.

    Parameters
    ----------
    folder : str or path-like
        The artifact.

    Returns
    -------
    Result
        Of the class that its kind of job returns; `Result.value` is what the direct call returns.

    Raises
    ------
    JobError
        If the folder holds no result.
    UnknownJobError
        If its kind of job is not installed here.
    PhysForgeError
        If it was written by a newer version of PhysForge.
    """
    try:
        document = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
        kind = document["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobError(f"{os.fspath(folder)} holds no result of a job: {error}") from error
    return find_task(str(kind)).load_result().load(folder)

"""What a job is to do: its kind, settings, inputs and seed, in one canonical form."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Input:
    """Something that a job reads, named by its content.

    Parameters
    ----------
    field : str
        Of the config that names it, for example ``"dataset"``.
    name : str
        As the person wrote it; not part of what the job is.
    what : {"dataset", "job"}
        A version of a data set, or the artifact of a job.
    reference : str
        Id of the version or of the job; ``catalog:NAME`` for a data set of the catalog.
    sha256 : str
        Of the content; for a job, of its spec, which says what its artifact is whether it is done or not.
    """

    field: str
    name: str
    what: str
    reference: str
    sha256: str


@dataclass(frozen=True)
class JobSpec:
    """What is asked for.

    Parameters
    ----------
    kind : str
        Name of the task.
    config : dict
        Every setting, defaults included, as JSON (``model_dump(mode="json")``).
    inputs : tuple of Input, default ()
        What it reads.
    seed : int, default 0
        Of whatever is random.
    executor : str, default "local"
        Who runs it: ``"local"``, ``"dask"``, ``"gateway"``, ``"jobqueue"``, or the address of a scheduler.
    priority : int, default 0
        Higher ones are claimed first.
    wall_limit_s : float or None, default None
        Longest run of one attempt in seconds; None sets none.
    max_attempts : int, default 3
        How often it is begun at most, if its workers are lost.
    git : dict or None, default None
        State of the repository in which it was asked for: ``commit``, and ``dirty``,
        whether tracked files differed from it.

    Notes
    -----
    Kind, config, the inputs' content and the seed make the result; where, when and how
    often it runs do not, and are not in `sha256`. The first two lines of `canonical` say
    exactly what is.
    """

    kind: str
    config: dict[str, Any]
    inputs: tuple[Input, ...] = ()
    seed: int = 0
    executor: str = field(default="local", compare=False)
    priority: int = field(default=0, compare=False)
    wall_limit_s: float | None = field(default=None, compare=False)
    max_attempts: int = field(default=3, compare=False)
    git: dict[str, Any] | None = field(default=None, compare=False)

    @property
    def canonical(self) -> str:
        """The text that the hash is of: JSON with sorted keys."""
        inputs = sorted((one.field, one.what, one.sha256) for one in self.inputs)
        what = {"kind": self.kind, "config": self.config, "inputs": inputs, "seed": self.seed}
        return json.dumps(what, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def sha256(self) -> str:
        """Of `canonical`; equal for equal work."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the jobs whose artifacts it reads."""
        return tuple(dict.fromkeys(one.reference for one in self.inputs if one.what == "job"))

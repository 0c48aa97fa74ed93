"""From what a person asks for to a spec: all that can be refused is refused here, before anything is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from physforge.errors import DatasetError, JobError, PhysForgeError
from physforge.jobs.inputs import Inputs, named_inputs
from physforge.jobs.refusals import refusals
from physforge.jobs.run_record import git_state
from physforge.jobs.spec import Input, JobSpec
from physforge.jobs.task import JobConfig, find_task

if TYPE_CHECKING:
    from physforge.datasets.entry import Entry
    from physforge.datasets.store import DatasetStore
    from physforge.jobs.store import JobStore

#: Who can run jobs, beside a scheduler by its address.
EXECUTORS = ("local", "dask", "gateway", "jobqueue")

#: Largest settings of a job, as JSON in bytes.
LARGEST_CONFIG = 2**20

_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx|inproc)://[\w.:/\[\]-]+")


def make_spec(
    kind: str,
    config: Mapping[str, Any] | JobConfig,
    *,
    data: DatasetStore | None,
    catalog: Mapping[str, Entry],
    jobs: JobStore,
    seed: int = 0,
    executor: str = "local",
    priority: int = 0,
    wall_limit_s: float | None = None,
    max_attempts: int = 3,
) -> JobSpec:
    """Check what is asked for, and pin its inputs to their present content.

    Parameters
    ----------
    kind : str
        Name of a task, such as ``"discovery"``.
    config : mapping or JobConfig
        Its settings; what is left out has its default.
    data : DatasetStore or None
        The user's data sets; None where there is no store yet.
    catalog : mapping of str to Entry
        The data sets that come with PhysForge.
    jobs : JobStore
        For inputs that are jobs.
    seed : int, default 0
        Of whatever is random; from 0 to 2**63 - 1.
    executor : str, default "local"
        One of `EXECUTORS`, or the address of a scheduler such as ``"tcp://host:8786"``.
    priority : int, default 0
        From -100 to 100; higher ones are claimed first.
    wall_limit_s : float, optional
        Longest run of one attempt in seconds.
    max_attempts : int, default 3
        From 1 to 20.

    Returns
    -------
    JobSpec
        To be given to `JobStore.submit`. Nothing is stored yet.

    Raises
    ------
    UnknownJobError
        If there is no such kind, or a job that is named as an input.
    JobError
        If settings are refused; the message names each of them, with what is allowed.
    DatasetError
        If a data set is not registered.
    """
    return _make(
        kind,
        config,
        Inputs(data, catalog, jobs),
        seed=seed,
        executor=executor,
        priority=priority,
        wall_limit_s=wall_limit_s,
        max_attempts=max_attempts,
    )


def make_specs(
    kind: str,
    asked: Sequence[tuple[Mapping[str, Any], int]],
    *,
    data: DatasetStore | None,
    catalog: Mapping[str, Entry],
    jobs: JobStore,
    **options: Any,
) -> list[JobSpec]:
    """Check many jobs of one kind; each name is looked up once.

    Parameters
    ----------
    kind : str
        Name of a task.
    asked : sequence of (mapping, int)
        Settings and seed of each.
    data : DatasetStore or None
        As for `make_spec`.
    catalog : mapping of str to Entry
        As for `make_spec`.
    jobs : JobStore
        As for `make_spec`.
    **options
        Executor, priority, wall_limit_s and max_attempts, as for `make_spec`.

    Returns
    -------
    list of JobSpec
        In the same order.

    Raises
    ------
    JobError
        If any is refused; the first five that are, are named.
    """
    inputs = Inputs(data, catalog, jobs)
    specs, refused = [], []
    for number, (config, seed) in enumerate(asked, start=1):
        try:
            specs.append(_make(kind, config, inputs, seed=seed, **options))
        except PhysForgeError as error:
            if len(asked) == 1:
                raise
            refused.append(f"Job {number} of {len(asked)}: {error}")
    if refused:
        more = f"\n... and {len(refused) - 5} more are refused." if len(refused) > 5 else ""
        raise JobError("\n".join(refused[:5]) + more)
    return specs


def check_config(kind: str, config: Mapping[str, Any] | JobConfig) -> JobConfig:
    """Validate the settings of a job.

    Parameters
    ----------
    kind : str
        Name of a task.
    config : mapping or JobConfig
        Its settings.

    Returns
    -------
    JobConfig
        Of the task's class, defaults included.

    Raises
    ------
    UnknownJobError
        If there is no such kind; those there are are listed.
    JobError
        Naming every field that is refused, and what is allowed.
    """
    task = find_task(kind)
    if isinstance(config, task.config):
        return config
    if not isinstance(config, Mapping):
        raise JobError(f"The settings of a {kind} job are a mapping, not a {type(config).__name__}.")
    try:
        return task.config.model_validate(dict(config))
    except ValidationError as error:
        wrong = "".join(f"\n  {line}" for line in refusals(error, task.config))
        raise JobError(f"The settings of this {kind} job are refused:{wrong}") from error


def asked_for_here(specs: Sequence[JobSpec]) -> list[JobSpec]:
    """Note the repository in whose working folder this process is, if it is in one.

    Parameters
    ----------
    specs : sequence of JobSpec
        What is asked for.

    Returns
    -------
    list of JobSpec
        The same, with `git`: whoever runs them may be elsewhere.
    """
    state = git_state(Path.cwd())
    return [replace(one, git=state) for one in specs]


def _make(
    kind: str,
    config: Mapping[str, Any] | JobConfig,
    inputs: Inputs,
    *,
    seed: int = 0,
    executor: str = "local",
    priority: int = 0,
    wall_limit_s: float | None = None,
    max_attempts: int = 3,
) -> JobSpec:
    checked = check_config(kind, config)
    _check_options(seed, executor, priority, wall_limit_s, max_attempts)
    document = checked.model_dump(mode="json")
    size = len(json.dumps(document))
    if size > LARGEST_CONFIG:
        raise JobError(
            f"The settings of this {kind} job take {size} bytes as JSON; at most {LARGEST_CONFIG} are kept. Put data "
            "into a data set, and name it."
        )
    found = _resolve(kind, checked, inputs)
    return JobSpec(kind, document, found, int(seed), executor, int(priority), wall_limit_s, int(max_attempts))


def _resolve(kind: str, config: JobConfig, inputs: Inputs) -> tuple[Input, ...]:
    found, missing = [], []
    for named in named_inputs(config):
        try:
            found.append(inputs.resolve(named))
        except (DatasetError, JobError) as error:
            missing.append((named.field, error))
    if missing:
        text = "".join(f"\n  {field}: {error}" for field, error in missing)
        raise type(missing[0][1])(f"The inputs of this {kind} job are refused:{text}")
    return tuple(found)


def _check_options(seed: int, executor: str, priority: int, wall_limit_s: float | None, max_attempts: int) -> None:
    wrong = [
        f"{name}: a whole number from {low} to {high} is needed (given: {value!r})"
        for name, value, low, high in (
            ("seed", seed, 0, 2**63 - 1),
            ("priority", priority, -100, 100),
            ("max_attempts", max_attempts, 1, 20),
        )
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
    ]
    if executor not in EXECUTORS and not _ADDRESS.fullmatch(str(executor)):
        known = ", ".join(EXECUTORS)
        wrong.append(
            f"executor: one of {known}, or a scheduler's address such as tcp://host:8786 (given: {executor!r})"
        )
    if wall_limit_s is not None and not _is_duration(wall_limit_s):
        wrong.append(f"wall_limit_s: seconds, more than 0, are needed (given: {wall_limit_s!r})")
    if wrong:
        raise JobError("This job is refused:" + "".join(f"\n  {line}" for line in wrong))


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0

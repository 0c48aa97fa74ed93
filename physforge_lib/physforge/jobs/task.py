"""Kinds of jobs: found by name through entry points, so that jobs know nothing of the sciences."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from physforge.errors import UnknownJobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from physforge.jobs.context import RunContext
    from physforge.results import Result

_GROUP = "physforge.tasks"


@dataclass(frozen=True)
class InputMark:
    """Marks a field of a `JobConfig` that names something the job reads.

    Parameters
    ----------
    what : {"dataset", "job"}
        A data set of the catalog or the store; or the artifact of another job.
    """

    what: str


#: Begins what stands in place of a data set's name for one that another job makes.
JOB_PREFIX = "job:"


def _as_name(value: Any) -> Any:
    return f"{JOB_PREFIX}{value['job']}" if isinstance(value, Mapping) and set(value) == {"job"} else value


def _as_id(value: Any) -> Any:
    return value["job"] if isinstance(value, Mapping) and set(value) == {"job"} else value


#: Name of a data set in a `JobConfig`; at submission it becomes a version and a content hash.
#: ``{"job": ID}``, kept as ``"job:ID"``, is the data set that another job makes.
DatasetName = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_as_name), InputMark("dataset")]

#: Id of a job whose artifact is read, also given as ``{"job": ID}``; the job waits for it.
JobId = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_as_id), InputMark("job")]


class JobConfig(BaseModel):
    """The settings of one kind of job: what the command line, the pages, the API and the record share.

    Fields have defaults that need no tuning, a description, and limits; unknown ones are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Task:
    """One kind of job.

    Parameters
    ----------
    kind : str
        Its name, for example ``"discovery"``.
    config : type of JobConfig
        Its settings.
    run : str
        ``"module:function"``, loaded in the worker alone: ``run(config, context) -> Result``.
    result : str
        ``"module:class"`` of the `Result` that it returns, for loading.
    title : str
        What it does, in a few words, for lists and forms.
    """

    kind: str
    config: type[JobConfig]
    run: str
    result: str
    title: str

    def load_run(self) -> Callable[[JobConfig, RunContext], Result]:
        """Return the function that does the work; this imports the science."""
        function: Callable[[JobConfig, RunContext], Result] = _load(self.run)
        return function

    def load_result(self) -> type[Result]:
        """Return the class of the result."""
        result: type[Result] = _load(self.result)
        return result


@cache
def find_task(kind: str) -> Task:
    """Return a kind of job by its name.

    Parameters
    ----------
    kind : str
        Name of an entry point of ``physforge.tasks``.

    Returns
    -------
    Task
        What to run.

    Raises
    ------
    UnknownJobError
        If there is no such kind; the message lists those there are.
    """
    for point in _points(tuple(sys.path)):
        if point.name == kind:
            task: Task = point.load()
            return task
    raise UnknownJobError(f"There is no kind of job called {kind!r}; there are {', '.join(kinds())}.")


def kinds() -> list[str]:
    """Return the names of all kinds of jobs.

    Returns
    -------
    list of str
        Sorted.
    """
    return sorted(point.name for point in _points(tuple(sys.path)))


@cache
def _points(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001 - found again where it has changed
    # Every installed package is looked at for them, which a command line would notice.
    return tuple(entry_points(group=_GROUP))


def _load(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)

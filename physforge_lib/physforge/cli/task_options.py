"""Options of a command that come from the Config of a kind of job, and those that say how it is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer

from physforge.cli.config_reading import read_value
from physforge.cli.job_options import ExecutorOption, JsonOption, PriorityOption, RemoteOption, WallLimitOption

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Doing:
    """How a command is to be carried out.

    Parameters
    ----------
    submit : bool
        As a job, not at once.
    watch : bool
        Wait for that job.
    executor : str
        Who runs it.
    priority : int
        Of the job.
    wall_limit : str or None
        Of the job.
    remote : bool
        The job is one of the workbench that the user is logged in to.
    as_json : bool
        Print JSON.
    save : pathlib.Path, optional
        New folder for the result.
    """

    submit: bool
    watch: bool
    executor: str
    priority: int
    wall_limit: str | None
    remote: bool
    as_json: bool
    save: Path | None = None


#: Name -> type and default, in the order in which the help shows them.
_DOING: dict[str, tuple[Any, Any]] = {
    "save": (Annotated[Path | None, typer.Option(help="Also keep the result in this new folder.")], None),
    "submit": (Annotated[bool, typer.Option("--submit", help="Make it a job instead of waiting for it.")], False),
    "watch": (Annotated[bool, typer.Option("--watch", help="With --submit: wait for the job after all.")], False),
    "executor": (ExecutorOption, "local"),
    "priority": (PriorityOption, 0),
    "wall_limit": (WallLimitOption, None),
    "remote": (RemoteOption, False),
    "as_json": (JsonOption, False),
}


def takes_task_options(
    kind: str, *, besides: Collection[str], keeps: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each setting of a kind of job, and those that say how it is run.

    Parameters
    ----------
    kind : str
        Of job.
    besides : collection of str
        Settings that are arguments of the command itself.
    keeps : bool, default True
        Whether it has ``--save``.

    Returns
    -------
    callable
        A decorator. The command gets the settings that were given as ``told``, and a `Doing`
        as ``doing``, beside parameters of its own.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        settings = _setting_options(kind, besides)
        ways = {name: way for name, way in _DOING.items() if keeps or name != "save"}
        signature = inspect.signature(command, eval_str=True)

        @wraps(command)
        def with_options(**given: Any) -> None:
            told = {name: _meant(name, given.pop(name), settings[name][1]) for name in settings}
            doing = Doing(**{name: given.pop(name) for name in ways})
            command(**given, told={name: value for name, value in told.items() if value is not None}, doing=doing)

        own = [one for one in signature.parameters.values() if one.name not in ("told", "doing")]
        added = [_parameter(name, option, None) for name, (option, _) in settings.items()]
        shared = [_parameter(name, option, default) for name, (option, default) in ways.items()]
        parameters = [*own, *added, *shared]
        with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {one.name: one.annotation for one in parameters}
        return with_options

    return decorate


def _parameter(name: str, option: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=option)


def _setting_options(kind: str, besides: Collection[str]) -> dict[str, tuple[Any, set[type]]]:
    """Return for each setting its option, and the plain types that it may have."""
    from physforge.jobs.task import find_task, kinds

    if kind not in kinds():
        return {}
    fields = find_task(kind).config.model_fields
    types = {name: _types(field.annotation) for name, field in fields.items() if name not in besides}
    return {name: (_option(name, fields[name], some), some) for name, some in types.items()}


def _option(name: str, field: FieldInfo, types: set[type]) -> Any:
    flag = f"--{name.replace('_', '-')}"
    meaning = field.description or ""
    if types == {bool}:
        return Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=meaning)]
    if types == {int}:
        return Annotated[int | None, typer.Option(flag, help=meaning)]
    if types <= {int, float}:
        return Annotated[float | None, typer.Option(flag, help=meaning)]
    if types & {tuple, list}:
        return Annotated[list[str] | None, typer.Option(flag, help=f"{meaning} May be repeated.")]
    ending = " As JSON." if str not in types else " Or as JSON." if dict in types else ""
    return Annotated[str | None, typer.Option(flag, help=f"{meaning}{ending}")]


def _types(annotation: Any) -> set[type]:
    """Return the plain types that a setting may have, None left out."""
    if annotation is None or annotation is type(None):
        return set()
    origin = get_origin(annotation)
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    if origin in (tuple, list, dict):
        return {origin}
    arguments = get_args(annotation)
    if origin is not None and all(isinstance(one, str) for one in arguments):
        # Of a choice of words, what is allowed is said where it is refused.
        return {str}
    if arguments:
        return set().union(*map(_types, arguments))
    return {annotation} if isinstance(annotation, type) and annotation in (bool, int, float, str) else {dict}


def _meant(name: str, value: Any, types: set[type]) -> Any:
    """Return what was typed as JSON has it; what may be one text or several is one where one was typed."""
    if not isinstance(value, list):
        return read_value(f"--{name}", value) if dict in types and value is not None else value
    if not value:
        return None
    read = [read_value(f"--{name}", one) if dict in types or one.startswith("[") else one for one in value]
    is_one = len(read) == 1 and (str in types or not isinstance(read[0], str))
    return read[0] if is_one else read

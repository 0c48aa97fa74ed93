"""The fields of a form, read off the settings of a kind of job."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from physforge.datasets.strict_yaml import parse_strict
from physforge.jobs import JobConfig
from physforge.jobs.task import InputMark

#: What a field looks like.
Look = Literal["dataset", "job", "choice", "flag", "lines", "text", "value"]

#: Where the short names of a field come from, by kind of job and field: modules of the entry points.
_METHODS = {
    ("discovery", "method"): ("physforge.discovery.",),
    ("derivatives", "method"): ("physforge.derivatives.", "physforge.pinn.smoothing."),
    ("pinn", "network"): ("physforge.pinn.networks",),
    ("pinn", "method"): ("physforge.pinn.optimisers",),
    ("pinn", "sampling"): ("physforge.pinn.training.sampling",),
    ("pinn", "weighting"): ("physforge.pinn.training.weighting",),
}


@dataclass(frozen=True)
class FormField:
    """One setting.

    Parameters
    ----------
    name : str
        In the settings.
    look : Look
        What it looks like: the name of a data set or the id of a job, one of several, yes or no,
        lines of text, a text, or a value as YAML writes it.
    help : str
        What it means, with limits.
    default : object
        What holds where nothing is typed.
    required : bool
        Whether there is no default.
    several : bool
        Whether there may be more than one.
    options : tuple of str
        What can be chosen; of a value, what is suggested.
    """

    name: str
    look: Look
    help: str
    default: Any
    required: bool
    several: bool = False
    options: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", " ").capitalize()


def fields_of(kind: str, config: type[JobConfig]) -> tuple[FormField, ...]:
    """Return the fields of a form.

    Parameters
    ----------
    kind : str
        Name of the task.
    config : type of JobConfig
        Its settings.

    Returns
    -------
    tuple of FormField
        In the order of the settings.
    """
    return tuple(_field(kind, name, info) for name, info in config.model_fields.items())


def read(field: FormField, typed: str) -> Any:
    """Return what was typed into a field, as the settings take it.

    Parameters
    ----------
    field : FormField
        Not a flag.
    typed : str
        Not empty.

    Returns
    -------
    object
        For the check of the settings, which decides whether it will do.

    Raises
    ------
    ValueError
        If it cannot be read at all.
    """
    if field.look == "choice" and typed.lstrip().startswith("{"):
        return parse_strict(typed)
    if field.look in ("dataset", "job", "choice"):
        names = [one.strip() for one in typed.split(",") if one.strip()] if field.several else []
        return names if len(names) > 1 else typed.strip()
    if field.look == "lines":
        return [line.strip() for line in typed.splitlines() if line.strip()]
    return typed.strip() if field.look == "text" else parse_strict(typed)


def _field(kind: str, name: str, info: FieldInfo) -> FormField:
    leaves = list(_leaves(info.annotation, info.metadata))
    marks = [one.what for one in leaves if isinstance(one, InputMark)]
    options = _options(kind, name, leaves)
    several = any(get_origin(one) is tuple for one in leaves)
    return FormField(
        name=name,
        look=_look(marks, leaves, several, bool(options)),
        help=" ".join([info.description or "", *_limits(info)]).strip(),
        default=None if info.is_required() else info.default,
        required=info.is_required(),
        several=several,
        options=options,
    )


def _look(marks: Sequence[str], leaves: Sequence[Any], several: bool, has_options: bool) -> Look:
    if marks and dict not in map(_base, leaves):
        return "job" if marks[0] == "job" else "dataset"
    if bool in leaves:
        return "flag"
    if has_options:
        return "choice"
    if {dict, float, int} & set(map(_base, leaves)):
        return "value"
    return "lines" if several else "text"


def _options(kind: str, name: str, leaves: Sequence[Any]) -> tuple[str, ...]:
    literals = tuple(str(value) for one in leaves if get_origin(one) is Literal for value in get_args(one))
    modules = _METHODS.get((kind, name), ())
    points = [one.name for one in entry_points(group="physforge.methods") if modules and one.value.startswith(modules)]
    return literals or tuple(sorted(points))


def _limits(info: FieldInfo) -> Iterator[str]:
    words = {"ge": "At least", "gt": "More than", "le": "At most", "lt": "Less than"}
    for one in info.metadata:
        for key, word in words.items():
            if hasattr(one, key):
                yield f"{word} {getattr(one, key):g}."


def _base(annotation: Any) -> Any:
    return get_origin(annotation) or annotation


def _leaves(annotation: Any, metadata: Sequence[Any] = ()) -> Iterator[Any]:
    """Yield the alternatives of a type, and the marks on them."""
    yield from (one for one in metadata if not isinstance(one, AfterValidator))
    origin = get_origin(annotation)
    if origin is Annotated:
        first, *rest = get_args(annotation)
        yield from _leaves(first, rest)
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _leaves(one)
    elif annotation is not type(None):
        yield annotation
        if origin is tuple:
            yield from _leaves(get_args(annotation)[0])

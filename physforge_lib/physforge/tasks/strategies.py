"""Methods and libraries in the settings of a job: checked by their own classes, which are loaded only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, WithJsonSchema

if TYPE_CHECKING:
    from physforge.derivatives.method import Method
    from physforge.discovery import DiscoveryMethod
    from physforge.features import CandidateLibrary

#: A short name, or a short name as ``kind`` with options.
Choice = str | dict[str, Any]

_GROUP = "physforge.methods"
_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]},
    ]
}


def _checked_by(base: str) -> Callable[[Choice], Choice]:
    """Return a check of methods that derive from `base`, given as ``"module:class"``."""

    def check(choice: Choice) -> Choice:
        name = choice if isinstance(choice, str) else choice.get("kind")
        method = _find(str(name), base) if name else None
        if method is None:
            raise ValueError('should be a short name, or options with the short name as "kind"')
        if isinstance(choice, str):
            return choice
        return _dumped(method, choice)

    return check


def _find(name: str, base: str) -> type[BaseModel]:
    known = {entry.name: entry for entry in entry_points(group=_GROUP)}
    if name not in known:
        near = get_close_matches(name, known, n=3) or sorted(known)
        raise ValueError(f"there is no method called {name!r}; nearest: {', '.join(near)}")
    try:
        method: type[BaseModel] = known[name].load()
    except ImportError as error:
        raise ValueError(f"the method {name!r} needs {error.name}, which is not installed") from error
    if not issubclass(method, _load(base)):
        raise ValueError(f"{name!r} is a method of another kind of work ({method.__module__})")
    return method


def _check_library(settings: dict[str, Any]) -> dict[str, Any]:
    return _dumped(_load("physforge.features:CandidateLibrary"), settings)


def _dumped(model: type[BaseModel], settings: Mapping[str, Any]) -> dict[str, Any]:
    from pydantic import ValidationError

    from physforge.errors import PhysForgeError
    from physforge.jobs.refusals import refusals

    try:
        return model.model_validate(dict(settings)).model_dump(mode="json")
    except ValidationError as error:
        raise ValueError("; ".join(refusals(error, model))) from error
    except PhysForgeError as error:
        raise ValueError(str(error)) from error


def _load(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def _choice(base: str) -> Any:
    return Annotated[Choice, AfterValidator(_checked_by(base)), WithJsonSchema(_SCHEMA)]


#: Of ``physforge.differentiate(method=...)``.
DerivativeChoice = _choice("physforge.derivatives.method:Method")

#: Of ``physforge.discover(method=...)``.
DiscoveryChoice = _choice("physforge.discovery:DiscoveryMethod")

#: Of ``physforge.pinn.solve(network=..., method=..., sampling=..., weighting=...)``.
NetworkChoice = _choice("physforge.pinn.networks:Network")
OptimiserChoice = _choice("physforge.pinn.optimisers:Optimiser")
SamplingChoice = _choice("physforge.pinn.training.sampling:Sampling")
WeightingChoice = _choice("physforge.pinn.training.weighting:Weighting")

#: Settings of a `physforge.CandidateLibrary`.
LibrarySettings = Annotated[dict[str, Any], AfterValidator(_check_library)]


def as_strategy(choice: Choice | None) -> Any:
    """Return what a job's settings mean by a network or an optimiser.

    Parameters
    ----------
    choice : str, dict or None
        Checked.

    Returns
    -------
    object
        A strategy with its options, or None.
    """
    return as_method({"kind": choice} if isinstance(choice, str) else choice)


def as_method(choice: Choice | None) -> Method | DiscoveryMethod | str | None:
    """Return what a job's settings mean by a method.

    Parameters
    ----------
    choice : str, dict or None
        Checked.

    Returns
    -------
    object
        A method with its options; or the name or None, which the direct call takes, too.
    """
    if not isinstance(choice, dict):
        return choice
    known = {entry.name: entry for entry in entry_points(group=_GROUP)}
    method: Method | DiscoveryMethod = known[choice["kind"]].load().model_validate(choice)
    return method


def as_library(settings: dict[str, Any] | None) -> CandidateLibrary | None:
    """Return what a job's settings mean by a library.

    Parameters
    ----------
    settings : dict or None
        Checked.

    Returns
    -------
    CandidateLibrary or None
        None for the default.
    """
    if settings is None:
        return None
    library: CandidateLibrary = _load("physforge.features:CandidateLibrary").model_validate(settings)
    return library

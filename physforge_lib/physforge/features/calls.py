"""Functions of a user, applied to fields in this process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from physforge.equations import split_derivative
from physforge.errors import LibraryError


@dataclass(frozen=True)
class UserCall:
    """A user's function with the fields or derivatives it takes.

    Parameters
    ----------
    name : str
        Name of the term, for example ``"drag(u)"``.
    function : callable
        Takes one array for each argument and returns one of the same shape.
    arguments : tuple of str
        Names of fields and derivatives.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


def user_calls(functions: Mapping[str, Callable[..., Any]], fields: Sequence[str]) -> list[UserCall]:
    """Apply functions to the fields that their parameters are named after.

    Parameters
    ----------
    functions : mapping of str to callable
        By the name to show. A function whose parameters are named like fields or
        derivatives (``lambda u, u_x: ...``) is applied to those; any other with one
        parameter is applied to every field.
    fields : sequence of str
        Names of the fields.

    Returns
    -------
    list of UserCall
        By function, then field.

    Raises
    ------
    LibraryError
        If it is not clear what a function is to be applied to.
    """
    calls = []
    for name, function in functions.items():
        parameters = _parameters(function)
        if parameters and all(split_derivative(parameter, fields)[0] in fields for parameter in parameters):
            calls.append(UserCall(f"{name}({', '.join(parameters)})", function, parameters))
        elif len(parameters) == 1:
            calls += [UserCall(f"{name}({field})", function, (field,)) for field in fields]
        else:
            raise LibraryError(
                f"The function {name!r} takes ({', '.join(parameters)}); name its parameters after fields or "
                f"derivatives ({', '.join(fields)}), or let it take one."
            )
    return calls


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # compiled functions, such as NumPy's
        return ("x",) if getattr(function, "nin", 1) == 1 else ("x", "...")
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [one.name for one in parameters if one.kind in positional and one.default is inspect.Parameter.empty]
    return tuple(needed)

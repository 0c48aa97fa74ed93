"""Conditions on a solution as data, and as people write them."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

#: A number, or a text in the grammar of equations.
Value = float | str

_PLACE = re.compile(r"\s*([a-z])\s*=\s*([^=]+)")
_NORMAL = re.compile(r"(?P<field>[A-Za-z]\w*?)_(?P<axis>[a-z])")


class ConditionConfig(BaseModel):
    """One condition.

    Parameters
    ----------
    kind : {"initial", "dirichlet", "neumann", "robin", "periodic"}
        Which; the classes of `physforge.pinn` that are called so say more.
    value : float, str or dict, default 0.0
        What is given: a number, or a text in the grammar of equations; or one for each field.
    field : str, optional
        Which field, where there are several.
    derivative : str, optional
        Of an initial condition: the time derivative that is given, such as ``"u_t"``.
    at : dict of str to float
        Coordinates that are held; without any, each face in space.
    a, b : float, default 1.0
        Of a Robin condition: the weights of the value and of the outward derivative.
    axes : tuple of str
        Of a periodic condition.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["initial", "dirichlet", "neumann", "robin", "periodic"]
    value: Value | dict[str, Value] = 0.0
    field: str | None = None
    derivative: str | None = None
    at: dict[str, float] = Field(default={})
    a: float = 1.0
    b: float = 1.0
    axes: tuple[str, ...] = ()


def read_condition(text: Any) -> Any:
    """Read a condition that is given as a text.

    Parameters
    ----------
    text : object
        ``"u = -sin(pi*x) at t=0"``, ``"u = 0 at x=-1"``, ``"u_x = 0 at x=1"`` (the derivative
        along x, not along the normal), ``"u = 0 on the boundary"`` or ``"periodic in x"``; or
        JSON. What is no text is returned as it is.

    Returns
    -------
    object
        For `ConditionConfig` to check.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> read_condition("u = 0 at x=-1")
    {'kind': 'dirichlet', 'field': 'u', 'value': '0', 'at': {'x': -1.0}}
    """
    if not isinstance(text, str):
        return text
    if text.lstrip().startswith("{"):
        return json.loads(text)
    if text.startswith("periodic in "):
        return {"kind": "periodic", "axes": [axis.strip() for axis in text.removeprefix("periodic in ").split(",")]}
    statement, _, place = text.rpartition(" at ")
    if text.endswith(" on the boundary"):
        statement, place = text.removesuffix(" on the boundary"), ""
    left, sign, value = statement.partition("=")
    if not sign:
        raise ValueError(
            f"{text!r:.100} is no condition: write 'u = -sin(pi*x) at t=0', 'u = 0 at x=-1', 'u_x = 0 at x=1', "
            "'u = 0 on the boundary' or 'periodic in x'"
        )
    return _at(left.strip(), value.strip(), _places(place, text))


def _places(place: str, text: str) -> dict[str, float]:
    found = {}
    for part in filter(None, place.split(",")):
        match = _PLACE.fullmatch(part)
        try:
            if match is None:
                raise ValueError
            found[match[1]] = float(match[2])
        except ValueError as error:
            raise ValueError(f"{text!r:.100}: {part.strip()!r:.40} is no place; write 'at x=-1'") from error
    return found


def _at(left: str, value: str, places: dict[str, float]) -> dict[str, Any]:
    derived = _NORMAL.fullmatch(left)
    if set(places) == {"t"}:
        what = {"derivative": left} if left.endswith("_t") else {"field": left}
        return {"kind": "initial", "value": value, **what, "at": places}
    if derived is not None and set(places) == {derived["axis"]}:
        # Along the axis; which way is outward depends on the domain.
        return {"kind": "neumann", "field": derived["field"], "derivative": left, "value": value, "at": places}
    return {"kind": "dirichlet", "field": left, "value": value, "at": places}


#: A condition in the settings of a job.
Condition = Annotated[ConditionConfig, BeforeValidator(read_condition)]

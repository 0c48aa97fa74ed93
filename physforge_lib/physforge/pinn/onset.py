"""How soon a solution leaves its initial state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial

import numpy as np

from physforge.equations import CoordinateFunction, System
from physforge.equations.calculus import differentiate_expression
from physforge.equations.evaluation import compile_expression
from physforge.equations.expression import Derivative, Expression, atoms_of
from physforge.equations.text import atom_name
from physforge.errors import EquationError
from physforge.pinn.block import Float
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.regions import Slice

#: Points at the first time at which the law is looked at.
_POINTS = 256


def onset(
    field: int, system: System, bases: Sequence[Expression], setting: Setting, unknown: Mapping[str, float]
) -> float | None:
    """Return the time, as a fraction of the domain's, in which a field changes by its own size.

    The law gives the first change of a state that is known: ``u_t`` at the start, or ``u_tt``.
    With the time T, the m-th derivative R that the law is for, and the largest value U of the
    state, it is ``(U / (R * T**m / m!))**(1/m)``.

    Parameters
    ----------
    field : int
        Index of the field.
    system : System
        The laws.
    bases : sequence of Expression
        Functions that have the initial state of each field and its time derivatives, in the
        coordinates scaled to go from zero to one.
    setting : Setting
        Of the problem.
    unknown : mapping of str to float
        Unknown parameters of the laws, with values to start from.

    Returns
    -------
    float or None
        None where no law gives the change, or the field starts from nothing.
    """
    for equation in system:
        match equation.left.items:
            case ((((Derivative(name, axes), 1),), 1.0),) if name == setting.fields[field] and set(axes) == {"t"}:
                return _fraction(field, len(axes), equation.right, bases, setting, unknown, dict(equation.functions))
    return None


def _fraction(
    field: int,
    order: int,
    law: Expression,
    bases: Sequence[Expression],
    setting: Setting,
    unknown: Mapping[str, float],
    functions: Mapping[str, CoordinateFunction],
) -> float | None:
    unit = np.array([[0.0, 1.0]] * len(setting.coordinates))
    (places,) = Slice(unit, {setting.coordinates.index("t"): 0.0}).sample(_POINTS, np.random.default_rng(0)).places
    try:
        state = _on(bases[field], places, setting)
        change = _change(law, bases, places, setting, unknown, functions)
    except EquationError:
        return None
    low, high = setting.box[setting.coordinates.index("t")]
    size = float(np.abs(state).max())
    moved = float(np.sqrt(np.mean(change**2))) * (high - low) ** order / factorial(order)
    if not (np.isfinite(moved) and size > 0 and moved > 0):
        return None
    return float((size / moved) ** (1 / order))


def _change(
    law: Expression,
    bases: Sequence[Expression],
    places: Float,
    setting: Setting,
    unknown: Mapping[str, float],
    functions: Mapping[str, CoordinateFunction],
) -> Float:
    """Evaluate the right side of a law on the initial state."""
    widths = setting.box[:, 1] - setting.box[:, 0]
    real = setting.box[:, 0] + widths * places
    values = dict(zip(setting.coordinates, real.T, strict=True))
    values.update({name: np.full(len(places), value) for name, value in unknown.items()})
    for factor in set(atoms_of(law)):
        name, axes = (factor.field, factor.axes) if isinstance(factor, Derivative) else (atom_name(factor), "")
        if name in setting.fields:
            scale = np.prod([widths[setting.coordinates.index(axis)] for axis in axes])
            derived = differentiate_expression(bases[setting.fields.index(name)], axes, ())
            values[atom_name(factor)] = _on(derived, places, setting) / scale
    with np.errstate(all="ignore"):
        found = compile_expression(law, list(values), functions)(list(values.values()))
    return np.broadcast_to(found, len(places)).astype(np.float64)


def _on(expression: Expression, places: Float, setting: Setting) -> Float:
    with np.errstate(all="ignore"):
        values = compile_expression(expression, setting.coordinates, {})(list(places.T))
    return np.broadcast_to(values, len(places)).astype(np.float64)

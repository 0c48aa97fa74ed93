"""Whether the conditions of a problem can determine its solution."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from physforge.errors import PinnError
from physforge.pinn.conditions.condition import Statement
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.jumps import Jump, difference_of, jumps_of


def refuse_ill_posed(statements: Sequence[Statement], setting: Setting) -> tuple[str, ...]:
    """Refuse a problem whose conditions are too few or contradict each other.

    Parameters
    ----------
    statements : sequence of Statement
        Of all conditions.
    setting : Setting
        Of the problem.

    Returns
    -------
    tuple of str
        What was noticed and is not refused, in sentences.

    Raises
    ------
    PinnError
        If there is no condition, too few in time or in space, or two that cannot both hold.
    """
    if not statements:
        raise PinnError(
            "The problem has no condition, so that every solution of the law would do: give Initial, Dirichlet, "
            "Neumann, Robin, Periodic or Data."
        )
    _refuse_contradictions(statements, setting)
    measured = {index for one in statements if one.block.kind == "data" for index, _ in one.touches}
    notes = []
    for index, name in enumerate(setting.fields):
        touched = [one for one in statements if any(field == index for field, _ in one.touches)]
        if measured:
            continue
        _refuse_too_few_in_time(index, touched, setting)
        _refuse_none_in_space(index, touched, setting)
        if not touched and any(setting.highest.get((name, axis)) for axis in setting.coordinates):
            held = ", ".join(f"{axis}=..." for axis in setting.coordinates if axis != "t")
            notes.append(
                f"There is no condition for {name}, so that the law determines it up to a constant at best: fix it at "
                f"a point, as in Dirichlet({held}, field={name!r})."
            )
    return (*notes, *(_sentence(jump, setting) for jump in jumps_of(statements, setting)))


def _refuse_too_few_in_time(index: int, touched: Sequence[Statement], setting: Setting) -> None:
    name = setting.fields[index]
    needed = setting.highest.get((name, "t"), 0)
    if not needed:
        return
    time = setting.coordinates.index("t")
    given = {order for one in touched for field, order in one.start if field == index}
    ends = sum((index, time) in one.touches for one in touched)
    if len(given) >= needed or ends >= needed:
        return
    letters = ["", *("_" + "t" * order for order in range(1, needed))]
    wanted = ", ".join(f"{name}{one}" for one in letters)
    raise PinnError(
        f"The law is of order {needed} in time for {name}, and {len(given) or 'no'} condition at the start is given: "
        f"give Initial for {wanted}" + (f", as in Initial(0.0, derivative='{name}_t')." if needed > 1 else ".")
    )


def _refuse_none_in_space(index: int, touched: Sequence[Statement], setting: Setting) -> None:
    name = setting.fields[index]
    for axis, label in enumerate(setting.coordinates):
        order = setting.highest.get((name, label), 0)
        if label != "t" and order >= 2 and not any((index, axis) in one.touches for one in touched):
            raise PinnError(
                f"The law is of order {order} along {label} for {name}, and no condition is given at the ends of "
                f"{label}: give Dirichlet, Neumann or Robin there, or Periodic({label!r})."
            )


def _refuse_contradictions(statements: Sequence[Statement], setting: Setting) -> None:
    pins = [pin for one in statements for pin in one.pins]
    for first, second in combinations(pins, 2):
        if (first.field, first.axis, first.end, first.order) == (second.field, second.axis, second.end, second.order):
            held = {first.axis: float(setting.box[first.axis, first.end])}
            jump = difference_of(first, second, held, setting)
            if jump is not None:
                name, axis = setting.fields[first.field], setting.coordinates[first.axis]
                raise PinnError(
                    f"Two conditions contradict each other: at {jump.place} {name} is to be {first.value} and "
                    f"{second.value} (on the face of {axis}). Leave one of them out."
                )
    for one in statements:
        for pin in pins:
            if one.period == pin.axis and (pin.field, pin.axis) in one.touches:
                name, axis = setting.fields[pin.field], setting.coordinates[pin.axis]
                raise PinnError(
                    f"{name} is to be periodic in {axis} and has a value given at an end of {axis}: the two contradict "
                    "each other, unless the solution happens to have it. Leave one of them out."
                )


def _sentence(jump: Jump, setting: Setting) -> str:
    return (
        f"{setting.fields[jump.field]} jumps by {jump.difference:.3g} where two conditions meet, at {jump.place}: the "
        "solution is not smooth there, and the error will be largest near it."
    )

"""Which conditions can hold by construction, and the functions that make them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from physforge.equations import System
from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.calculus import differentiate_expression
from physforge.equations.evaluation import compile_expression
from physforge.equations.expression import Expression, Symbol
from physforge.equations.substitution import substitute
from physforge.errors import EquationError, PinnError
from physforge.pinn.block import Float
from physforge.pinn.conditions.condition import Pin, Statement
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.jumps import jumps_of
from physforge.pinn.lifting import Lifting, Part
from physforge.pinn.onset import onset
from physforge.pinn.regions import Slice

#: Kinds of conditions that may hold by construction.
Kind: TypeAlias = Literal["initial", "dirichlet", "periodic"]
KINDS: tuple[Kind, ...] = ("periodic", "dirichlet", "initial")

#: Largest error of a condition that counts as held, relative to the larger of its values and one.
_TOLERANCE = 1e-12
_ZERO = number(0.0)


@dataclass(frozen=True, eq=False)
class Construction:
    """What holds by construction.

    Parameters
    ----------
    ansatz : Lifting or None
        None where the fields are the network's outputs.
    periodic : tuple of int
        Coordinates along which the network repeats itself.
    left : tuple of Statement
        Those that the loss has to measure.
    """

    ansatz: Lifting | None
    periodic: tuple[int, ...]
    left: tuple[Statement, ...]


def kinds_of(exact: str | Collection[str]) -> tuple[Kind, ...]:
    """Read which kinds of conditions may hold by construction.

    Parameters
    ----------
    exact : {"auto", "never"} or collection of {"initial", "dirichlet", "periodic"}
        As the caller gave it.

    Returns
    -------
    tuple of str
        In the order in which they are tried.

    Raises
    ------
    PinnError
        If it is none of these.
    """
    if exact == "auto":
        return KINDS
    if exact == "never":
        return ()
    chosen = {exact} if isinstance(exact, str) else set(exact)
    if chosen - set(KINDS):
        raise PinnError(f"exact is {exact!r}; use 'auto', 'never', or some of 'initial', 'dirichlet' and 'periodic'.")
    return tuple(kind for kind in KINDS if kind in chosen)


def construct(
    statements: Sequence[Statement],
    setting: Setting,
    kinds: Collection[Kind],
    system: System,
    unknown: Mapping[str, float],
) -> Construction:
    """Make as many conditions as possible hold by construction.

    Conditions are taken one after the other: periodic ones first, then those on faces in
    space, then those at the first time. One stays in the loss if the functions that would
    make it hold disturb an earlier one, as an initial state does that is not periodic. Where
    a field's values jump at an edge none of them is taken: close to it the network would
    have to grow without bound to make up for the one that stays.

    Parameters
    ----------
    statements : sequence of Statement
        Of all conditions.
    setting : Setting
        Of the problem.
    kinds : collection of {"initial", "dirichlet", "periodic"}
        Which may be taken.
    system : System
        The laws.
    unknown : mapping of str to float
        Unknown parameters, with values to start from.

    Returns
    -------
    Construction
        How the fields are made, and what is left.
    """
    taken = [one for one in statements if one.period is not None and "periodic" in kinds]
    periodic = tuple(sorted({one.period for one in taken if one.period is not None}))
    pinned: list[Pin] = []
    parts = [Part(_ZERO, number(1.0)) for _ in setting.fields]
    jumping = {jump.field for jump in jumps_of(statements, setting) if jump.is_large}
    candidates = [
        one
        for one in statements
        if _may_be_pinned(one, kinds, setting) and not any(pin.field in jumping for pin in one.pins)
    ]
    for one in sorted(candidates, key=_priority(setting)):
        tried = [*pinned, *one.pins]
        made = _parts(tried, setting)
        if made is not None and _holds(made, tried, periodic, setting):
            taken.append(one)
            pinned, parts = tried, made
    onsets = _onsets(pinned, parts, setting, system, unknown)
    parts = _parts(pinned, setting, onsets) or parts
    ansatz = Lifting(setting.coordinates, setting.box, parts) if pinned else None
    return Construction(ansatz, periodic, tuple(one for one in statements if one not in taken))


def _may_be_pinned(one: Statement, kinds: Collection[Kind], setting: Setting) -> bool:
    return bool(one.pins) and all(
        pin.value.expression is not None
        and pin.value.operation is None
        and ("initial" if setting.coordinates[pin.axis] == "t" else "dirichlet") in kinds
        for pin in one.pins
    )


def _priority(setting: Setting) -> Callable[[Statement], tuple[bool, int, int]]:
    return lambda one: (
        setting.coordinates[one.pins[0].axis] == "t",
        one.pins[0].order,
        one.pins[0].axis,
    )


def _onsets(
    pins: Sequence[Pin], parts: Sequence[Part], setting: Setting, system: System, unknown: Mapping[str, float]
) -> dict[int, float]:
    """Find how soon fields leave their initial state, where that of all fields is known and it is soon."""
    started = {pin.field for pin in pins if setting.coordinates[pin.axis] == "t" and pin.end == 0}
    if started != set(range(len(setting.fields))):
        return {}
    found = {index: onset(index, system, [part.base for part in parts], setting, unknown) for index in started}
    return {index: fraction for index, fraction in found.items() if fraction is not None and fraction < 1}


def _parts(pins: Sequence[Pin], setting: Setting, onsets: Mapping[int, float] | None = None) -> list[Part] | None:
    """Make the functions of every field; None where they have no real value somewhere."""
    times = onsets or {}
    try:
        return [
            _part([pin for pin in pins if pin.field == index], setting, times.get(index))
            for index in range(len(setting.fields))
        ]
    except EquationError:
        return None


def _part(pins: Sequence[Pin], setting: Setting, time: float | None) -> Part:
    base, factor = _ZERO, number(1.0)
    time_last = sorted({pin.axis for pin in pins}, key=lambda axis: (setting.coordinates[axis] == "t", axis))
    for axis in time_last:
        given = {(pin.end, pin.order): _scaled_value(pin, setting) for pin in pins if pin.axis == axis}
        base, factor = _with_axis(base, factor, setting.coordinates[axis], given, time)
    return Part(base, factor)


def _with_axis(
    base: Expression, factor: Expression, name: str, given: dict[tuple[int, int], Expression], time: float | None
) -> tuple[Expression, Expression]:
    """Correct A on the faces of one coordinate, which goes from zero to one, and let B vanish there."""
    s = atom(Symbol(name))
    rest = add(number(1.0), multiply(number(-1.0), s))
    gaps = {
        (end, order): _difference(value, _at(differentiate_expression(base, name * order, ()), name, end))
        for (end, order), value in given.items()
    }
    if {(0, 0), (1, 0)} <= set(gaps):
        blended = add(multiply(rest, gaps[0, 0]), multiply(s, gaps[1, 0]))
        return add(base, blended), multiply(factor, multiply(number(4.0), multiply(s, rest)))
    if (1, 0) in gaps:
        return add(base, gaps[1, 0]), multiply(factor, rest)
    if (0, 0) not in gaps:
        return base, factor
    if (0, 1) in gaps:
        return add(base, gaps[0, 0], multiply(s, gaps[0, 1])), multiply(factor, _growth(name, 2, time))
    return add(base, gaps[0, 0]), multiply(factor, _growth(name, 1, time))


def _growth(name: str, order: int, time: float | None) -> Expression:
    """Return a function that grows from zero like s**order, and reaches one if there is a time to do so.

    A solution that oscillates many times leaves its initial state within a small part of the
    domain: ``s**order`` would ask the network for values that are large at first and small later.
    """
    s = power(atom(Symbol(name)), order)
    if name != "t" or time is None:
        return s
    return add(number(1.0), multiply(number(-1.0), call("exp", multiply(number(-(time**-order)), s))))


def _scaled_value(pin: Pin, setting: Setting) -> Expression:
    """Write what is given in coordinates from zero to one; a derivative is along the scaled one too."""
    if pin.value.expression is None:
        raise PinnError(f"{pin.value} is known as code only, and cannot hold by construction.")
    scaled = {
        name: add(number(float(low)), multiply(number(float(high - low)), atom(Symbol(name))))
        for name, (low, high) in zip(setting.coordinates, setting.box, strict=True)
    }
    name = setting.coordinates[pin.axis]
    value = _at(substitute(pin.value.expression, scaled), name, pin.end)
    width = float(setting.box[pin.axis, 1] - setting.box[pin.axis, 0])
    return multiply(number(width**pin.order), value)


def _at(expression: Expression, name: str, end: int) -> Expression:
    return substitute(expression, {name: number(float(end))})


def _difference(left: Expression, right: Expression) -> Expression:
    return add(left, multiply(number(-1.0), right))


def _holds(parts: Sequence[Part], pins: Sequence[Pin], periodic: Sequence[int], setting: Setting) -> bool:
    """Whether A has every value that is given, and repeats itself where it has to."""
    unit = np.array([[0.0, 1.0]] * len(setting.coordinates))
    for pin in pins:
        name = setting.coordinates[pin.axis]
        part = parts[pin.field]
        (places,) = Slice(unit, {pin.axis: float(pin.end)}).sample(32, np.random.default_rng(0)).places
        wanted = _evaluate(_scaled_value(pin, setting), places, setting)
        found = _evaluate(differentiate_expression(part.base, name * pin.order, ()), places, setting)
        # The derivative of B*N vanishes for every N only if those of B do, up to the same order.
        free = [differentiate_expression(part.factor, name * order, ()) for order in range(pin.order + 1)]
        zero = np.zeros(len(places))
        if not (_close(found, wanted) and all(_close(_evaluate(one, places, setting), zero) for one in free)):
            return False
    return all(_repeats(part.base, axis, setting) for part in parts for axis in periodic)


def _repeats(base: Expression, axis: int, setting: Setting) -> bool:
    name = setting.coordinates[axis]
    unit = np.array([[0.0, 1.0]] * len(setting.coordinates))
    (lower,) = Slice(unit, {axis: 0.0}).sample(32, np.random.default_rng(0)).places
    upper = lower.copy()
    upper[:, axis] = 1.0
    highest = max([setting.highest.get((field, name), 0) for field in setting.fields] + [1])
    derivatives = [differentiate_expression(base, name * order, ()) for order in range(highest)]
    return all(_close(_evaluate(one, lower, setting), _evaluate(one, upper, setting), 1e-9) for one in derivatives)


def _evaluate(expression: Expression, places: Float, setting: Setting) -> Float:
    with np.errstate(all="ignore"):
        values = compile_expression(expression, setting.coordinates, {})(list(places.T))
    return np.broadcast_to(values, len(places)).astype(np.float64)


def _close(found: Float, wanted: Float, tolerance: float = _TOLERANCE) -> bool:
    scale = max(1.0, float(np.abs(wanted).max()))
    return bool((np.abs(found - wanted) <= tolerance * scale).all())

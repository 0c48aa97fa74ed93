"""Values that differ where two faces meet: legitimate, but the solution is not smooth there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from physforge.pinn.block import Float
from physforge.pinn.conditions.condition import Pin, Statement
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.regions import Slice

#: Largest difference of two values that is rounding, relative to the larger of the values and one.
_TOLERANCE = 1e-8

#: Smaller parts of what is given on the two faces are no large jump: a tail that was cut off, for one.
_LARGE = 1e-2


@dataclass(frozen=True)
class Jump:
    """Where two conditions of a field differ on the edge that they share.

    Parameters
    ----------
    field : int
        Index of the field.
    difference : float
        The largest.
    place : str
        Where that is.
    is_large : bool
        Whether it is no small part of what is given on the two faces.
    """

    field: int
    difference: float
    place: str
    is_large: bool


def jumps_of(statements: Sequence[Statement], setting: Setting) -> Iterator[Jump]:
    """Find values that differ where two faces meet.

    Parameters
    ----------
    statements : sequence of Statement
        Of all conditions.
    setting : Setting
        Of the problem.

    Yields
    ------
    Jump
        One for each pair of faces.
    """
    pins = [pin for one in statements for pin in one.pins if pin.order == 0]
    for first, second in combinations(pins, 2):
        if first.field == second.field and first.axis != second.axis:
            held = {pin.axis: float(setting.box[pin.axis, pin.end]) for pin in (first, second)}
            jump = difference_of(first, second, held, setting)
            if jump is not None:
                yield jump


def difference_of(first: Pin, second: Pin, held: dict[int, float], setting: Setting) -> Jump | None:
    """Compare two conditions where both hold.

    Parameters
    ----------
    first, second : Pin
        Of one field.
    held : dict of int to float
        Coordinates that do not vary there.
    setting : Setting
        Of the problem.

    Returns
    -------
    Jump or None
        None if they agree, but for rounding, or if that cannot be said.
    """
    if first.value.operation is not None or second.value.operation is not None:
        return None
    places = _places(setting, held)
    one, other = first.value.at(places), second.value.at(places)
    gaps = np.abs(one - other)
    worst = int(np.argmax(gaps))
    difference = float(gaps[worst])
    if difference <= _TOLERANCE * max(1.0, float(np.abs(one).max()), float(np.abs(other).max())):
        return None
    place = ", ".join(f"{name} = {value:.3g}" for name, value in zip(setting.coordinates, places[worst], strict=True))
    is_large = difference > _LARGE * max(_size(first, setting), _size(second, setting), difference)
    return Jump(first.field, difference, place, is_large)


def _size(pin: Pin, setting: Setting) -> float:
    """Return the largest value that is given on a face."""
    return float(np.abs(pin.value.at(_places(setting, {pin.axis: float(setting.box[pin.axis, pin.end])}))).max())


def _places(setting: Setting, held: dict[int, float]) -> Float:
    (places,) = Slice(setting.box, held).sample(64, np.random.default_rng(0)).places
    return places

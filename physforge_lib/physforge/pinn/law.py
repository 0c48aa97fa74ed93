"""The block of a system of equations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from torch import Tensor

from physforge.equations import Equation, System
from physforge.equations.arithmetic import add, multiply, number
from physforge.equations.expression import Derivative, Expression, atoms_of
from physforge.equations.parser import Parameter
from physforge.errors import EquationError, PinnError
from physforge.pinn.block import Block, Float
from physforge.pinn.jets import Jets
from physforge.pinn.regions import Slice
from physforge.pinn.translation import Translation, stacked

#: Highest order of a derivative in a law, all coordinates together.
MAX_ORDER = 4


def system_of(
    law: object, parameters: Mapping[str, Parameter], unknown: Iterable[str], fields: Iterable[str] | None
) -> System:
    """Read the laws of a problem.

    Parameters
    ----------
    law : Equation, System, str, or iterable of str or Equation
        As the caller gave it.
    parameters : mapping of str to float or CoordinateFunction
        Values of named parameters.
    unknown : iterable of str
        Names of parameters that stay symbols.
    fields : iterable of str or None
        Names of all fields, where they cannot be told from the derivatives.

    Returns
    -------
    System
        Without free symbols other than the unknown ones.

    Raises
    ------
    PinnError
        If the law cannot be read, or a name has no value.
    """
    try:
        system = _parsed(law, parameters, fields)
    except EquationError as error:
        raise PinnError(f"The law cannot be read: {error}") from error
    free = [name for name in system.free_symbols if name not in set(unknown)]
    if free:
        raise PinnError(
            f"{free[0]!r} in the law has no value and is no field: give it in parameters=, or a value to start from in "
            "unknown= if training is to find it; if it is a field without derivatives, name all fields in fields=."
        )
    return system


def _parsed(law: object, parameters: Mapping[str, Parameter], fields: Iterable[str] | None) -> System:
    if isinstance(law, str):
        return System.parse(law, parameters=parameters, fields=fields)
    if isinstance(law, Equation):
        law = (law,)
    if not isinstance(law, Iterable):
        raise PinnError(f"The law is {law!r}; give an Equation, a System, or a text such as 'u_t = u_xx'.")
    parts = list(law)
    if parts and all(isinstance(one, str) for one in parts):
        return System.parse(parts, parameters=parameters, fields=fields)
    known = set(fields or ())
    bound = []
    for one in parts:
        if not isinstance(one, Equation):
            raise PinnError(f"One of the laws is {one!r}; give Equations, or texts.")
        one = one.with_fields(known)
        values = {name: value for name, value in parameters.items() if name in one.free_symbols}
        bound.append(one.bind(values) if values else one)
    return System(tuple(bound))


def law_block(system: System, translation: Translation, box: Float) -> Block:
    """Make the block of the laws.

    Parameters
    ----------
    system : System
        All of them.
    translation : Translation
        Names of coordinates, fields and parameters.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).

    Returns
    -------
    Block
        With a row for each equation: left side minus right side.

    Raises
    ------
    PinnError
        If a derivative is of too high an order, or along a coordinate that is not there.
    """
    differences = [_difference(one.left, one.right) for one in system]
    orders = sorted({order for one in differences for order in translation.orders(one)}, key=lambda o: (sum(o), o))
    for order in orders:
        if sum(order) > MAX_ORDER:
            letters = "".join(a * n for a, n in zip(translation.coordinates, order, strict=True))
            raise PinnError(
                f"The law holds a derivative _{letters} of order {sum(order)}, and at most {MAX_ORDER} works: name "
                "a lower derivative as a field of its own, as in 'v = u_xx'."
            )
    operations = [translation.translate(one) for one in differences]

    def residual(
        jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], _values: Tensor
    ) -> Tensor:
        return stacked(operations, jets[0], places[0], parameters)

    name = "; ".join(map(str, system))
    return Block(name, "law", Slice(box), (tuple(orders),), residual, len(operations))


def highest_derivatives(system: System) -> dict[tuple[str, str], int]:
    """Find the highest derivative of each field along each coordinate.

    Parameters
    ----------
    system : System
        All laws.

    Returns
    -------
    dict of (str, str) to int
        By field and coordinate; without entry where there is none.
    """
    found: dict[tuple[str, str], int] = {}
    for equation in system:
        for factor in (*atoms_of(equation.left), *atoms_of(equation.right)):
            if isinstance(factor, Derivative):
                for axis in set(factor.axes):
                    key = (factor.field, axis)
                    found[key] = max(found.get(key, 0), factor.axes.count(axis))
    return found


def coordinates_of(domain: Mapping[str, Sequence[float]], system: System) -> tuple[tuple[str, ...], Float]:
    """Read the domain.

    Parameters
    ----------
    domain : mapping of str to (float, float)
        Lowest and highest value of each coordinate.
    system : System
        Its coordinates have to be there.

    Returns
    -------
    coordinates : tuple of str
        In the order t, x, y, z.
    box : numpy.ndarray
        Of shape (coordinates, 2).

    Raises
    ------
    PinnError
        If a coordinate is missing or unknown, or a range is none.
    """
    known = ("t", "x", "y", "z")
    for name in domain:
        if name not in known:
            raise PinnError(f"The domain has the coordinate {name!r}; coordinates are t, x, y and z.")
    for equation in system:
        for name in equation.coordinates:
            if name not in domain:
                raise PinnError(f"The law {equation} depends on {name!r}: give its range in domain=.")
    names = tuple(name for name in known if name in domain)
    if not names:
        raise PinnError("The domain is empty: give a range for each coordinate, as in domain={'x': (-1, 1)}.")
    return names, np.array([_range(name, domain[name]) for name in names])


def _range(name: str, ends: Sequence[float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError) as error:
        raise PinnError(f"The range of {name!r} is {ends!r}; give two numbers.") from error
    if not (np.isfinite([low, high]).all() and low < high):
        raise PinnError(f"The range of {name!r} is ({low:g}, {high:g}); it has to be finite and to go up.")
    return low, high


def _difference(left: Expression, right: Expression) -> Expression:
    return add(left, multiply(number(-1.0), right))

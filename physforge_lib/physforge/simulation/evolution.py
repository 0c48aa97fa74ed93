"""A system of equations read as laws of evolution: which fields, of which order in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from physforge.equations import Equation, System, derivative_name, split_derivative
from physforge.equations.expression import Derivative, atoms_of
from physforge.errors import SimulationError


@dataclass(frozen=True)
class Evolution:
    """A system that says how each of its fields changes.

    Parameters
    ----------
    system : System
        Without free parameters.
    orders : mapping of str to int
        Order of the time derivative, one or two, of each field that has a law of
        evolution, in the order of the equations.
    laws : tuple of Equation
        The laws of evolution, in the same order.
    constraints : tuple of Equation, default ()
        The other equations, which hold no time derivative.
    determined : tuple of str, default ()
        Fields without a law of evolution, as many as constraints.
    """

    system: System
    orders: Mapping[str, int]
    laws: tuple[Equation, ...]
    constraints: tuple[Equation, ...] = ()
    determined: tuple[str, ...] = ()

    @property
    def state_names(self) -> tuple[str, ...]:
        """Fields, and first time derivatives where the law is of second order."""
        return tuple(derivative_name(name, "t" * k) for name, order in self.orders.items() for k in range(order))

    @property
    def derivatives(self) -> tuple[str, ...]:
        """Names of the derivatives on the right sides of the laws of evolution."""
        return tuple(dict.fromkeys(name for law in self.laws for name in law.derivatives))

    @property
    def axes(self) -> frozenset[str]:
        """Spatial coordinates that occur, as themselves or in a derivative."""
        return frozenset({axis for equation in self.system for axis in equation.coordinates} - {"t"})

    @property
    def is_partial(self) -> bool:
        """Whether a spatial derivative occurs, so that neighbours matter."""
        laws = any("x" in axes or "y" in axes or "z" in axes for axes in _derivative_axes(self.laws))
        return laws or bool(self.constraints)


def as_evolution(model: Equation | System | str) -> Evolution:
    """Read a model as laws of evolution.

    Parameters
    ----------
    model : Equation, System or str
        Text is parsed (see `System.parse`).

    Returns
    -------
    Evolution
        With every name accounted for.

    Raises
    ------
    EquationError
        If `model` is text that cannot be read.
    SimulationError
        If an equation is no law of evolution, a parameter has no value, or a field
        has no equation.
    """
    if isinstance(model, str):
        model = System.parse(model)
    system = System((model,)) if isinstance(model, Equation) else model
    orders: dict[str, int] = {}
    laws: list[Equation] = []
    constraints: list[Equation] = []
    for equation in system:
        field, axes = split_derivative(equation.target, system.fields)
        if axes in ("t", "tt") and field not in orders:
            orders[field] = len(axes)
            laws.append(equation)
        elif len(system) == 1 or any("t" in one for one in _derivative_axes([equation])):
            raise SimulationError(
                f"{equation.target!r} cannot be integrated in time; write one law 'u_t = ...' or 'u_tt = ...' per "
                "field."
            )
        else:
            constraints.append(equation)
    determined = tuple(name for name in system.fields if name not in orders)
    evolution = Evolution(system, orders, tuple(laws), tuple(constraints), determined)
    _check_names(evolution)
    return evolution


def _derivative_axes(equations: Iterable[Equation]) -> list[str]:
    sides = [side for equation in equations for side in (equation.left, equation.right)]
    return [atom.axes for side in sides for atom in atoms_of(side) if isinstance(atom, Derivative)]


def _check_names(evolution: Evolution) -> None:
    system, orders, determined = evolution.system, evolution.orders, evolution.determined
    if system.free_symbols:
        names = ", ".join(system.free_symbols)
        raise SimulationError(
            f"No value or equation is given for {names}: pass parameters={{{system.free_symbols[0]!r}: ...}} to "
            "Equation.parse, or add the equation of the field."
        )
    if len(determined) > len(evolution.constraints):
        raise SimulationError(f"There is no equation for the field {determined[0]!r}; add '{determined[0]}_t = ...'.")
    if len(determined) < len(evolution.constraints):
        raise SimulationError(
            f"The law '{evolution.constraints[-1]}' is one too many: it holds no time derivative, and every field has "
            "an equation already."
        )
    for name in evolution.derivatives:
        field, axes = split_derivative(name, system.fields)
        if axes.count("t") > (1 if orders.get(field) == 2 else 0):
            raise SimulationError(
                f"The right side holds {name!r}; only u_t and its derivatives in space are understood there, and only "
                "in a system with a law for u_tt."
            )

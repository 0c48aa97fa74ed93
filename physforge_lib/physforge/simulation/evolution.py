"""A system of equations read as laws of evolution: which fields, of which order in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from physforge.equations import Equation, System, derivative_name, split_derivative
from physforge.errors import SimulationError


@dataclass(frozen=True)
class Evolution:
    """A system that says how each of its fields changes.

    Parameters
    ----------
    system : System
        Without free parameters.
    orders : mapping of str to int
        Order of the time derivative, one or two, of each field, in the order of
        the equations.
    """

    system: System
    orders: Mapping[str, int]

    @property
    def state_names(self) -> tuple[str, ...]:
        """Fields, and first time derivatives where the law is of second order."""
        return tuple(derivative_name(name, "t" * k) for name, order in self.orders.items() for k in range(order))

    @property
    def spatial_derivatives(self) -> tuple[str, ...]:
        """Names of the right sides' derivatives that are taken along a spatial axis."""
        fields = self.orders
        return tuple(name for name in self.system.derivatives if set(split_derivative(name, fields)[1]) & set("xyz"))


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
    orders = {}
    for target in system.targets:
        field, axes = split_derivative(target, system.fields)
        if axes not in ("t", "tt") or field in orders:
            raise SimulationError(
                f"{target!r} cannot be integrated in time; write one law 'u_t = ...' or 'u_tt = ...' per field."
            )
        orders[field] = len(axes)
    evolution = Evolution(system, orders)
    _check_names(evolution)
    return evolution


def _check_names(evolution: Evolution) -> None:
    system, orders = evolution.system, evolution.orders
    if system.free_symbols:
        names = ", ".join(system.free_symbols)
        raise SimulationError(
            f"No value or equation is given for {names}: pass parameters={{{system.free_symbols[0]!r}: ...}} to "
            "Equation.parse, or add the equation of the field."
        )
    missing = [name for name in system.fields if name not in orders]
    if missing:
        raise SimulationError(f"There is no equation for the field {missing[0]!r}; add '{missing[0]}_t = ...'.")
    for name in system.derivatives:
        _, axes = split_derivative(name, orders)
        if "t" in axes and name not in evolution.state_names:
            raise SimulationError(
                f"The right side holds {name!r}; only u_t is understood there, and only in a law for u_tt."
            )

"""A law, its domain and its conditions: what a network is trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from physforge.equations import Equation, System
from physforge.equations.arguments import checked_parameters
from physforge.equations.parser import Parameter
from physforge.errors import EquationError, PinnError
from physforge.pinn.ansatz import Ansatz
from physforge.pinn.block import Block, Float
from physforge.pinn.conditions import Condition
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.conditions.values import mentions
from physforge.pinn.construction import construct, kinds_of
from physforge.pinn.law import coordinates_of, highest_derivatives, law_block, system_of
from physforge.pinn.translation import Translation
from physforge.pinn.wellposed import refuse_ill_posed


class Problem:
    """A law with its domain and conditions, stated for training.

    Parameters
    ----------
    law : Equation, System, str, or iterable of str or Equation
        One equation or several: laws of evolution, steady or algebraic ones, with derivatives
        of at most fourth order.
    domain : mapping of str to (float, float)
        Lowest and highest value of each coordinate, of t, x, y and z.
    conditions : iterable of Condition
        `Initial`, `Dirichlet`, `Neumann`, `Robin`, `Periodic` and `Data`.
    parameters : mapping of str to float or CoordinateFunction, optional
        Values of named parameters of the law and of texts in conditions.
    unknown : mapping of str to float, optional
        Parameters that training is to find, with values to start from.
    fields : iterable of str, optional
        Names of all fields, in order; by default whatever has a derivative in the law.

    exact : {"auto", "never"} or collection of {"initial", "dirichlet", "periodic"}, default "auto"
        Which conditions are to hold by construction instead of being part of the loss, where
        they can: values that are numbers or texts on whole faces of the domain, and periodic
        fields. Conditions that jump against each other, or that are given by code or samples,
        stay in the loss.

    Attributes
    ----------
    coordinates, fields : tuple of str
        Names; time is the first coordinate where there is time.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, of shape (coordinates, 2).
    blocks : tuple of Block
        What the loss is made of: the law first, then the conditions that do not hold by
        construction.
    ansatz : Ansatz or None
        How the fields are made of the network's outputs, where some conditions hold by
        construction.
    unknown : mapping of str to float
        Values to start from, in the order of the parameters.
    periodic : tuple of int
        Coordinates along which the network has to repeat itself (see `Network`), because a
        condition holds by construction so.
    system : System or None
        The laws; None where they are known as code only.
    diagnostics : tuple of str
        What was noticed about the conditions.

    Raises
    ------
    PinnError
        If the problem is ill-posed or cannot be read; the message names the cause and the cure.

    Examples
    --------
    >>> from physforge.pinn import Dirichlet, Initial, Problem
    >>> problem = Problem(
    ...     "u_t = -u*u_x + nu*u_xx",
    ...     domain={"x": (-1, 1), "t": (0, 1)},
    ...     conditions=[Initial("-sin(pi*x)"), Dirichlet(x=-1.0), Dirichlet(x=1.0)],
    ...     parameters={"nu": 0.01},
    ... )
    >>> problem.coordinates, problem.fields
    (('t', 'x'), ('u',))
    """

    coordinates: tuple[str, ...]
    fields: tuple[str, ...]
    box: Float
    blocks: tuple[Block, ...]
    ansatz: Ansatz | None
    periodic: tuple[int, ...]
    unknown: Mapping[str, float]
    system: System | None
    diagnostics: tuple[str, ...]

    def __init__(
        self,
        law: Equation | System | str | Iterable[str | Equation],
        *,
        domain: Mapping[str, Sequence[float]],
        conditions: Iterable[Condition] | Condition = (),
        parameters: Mapping[str, Parameter] | None = None,
        unknown: Mapping[str, float] | None = None,
        fields: Iterable[str] | None = None,
        exact: str | Collection[str] = "auto",
    ) -> None:
        kinds = kinds_of(exact)
        self.unknown = MappingProxyType(_starts(unknown or {}))
        given = _parameters(parameters, self.unknown)
        names = None if fields is None else tuple([fields] if isinstance(fields, str) else fields)
        self.system = system_of(law, given, self.unknown, names)
        self.coordinates, self.box = coordinates_of(domain, self.system)
        self.fields = _fields(self.system, names)
        functions = {name: value for one in self.system for name, value in one.functions}
        translation = Translation(self.coordinates, self.fields, tuple(self.unknown), functions)
        law_part = law_block(self.system, translation, self.box)
        setting = Setting(translation, self.box, given, highest_derivatives(self.system))
        listed = _listed(conditions)
        _refuse_unused(self.unknown, self.system, listed)
        statements = [one for condition in listed for one in condition.statements(setting)]
        self.diagnostics = refuse_ill_posed(statements, setting)
        made = construct(statements, setting, kinds, self.system, self.unknown)
        self.ansatz = made.ansatz
        self.periodic = made.periodic
        self.blocks = (law_part, *(one.block for one in made.left))

    def __repr__(self) -> str:
        law = "; ".join(map(str, self.system)) if self.system else self.blocks[0].name
        return f"<{type(self).__name__} {law}; fields {', '.join(self.fields)}; {len(self.blocks)} blocks>"


def _starts(unknown: Mapping[str, float]) -> dict[str, float]:
    try:
        checked = checked_parameters(unknown)
    except EquationError as error:
        raise PinnError(f"A value to start from in unknown= cannot be used: {error}") from error
    for name, value in checked.items():
        if not isinstance(value, float):
            raise PinnError(f"The value to start from of {name!r} is {value!r}; give a number.")
    return {name: float(value) for name, value in checked.items() if isinstance(value, float)}


def _parameters(parameters: Mapping[str, Parameter] | None, unknown: Mapping[str, float]) -> dict[str, Parameter]:
    twice = sorted(set(parameters or ()) & set(unknown))
    if twice:
        raise PinnError(f"{twice[0]!r} is given in parameters= and in unknown=; give it in one of them.")
    try:
        return checked_parameters(parameters)
    except EquationError as error:
        raise PinnError(f"A value in parameters= cannot be used: {error}") from error


def _refuse_unused(unknown: Iterable[str], system: System, conditions: Iterable[Condition]) -> None:
    values = [getattr(one, "value", None) for one in conditions]
    for name in unknown:
        if name not in system.free_symbols and not any(mentions(value, name) for value in values):
            raise PinnError(
                f"{name!r} in unknown= occurs neither in the law nor in a condition: nothing can tell it. If the "
                "law was parsed with a value for it, parse it without."
            )


def _fields(system: System, names: tuple[str, ...] | None) -> tuple[str, ...]:
    if names is None:
        return system.fields
    for name in names:
        if name not in system.fields:
            raise PinnError(f"The field {name!r} does not occur in the law; its fields are {', '.join(system.fields)}.")
    return tuple(dict.fromkeys([*names, *system.fields]))


def _listed(conditions: Iterable[Condition] | Condition) -> list[Condition]:
    listed = [conditions] if isinstance(conditions, Condition) else list(conditions)
    for one in listed:
        if not isinstance(one, Condition):
            raise PinnError(f"One of the conditions is {one!r}; give Initial, Dirichlet, Neumann, Robin, ... or Data.")
    return listed

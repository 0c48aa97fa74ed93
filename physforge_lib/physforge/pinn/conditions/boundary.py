"""Conditions on the boundary: Dirichlet, Neumann and Robin."""

from __future__ import annotations

from collections.abc import Mapping

from physforge.errors import PinnError
from physforge.pinn.conditions.condition import Condition, Pin, Statement
from physforge.pinn.conditions.linear import Row, linear_block
from physforge.pinn.conditions.samples import sampled_statements
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.conditions.values import Given, Value, given, is_sampled
from physforge.pinn.jets import Order
from physforge.pinn.regions import Slice


class _OnFaces(Condition):
    """What is common to conditions on the boundary."""

    def __init__(self, value: Value | Mapping[str, Value], field: str | None, faces: Mapping[str, float]) -> None:
        if isinstance(value, Mapping) and field is not None:
            raise PinnError("Give either field= or a mapping from fields to values, not both.")
        self.value = value
        self.field = field
        self.faces = dict(faces)

    def __repr__(self) -> str:
        faces = ", ".join(f"{name}={value:g}" for name, value in self.faces.items())
        named = f", field={self.field!r}" if self.field else ""
        return f"{type(self).__name__}({faces}{', ' if faces else ''}value={self.value!r}{named})"

    def _values(self, setting: Setting, what: str) -> dict[int, Value]:
        """Values by index of the field."""
        if isinstance(self.value, Mapping):
            return {setting.field_index(str(name), what): value for name, value in self.value.items()}
        return {setting.field_index(self.field, what): self.value}

    def _regions(self, setting: Setting, what: str) -> list[dict[int, float]]:
        """Which coordinates are held at which value; without any named, each face in space."""
        if self.faces:
            held = {setting.axis(name, what): value for name, value in self.faces.items()}
            return [{axis: setting.inside(axis, value, what) for axis, value in held.items()}]
        space = [index for index, name in enumerate(setting.coordinates) if name != "t"]
        return [{axis: float(end)} for axis in space for end in setting.box[axis]]


class Dirichlet(_OnFaces):
    """Give the value of a field on the boundary, or on any slice of the domain.

    Parameters
    ----------
    value : float, str, callable, array, Dataset, or mapping from field to any of these
        A text is in the grammar of equations, ``"sin(pi*t)"``. A callable names the coordinates
        that it wants as its arguments and gets arrays: ``lambda t: ...``. An array holds
        samples that are equally spaced over the slice, its ends included; a DataArray or
        Dataset has coordinates.
    field : str, optional
        Which field, where there are several.
    **faces : float
        Coordinates that are held: ``x=-1.0`` is a face, ``x=0.0, y=0.0`` an edge or a point.
        Without any the condition holds on every face in space.

    Examples
    --------
    >>> Dirichlet(x=-1.0, value=0.0)
    Dirichlet(x=-1, value=0.0)
    """

    def __init__(self, value: Value | Mapping[str, Value] = 0.0, *, field: str | None = None, **faces: float) -> None:
        super().__init__(value, field, faces)

    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands (see `Condition.statements`)."""
        return tuple(one for held in self._regions(setting, repr(self)) for one in self._on(held, setting))

    def _on(self, held: dict[int, float], setting: Setting) -> tuple[Statement, ...]:
        zero: Order = (0,) * len(setting.coordinates)
        values = self._values(setting, repr(self))
        sampled = {index: value for index, value in values.items() if is_sampled(value)}
        smooth = {index: given(value, setting, repr(self)) for index, value in values.items() if index not in sampled}
        touched = frozenset((index, axis) for index in values for axis in held)
        found = sampled_statements({(index, zero): value for index, value in sampled.items()}, held, setting, touched)
        if smooth:
            names = ", ".join(setting.fields[index] for index in smooth)
            block = linear_block(
                f"{names} at {slice_name(held, setting)}",
                Slice(setting.box, held),
                [Row(((1.0, zero, index),), value) for index, value in smooth.items()],
            )
            start = frozenset((index, 0) for index in values if setting.coordinates[min(held)] == "t")
            found.append(Statement(block, touched, _pins(smooth, held, setting), start=start))
        return tuple(found)


class Robin(_OnFaces):
    """Give ``a*u + b*du/dn`` on a face, where n is the outward normal.

    Parameters
    ----------
    value : float, str, callable, or mapping from field to any of these
        As for `Dirichlet`.
    a, b : float, default 1.0
        Weights of the value and of the derivative along the outward normal.
    field : str, optional
        Which field, where there are several.
    **faces : float
        One coordinate at an end of its range: ``x=1.0``. Without any the condition holds on
        every face in space.

    Examples
    --------
    >>> Robin(x=1.0, a=2.0, value="t")
    Robin(x=1, value='t')
    """

    def __init__(
        self,
        value: Value | Mapping[str, Value] = 0.0,
        *,
        a: float = 1.0,
        b: float = 1.0,
        field: str | None = None,
        **faces: float,
    ) -> None:
        super().__init__(value, field, faces)
        self.a = float(a)
        self.b = float(b)

    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands (see `Condition.statements`)."""
        return tuple(self._on(held, setting) for held in self._regions(setting, repr(self)))

    def _on(self, held: dict[int, float], setting: Setting) -> Statement:
        if len(held) != 1 or next(iter(held.values())) not in setting.box[next(iter(held))]:
            raise PinnError(f"{self!r} is not on a face: hold one coordinate at an end of its range.")
        ((axis, end),) = held.items()
        outward = 1.0 if end == setting.box[axis, 1] else -1.0
        zero = tuple(0 for _ in setting.coordinates)
        normal = tuple(int(index == axis) for index in range(len(setting.coordinates)))
        rows = []
        values = self._values(setting, repr(self))
        for index, value in values.items():
            terms = ((self.a, zero, index), (self.b * outward, normal, index))
            rows.append(Row(tuple(term for term in terms if term[0] != 0.0), self._given(value, setting)))
        block = linear_block(self._name(held, tuple(values), setting), Slice(setting.box, held), rows)
        return Statement(block, frozenset((index, axis) for index in values))

    def _given(self, value: Value, setting: Setting) -> Given:
        if is_sampled(value):
            raise PinnError(f"{self!r} is given by samples; give a number, a text or a function.")
        return given(value, setting, repr(self))

    def _name(self, held: dict[int, float], indices: tuple[int, ...], setting: Setting) -> str:
        sides = (f"{self.a:g}*{name} + {self.b:g}*d{name}/dn" for name in (setting.fields[index] for index in indices))
        return f"{', '.join(sides)} at {slice_name(held, setting)}"


class Neumann(Robin):
    """Give the derivative along the outward normal on a face.

    On the lower face of x this is ``-u_x``, on the upper ``u_x``.

    Parameters
    ----------
    value : float, str, callable, or mapping from field to any of these
        As for `Dirichlet`.
    field : str, optional
        Which field, where there are several.
    **faces : float
        One coordinate at an end of its range: ``x=1.0``. Without any the condition holds on
        every face in space.

    Examples
    --------
    >>> Neumann(x=1.0)
    Neumann(x=1, value=0.0)
    """

    def __init__(self, value: Value | Mapping[str, Value] = 0.0, *, field: str | None = None, **faces: float) -> None:
        super().__init__(value, a=0.0, b=1.0, field=field, **faces)

    def _name(self, held: dict[int, float], indices: tuple[int, ...], setting: Setting) -> str:
        return f"{', '.join(f'd{setting.fields[index]}/dn' for index in indices)} at {slice_name(held, setting)}"


def slice_name(held: Mapping[int, float], setting: Setting) -> str:
    """Name a slice of the domain.

    Parameters
    ----------
    held : mapping of int to float
        Index and value of the coordinates that are held.
    setting : Setting
        Of the problem.

    Returns
    -------
    str
        For example ``"x = -1"``.
    """
    return ", ".join(f"{setting.coordinates[axis]} = {value:g}" for axis, value in held.items())


def _pins(values: Mapping[int, Given], held: Mapping[int, float], setting: Setting) -> tuple[Pin, ...]:
    if len(held) != 1:
        return ()
    ((axis, value),) = held.items()
    ends = [end for end in (0, 1) if setting.box[axis, end] == value]
    return tuple(Pin(index, axis, end, 0, one) for end in ends for index, one in values.items())
